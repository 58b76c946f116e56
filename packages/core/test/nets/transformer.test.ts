import {
  constant,
  createGraph,
  denseOf,
  evaluate,
  input,
  seededRandom,
  symbol,
  tensor,
  type Tensor,
} from "@deepstyle/engine";
import { describe, expect, test } from "vitest";
import {
  defaultArchitecture,
  initialWeights,
  networkLayers,
  networkNorms,
  networkPaddings,
  networkParameters,
  networkWidths,
  upsamplings,
  type Architecture,
} from "../../src/nets/architecture.ts";
import { constantValues, networkGraph } from "../../src/nets/networkFile.ts";
import {
  batchNormInference,
  conditionalInstanceNorm,
  fixedInstanceNorm,
} from "../../src/nets/normalise.ts";
import { transformer } from "../../src/nets/transformer.ts";
import { cpuRuntime } from "../runtime.ts";

const small: Architecture = { ...defaultArchitecture, width: "quarter", blocks: 1 };

function picture(height: number, width: number, seed = 1): Tensor<"float32"> {
  const random = seededRandom(seed);
  const data = Float32Array.from({ length: 3 * height * width }, () => random.uniform());
  return tensor(data, [1, 3, height, width]);
}

async function paint(architecture: Architecture, image: Tensor): Promise<Tensor> {
  const runtime = cpuRuntime();
  try {
    const weights = initialWeights(architecture, 3);
    const program = await runtime.compile(networkGraph({ architecture, weights }));
    return (await program.run({ image })).stylized;
  } finally {
    await runtime.dispose();
  }
}

const variants: readonly (readonly [string, Partial<Architecture>])[] = [
  ...networkPaddings.map((padding) => [`padding ${padding}`, { padding }] as const),
  ...upsamplings.map((upsample) => [`upsampling ${upsample}`, { upsample }] as const),
  ...networkNorms.map((norm) => [`${norm} normalisation`, { norm }] as const),
  ["separable blocks", { separable: true }],
  ["kind video", { kind: "video" }],
  ["kind video, separable, zero padding", { kind: "video", separable: true, padding: "zero" }],
];

describe("one file for all sizes", () => {
  test.each(variants)(
    "%s: the result has the picture's size, odd and tiny ones too",
    async (_, change) => {
      const architecture = { ...small, ...change };
      for (const [height, width] of [
        [1, 1],
        [7, 5],
        [8, 8],
        [33, 51],
      ] as const) {
        const { shape, data } = await paint(architecture, picture(height, width));
        expect(shape).toEqual([1, 3, height, width]);
        expect((data as Float32Array).every((value) => value >= 0 && value <= 1)).toBe(true);
      }
    },
  );
});

test.each(variants)("%s: onnxruntime paints what the float64 meaning says", async (_, change) => {
  const architecture = { ...small, width: "quarter" as const, ...change };
  const weights = initialWeights(architecture, 3);
  const image = picture(9, 14);
  // The meaning of a graph needs known sizes.
  const values = constantValues({ architecture, weights });
  const runtime = cpuRuntime();
  const known = input("image", [1, 3, 9, 14]);
  const style = constant(tensor([1], [1, 1]));
  const normalise = { instance: conditionalInstanceNorm, batch: batchNormInference }[
    architecture.norm
  ];
  const graph = createGraph({ y: transformer(architecture, known, values, normalise(style)) });
  const program = await runtime.compile(graph);
  const actual = (await program.run({ image })).y;
  await runtime.dispose();
  const expected = evaluate(graph, { image: denseOf(image) }).y;
  // About twenty layers of float32 sums, each normalised to variance 1.
  const layersOfFloats = 2e-4;
  expected.data.forEach((value, i) => {
    expect(Math.abs((actual.data[i] as number) - value)).toBeLessThan(layersOfFloats);
  });
});

test("a video network paints at half of the size and enlarges by bilinear interpolation", async () => {
  const { data } = await paint({ ...small, kind: "video" }, picture(16, 16));
  const row = (data as Float32Array).slice(0, 16);
  // Between centres of large pixels a and b lie a + (b − a) / 4 and a + 3 (b − a) / 4, and b is the next pair's a.
  const pairs = [1, 3, 5, 7, 9, 11].map((x) => {
    const slope = 2 * (row[x + 1]! - row[x]!);
    return { a: row[x]! - slope / 4, b: row[x]! + (3 * slope) / 4 };
  });
  const colours = pairs.map(({ a }) => a);
  expect(Math.max(...colours) - Math.min(...colours)).toBeGreaterThan(1e-3);
  pairs.slice(1).forEach(({ a }, i) => expect(pairs[i]!.b).toBeCloseTo(a, 5));
});

test("the published network has 1,679,235 numbers, conv biases before norms counted", () => {
  const architecture: Architecture = { ...defaultArchitecture, width: "full" };
  const count = networkParameters(architecture).reduce(
    (sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1),
    0,
  );
  // Biases that a normalisation takes away again: 32+64+128, ten of 128, 64+32.
  const redundantBiases = 32 + 64 + 128 + 10 * 128 + 64 + 32;
  expect(count + redundantBiases).toBe(1_679_235);
});

test("each width has half the channels of the one before", () => {
  const widths = networkWidths.map((width) => {
    const parameters = networkParameters({ ...defaultArchitecture, width });
    return parameters.find(({ name }) => name === "down3.weight")!.shape[0];
  });
  expect(widths).toEqual([128, 64, 32]);
});

describe("styles", () => {
  const architecture: Architecture = { ...small, styles: 2 };
  const weights = new Map(initialWeights(architecture, 5));
  const random = seededRandom(9);
  for (const { name, role } of networkParameters(architecture))
    if (role === "scale" || role === "shift")
      weights.set(
        name,
        weights.get(name)!.map((value) => value + random.uniform()),
      );
  const paintMixed = async (mixture: readonly number[]): Promise<Float32Array> => {
    const runtime = cpuRuntime();
    const program = await runtime.compile(networkGraph({ architecture, weights }));
    const feeds = { image: picture(12, 12), mixture: tensor(mixture, [1, 2]) };
    const { stylized } = await program.run(feeds);
    await runtime.dispose();
    return stylized.data as Float32Array;
  };

  test("a style alone is the network that has only its scales and shifts", async () => {
    const alone: Architecture = { ...architecture, styles: 1 };
    const own = new Map(weights);
    for (const { name, role, shape } of networkParameters(alone))
      if (role === "scale" || role === "shift")
        own.set(name, weights.get(name)!.slice(shape[1], 2 * shape[1]!));
    const runtime = cpuRuntime();
    const program = await runtime.compile(networkGraph({ architecture: alone, weights: own }));
    const { stylized } = await program.run({ image: picture(12, 12) });
    await runtime.dispose();
    const second = await paintMixed([0, 1]);
    (stylized.data as Float32Array).forEach((value, i) => {
      expect(second[i]).toBeCloseTo(value, 5);
    });
  });

  test("a mixture is neither of them", async () => {
    const [first, second, mixed] = await Promise.all([
      paintMixed([1, 0]),
      paintMixed([0, 1]),
      paintMixed([0.5, 0.5]),
    ]);
    expect(mixed).not.toEqual(first);
    expect(mixed).not.toEqual(second);
  });
});

test("with the picture's own statistics fixed normalisation is instance normalisation", async () => {
  const runtime = cpuRuntime();
  const x = input("x", [1, 2, 3, 4]);
  const layer = { ...networkLayers(small)[0]!, name: "n", inputs: 2, outputs: 2 };
  const values = {
    "n.scale": constant(tensor([2, 3], [1, 2])),
    "n.shift": constant(tensor([0.5, -1], [1, 2])),
  };
  const numbers = picture(4, 6).data.subarray(0, 24);
  const planes = [numbers.subarray(0, 12), numbers.subarray(12)];
  const means = planes.map((plane) => plane.reduce((sum, v) => sum + v, 0) / 12);
  const variances = planes.map(
    (plane, c) => plane.reduce((sum, v) => sum + (v - means[c]!) ** 2, 0) / 12,
  );
  const one = constant(tensor([1], [1, 1]));
  const statistics = {
    mean: constant(tensor(means, [1, 2, 1, 1])),
    variance: constant(tensor(variances, [1, 2, 1, 1])),
  };
  const graph = createGraph({
    own: conditionalInstanceNorm(one)(x, layer, values),
    fixed: fixedInstanceNorm(one, () => statistics)(x, layer, values),
  });
  const program = await runtime.compile(graph);
  const { own, fixed } = await program.run({ x: tensor(numbers, [1, 2, 3, 4]) });
  await runtime.dispose();
  (own.data as Float32Array).forEach((value, i) => {
    expect(fixed.data[i]).toBeCloseTo(value, 5);
  });
});

test("a network that ships keeps height and width open", () => {
  const { inputs } = networkGraph({ architecture: small, weights: initialWeights(small, 1) });
  expect(inputs["image"]!.shape.map(String)).toEqual(["1", "3", String(symbol("h")), "w"]);
});
