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
      const levels = data.map((value) => 255 * value);
      const program = await runtime.compile(graph);
      const { outputImage } = await program.run({
        inputImage: tensor(levels, [1, 3, side, side]),
      });
      const painted = outputImage!.data as Float32Array;
      expect(outputImage!.shape).toEqual([1, 3, side, side]);
      expect(painted.every(Number.isFinite)).toBe(true);
      // A picture, and not one grey: levels from 0 to 255, a little beyond where they are not clipped.
      const mean = painted.reduce((sum, value) => sum + value, 0) / painted.length;
      const variance =
        painted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / painted.length;
      expect(mean).toBeGreaterThan(60);
      expect(mean).toBeLessThan(195);
      expect(Math.sqrt(variance)).toBeGreaterThan(20);
      await program.dispose();
    },
  );
});
