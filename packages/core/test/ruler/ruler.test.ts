import type { Runtime, Value } from "@deepstyle/engine";
import { afterAll, describe, expect, test } from "vitest";
import { caffePreprocessing, type Encoder } from "../../src/encoders/encoder.ts";
import { vgg19 } from "../../src/encoders/vgg19.ts";
import type { Raster } from "../../src/image/raster.ts";
import { measure, type RulerResult } from "../../src/ruler/ruler.ts";
import { reference } from "../methods/gatysReference.ts";
import { relativeError } from "../numbers.ts";
import { madeUpMeans, picture } from "../pictures.ts";
import { cpuRuntime } from "../runtime.ts";
import { vgg19Path, vgg19Weights } from "../vgg19Weights.ts";

/** A network whose every layer is the image itself. */
const transparentEncoder: Encoder = {
  name: "transparent",
  layers: [],
  stride: () => 1,
  features: <Layer extends string>(image: Value, layers: readonly Layer[]) =>
    Object.fromEntries(layers.map((layer) => [layer, image])) as Record<Layer, Value>,
};

function flat(
  { width, height }: { width: number; height: number },
  color: readonly [number, number, number],
): Raster {
  const data = Float32Array.from(
    { length: 3 * width * height },
    (_, i) => color[Math.floor(i / (width * height))]!,
  );
  return { width, height, data };
}

const runtime = cpuRuntime();
afterAll(() => runtime.dispose());

const size = { width: 64, height: 32 };
const drawing = picture(size, 1);
const photo = picture(size, 2);
const painting = picture({ width: 40, height: 60 }, 3);

test("flat colours by hand, where Gram matrices are products of two colours", async () => {
  const result = await measure(runtime, transparentEncoder, {
    picture: flat(size, [1, 0, 0]),
    content: flat(size, [0.5, 0, 0]),
    style: flat(size, [0, 1, 0]),
  });
  // Only red in G, only green in A: ‖G − A‖² = 1 + 1. The photo's G is 0.25: 0.0625 + 1.
  const [after, before] = [2, 1.0625];
  expect(result.content).toBeCloseTo(0.5 ** 2 / 0.5 ** 2, 6);
  for (const layer of ["relu1_1", "relu3_1", "relu5_1", "total"] as const) {
    expect(result.style[layer]).toBeCloseTo(after, 6);
    expect(result.gapClosed[layer]).toBeCloseTo(1 - after / before, 6);
  }
});

test("the photo itself has the photo's content, and no gap is closed", async () => {
  const result = await measure(runtime, transparentEncoder, {
    picture: photo,
    content: photo,
    style: painting,
  });
  expect(result.content).toBe(0);
  expect(result.ssim).toBe(1);
  expect(Object.values(result.gapClosed)).toEqual([0, 0, 0, 0, 0, 0]);
  expect(result.style.total).toBeGreaterThan(0);
});

test("the painting itself has the painting's style, and the gap is closed", async () => {
  const result = await measure(runtime, transparentEncoder, {
    picture: painting,
    content: photo,
    style: painting,
  });
  expect(Object.values(result.style)).toEqual([0, 0, 0, 0, 0, 0]);
  expect(Object.values(result.gapClosed)).toEqual([1, 1, 1, 1, 1, 1]);
  expect(result.content).toBeGreaterThan(0);
  expect(result.ssim).toBeLessThan(1);
});

test("a photo that is the painting leaves no gap, and no figure is NaN or infinite", async () => {
  for (const size of [
    { width: 40, height: 60 },
    { width: 1, height: 1 },
  ]) {
    const same = picture(size, 3);
    const black = flat(size, [0, 0, 0]);
    for (const style of [same, black]) {
      const result = await measure(runtime, transparentEncoder, {
        ...{ picture: style, content: style, style },
      });
      expect(result.content).toBe(0);
      expect(Object.values(result.style)).toEqual([0, 0, 0, 0, 0, 0]);
      expect(Object.values(result.gapClosed)).toEqual([null, null, null, null, null, null]);
      expect(result.ssim).toBe(1);
    }
  }
});

describe("sizes:", () => {
  const sizesMeasured = async (
    [width, height]: readonly [number, number],
    style: Raster,
  ): Promise<string[]> => {
    const sizes: string[] = [];
    const watched: Runtime = {
      ...runtime,
      compile: (graph, options) => {
        sizes.push(graph.inputs["image"]!.shape.slice(2).reverse().join(" × "));
        return runtime.compile(graph, options);
      },
    };
    const content = picture({ width: 30, height: 30 }, 2);
    await measure(watched, transparentEncoder, {
      picture: picture({ width, height }, 1),
      content,
      style,
    });
    return sizes;
  };

  test("the longer side becomes 512, the photo takes the picture's size, the painting its own", async () => {
    expect(await sizesMeasured([50, 25], painting)).toEqual([
      "512 × 256",
      "512 × 256",
      "341 × 512",
    ]);
  });

  test("large ones are reduced, and no side is shorter than 32", async () => {
    const wide = picture({ width: 1000, height: 500 }, 3);
    expect(await sizesMeasured([600, 20], wide)).toEqual(["512 × 32", "512 × 32", "512 × 256"]);
  });
});

test("what is transparent counts as white", async () => {
  const alpha = new Float32Array(64 * 32).fill(0.25);
  const composed = drawing.data.map((value) => 0.25 * value + 0.75);
  const both = await Promise.all(
    [
      { ...drawing, alpha },
      { ...drawing, data: composed },
    ].map((each) =>
      measure(runtime, transparentEncoder, { picture: each, content: photo, style: painting }),
    ),
  );
  expect(numbersOf(both[0]!)).toEqual(numbersOf(both[1]!));
});

test.skipIf(vgg19Path === undefined)(
  "with VGG-19 content, style, closed gaps and similarity are PyTorch's (needs weights/vgg19.safetensors in ../shared)",
  async () => {
    const encoder = vgg19(vgg19Weights(), {
      preprocessing: caffePreprocessing,
      channelMeans: madeUpMeans,
    });
    const result = await measure(runtime, encoder, {
      picture: picture({ width: 512, height: 32 }, 4),
      content: picture({ width: 512, height: 32 }, 5),
      style: picture({ width: 512, height: 40 }, 6),
    });
    const [actual, expected] = [numbersOf(result), numbersOf(reference.ruler)];
    expect(Object.keys(actual)).toEqual(Object.keys(expected));
    for (const [name, value] of Object.entries(expected))
      expect(relativeError([actual[name]!], [value]), name).toBeLessThan(1e-5);
  },
);

/** Every number of a result by name. */
function numbersOf({ content, style, gapClosed, ssim }: RulerResult): Record<string, number> {
  const named = (prefix: string, numbers: Readonly<Record<string, number | null>>) =>
    Object.entries(numbers).map(([name, value]) => [`${prefix}.${name}`, value ?? NaN] as const);
  const layers = [...named("style", style), ...named("gapClosed", gapClosed)];
  return { content, ssim, ...Object.fromEntries(layers) };
}
