import { describe, expect, test } from "vitest";
import type { Raster } from "../../src/image/raster.ts";
import { Batches, validationBatches, type BatchOptions } from "../../src/train/batches.ts";
import { blobs } from "./tinyPlan.ts";

const options: BatchOptions = {
  source: { count: 3, read: (index) => Promise.resolve(blobs(30, 20, index)) },
  batch: 2,
  size: 8,
  photoSize: 10,
  styles: 3,
  seed: 1,
  motion: true,
};

test("batch n depends on options and n alone", async () => {
  const inOrder = new Batches(options);
  for (let i = 0; i < 5; i++) await inOrder.at(i);
  expect(await inOrder.at(5)).toEqual(await new Batches(options).at(5));
  expect(await new Batches({ ...options, seed: 2 }).at(5)).not.toEqual(await inOrder.at(5));
});

test("each epoch shows every photo once", async () => {
  const seen: number[] = [];
  const source = {
    count: 4,
    read: (index: number) => {
      seen.push(index);
      return Promise.resolve(blobs(20, 20, index));
    },
  };
  const batches = new Batches({ ...options, source });
  for (let i = 0; i < 4; i++) await batches.at(i);
  expect(seen.slice(0, 4).sort()).toEqual([0, 1, 2, 3]);
  expect(seen.slice(4).sort()).toEqual([0, 1, 2, 3]);
});

describe("styles", () => {
  test("photos take them in turn", async () => {
    const { mixture } = await new Batches(options).at(1);
    expect([...(mixture.data as Float32Array)]).toEqual([0, 0, 1, 1, 0, 0]);
  });

  test("those that are not learnt have no turn", async () => {
    const { mixture } = await new Batches({ ...options, learns: [2] }).at(0);
    expect([...(mixture.data as Float32Array)]).toEqual([0, 0, 1, 0, 0, 1]);
  });
});

test("where a photo cannot be read the next one stands in", async () => {
  const read = (index: number) => Promise.resolve(index === 0 ? undefined : blobs(20, 20, index));
  const always = (photo: number) => (): Promise<Raster> => Promise.resolve(blobs(20, 20, photo));
  const photosOf = async (source: BatchOptions["source"]): Promise<unknown> =>
    (await new Batches({ ...options, source }).at(0)).photos;
  const photos = await photosOf({ count: 2, read });
  // The same as of a folder in which every photo is the readable one.
  expect(photos).toEqual(await photosOf({ count: 2, read: always(1) }));
  expect(photos).not.toEqual(await photosOf({ count: 2, read: always(2) }));
});

test("if none can be read that is said", async () => {
  const source = { count: 2, read: () => Promise.resolve(undefined) };
  await expect(new Batches({ ...options, source }).at(0)).rejects.toThrow("no photo could be read");
});

test("a motion stays within 16 px of shift, and says what it sees", async () => {
  const { motion, seen } = await new Batches({ ...options, size: 64, photoSize: 64 }).at(0);
  const positions = motion!.data as Float32Array;
  (seen!.data as Float32Array).forEach((inside, i) => {
    const [x, y] = [positions[2 * i]!, positions[2 * i + 1]!];
    expect(inside).toBe(Number(Math.abs(x) <= 1 && Math.abs(y) <= 1));
    // Half a picture is 32 px: 16 px of shift and, at the edge, as much again by the zoom.
    expect(Math.abs(x)).toBeLessThanOrEqual(1 + 0.5 + 0.25 + 1e-6);
  });
});

test("validation photos are cropped in the middle", () => {
  const width = 12;
  const data = new Float32Array(3 * width * 10).fill(0);
  for (let c = 0; c < 3; c++) data[(c * 10 + 5) * width + 6] = 1;
  const photo = { width, height: 10, data };
  const [batch] = validationBatches([photo], { batch: 1, size: 4, photoSize: 10, styles: 1 });
  // Left edge at (12 − 4)/2 = 4, top at 3: the bright pixel lies at column 2, row 2.
  expect((batch!.photos.data as Float32Array)[2 * 4 + 2]).toBe(1);
});
