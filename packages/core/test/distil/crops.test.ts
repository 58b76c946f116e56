import { expect, test } from "vitest";
import { Crops } from "../../src/distil/crops.ts";
import type { Raster } from "../../src/image/raster.ts";
import type { PhotoSource } from "../../src/train/batches.ts";
import { picture } from "../pictures.ts";

const photos: PhotoSource = {
  count: 3,
  read: (index) => Promise.resolve(picture({ width: 60, height: 40 }, index)),
};
const broken: PhotoSource = { count: 2, read: () => Promise.resolve(undefined) };

test("crop n depends on options and n alone", async () => {
  const sources = [photos];
  const all = await new Crops({ sources, size: 16, seed: 1 }).at(0, 6);
  const last = await new Crops({ sources, size: 16, seed: 1 }).at(4, 2);
  expect(all.shape).toEqual([6, 3, 16, 16]);
  expect(all.data.slice(4 * 3 * 256)).toEqual(last.data);
  expect((await new Crops({ sources, size: 16, seed: 2 }).at(4, 2)).data).not.toEqual(last.data);
});

test("crops stay in [0, 1]", async () => {
  const { data } = await new Crops({ sources: [photos], size: 16, seed: 3 }).at(0, 40);
  expect(data.every((x) => x >= 0 && x <= 1)).toBe(true);
});

test("each folder is drawn from as often as the others, however many pictures it has", async () => {
  const drawn = [0, 0];
  const counting = (folder: number, count: number): PhotoSource => ({
    count,
    read: (): Promise<Raster> => {
      drawn[folder]!++;
      return Promise.resolve(picture({ width: 16, height: 16 }, folder));
    },
  });
  await new Crops({ sources: [counting(0, 1000), counting(1, 2)], size: 16, seed: 4 }).at(0, 300);
  // Three deviations of a fair coin over about 400 draws are 30.
  expect(Math.abs(drawn[0]! - drawn[1]!)).toBeLessThan(60);
});

test("a picture smaller than a crop is enlarged", async () => {
  const small: PhotoSource = {
    count: 1,
    read: () => Promise.resolve(picture({ width: 9, height: 7 }, 1)),
  };
  const { shape } = await new Crops({ sources: [small], size: 16, seed: 5 }).at(0, 1);
  expect(shape).toEqual([1, 3, 16, 16]);
});

test("if no picture can be read that is said", async () => {
  const crops = new Crops({ sources: [broken], size: 16, seed: 6 });
  await expect(crops.at(0, 1)).rejects.toThrow("no picture could be read");
});
