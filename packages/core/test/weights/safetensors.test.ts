import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { sharedPath } from "../../../node/test/shared.ts";
import { WeightsError } from "../../src/errors.ts";
import { readSafetensors, toFloat32, writeSafetensors } from "../../src/weights/safetensors.ts";
import type { WeightsTensor } from "../../src/weights/safetensors.ts";

/** A file with this header, as text, and this much data. */
function file(header: string, dataBytes = 0): Uint8Array {
  const json = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

function withLength(length: bigint, rest = 0): Uint8Array {
  const bytes = new Uint8Array(8 + rest);
  new DataView(bytes.buffer).setBigUint64(0, length, true);
  return bytes;
}

const everyType = new Map<string, WeightsTensor>([
  ["bytes", { dtype: "U8", shape: [3], data: Uint8Array.of(0, 128, 255) }],
  ["half", { dtype: "F16", shape: [2], data: Uint16Array.of(0x3c00, 0xc000) }],
  ["double", { dtype: "F64", shape: [1, 1], data: Float64Array.of(Math.PI) }],
  ["single", { dtype: "F32", shape: [2, 2], data: Float32Array.of(1, -2, 3.5, 0) }],
  ["brain", { dtype: "BF16", shape: [3], data: Uint16Array.of(0x3f80, 0xc000, 0x7f7f) }],
  ["long", { dtype: "I64", shape: [], data: BigInt64Array.of(-(2n ** 40n)) }],
  ["int", { dtype: "I32", shape: [2], data: Int32Array.of(-7, 1 << 20) }],
  ["signed", { dtype: "I8", shape: [3], data: Int8Array.of(-128, 0, 127) }],
  ["flag", { dtype: "BOOL", shape: [2], data: Uint8Array.of(1, 0) }],
  ["nothing", { dtype: "F32", shape: [0, 4], data: new Float32Array(0) }],
]);

describe("what is written can be read", () => {
  const metadata = new Map([
    ["format", "pt"],
    ["note", 'line\nbreak, "quotes", ü'],
  ]);
  const bytes = writeSafetensors({ tensors: everyType, metadata });

  test("in every element type, with metadata", () => {
    const read = readSafetensors(bytes);
    expect(read.metadata).toEqual(metadata);
    expect([...read.tensors.keys()].sort()).toEqual([...everyType.keys()].sort());
    for (const [name, tensor] of everyType) expect(read.tensors.get(name)).toEqual(tensor);
  });

  test("without copying, since every tensor lies aligned", () => {
    for (const { data } of readSafetensors(bytes).tensors.values())
      expect(data.buffer).toBe(bytes.buffer);
  });

  test("from any address, such as a Node Buffer's", () => {
    const shifted = Buffer.from(new ArrayBuffer(bytes.length + 1), 1);
    shifted.set(bytes);
    const { tensors } = readSafetensors(shifted);
    for (const [name, tensor] of everyType) expect(tensors.get(name)).toEqual(tensor);
  });

  test("and equal content gives equal bytes", () => {
    expect(writeSafetensors({ tensors: everyType, metadata })).toEqual(bytes);
  });

  test("even when there is nothing", () => {
    const empty = writeSafetensors({ tensors: new Map() });
    expect(readSafetensors(empty)).toEqual({ tensors: new Map(), metadata: new Map() });
  });
});

test("a file written by hand from the format's description is read", () => {
  const header =
    '{"w":{"dtype":"I32","shape":[1,2],"data_offsets":[0,8]},"__metadata__":{"a":"b"}}   ';
  const bytes = file(header, 8);
  new DataView(bytes.buffer).setInt32(bytes.length - 8, 258, true);
  new DataView(bytes.buffer).setInt32(bytes.length - 4, -1, true);
  const { tensors, metadata } = readSafetensors(bytes);
  expect(tensors.get("w")).toEqual({ dtype: "I32", shape: [1, 2], data: Int32Array.of(258, -1) });
  expect(metadata.get("a")).toBe("b");
});

test("every element type becomes the float32 it means", () => {
  const values = Object.fromEntries([...everyType].map(([name, t]) => [name, [...toFloat32(t)]]));
  expect(values).toEqual({
    bytes: [0, 128, 255],
    half: [1, -2],
    double: [Math.fround(Math.PI)],
    single: [1, -2, 3.5, 0],
    brain: [1, -2, (2 - 2 ** -7) * 2 ** 127],
    long: [-(2 ** 40)],
    int: [-7, 2 ** 20],
    signed: [-128, 0, 127],
    flag: [1, 0],
    nothing: [],
  });
});

describe("every damaged file gives one line that says what is wrong", () => {
  const tensor = (fields: string): string => `{"t":{${fields}}}`;
  const f32 = (shape: string, offsets: string): string =>
    tensor(`"dtype":"F32","shape":${shape},"data_offsets":${offsets}`);
  const two = (first: string, second: string): string =>
    `{"a":{"dtype":"U8","shape":[4],"data_offsets":${first}},"b":{"dtype":"U8","shape":[4],"data_offsets":${second}}}`;

  test.each<[string, Uint8Array]>([
    ["expected at least 8 bytes, got 0", new Uint8Array(0)],
    ["a header of 18446744073709551615 bytes is larger than 100000000", withLength(2n ** 64n - 1n)],
    ["a header of 100000001 bytes is larger", withLength(100_000_001n)],
    ["the header takes 9 bytes, the file has only 4 left", withLength(9n, 4)],
    ["the header is not JSON", withLength(4n, 4)],
    ["the header is not JSON", file("{")],
    ["the header is not JSON", file('{"a":1,}')],
    ["the header is not JSON", withLength(0n)],
    ["the header is not a JSON object", file("[]")],
    ["the header is not a JSON object", file("null")],
    ["the header is not a JSON object", file("3")],
    [
      'the header names "t" twice',
      file('{"t":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"t":1}'),
    ],
    ['the header names "t" twice', file('{"t":1,"\\u0074":1}')],
    [
      'the header names "shape" twice',
      file(tensor('"dtype":"U8","shape":[0],"shape":[1],"data_offsets":[0,1]'), 1),
    ],
    ['the header names "k" twice', file('{"__metadata__":{"k":"1","k":"2"}}')],
    [
      'a tensor is named "__proto__"',
      file('{"__proto__":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}'),
    ],
    ['a tensor is named "constructor"', file('{"constructor":{}}')],
    ['__metadata__ has the key "__proto__"', file('{"__metadata__":{"__proto__":"x"}}')],
    ["__metadata__ is not an object", file('{"__metadata__":[]}')],
    ['__metadata__ "k" is not a string', file('{"__metadata__":{"k":1}}')],
    ['tensor "t": its description is not an object', file('{"t":[1]}')],
    [
      'expected a dtype among F64, F32, F16, BF16, I64, I32, I8, U8, BOOL, got "F8"',
      file(tensor('"dtype":"F8"')),
    ],
    ["expected a dtype among", file(tensor('"dtype":"toString","shape":[],"data_offsets":[0,0]'))],
    ["BOOL, got undefined", file(tensor('"shape":[]'))],
    ["shape is not a list of whole numbers", file(tensor('"dtype":"F32","data_offsets":[0,4]'), 4)],
    ["shape is not a list of whole numbers", file(f32("[-1]", "[0,4]"), 4)],
    ["shape is not a list of whole numbers", file(f32("[1.5]", "[0,4]"), 4)],
    ["shape is not a list of whole numbers", file(f32('["1"]', "[0,4]"), 4)],
    ["shape is not a list of whole numbers", file(f32("[1e400]", "[0,4]"), 4)],
    ["data_offsets are not two whole numbers", file(f32("[1]", "[0]"), 4)],
    ["data_offsets are not two whole numbers", file(f32("[1]", "[0,4,8]"), 4)],
    ["data_offsets are not two whole numbers", file(f32("[1]", "[-4,0]"), 4)],
    ["data_offsets are not two whole numbers", file(f32("[1]", "null"), 4)],
    ["shape [2] of F32 takes 8 bytes, data_offsets [0, 4] give 4", file(f32("[2]", "[0,4]"), 4)],
    ["data_offsets [4, 0] give -4", file(f32("[1]", "[4,0]"), 4)],
    // 2^33 · 2^33 · 4 = 2^68 wraps to 16 in 64 bits.
    ["takes 295147905179352830000 bytes", file(f32("[8589934592,8589934592]", "[0,16]"), 16)],
    ["takes NaN bytes", file(f32(`[${Array(40).fill("9007199254740991").join()},0]`, "[0,0]"))],
    ["the tensors take 4 bytes, the file has 3 after its header", file(f32("[1]", "[0,4]"), 3)],
    ["the tensors take 4 bytes, the file has 5 after its header", file(f32("[1]", "[0,4]"), 5)],
    ["the tensors take 0 bytes, the file has 1 after its header", file("{}", 1)],
    [
      'tensor "t" begins at byte 4 of the data, expected 0: there is a hole',
      file(f32("[1]", "[4,8]"), 8),
    ],
    [
      'tensor "b" begins at byte 2 of the data, expected 4: tensors overlap',
      file(two("[0,4]", "[2,6]"), 6),
    ],
    [
      'tensor "b" begins at byte 0 of the data, expected 4: tensors overlap',
      file(two("[0,4]", "[0,4]"), 4),
    ],
    [
      'tensor "b" begins at byte 5 of the data, expected 4: there is a hole',
      file(two("[0,4]", "[5,9]"), 9),
    ],
  ])("%s", (message, bytes) => {
    const read = (): unknown => readSafetensors(bytes);
    expect(read).toThrow(WeightsError);
    expect(read).toThrow(message);
    expect(read).not.toThrow("\n");
  });

  test("also where names are hostile to a terminal", () => {
    const name = JSON.stringify(`\u001b[2J\n${"x".repeat(1000)}`);
    try {
      readSafetensors(file(`{${name}:1}`));
      expect.unreachable();
    } catch (error) {
      const { message } = error as Error;
      expect(Array.from(message).every((character) => character >= " ")).toBe(true);
      expect(message.length).toBeLessThan(250);
    }
  });

  test("and so does every prefix of a good one", () => {
    const bytes = writeSafetensors({ tensors: everyType, metadata: new Map([["a", "b"]]) });
    expect(() => readSafetensors(bytes)).not.toThrow();
    for (let length = 0; length < bytes.length; length++)
      expect(() => readSafetensors(bytes.subarray(0, length)), `prefix ${length}`).toThrow(
        WeightsError,
      );
  });

  test("and no single changed byte of the header makes it throw anything else", () => {
    const bytes = writeSafetensors({ tensors: everyType, metadata: new Map([["a", "b"]]) });
    const headerEnd = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
    for (let at = 0; at < headerEnd; at++) {
      for (const change of [0x01, 0x20, 0x80]) {
        const changed = bytes.slice();
        changed[at]! ^= change;
        try {
          readSafetensors(changed);
        } catch (error) {
          expect(error).toBeInstanceOf(WeightsError);
        }
      }
    }
  });
});

describe("what the reader would refuse is not written", () => {
  const data = new Float32Array(3);
  test.each<[string, string, WeightsTensor]>([
    ['no tensor can be named "__proto__"', "__proto__", { dtype: "F32", shape: [3], data }],
    ['no tensor can be named "__metadata__"', "__metadata__", { dtype: "F32", shape: [3], data }],
    [
      'tensor "t": expected 4 elements for shape [2, 2], got 3.',
      "t",
      { dtype: "F32", shape: [2, 2], data },
    ],
    [
      'tensor "t": expected 3 elements for shape [-1, -3]',
      "t",
      { dtype: "F32", shape: [-1, -3], data },
    ],
  ])("%s", (message, name, tensor) => {
    expect(() => writeSafetensors({ tensors: new Map([[name, tensor]]) })).toThrow(message);
  });

  test("nor metadata of a forbidden name", () => {
    const metadata = new Map([["__proto__", "x"]]);
    expect(() => writeSafetensors({ tensors: new Map(), metadata })).toThrow(
      'no metadata can be named "__proto__"',
    );
  });
});

const vgg19 = sharedPath("weights", "vgg19.safetensors");

// The figures are those that the file's publisher gives beside it.
test.skipIf(vgg19 === undefined)(
  "weights/vgg19.safetensors is read as its publisher describes it (needs it in ../shared)",
  () => {
    const { tensors, metadata } = readSafetensors(readFileSync(vgg19!));
    expect(tensors.size).toBe(32);
    const counts = [...tensors.values()].map(({ data }) => data.length);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(20_024_384);
    expect(metadata.get("network")).toContain("VGG-19");

    const weight = tensors.get("features.0.weight")!;
    expect(weight).toMatchObject({ dtype: "F16", shape: [64, 3, 3, 3] });
    const values = toFloat32(weight);
    const mean = values.reduce((sum, w) => sum + w, 0) / values.length;
    const variance = values.reduce((sum, w) => sum + (w - mean) ** 2, 0) / values.length;
    expect(mean).toBeCloseTo(-0.002049, 6);
    expect(Math.sqrt(variance)).toBeCloseTo(0.191381, 4);
    const bias = toFloat32(tensors.get("features.0.bias")!);
    [0.7302, 0.0649, 0.0343].forEach((b, i) => expect(bias[i]).toBeCloseTo(b, 3));
  },
);

describe("a hostile header is refused at once", () => {
  test.each([
    ["lists", "[".repeat(5_000_000) + "]".repeat(5_000_000)],
    ["objects", '{"a":'.repeat(2_000_000) + "1" + "}".repeat(2_000_000)],
    ["lists in a shape", `{"w":{"dtype":"F32","shape":${"[".repeat(5_000_000)}`],
  ])("for the depth of its %s", (_, header) => {
    const started = performance.now();
    expect(() => readSafetensors(file(header))).toThrow(/the header is nested more than 3 deep/);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  test("for the number of its tensors", () => {
    const one = '"dtype":"F32","shape":[0],"data_offsets":[0,0]';
    const names = Array.from({ length: 200_000 }, (_, i) => `"${i}":{${one}}`);
    expect(() => readSafetensors(file(`{${names.join()}}`))).toThrow(/of more than 1000000 parts/);
  });

  test("for the number of a tensor's axes", () => {
    const shape = Array.from({ length: 65 }, () => 1).join();
    const header = `{"w":{"dtype":"F32","shape":[${shape}],"data_offsets":[0,4]}}`;
    expect(() => readSafetensors(file(header, 4))).toThrow(/65 axes, expected at most 64/);
  });

  test("and brackets in texts are none", () => {
    const header = `{"__metadata__":{"a":"${"[{".repeat(100)}\\"[["}}`;
    expect(readSafetensors(file(header)).metadata.get("a")).toBe(`${"[{".repeat(100)}"[[`);
  });
});
