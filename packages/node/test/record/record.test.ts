import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dreamOptions, recipeOptions, settleDream, settleRecipe } from "@deepstyle/core";
import { expect, test } from "vitest";
import {
  readRecord,
  writeRecord,
  type DreamRecord,
  type OptimisedRecord,
} from "../../src/record/record.ts";
import { rerun } from "../../src/record/rerun.ts";
import { temporaryFolder } from "../temporaryFolder.ts";

const folder = temporaryFolder();

function weightsIn(place: string, name: string): { path: string; sha256: string } {
  return { path: join(place, `${name}.safetensors`), sha256: "0".repeat(64) };
}

function recordIn(place: string): OptimisedRecord {
  const file = (name: string) => ({
    path: join(place, name),
    sha256: "0".repeat(64),
    width: 64,
    height: 48,
  });
  return {
    recipe: settleRecipe(recipeOptions.parse({ seed: 7 })),
    content: file("cat.png"),
    styles: [{ ...file("waves.png"), weight: 1 }],
    weights: { vgg19: weightsIn(place, "vgg19") },
    output: file("out.png"),
    device: "cpu",
    threads: 2,
    machine: "a machine",
    versions: { deepstyle: "0.1.0", onnxruntime: "1.30.0", node: "20.19.0" },
    interrupted: false,
    losses: null,
    evaluations: 12,
    seconds: 3.5,
  };
}

/** The record of a dream by two networks. */
function dreamRecordIn(place: string): DreamRecord {
  const { content, ...facts } = recordIn(place);
  const { output, device, threads, machine, versions, seconds } = facts;
  const { interrupted, losses, evaluations } = facts;
  const layers = { "inception_4c/output:61": 1, relu4_1: 0.5 };
  return {
    dream: settleDream(dreamOptions.parse({ layers, seed: 7 }), content),
    weights: { googlenet: weightsIn(place, "googlenet"), vgg19: weightsIn(place, "vgg19") },
    ...{ content, output, device, threads, machine, versions, seconds },
    ...{ interrupted, losses, evaluations },
  };
}

/** Writes a record with some fields changed and returns its path. */
function changedRecord(name: string, change: object): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify({ ...recordIn(folder), ...change }));
  return path;
}

test("a record is read as it was written", async () => {
  const record = recordIn(folder);
  await writeRecord(join(folder, "record.json"), record);
  expect(await readRecord(join(folder, "record.json"))).toEqual(record);
});

test("of a version that named one encoder's weights, and GoogLeNet's beside them, too", async () => {
  const record = recordIn(folder);
  const [vgg19, googlenet] = [weightsIn(folder, "vgg19"), weightsIn(folder, "googlenet")];
  for (const older of [{ weights: vgg19 }, { weights: vgg19, googlenet }]) {
    const path = changedRecord("older.json", older);
    const weights = { vgg19, ...("googlenet" in older && { googlenet }) };
    expect(await readRecord(path)).toEqual({ ...record, weights });
  }
});

test("so is that of a dream, and it moves with its folder", async () => {
  const [before, after] = [join(folder, "dreamt"), join(folder, "elsewhere")];
  mkdirSync(before);
  await writeRecord(join(before, "dream.json"), dreamRecordIn(before));
  renameSync(before, after);
  expect(await readRecord(join(after, "dream.json"))).toEqual(dreamRecordIn(after));
});

test.each([
  ["dream", 5, '"dream" must be an object.'],
  ["dream", { octaves: 0 }, "octaves must be a whole number from 1 to 12; got 0."],
  ["weights", { vgg19: { path: null, sha256: "a" } }, '"weights" must be an object that has'],
  ["interrupted", true, "cannot be repeated: expected one that came to its end. Run dream again."],
])("a record of a dream with a wrong %s is refused", async (field, value, message) => {
  const path = join(folder, "wrong-dream.json");
  writeFileSync(path, JSON.stringify({ ...dreamRecordIn(folder), [field]: value }));
  await expect(rerun(path)).rejects.toThrow(message);
});

test("a record moves with its folder", async () => {
  const [before, after] = [join(folder, "before"), join(folder, "after")];
  mkdirSync(before);
  await writeRecord(join(before, "record.json"), recordIn(before));
  renameSync(before, after);
  expect(await readRecord(join(after, "record.json"))).toEqual(recordIn(after));
  expect(readFileSync(join(after, "record.json"), "utf8")).not.toContain(folder);
});

test.each([
  ["recipe", undefined, '"recipe" must be an object.'],
  ["content", "cat.png", '"content" must be an object with path, sha256, width and height.'],
  ["styles", [{ path: "a", sha256: "b" }], '"styles" must be a list of an object'],
  [
    "reference",
    { path: "a" },
    '"reference" must be an object with path, sha256, width and height.',
  ],
  ["fineStyle", "glass.png", '"fineStyle" must be an object with path, sha256, width and height.'],
  ["device", "gpu", '"device" must be one of cpu, cuda'],
  ["threads", "2", '"threads" must be a whole number from 1 to 1024.'],
  ["output", { path: null, sha256: "a" }, '"output" must be an object'],
  [
    "output",
    { path: "a", sha256: "b".repeat(64), width: 8, height: { valueOf: 8, toString: 8 } },
    '"output" must be an object with path, sha256, width and height.',
  ],
  [
    "output",
    { path: "a", sha256: "b".repeat(64), width: 8, height: 8, bitDepth: 12 },
    '"output.bitDepth" must be 8 or 16.',
  ],
])("a record with a wrong %s is refused", async (field, value, message) => {
  await expect(readRecord(changedRecord("wrong.json", { [field]: value }))).rejects.toThrow(
    message,
  );
});

test("a recipe that this version does not know is refused", async () => {
  const recipe = { ...recordIn(folder).recipe, brightness: 2 };
  await expect(readRecord(changedRecord("newer.json", { recipe }))).rejects.toThrow(
    '"brightness" is no option',
  );
});

test("what is not JSON is no record", async () => {
  writeFileSync(join(folder, "text.json"), "text");
  await expect(readRecord(join(folder, "text.json"))).rejects.toThrow("text.json is not JSON");
});

test("an interrupted run is not repeated", async () => {
  const path = changedRecord("interrupted.json", { interrupted: true });
  await expect(rerun(path)).rejects.toThrow("is the record of an interrupted run");
});

test("a picture that was in memory cannot be put in again", async () => {
  const content = { ...recordIn(folder).content, path: null };
  await expect(rerun(changedRecord("memory.json", { content }))).rejects.toThrow(
    "the content of this record was a picture in memory",
  );
});

test("a missing input is named", async () => {
  await expect(rerun(changedRecord("missing.json", {}))).rejects.toThrow(
    /cat\.png, the content of this record, does not exist/,
  );
});
