import { existsSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readSafetensors, type OptimisationState } from "@deepstyle/core";
import {
  expectSameWork,
  readPictureCheckpoint,
  removePictureCheckpoint,
  writePictureCheckpoint,
} from "../src/pictureCheckpoint.ts";
import { temporaryFolder } from "./temporaryFolder.ts";

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

test("without an average there is none", async () => {
  const calm = { ...state };
  delete (calm as { average?: unknown }).average;
  await writePictureCheckpoint(path("calm"), calm, of);
  expect(await (await readPictureCheckpoint(path("calm"))).state()).toEqual(calm);
});

test("what a killed process has left is written over, and removed with the checkpoint", async () => {
  const file = path("two.checkpoint");
  writeFileSync(`${file}.tmp`, "half of it");
  await writePictureCheckpoint(file, state, of);
  expect(existsSync(`${file}.tmp`)).toBe(false);
  writeFileSync(`${file}.tmp`, "half of it");
  await removePictureCheckpoint(file);
  expect(existsSync(file) || existsSync(`${file}.tmp`)).toBe(false);
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
