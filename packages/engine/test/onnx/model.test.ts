import fc from "fast-check";
import * as ort from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { FormatError } from "../../src/errors.ts";
import {
  decodeModel,
  encodeModel,
  type OnnxAttribute,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValueInfo,
} from "../../src/onnx/model.ts";
import { bytesPerElement, type DType } from "../../src/tensor/dtype.ts";
import { seededRandom } from "../../src/tensor/rng.ts";

/** y = x + w with w = [1, -2], written by hand; `protoc --decode=onnx.ModelProto` agrees. */
// prettier-ignore
const addition = Uint8Array.of(
  0x08, 0x08,                                     // ir_version: 8
  0x12, 0x04, 0x68, 0x61, 0x6e, 0x64,             // producer_name: "hand"
  0x3a, 0x49,                                     // graph, 73 bytes
    0x0a, 0x0e,                                   //   node
      0x0a, 0x01, 0x78,                           //     input: "x"
      0x0a, 0x01, 0x77,                           //     input: "w"
      0x12, 0x01, 0x79,                           //     output: "y"
      0x22, 0x03, 0x41, 0x64, 0x64,               //     op_type: "Add"
    0x12, 0x01, 0x67,                             //   name: "g"
    0x2a, 0x11,                                   //   initializer
      0x08, 0x02,                                 //     dims: 2
      0x10, 0x01,                                 //     data_type: FLOAT
      0x42, 0x01, 0x77,                           //     name: "w"
      0x4a, 0x08,                                 //     raw_data
        0x00, 0x00, 0x80, 0x3f,                   //       1
        0x00, 0x00, 0x00, 0xc0,                   //       -2
    0x5a, 0x0f,                                   //   input
      0x0a, 0x01, 0x78,                           //     name: "x"
      0x12, 0x0a, 0x0a, 0x08,                     //     type, tensor_type
        0x08, 0x01,                               //       elem_type: FLOAT
        0x12, 0x04, 0x0a, 0x02, 0x08, 0x02,       //       shape, dim, dim_value: 2
    0x62, 0x10,                                   //   output
      0x0a, 0x01, 0x79,                           //     name: "y"
      0x12, 0x0b, 0x0a, 0x09,                     //     type, tensor_type
        0x08, 0x01,                               //       elem_type: FLOAT
        0x12, 0x05, 0x0a, 0x03, 0x12, 0x01, 0x6e, //       shape, dim, dim_param: "n"
  0x42, 0x04,                                     // opset_import
    0x0a, 0x00,                                   //   domain: ""
    0x10, 0x11,                                   //   version: 17
);

const additionModel: OnnxModel = {
  irVersion: 8,
  producerName: "hand",
  producerVersion: "",
  opsets: [{ domain: "", version: 17 }],
  graph: {
    name: "g",
    nodes: [{ type: "Add", inputs: ["x", "w"], outputs: ["y"], attributes: {} }],
    initialisers: [
      {
        name: "w",
        dtype: "float32",
        shape: [2],
        data: Uint8Array.of(0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0),
      },
    ],
    inputs: [{ name: "x", dtype: "float32", shape: [2] }],
    outputs: [{ name: "y", dtype: "float32", shape: ["n"] }],
  },
  metadata: {},
};

describe("a model written by hand", () => {
  test("is read", () => {
    expect(decodeModel(addition)).toEqual(additionModel);
  });

  test("is what we write, byte for byte", () => {
    expect([...encodeModel(additionModel)]).toEqual([...addition]);
  });

  test("has its weights where they lie in the file", () => {
    const { data } = decodeModel(addition).graph.initialisers[0]!;
    expect(data.buffer).toBe(addition.buffer);
  });

  test("has plain byte arrays for weights, also where the file is a Node Buffer", () => {
    const { data } = decodeModel(Buffer.from(addition)).graph.initialisers[0]!;
    expect(Object.getPrototypeOf(data)).toBe(Uint8Array.prototype);
  });

  test("is read from the middle of a larger buffer", () => {
    const padded = Uint8Array.of(0xff, ...addition, 0xff);
    expect(decodeModel(padded.subarray(1, -1))).toEqual(additionModel);
  });
});

/** A protobuf field that holds bytes, for messages written by hand. */
function field(number: number, ...content: number[]): number[] {
  return [number * 8 + 2, content.length, ...content];
}

/** A model with one constant tensor, given as the bytes of its TensorProto. */
function withTensor(...tensor: number[]): Uint8Array {
  return Uint8Array.of(0x08, 0x08, ...field(7, ...field(5, ...tensor)), ...field(8, 0x10, 0x11));
}

describe("a tensor", () => {
  // Bytes after dims and data_type; name and value are the same throughout.
  const cases: [string, DType, number[], number[]][] = [
    [
      "float_data, packed",
      "float32",
      [1, ...field(4, 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0)],
      [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0],
    ],
    [
      "float_data, one by one",
      "float32",
      [1, 0x25, 0, 0, 0x80, 0x3f, 0x25, 0, 0, 0, 0xc0],
      [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0],
    ],
    [
      "double_data, packed",
      "float64",
      [11, ...field(10, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0)],
      [0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0],
    ],
    [
      "int32_data, packed",
      "int32",
      [6, ...field(5, 0x96, 0x01, 0xfe, ...Array<number>(8).fill(0xff), 0x01)],
      [0x96, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff],
    ],
    [
      "int32_data, one by one",
      "int32",
      [6, 0x28, 0x96, 0x01, 0x28, 0x05],
      [0x96, 0, 0, 0, 5, 0, 0, 0],
    ],
    ["int32_data of uint8", "uint8", [2, ...field(5, 0xff, 0x01, 0x07)], [0xff, 7]],
    [
      "int32_data of int8",
      "int8",
      [3, ...field(5, 0xfe, ...Array<number>(8).fill(0xff), 0x01, 0x07)],
      [0xfe, 7],
    ],
    ["int32_data of bool", "bool", [9, ...field(5, 0x01, 0x00)], [1, 0]],
    [
      "int32_data of float16, as patterns",
      "float16",
      [10, ...field(5, 0x80, 0x78, 0x80, 0x80, 0x03)],
      [0, 0x3c, 0, 0xc0],
    ],
    [
      "int64_data, packed",
      "int64",
      [7, ...field(7, 0x05, 0xfe, ...Array<number>(8).fill(0xff), 0x01)],
      [5, 0, 0, 0, 0, 0, 0, 0, 0xfe, ...Array<number>(7).fill(0xff)],
    ],
  ];

  test.each(cases)("in %s comes out as raw bytes", (_, dtype, typed, raw) => {
    const [code, ...content] = typed;
    const file = withTensor(0x08, 0x02, 0x10, code!, ...content, ...field(8, 0x77));
    const [tensor] = decodeModel(file).graph.initialisers;
    expect(tensor).toEqual({ name: "w", dtype, shape: [2], data: Uint8Array.from(raw) });
  });

  test("may have packed sizes, as a writer in the manner of proto3 packs them", () => {
    const file = withTensor(...field(1, 0x02, 0x01), 0x10, 0x02, ...field(9, 7, 8));
    expect(decodeModel(file).graph.initialisers[0]?.shape).toEqual([2, 1]);
  });

  test("of no elements or no sizes is possible", () => {
    const empty = decodeModel(withTensor(0x08, 0x00, 0x10, 0x01)).graph.initialisers[0]!;
    expect([empty.shape, empty.data.length]).toEqual([[0], 0]);
    const scalar = decodeModel(withTensor(0x10, 0x02, ...field(9, 7))).graph.initialisers[0]!;
    expect([scalar.shape, [...scalar.data]]).toEqual([[], [7]]);
  });
});

/** A model that computes nothing and holds one node. */
function withNode(...node: number[]): Uint8Array {
  return Uint8Array.of(0x08, 0x08, ...field(7, ...field(1, ...node)), ...field(8, 0x10, 0x11));
}

const huge = [...Array<number>(8).fill(0xff), 0x7f];
const valueOfType = (...type: number[]): Uint8Array =>
  Uint8Array.of(0x08, 0x08, ...field(7, ...field(11, ...field(1, 0x78), ...type)));

describe("what is not a model that we can represent", () => {
  const cases: [string, Uint8Array, string][] = [
    ["nothing", new Uint8Array(), "it has no IR version"],
    ["text", new TextEncoder().encode("<!doctype html>"), "Bad ONNX bytes"],
    ["no graph", Uint8Array.of(0x08, 0x08, ...field(8, 0x10, 0x11)), "it has no graph"],
    ["no operator set", Uint8Array.of(0x08, 0x08, ...field(7)), "it names no operator set"],
    [
      "a shape without data",
      withTensor(0x08, 0x02, 0x10, 0x01),
      "float32 [2]: expected 8 bytes, got 0",
    ],
    [
      "a shape of 2^40",
      withTensor(0x08, ...Array<number>(5).fill(0x80), 0x20, 0x10, 0x01),
      "float32 [1099511627776]: expected 4398046511104 bytes, got 0",
    ],
    [
      "a size of 2^63 - 1",
      withTensor(0x08, ...huge, 0x10, 0x01),
      "9223372036854775807 is no possible size",
    ],
    [
      "a negative size",
      withTensor(0x08, ...Array<number>(9).fill(0xff), 0x01, 0x10, 0x01),
      "has the shape [-1]",
    ],
    [
      "data of another width",
      withTensor(0x08, 0x01, 0x10, 0x01, ...field(9, 1, 2)),
      "expected 4 bytes, got 2",
    ],
    [
      "typed data of another type",
      withTensor(0x08, 0x01, 0x10, 0x01, ...field(5, 1)),
      "expected 4 bytes, got 0",
    ],
    ["text elements", withTensor(0x10, 0x08), 'Tensor "" has elements of type 8'],
    ["elements of no type", withTensor(0x08, 0x00), 'Tensor "" has elements of type unknown'],
    ["data in another file", withTensor(0x10, 0x01, 0x70, 0x01), "its data in another file"],
    ["a node of no type", withNode(...field(3, 0x6e)), 'node "n" has no operator type'],
    [
      "a graph in an attribute",
      withNode(...field(5, ...field(1, 0x61), 0xa0, 0x01, 0x05)),
      'Attribute "a" has a value of type 5',
    ],
    [
      "an attribute of no type",
      withNode(...field(5, ...field(1, 0x61), 0x18, 0x01)),
      'Attribute "a" has a value of type 0',
    ],
    ["a tensor attribute without one", withNode(...field(5, 0xa0, 0x01, 0x04)), "has no value"],
    ["sparse tensors", Uint8Array.of(0x08, 0x08, ...field(7, ...field(15))), "sparse tensors"],
    ["local functions", Uint8Array.of(...addition, 0xca, 0x01, 0x00), "local functions"],
    ["an input of no type", valueOfType(), 'Value "x" has elements of type unknown'],
    [
      "an input that is a sequence",
      valueOfType(...field(2, ...field(4))),
      'Value "x" has elements of type unknown',
    ],
    [
      "an input of text",
      valueOfType(...field(2, ...field(1, 0x08, 0x08))),
      'Value "x" has elements of type 8',
    ],
  ];

  test.each(cases)("%s is refused in one line", (_, file, problem) => {
    expect(() => decodeModel(file)).toThrow(FormatError);
    expect(() => decodeModel(file)).toThrow(problem);
    expect(() => decodeModel(file)).toThrow(/^[^\n]+\.$/);
  });

  test.each([
    [
      "data that do not fill the shape",
      { shape: [3], data: new Uint8Array(4) },
      "expected 12 bytes, got 4",
    ],
    ["half a size", { shape: [0.5], data: new Uint8Array(2) }, "has the shape [0.5]"],
  ])("%s is not written", (_, part, problem) => {
    const tensor = { name: "w", dtype: "float32" as const, ...part };
    expect(() => encodeModel(withGraph({ initialisers: [tensor] }))).toThrow(FormatError);
    expect(() => encodeModel(withGraph({ initialisers: [tensor] }))).toThrow(problem);
  });
});

function withGraph(graph: Partial<OnnxModel["graph"]>): OnnxModel {
  return { ...additionModel, graph: { ...additionModel.graph, ...graph } };
}

describe("sizes of inputs", () => {
  const input = (...dims: number[]): Uint8Array =>
    Uint8Array.of(
      ...[0x08, 0x08],
      ...field(7, ...field(11, ...field(2, ...field(1, 0x08, 0x01, ...dims)))),
      ...field(8, 0x10, 0x11),
    );
  const sizesOf = (file: Uint8Array) => decodeModel(file).graph.inputs[0]?.shape;

  test("may be known, named or unknown, and the rank may be unknown", () => {
    expect(sizesOf(input())).toBeUndefined();
    expect(sizesOf(input(...field(2)))).toEqual([]);
    expect(
      sizesOf(
        input(...field(2, ...field(1, 0x08, 0x03), ...field(1, ...field(2, 0x68)), ...field(1))),
      ),
    ).toEqual([3, "h", ""]);
  });

  test("count as unknown where an exporter wrote -1", () => {
    expect(
      sizesOf(input(...field(2, ...field(1, 0x08, ...Array<number>(9).fill(0xff), 0x01)))),
    ).toEqual([""]);
  });
});

test("an attribute whose value is left out is zero or empty, as in proto3", () => {
  const attribute = (name: number, type: number) => field(5, ...field(1, name), 0xa0, 0x01, type);
  const node = [
    ...field(4, 0x4f),
    ...[1, 2, 3, 6, 7, 8].flatMap((type) => attribute(0x60 + type, type)),
  ];
  expect(decodeModel(withNode(...node)).graph.nodes[0]?.attributes).toEqual({
    a: { kind: "float", value: 0 },
    b: { kind: "int", value: 0 },
    c: { kind: "string", value: "" },
    f: { kind: "floats", value: [] },
    g: { kind: "ints", value: [] },
    h: { kind: "strings", value: [] },
  });
});

const text = fc.string({ unit: "binary", maxLength: 8 });
const someText = fc.string({ unit: "binary", minLength: 1, maxLength: 8 });
const float = fc.float().map(Math.fround);
const int = fc.oneof(
  fc.maxSafeInteger(),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }),
);
const dtype = fc.constantFrom(...(Object.keys(bytesPerElement) as DType[]));
const tensor: fc.Arbitrary<OnnxTensor> = fc
  .tuple(text, dtype, fc.array(fc.nat(3), { maxLength: 4 }))
  .chain(([name, dtype, shape]) => {
    const length = shape.reduce((product, size) => product * size, bytesPerElement[dtype]);
    const data = fc.uint8Array({ minLength: length, maxLength: length });
    return fc.record({
      name: fc.constant(name),
      dtype: fc.constant(dtype),
      shape: fc.constant(shape),
      data,
    });
  });
const kind = <K extends string, T>(name: K, value: fc.Arbitrary<T>) =>
  fc.record({ kind: fc.constant(name), value });
const attribute: fc.Arbitrary<OnnxAttribute> = fc.oneof(
  kind("float", float),
  kind("int", int),
  kind("string", text),
  kind("tensor", tensor),
  kind("floats", fc.array(float, { maxLength: 4 })),
  kind("ints", fc.array(int, { maxLength: 4 })),
  kind("strings", fc.array(text, { maxLength: 4 })),
);
const node: fc.Arbitrary<OnnxNode> = fc.record(
  {
    type: someText,
    domain: someText,
    name: someText,
    inputs: fc.array(text, { maxLength: 3 }),
    outputs: fc.array(text, { maxLength: 3 }),
    attributes: fc.dictionary(text, attribute, { maxKeys: 4 }),
  },
  { requiredKeys: ["type", "inputs", "outputs", "attributes"] },
);
const valueInfo: fc.Arbitrary<OnnxValueInfo> = fc.record(
  { name: text, dtype, shape: fc.array(fc.oneof(fc.nat(), text), { maxLength: 4 }) },
  { requiredKeys: ["name", "dtype"] },
);
const anyModel: fc.Arbitrary<OnnxModel> = fc.record(
  {
    irVersion: fc.integer({ min: 1, max: 20 }),
    producerName: text,
    producerVersion: text,
    docString: someText,
    opsets: fc.array(fc.record({ domain: text, version: fc.nat() }), {
      minLength: 1,
      maxLength: 3,
    }),
    graph: fc.record({
      name: text,
      nodes: fc.array(node, { maxLength: 3 }),
      initialisers: fc.array(tensor, { maxLength: 3 }),
      inputs: fc.array(valueInfo, { maxLength: 3 }),
      outputs: fc.array(valueInfo, { maxLength: 3 }),
    }),
    metadata: fc.dictionary(text, text, { maxKeys: 3 }),
  },
  { requiredKeys: ["irVersion", "producerName", "producerVersion", "opsets", "graph", "metadata"] },
);

describe("any model", () => {
  test("comes back as it was written", () => {
    fc.assert(
      fc.property(anyModel, (model) => {
        expect(decodeModel(encodeModel(model))).toEqual(model);
      }),
    );
  });

  test("may name its entries like the inherited properties of objects", () => {
    const metadata = JSON.parse('{ "__proto__": "a", "constructor": "b" }') as Record<
      string,
      string
    >;
    const back = decodeModel(encodeModel({ ...additionModel, metadata })).metadata;
    expect(Object.entries(back)).toEqual([
      ["__proto__", "a"],
      ["constructor", "b"],
    ]);
  });
});

/** What comes of reading: the model, or a FormatError. Anything else is thrown on. */
function outcome(file: Uint8Array): OnnxModel | FormatError {
  try {
    return decodeModel(file);
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
}

describe("a damaged file", () => {
  const [everything] = fc.sample(
    anyModel.filter((model) => encodeModel(model).length > 400),
    { seed: 1, numRuns: 1 },
  );
  const file = encodeModel(everything!);

  test("that is cut off anywhere is refused", () => {
    for (let length = 0; length < addition.length; length++) {
      expect(outcome(addition.subarray(0, length)), `${length} bytes`).toBeInstanceOf(FormatError);
    }
  });

  test("with one bit flipped, anywhere, is a model or a FormatError", () => {
    for (let bit = 0; bit < 8 * addition.length; bit++) {
      const damaged = addition.slice();
      damaged[bit >>> 3]! ^= 1 << (bit & 7);
      outcome(damaged);
    }
  });

  test("with many bits flipped is a model or a FormatError", () => {
    const rng = seededRandom(0);
    let refused = 0;
    for (let run = 0; run < 5000; run++) {
      const damaged = file.slice(0, 1 + rng.integer(file.length));
      for (let flip = rng.integer(8); flip >= 0; flip--) {
        damaged[rng.integer(damaged.length)]! ^= 1 << rng.integer(8);
      }
      if (outcome(damaged) instanceof FormatError) refused++;
    }
    expect(refused).toBeGreaterThan(4000);
  });

  test("of random bytes is a model or a FormatError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        outcome(bytes);
      }),
    );
  });
});

describe("onnxruntime", () => {
  async function run(
    model: OnnxModel,
    feeds: Record<string, ort.Tensor> = {},
  ): Promise<Record<string, unknown>> {
    const session = await ort.InferenceSession.create(encodeModel(model), { intraOpNumThreads: 1 });
    const results = await session.run(feeds);
    await session.release();
    return Object.fromEntries(Object.entries(results).map(([name, value]) => [name, value.data]));
  }

  test("computes what a model of ours says, for two sizes of a symbolic axis", async () => {
    const model = withGraph({
      inputs: [{ name: "x", dtype: "float32", shape: ["n", 2] }],
      outputs: [{ name: "y", dtype: "float32", shape: ["n", 2] }],
    });
    const feed = (...values: number[]) => ({
      x: new ort.Tensor("float32", Float32Array.from(values), [values.length / 2, 2]),
    });
    expect(await run(model, feed(10, 20))).toEqual({ y: Float32Array.of(11, 18) });
    expect(await run(model, feed(1, 2, 3, 4))).toEqual({ y: Float32Array.of(2, 0, 4, 2) });
  });

  test("reads initialisers of every element type", async () => {
    const values = {
      float32: Float32Array.of(1.5, -2),
      float64: Float64Array.of(1 / 3, -2),
      float16: Uint16Array.of(0x3c00, 0xc000),
      int64: BigInt64Array.of(2n ** 40n, -2n),
      int32: Int32Array.of(70000, -2),
      uint8: Uint8Array.of(200, 2),
      int8: Int8Array.of(100, -2),
      bool: Uint8Array.of(1, 0),
    };
    const dtypes = Object.keys(values) as DType[];
    const model = withGraph({
      nodes: dtypes.map((dtype) => ({
        type: "Identity",
        inputs: [`constant ${dtype}`],
        outputs: [dtype],
        attributes: {},
      })),
      initialisers: dtypes.map((dtype) => ({
        name: `constant ${dtype}`,
        dtype,
        shape: [2],
        data: new Uint8Array(values[dtype].buffer),
      })),
      inputs: [],
      outputs: dtypes.map((dtype) => ({ name: dtype, dtype, shape: [2] })),
    });
    expect(await run(model)).toEqual(values);
  });

  test("reads attributes of every kind", async () => {
    const constant = (output: string, name: string, attribute: OnnxAttribute): OnnxNode => ({
      type: "Constant",
      inputs: [],
      outputs: [output],
      attributes: { [name]: attribute },
    });
    const tensor: OnnxTensor = {
      name: "",
      dtype: "uint8",
      shape: [2],
      data: Uint8Array.of(7, 9),
    };
    const model = withGraph({
      nodes: [
        constant("float", "value_float", { kind: "float", value: 2.5 }),
        constant("int", "value_int", { kind: "int", value: -(2n ** 60n) }),
        constant("floats", "value_floats", { kind: "floats", value: [0.5, -1] }),
        constant("ints", "value_ints", { kind: "ints", value: [3, 2n ** 60n] }),
        constant("tensor", "value", { kind: "tensor", value: tensor }),
        constant("strings", "value_strings", { kind: "strings", value: ["a", "é", ""] }),
        { type: "Shape", inputs: ["strings"], outputs: ["count"], attributes: {} },
        // Depth to space tells its modes apart: [0, 1, 2, 3] at each of two positions.
        constant("depth", "value", {
          kind: "tensor",
          value: {
            name: "",
            dtype: "float32",
            shape: [1, 8, 1, 1],
            data: new Uint8Array(Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7).buffer),
          },
        }),
        {
          type: "DepthToSpace",
          inputs: ["depth"],
          outputs: ["space"],
          attributes: {
            blocksize: { kind: "int", value: 2 },
            mode: { kind: "string", value: "CRD" },
          },
        },
      ],
      initialisers: [],
      inputs: [],
      outputs: [
        { name: "float", dtype: "float32", shape: [] },
        { name: "int", dtype: "int64", shape: [] },
        { name: "floats", dtype: "float32", shape: [2] },
        { name: "ints", dtype: "int64", shape: [2] },
        { name: "tensor", dtype: "uint8", shape: [2] },
        { name: "count", dtype: "int64", shape: [1] },
        { name: "space", dtype: "float32", shape: [1, 2, 2, 2] },
      ],
    });
    expect(await run(model)).toEqual({
      float: Float32Array.of(2.5),
      int: BigInt64Array.of(-(2n ** 60n)),
      floats: Float32Array.of(0.5, -1),
      ints: BigInt64Array.of(3n, 2n ** 60n),
      tensor: Uint8Array.of(7, 9),
      count: BigInt64Array.of(3n),
      space: Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7),
    });
  });
});
