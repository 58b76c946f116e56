import { afterAll, describe, expect, test } from "vitest";
import { mixStyles } from "../../src/nets/mixture.ts";
import type { Raster } from "../../src/image/raster.ts";
import { paint } from "../../src/paint/paint.ts";
import { paintRegions } from "../../src/paint/paintRegions.ts";
import { randomNetwork } from "../nets/networks.ts";
import { relativeError } from "../numbers.ts";
import { picture } from "../pictures.ts";
import { cpuRuntime } from "../runtime.ts";

const runtime = cpuRuntime();
afterAll(() => runtime.dispose());

const size = { width: 96, height: 40 };
const photo = picture(size, 1);
const both = randomNetwork({ styles: 2 });
const [first, second] = [mixStyles(both, { "style-1": 1 }), mixStyles(both, { "style-2": 1 })];
const left = mask((x) => Number(x < 48));

function mask(weight: (x: number) => number, { width, height } = size): Raster {
  const data = Float32Array.from({ length: 3 * width * height }, (_, i) => weight(i % width));
  return { width, height, data };
}

const columns = ({ data, width }: Raster, from: number, to: number): Float32Array =>
  data.filter((_, i) => i % width >= from && i % width < to);

describe("a network that paints regions", () => {
  test("paints each in its style, and blends them at the border", async () => {
    const areas = [{ mask: left, network: second }];
    const { picture: made } = await paintRegions(runtime, first, areas, photo);
    const { picture: rest } = await paint(runtime, first, photo);
    const { picture: inside } = await paint(runtime, second, photo);
    expect(columns(made, 0, 40)).toEqual(columns(inside, 0, 40));
    expect(columns(made, 56, 96)).toEqual(columns(rest, 56, 96));
    const at = (raster: Raster): number => raster.data[48]!;
    const share = (at(made) - at(rest)) / (at(inside) - at(rest));
    expect(share).toBeGreaterThan(0.3);
    expect(share).toBeLessThan(0.7);
  });

  test("gives the same picture in tiles", async () => {
    const areas = [{ mask: left, network: second }];
    const [whole, tiled] = [
      await paintRegions(runtime, first, areas, photo, { tile: null }),
      await paintRegions(runtime, first, areas, photo, { tile: 32 }),
    ];
    expect(tiled.tile).toBe(32);
    expect(relativeError(tiled.picture.data, whole.picture.data)).toBeLessThan(1e-3);
  });

  test("mixes by grey masks, whatever their size", async () => {
    const areas = [{ mask: mask(() => 0.25, { width: 48, height: 20 }), network: second }];
    const { picture: made } = await paintRegions(runtime, first, areas, photo);
    const { picture: a } = await paint(runtime, first, photo);
    const { picture: b } = await paint(runtime, second, photo);
    const expected = a.data.map((value, i) => 0.75 * value + 0.25 * b.data[i]!);
    expect(relativeError(made.data, expected)).toBeLessThan(1e-5);
  });

  test.each([
    [mask(() => 0), "the mask of region 1 is empty, black everywhere: expected white where it is."],
    [
      mask(() => 1, { width: 40, height: 40 }),
      "the mask of region 1 of 40×40 px has not the proportions of the photo, 96×40 px. Draw it over the photo.",
    ],
  ])("refuses a mask in one line: %#", async (wrong, message) => {
    const areas = [{ mask: wrong, network: second }];
    await expect(paintRegions(runtime, first, areas, photo)).rejects.toThrow(message);
  });
});
