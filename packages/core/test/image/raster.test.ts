import { describe, expect, test } from "vitest";
import { OptionError } from "../../src/errors.ts";
import { expectRaster } from "../../src/image/raster.ts";

const raster = (changes: object = {}): object => ({
  ...{ width: 2, height: 1, data: new Float32Array(6).fill(0.5), alpha: new Float32Array(2) },
  ...changes,
});

test("a picture is one, with or without alpha, and may overshoot a little as filters do", () => {
  for (const picture of [
    raster(),
    raster({ alpha: undefined }),
    raster({ data: Float32Array.of(-0.2, 1.3, 0, 1, 0, 1) }),
  ])
    expect(() => expectRaster(picture)).not.toThrow();
});

describe("what is none is refused in a line that says what is expected:", () => {
  test.each<[string, unknown, string]>([
    ["nothing", null, "is none"],
    ["text", "cat.jpg", "is none"],
    ["a list of numbers", raster({ data: [0, 0, 0, 0, 0, 0] }), "has no Float32Array as data"],
    ["bytes", raster({ data: new Uint8Array(6) }), "has no Float32Array as data"],
    ["no size", raster({ width: 0, data: new Float32Array(0) }), "has the size 0×1"],
    ["half a pixel", raster({ width: 1.5 }), "has the size 1.5×1"],
    ["another size", raster({ width: 3 }), "has 6 numbers, 3×1 px have 9 in three planes"],
    ["another alpha", raster({ alpha: new Float32Array(3) }), "has an alpha that is no"],
    ["NaN", raster({ data: new Float32Array(6).with(5, NaN) }), "has values such as NaN"],
    ["infinity", raster({ alpha: Float32Array.of(0, Infinity) }), "has values such as Infinity"],
    ["0…255", raster({ data: new Float32Array(6).with(2, 200) }), "has values such as 200"],
  ])("%s", (_, picture, problem) => {
    const look = (): void => expectRaster(picture, "the photo");
    expect(look).toThrow(OptionError);
    expect(look).toThrow(`the photo ${problem}`);
    expect(look).toThrow(/: expected \{ width, height, data \}, .* in 0…1\.$/);
  });
});
