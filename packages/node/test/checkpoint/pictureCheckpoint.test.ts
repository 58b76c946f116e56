import { existsSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readSafetensors, writeSafetensors, type OptimisationState } from "@deepstyle/core";
import { locked } from "../../src/checkpoint/lock.ts";
import {
  expectSameWork,
  readPictureCheckpoint,
  removePictureCheckpoint,
  versionsWarning,
  writePictureCheckpoint,
} from "../../src/checkpoint/pictureCheckpoint.ts";
import { temporaryFolder } from "../temporaryFolder.ts";

const folder = temporaryFolder();
const path = (name: string): string => join(folder, name);

const state: OptimisationState = {
  ...{ stage: 2, step: 3, iteration: 40, evaluations: 45, seconds: 12.5 },
  recent: [{ total: 1 / 3, terms: { style: 0.1 } }],
  pixels: Float32Array.of(0.25, 0.5, 0.1),
  optimiser: {
    vectors: { m: Float32Array.of(1, 2, 3), v: Float32Array.of(4, 5, 1e-30) },
    numbers: { step: 3, shrink: 0.5 },
  },
  average: { mean: Float32Array.of(7, 8, 9), updates: 3 },
};
const of = { memory: 4e9, work: { size: 64, content: { sha256: "ab" } } };

test("a state is read as it was written", async () => {
  const file = path("one.checkpoint");
  await writePictureCheckpoint(file, state, of);
  const found = await readPictureCheckpoint(file);
  expect(found).toMatchObject(of);
  expect(await found.state()).toEqual(state);
  // By an independent reader, too.
  expect([...readSafetensors(readFileSync(file)).tensors.keys()]).toContain("optimiser/m");
});

/** A checkpoint whose header has been changed. */
async function changedHeader(change: object): Promise<string> {
  const file = path("changed.checkpoint");
  await writePictureCheckpoint(file, state, of);
  const { tensors, metadata } = readSafetensors(readFileSync(file));
  const header = JSON.parse(metadata.get("deepstyle.picture")!) as object;
  const text = JSON.stringify({ ...header, ...change });
  writeFileSync(
    file,
    writeSafetensors({ tensors, metadata: new Map([["deepstyle.picture", text]]) }),
  );
  return file;
}

const header = { stage: 2, step: 3, iteration: 40, evaluations: 45, seconds: 12.5 };

test.each([
  ["memory", { memory: "much" }, "its memory must be a number of bytes"],
  ["memory", { memory: -1 }, "its memory must be a number of bytes"],
  ["work", { work: undefined }, "its work must be an object"],
  ["numbers", { numbers: [] }, "its numbers must be an object"],
  ["updates", { updates: "3" }, "its updates must be a number"],
  ["state", { state: { ...header, step: "3", recent: [] } }, "its state's step must be a number"],
  ["losses", { state: { ...header, recent: [5] } }, "its state's recent must be a list of losses"],
  ["versions", { versions: { deepstyle: "\u001b[2J", onnxruntime: "1" } }, "its versions must be"],
])("a header with wrong %s is refused in one line", async (_, change, message) => {
  const refused = readPictureCheckpoint(await changedHeader(change));
  await expect(refused).rejects.toThrow(`changed.checkpoint cannot be gone on with: ${message}`);
  await expect(refused).rejects.toThrow(/^[^\n]+\. Leave out --resume to start anew\.$/);
});

test("a loss that was not finite is read as such", async () => {
  const broken = { ...state, recent: [{ total: NaN, terms: { style: NaN } }] };
  await writePictureCheckpoint(path("nan"), broken, of);
  const found = await (await readPictureCheckpoint(path("nan"))).state();
  expect(found.recent[0]!.total).toBeNaN();
});

test("another format is refused by the version that wrote it", async () => {
  const versions = { deepstyle: "7.1.0", onnxruntime: "2.0.0", node: "30.0.0" };
  const file = await changedHeader({ format: 3, versions });
  await expect(readPictureCheckpoint(file)).rejects.toThrow(
    /changed\.checkpoint has format 3, written by deepstyle 7\.1\.0: expected 2\. Go on with the version that wrote it, or leave out --resume to start anew\.$/,
  );
});

test("another version of the same format is gone on with, and there is a warning", async () => {
  const own = path("own.checkpoint");
  await writePictureCheckpoint(own, state, of);
  expect(versionsWarning(own, await readPictureCheckpoint(own))).toBe(undefined);
  const versions = { deepstyle: "0.0.9", onnxruntime: "1.2.3", node: "20.0.0" };
  const other = await readPictureCheckpoint(await changedHeader({ versions }));
  expect(await other.state()).toEqual(state);
  expect(versionsWarning(own, other)).toMatch(
    /was written by deepstyle 0\.0\.9 with ONNX Runtime 1\.2\.3, and this is deepstyle \S+ with ONNX Runtime \S+: the picture may differ in details/,
  );
  const older = await changedHeader({ format: undefined, versions: undefined });
  await expect(readPictureCheckpoint(older)).rejects.toThrow(
    "has format 1, written by another version: expected 2.",
  );
});

test("without an average there is none", async () => {
  const calm = { ...state };
  delete (calm as { average?: unknown }).average;
  await writePictureCheckpoint(path("calm"), calm, of);
  expect(await (await readPictureCheckpoint(path("calm"))).state()).toEqual(calm);
});

test("a file of a similar name beside it is nobody's but the user's", async () => {
  const file = path("two.checkpoint");
  writeFileSync(`${file}.tmp`, "a user's");
  await writePictureCheckpoint(file, state, of);
  await removePictureCheckpoint(file);
  expect(existsSync(file)).toBe(false);
  expect(readFileSync(`${file}.tmp`, "utf8")).toBe("a user's");
});

test("only a checkpoint is removed, and none that another run has", async () => {
  const file = path("notes");
  writeFileSync(file, "notes of two years");
  writeFileSync(`${file}.tmp`, "and what was to follow");
  await removePictureCheckpoint(file);
  expect(readFileSync(file, "utf8")).toBe("notes of two years");
  expect(readFileSync(`${file}.tmp`, "utf8")).toBe("and what was to follow");

  const held = path("held.checkpoint");
  await writePictureCheckpoint(held, state, of);
  await locked(held, () => removePictureCheckpoint(held));
  expect(existsSync(held)).toBe(true);
  await removePictureCheckpoint(held);
  expect(existsSync(held) || existsSync(`${held}.lock`)).toBe(false);
});

test("other work is refused by the name of what differs", async () => {
  const file = path("three.checkpoint");
  await writePictureCheckpoint(file, state, of);
  const found = await readPictureCheckpoint(file);
  expect(() => expectSameWork(file, found, of.work)).not.toThrow();
  expect(() => expectSameWork(file, found, { ...of.work, size: 65 })).toThrow(
    "its size was 64, now 65. Give the same pictures and options",
  );
});

test("what is absent, cut off or something else is refused in one line", async () => {
  await expect(readPictureCheckpoint(path("none"))).rejects.toThrow(
    "expected the checkpoint of a picture to go on with",
  );
  const file = path("cut.checkpoint");
  await writePictureCheckpoint(file, state, of);
  truncateSync(file, 300);
  await expect(readPictureCheckpoint(file)).rejects.toThrow(/^[^\n]+$/);
  writeFileSync(file, "no");
  await expect(readPictureCheckpoint(file)).rejects.toThrow(/^[^\n]+$/);
});
