// Other people's models. The numbers were read off `protoc --decode=onnx.ModelProto` (Debian's
// protobuf-compiler 3.21.12, with the onnx.proto of its libonnx-dev 1.12.0) by grep and by Python.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { sharedPath } from "../../../node/test/shared.ts";
import { decodeModel, encodeModel, type OnnxModel } from "../../src/onnx/model.ts";
import { typedArrayFromBytes } from "../../src/tensor/dtype.ts";

const peers = [
  {
    file: "candy.onnx",
    producerVersion: "0.1.0.0000",
    metadata: { author: "Justin Johnson", license: "Free for personal or research use" },
    firstWeights: [0.111031026, 0.000972686452],
    sum: -622.2295050557823,
    sumOfSquares: 51213.543330939356,
  },
  {
    file: "mosaic.onnx",
    producerVersion: "1.2.2.0129",
    metadata: {
      "Image.BitmapPixelFormat": "Bgr8",
      author: "Justin Johnson",
      license: "Free for personal or research use",
    },
    firstWeights: [-0.216138065, -0.12303625],
    sum: -694.7028026229914,
    sumOfSquares: 52144.68002377709,
  },
];

describe.each(peers)("the published network $file", (peer) => {
  const path = sharedPath("weights", "peers", peer.file);

  test.skipIf(path === undefined)(
    "is read as protoc reads it (needs weights/peers in ../shared)",
    () => {
      const { graph, ...model } = decodeModel(readFileSync(path!));
      expect(model).toEqual({
        irVersion: 3,
        producerName: "OnnxMLTools",
        producerVersion: peer.producerVersion,
        docString: "Feedforward style transfer https://github.com/jcjohnson/fast-neural-style",
        opsets: [{ domain: "", version: 7 }],
        metadata: peer.metadata,
      });

      const counts: Record<string, number> = {};
      for (const { type } of graph.nodes) counts[type] = (counts[type] ?? 0) + 1;
      expect(counts).toEqual({
        InstanceNormalization: 15,
        Conv: 14,
        Relu: 10,
        Crop: 7,
        Add: 6,
        ConvTranspose: 2,
        Tanh: 1,
        Pad: 1,
        Mul: 1,
        ImageScaler: 1,
        Affine: 1,
      });
      expect(graph.nodes[1]).toEqual({
        type: "Pad",
        name: "padding",
        inputs: ["inputImage2"],
        outputs: ["SpatialReflectionPadding_3"],
        attributes: {
          mode: { kind: "string", value: "reflect" },
          pads: { kind: "ints", value: [0, 0, 40, 40, 0, 0, 40, 40] },
        },
      });
      expect(graph.nodes[0]?.attributes).toEqual({
        bias: { kind: "floats", value: [-103.939, -116.779, -123.68].map(Math.fround) },
        scale: { kind: "float", value: 1 },
      });

      expect([graph.initialisers.length, graph.inputs.length, graph.outputs.length]).toEqual([
        64, 65, 1,
      ]);
      expect(graph.inputs[0]).toEqual({
        name: "inputImage",
        dtype: "float32",
        shape: ["None", 3, 720, 720],
      });
      expect(graph.outputs[0]).toEqual({
        name: "outputImage",
        dtype: "float32",
        shape: ["None", 3, 720, 720],
      });
    },
  );

  test.skipIf(path === undefined)(
    "has the weights that protoc prints (needs weights/peers in ../shared)",
    () => {
      const { initialisers } = decodeModel(readFileSync(path!)).graph;
      const first = initialisers[0]!;
      expect([first.name, first.dtype, first.shape]).toEqual([
        "convolution_W",
        "float32",
        [16, 3, 9, 9],
      ]);
      const weights = initialisers
        .map(({ data }) => [...typedArrayFromBytes("float32", data)])
        .flat();
      expect(weights.slice(0, 2)).toEqual(peer.firstWeights.map(Math.fround));
      expect(weights).toHaveLength(424905);
      const sum = weights.reduce((total, weight) => total + weight, 0);
      const sumOfSquares = weights.reduce((total, weight) => total + weight ** 2, 0);
      // Python's fsum is exact; here 424905 roundings add up to at most 1e-9 of the larger sum.
      expect(Math.abs(sum - peer.sum)).toBeLessThan(1e-9 * peer.sumOfSquares);
      expect(Math.abs(sumOfSquares / peer.sumOfSquares - 1)).toBeLessThan(1e-9);
    },
  );

  test.skipIf(path === undefined)(
    "is the same after writing and reading again (needs weights/peers in ../shared)",
    () => {
      const model = decodeModel(readFileSync(path!));
      // Hashes, since comparing millions of elements one by one takes vitest minutes.
      const hashed = ({ graph, ...rest }: OnnxModel) => ({
        ...rest,
        graph: {
          ...graph,
          initialisers: graph.initialisers.map(({ data, ...tensor }) => ({
            ...tensor,
            hash: createHash("sha256").update(data).digest("hex"),
          })),
        },
      });
      expect(hashed(decodeModel(encodeModel(model)))).toEqual(hashed(model));
    },
  );
});
