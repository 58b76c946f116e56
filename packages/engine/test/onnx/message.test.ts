import { describe, expect, test } from "vitest";
import { FormatError } from "../../src/errors.ts";
import {
  bytes,
  float,
  int64,
  integer,
  many,
  message,
  one,
  packed,
  text,
} from "../../src/onnx/message.ts";

const point = message(
  { x: one(1, integer), y: one(2, integer) },
  {
    decode: ({ x = 0, y = 0 }) => [x, y] as const,
    encode: ([x, y]) => ({ x, y: y === 0 ? undefined : y }),
  },
);

const drawing = message(
  { title: one(1, text), points: many(2, point), weights: many(3, float), codes: many(4, int64) },
  { decode: (values) => values, encode: (values) => values },
);

// title: "a", points: {1, 2} and {3}, weights: 1, codes: 5 and -1
// prettier-ignore
const drawn = [
  0x0a, 0x01, 0x61,
  0x12, 0x04, 0x08, 0x01, 0x10, 0x02,
  0x12, 0x02, 0x08, 0x03,
  0x1d, 0x00, 0x00, 0x80, 0x3f,
  0x20, 0x05,
  0x20, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01,
];
const drawnValues = {
  title: "a",
  points: [
    [1, 2],
    [3, 0],
  ],
  weights: [1],
  codes: [5, -1],
} as const;

describe("a table of fields", () => {
  test("says how a message is read", () => {
    expect(drawing.decode(Uint8Array.from(drawn))).toEqual(drawnValues);
  });

  test("says how a message is written", () => {
    expect([...drawing.encode(drawnValues)]).toEqual(drawn);
  });

  test("gives undefined and nothing for fields that are absent", () => {
    expect(drawing.decode(new Uint8Array())).toEqual({
      title: undefined,
      points: [],
      weights: [],
      codes: [],
    });
  });

  test("passes over fields that it does not list", () => {
    const point7 = Uint8Array.of(0x3a, 0x02, 0x08, 0x63, 0x08, 0x01, 0x3d, 0, 0, 0, 0);
    expect(point.decode(point7)).toEqual([1, 0]);
  });

  test("takes the last of a field that should occur once", () => {
    expect(point.decode(Uint8Array.of(0x08, 0x01, 0x08, 0x02))).toEqual([2, 0]);
  });
});

describe("repeated numbers", () => {
  test("are read packed, unpacked, and mixed", () => {
    const packedCodes = Uint8Array.of(0x20, 0x01, 0x22, 0x03, 0x02, 0x96, 0x01, 0x20, 0x04);
    expect(drawing.decode(packedCodes).codes).toEqual([1, 2, 150, 4]);
    const packedWeights = Uint8Array.of(0x1a, 0x08, 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0);
    expect(drawing.decode(packedWeights).weights).toEqual([1, -2]);
  });

  test("are left as they lie in the file where a table wants runs", () => {
    const runs = message(
      { runs: many(1, packed("fixed64")), rest: one(2, bytes) },
      { decode: (values) => values, encode: (values) => values },
    );
    const file = Uint8Array.of(0x0a, 0x08, 1, 2, 3, 4, 5, 6, 7, 8, 0x09, 9, 0, 0, 0, 0, 0, 0, 0);
    const values = { runs: [file.slice(2, 10), file.slice(11)], rest: undefined };
    expect(runs.decode(file)).toEqual(values);
  });
});

test("an integer that is not safe is refused where it counts something", () => {
  // 2^53
  const file = Uint8Array.of(0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10);
  expect(() => point.decode(file)).toThrow(FormatError);
});
