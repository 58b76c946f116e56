import { decodeFloat16, encodeFloat16, encodeGraph, tensor } from "@deepstyle/engine";
import * as ort from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { WeightsError } from "../../src/errors.ts";
import {
  defaultArchitecture,
  initialWeights,
  networkParameters,
  type Architecture,
} from "../../src/nets/architecture.ts";
import {
  decodeNetwork,
  encodeNetwork,
  networkGraph,
  type Network,
} from "../../src/nets/networkFile.ts";
import { cpuRuntime } from "../runtime.ts";

const architecture: Architecture = {
  ...defaultArchitecture,
  width: "quarter",
  blocks: 1,
  styles: 2,
};
const network: Network = {
  architecture,
  weights: initialWeights(architecture, 1),
  styles: [{ name: "waves", artist: "Hokusai", year: "1831" }, { name: "stars" }],
  training: { iterations: 7 },
};

describe("a network read back from its file", () => {
  const again = decodeNetwork(encodeNetwork(network));

  test("is the one that was written", () => {
    expect(again.architecture).toEqual(architecture);
    expect(again.styles).toEqual(network.styles);
    expect(again.training).toEqual({ iterations: 7 });
  });

  test("has every number, rounded to float16", () => {
    for (const { name } of networkParameters(architecture)) {
      const rounded = decodeFloat16(encodeFloat16(network.weights.get(name)!));
      expect(again.weights.get(name)).toEqual(rounded);
    }
  });
});

test("weights take two bytes each", () => {
  const numbers = networkParameters(architecture).reduce(
    (sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1),
    0,
  );
  expect(encodeNetwork(network).length).toBeLessThan(2 * numbers + 30_000);
});

test("ONNX Runtime runs the file as it is, and paints what the graph does", async () => {
  const session = await ort.InferenceSession.create(encodeNetwork(network));
  expect(session.inputNames).toEqual(["image", "mixture"]);
  const image = Float32Array.from({ length: 3 * 9 * 7 }, (_, i) => (i % 11) / 11);
  const { stylized } = await session.run({
    image: new ort.Tensor("float32", image, [1, 3, 9, 7]),
    mixture: new ort.Tensor("float32", [0.25, 0.75], [1, 2]),
  });
  const runtime = cpuRuntime();
  const program = await runtime.compile(networkGraph(decodeNetwork(encodeNetwork(network))));
  const feeds = { image: tensor(image, [1, 3, 9, 7]), mixture: tensor([0.25, 0.75], [1, 2]) };
  const own = (await program.run(feeds)).stylized;
  await runtime.dispose();
  (own.data as Float32Array).forEach((value, i) => {
    expect((stylized!.data as Float32Array)[i]).toBeCloseTo(value, 5);
  });
});

describe("refused in one line", () => {
  test("an ONNX file that is not one of our networks", () => {
    expect(() => decodeNetwork(encodeGraph(networkGraph(network)))).toThrow(
      new WeightsError(
        'the ONNX file has no "deepstyle" entry in its metadata: expected a network made by deepstyle train.',
      ),
    );
  });

  test("bytes that are no ONNX file", () => {
    expect(() => decodeNetwork(Uint8Array.of(1, 2, 3))).toThrow(/ONNX/);
  });

  test("metadata of another version", () => {
    const file = encodeGraph(networkGraph(network), {
      metadata: { deepstyle: JSON.stringify({ format: 2 }) },
    });
    expect(() => decodeNetwork(file)).toThrow(/not understood at "format"/);
  });

  test("metadata that name another number of styles than the network has", () => {
    const about = { format: 1, architecture, styles: [{ name: "waves" }], training: {} };
    const file = encodeGraph(networkGraph(network), {
      metadata: { deepstyle: JSON.stringify(about) },
    });
    expect(() => decodeNetwork(file)).toThrow(/name 1 styles; expected 2/);
  });
});
