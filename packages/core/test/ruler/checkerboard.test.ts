import { seededRandom } from "@deepstyle/engine";
import { expect, test } from "vitest";
import type { Raster } from "../../src/image/raster.ts";
import { checkerboard } from "../../src/ruler/checkerboard.ts";

function drawn(value: (x: number, y: number) => number, width = 256, height = 256): Raster {
  const plane = Array.from({ length: width * height }, (_, i) =>
    value(i % width, Math.floor(i / width)),
  );
  return { width, height, data: Float32Array.from([...plane, ...plane, ...plane]) };
}

test("white noise has no peaks: its spectrum is flat", () => {
  const random = seededRandom(1);
  const { mean, max } = checkerboard([drawn(() => random.uniform(), 512, 512)]);
  // |F|² of noise is exponentially distributed: its mean is 1.6 dB above its median.
  expect(mean).toBeGreaterThan(0);
  expect(mean).toBeLessThan(3);
  expect(max).toBeLessThan(5);
});

test("a board of single pixels under the noise stands out at ½ cycle in both directions", () => {
  const random = seededRandom(1);
  const board = drawn((x, y) => random.uniform() + 0.05 * ((x + y) % 2), 512, 512);
  const { max } = checkerboard([board]);
  expect(max).toBeGreaterThan(10);
});

test("stripes of four pixels stand out at ¼ cycle in one direction only", () => {
  const random = seededRandom(2);
  const noise = (): number => random.uniform();
  const stripes = checkerboard([drawn((x) => noise() + 0.2 * Math.cos((Math.PI * x) / 2))]);
  const plain = checkerboard([drawn(noise)]);
  expect(stripes.max).toBeGreaterThan(20);
  // One of eight peaks: the mean rises by an eighth of it.
  expect(stripes.mean - plain.mean).toBeLessThan(stripes.max / 4);
});

test("the brightness of a picture does not matter", () => {
  const random = seededRandom(3);
  const picture = drawn(() => random.uniform());
  const brighter = { ...picture, data: picture.data.map((value) => value + 0.5) };
  expect(checkerboard([brighter]).mean).toBeCloseTo(checkerboard([picture]).mean, 4);
});

test("a picture that is too small is refused with the size that is needed", () => {
  expect(() => checkerboard([drawn(() => 0, 255, 256)])).toThrow(
    "at least 256×256 px; got 255×256",
  );
});
