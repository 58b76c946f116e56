// Networks of other projects: one built from our own operations, others read from their files.
import { readFileSync } from "node:fs";
import { createGraph, decodeGraph, input, tensor } from "@deepstyle/engine";
import { afterAll, describe, expect, test } from "vitest";
import { sharedPath } from "../../../node/test/shared.ts";
import { picture } from "../pictures.ts";
import { cpuRuntime } from "../runtime.ts";
import { fastStyle } from "./fastStyle.ts";
import reference from "./fastStyleReference.json" with { type: "json" };

const runtime = cpuRuntime();
afterAll(() => runtime.dispose());

const path = sharedPath("weights", "peers", "fast_style_wave.safetensors");
const { width, height, means, deviations, samples } = reference;

test.skipIf(path === undefined)(
  "fast-style-transfer's wave gives the picture that PyTorch gives (needs weights/peers in ../shared)",
  async () => {
    const image = input("image", [1, 3, height, width]);
    const graph = createGraph({ painted: fastStyle(readFileSync(path!), image) });
    const program = await runtime.compile(graph);
    const { data } = picture({ width, height }, 1);
    const { painted } = await program.run({ image: tensor(data, [1, 3, height, width]) });
    const values = painted.data as Float32Array;
    // Beyond black and white by 22.5 of 255 at most, which tanh allows.
    expect(values.every((value) => Math.abs(value - 0.5) <= 150 / 255)).toBe(true);
    const found = values.filter((_, i) => i % 97 === 0);
    expect(found).toHaveLength(samples.length);
    // 20 layers in float32 against float64: a fiftieth of a step of 1/255.
    for (const [i, value] of samples.entries())
      expect(Math.abs(found[i]! - value)).toBeLessThan(0.02 / 255);
    const size = width * height;
    for (const [c, mean] of means.entries()) {
      const plane = values.subarray(c * size, (c + 1) * size);
      const average = plane.reduce((sum, value) => sum + value, 0) / size;
      const spread = plane.reduce((sum, value) => sum + (value - average) ** 2, 0) / size;
      expect(average).toBeCloseTo(mean, 4);
      expect(Math.sqrt(spread)).toBeCloseTo(deviations[c]!, 4);
    }
  },
);

function momentsOf(values: ArrayLike<number>): { mean: number; deviation: number } {
  const all = Array.from(values);
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  const variance = all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / all.length;
  return { mean, deviation: Math.sqrt(variance) };
}

/** Means over all channels of square blocks. */
function blockMeans(planes: Float32Array, side: number, block: number): number[] {
  const count = side / block;
  const means = new Array<number>(count * count).fill(0);
  for (let i = 0; i < planes.length; i++) {
    const [x, y] = [i % side, Math.floor(i / side) % side];
    const at = Math.floor(y / block) * count + Math.floor(x / block);
    means[at]! += planes[i]! / (3 * block * block);
  }
  return means;
}

/** Pearson's. */
function correlation(a: readonly number[], b: readonly number[]): number {
  const [ofA, ofB] = [momentsOf(a), momentsOf(b)];
  const products = a.map((value, i) => (value - ofA.mean) * (b[i]! - ofB.mean));
  return momentsOf(products).mean / (ofA.deviation * ofB.deviation);
}

const files = ["mosaic.onnx", "candy.onnx"].map(
  (file) => [file, sharedPath("weights", "peers", file)] as const,
);

describe.each(files)("%s", (_, file) => {
  test.skipIf(file === undefined)(
    "is read as a graph of our operations, and paints (needs weights/peers in ../shared)",
    async () => {
      const graph = decodeGraph(readFileSync(file!));
      expect(Object.keys(graph.inputs)).toEqual(["inputImage"]);
      const side = 720; // of which the file says that it is fixed
      const { data } = picture({ width: side, height: side }, 1);
      // From dark on the left to light on the right.
      const levels = data.map((value, i) => 255 * (0.3 * value + (0.7 * (i % side)) / side));
      const program = await runtime.compile(graph);
      const { outputImage } = await program.run({
        inputImage: tensor(levels, [1, 3, side, side]),
      });
      const painted = outputImage!.data as Float32Array;
      expect(outputImage!.shape).toEqual([1, 3, side, side]);
      expect(painted.every(Number.isFinite)).toBe(true);
      // Levels from 0 to 255, a little beyond where they are not clipped.
      const { mean, deviation } = momentsOf(painted);
      expect(mean).toBeGreaterThan(60);
      expect(mean).toBeLessThan(195);
      expect(deviation).toBeGreaterThan(20);
      // The photo's light and dark, which noise does not have.
      const [before, after] = [levels, painted].map((planes) => blockMeans(planes, side, 60));
      expect(correlation(before!, after!)).toBeGreaterThan(0.5);
      await program.dispose();
    },
  );
});
