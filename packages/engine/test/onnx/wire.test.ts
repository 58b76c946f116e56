import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FormatError } from "../../src/errors.ts";
import { type Int64, WireReader, WireWriter } from "../../src/onnx/wire.ts";

/** A reader that stands at the first field of a message. */
function reading(...bytes: number[]): WireReader {
  const reader = new WireReader(Uint8Array.from(bytes));
  reader.next();
  return reader;
}

function written(write: (writer: WireWriter) => void): number[] {
  const writer = new WireWriter();
  write(writer);
  return [...writer.finish()];
}

function integers(...bytes: number[]): Int64[] {
  return [...WireReader.varints(reading(...bytes).packed("varint"))];
}

// Bytes on the left are those of protobuf.dev/programming-guides/encoding where it has the case.
describe("integers", () => {
  const cases: [number[], Int64][] = [
    [[0x08, 0x00], 0],
    [[0x08, 0x01], 1],
    [[0x08, 0x7f], 127],
    [[0x08, 0x80, 0x01], 128],
    [[0x08, 0x96, 0x01], 150],
    [[0x08, 0xff, 0xff, 0xff, 0xff, 0x0f], 2 ** 32 - 1],
    [[0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f], 2 ** 53 - 1],
    [[0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10], 2n ** 53n],
    [[0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], 2n ** 63n - 1n],
    [[0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01], -(2n ** 63n)],
    [[0x08, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], -2],
  ];

  test.each(cases)("%j is the integer %s, and back", (bytes, value) => {
    expect(integers(...bytes)).toEqual([value]);
    expect(written((writer) => writer.int64(1, value))).toEqual(bytes);
  });

  test("a packed field gives its integers in order", () => {
    expect(integers(0x32, 0x06, 0x03, 0x8e, 0x02, 0x9e, 0xa7, 0x05)).toEqual([3, 270, 86942]);
  });

  test.each([1.5, NaN, Infinity, 2 ** 53, 2n ** 63n, -(2n ** 63n) - 1n])(
    "refuses to write %s",
    (value) => {
      expect(() => written((writer) => writer.int64(1, value))).toThrow(FormatError);
    },
  );
});

describe("other values", () => {
  test("a string is UTF-8", () => {
    const bytes = [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67];
    expect(reading(...bytes).string()).toBe("testing");
    expect(written((writer) => writer.string(2, "testing"))).toEqual(bytes);
    expect(written((writer) => writer.string(2, "é"))).toEqual([0x12, 0x02, 0xc3, 0xa9]);
  });

  test("a string keeps a byte order mark", () => {
    expect(reading(0x12, 0x03, 0xef, 0xbb, 0xbf).string()).toBe("\ufeff");
  });

  test("a float is four bytes, the lowest first", () => {
    const bytes = [0x0d, 0x00, 0x00, 0x80, 0x3f];
    expect([...reading(...bytes).packed("fixed32")]).toEqual([0x00, 0x00, 0x80, 0x3f]);
    expect(written((writer) => writer.float(1, 1))).toEqual(bytes);
  });

  test("a nested message stands behind its length", () => {
    const bytes = [0x1a, 0x03, 0x08, 0x96, 0x01];
    const inner = new WireWriter();
    inner.int64(1, 150);
    expect(written((writer) => writer.message(3, inner))).toEqual(bytes);
    const reader = reading(...bytes).message();
    expect([reader.next(), reader.field]).toEqual([true, 1]);
    expect([...WireReader.varints(reader.packed("varint"))]).toEqual([150]);
    expect(reader.next()).toBe(false);
  });

  test("bytes are a view of the input, not a copy", () => {
    const input = Uint8Array.of(0x0a, 0x02, 0x01, 0x02);
    const reader = new WireReader(input);
    reader.next();
    const bytes = reader.bytes();
    expect([bytes.buffer, bytes.byteOffset, bytes.length]).toEqual([input.buffer, 2, 2]);
  });

  test("a field number of more than one byte is read and written", () => {
    expect(written((writer) => writer.int64(20, 7))).toEqual([0xa0, 0x01, 0x07]);
    expect(reading(0xa0, 0x01, 0x07).field).toBe(20);
  });
});

describe("skip", () => {
  test("passes over a value of each wire type", () => {
    const reader = new WireReader(
      Uint8Array.of(
        ...[0x08, 0x96, 0x01],
        ...[0x11, 1, 2, 3, 4, 5, 6, 7, 8],
        ...[0x1a, 0x02, 1, 2],
        ...[0x25, 1, 2, 3, 4],
      ),
    );
    const fields: number[] = [];
    while (reader.next()) {
      fields.push(reader.field);
      reader.skip();
    }
    expect(fields).toEqual([1, 2, 3, 4]);
  });
});

describe("a damaged message", () => {
  const cases: [string, () => unknown, string][] = [
    ["a tag cut off", () => reading(0x80), "expected more bytes, got none"],
    ["the field number 0", () => reading(0x00, 0x01), "0 is no tag of a field"],
    ["a tag of 33 bits", () => reading(0x88, 0x80, 0x80, 0x80, 0x10), "is no tag of a field"],
    ["an integer cut off", () => integers(0x08, 0x96), "expected more bytes, got none"],
    ["an integer of 11 bytes", () => integers(0x08, ...Array<number>(11).fill(0x80)), "ten bytes"],
    ["a packed integer cut off", () => integers(0x0a, 0x01, 0x96, 0x01), "expected more bytes"],
    [
      "a float cut off",
      () => reading(0x0d, 0, 0).packed("fixed32"),
      "expected 4 more bytes, got 2",
    ],
    ["packed floats cut off", () => reading(0x0a, 2, 0, 0).packed("fixed32"), "expected 4 more"],
    [
      "a length past the end",
      () => reading(0x0a, 0x05, 0x01).bytes(),
      "expected 5 more bytes, got 1",
    ],
    [
      "a length of 2^62",
      () => reading(0x0a, ...Array<number>(8).fill(0x80), 0x40).bytes(),
      "more bytes, got 0",
    ],
    [
      "a negative length",
      () => reading(0x0a, ...Array<number>(9).fill(0xff), 0x01).bytes(),
      "has the length -1",
    ],
    ["bytes where an integer should be", () => reading(0x08, 0x01).bytes(), "wire type 2, not 0"],
    ["an integer where bytes should be", () => reading(0x0d, 0, 0, 0, 0).packed("varint"), "not 5"],
    ["the wire type of a group", () => reading(0x0b).skip(), "unknown wire type 3"],
    ["text that is not UTF-8", () => reading(0x0a, 0x01, 0xff).string(), "not UTF-8"],
  ];

  test.each(cases)("with %s is refused in one line", (_, read, problem) => {
    expect(read).toThrow(FormatError);
    expect(read).toThrow(problem);
    expect(read).toThrow(/^Bad ONNX bytes before offset \d+: [^\n]*not an ONNX model\.$/);
  });

  test("says how far into the file it was read, also inside nested messages", () => {
    const inner = reading(0x1a, 0x03, 0x0a, 0x05, 0x01).message();
    inner.next();
    expect(() => inner.bytes()).toThrow("before offset 4: ");
  });
});

test("any integers of 64 bits come back from unpacked fields", () => {
  fc.assert(
    fc.property(fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })), (values) => {
      const reader = new WireReader(
        Uint8Array.from(
          written((writer) => {
            for (const value of values) writer.int64(1, value);
          }),
        ),
      );
      const read: Int64[] = [];
      while (reader.next()) read.push(...WireReader.varints(reader.packed("varint")));
      expect(read.map(BigInt)).toEqual(values);
    }),
  );
});

test("more than protobuf's 2 GiB are refused before they are copied", () => {
  const writer = new WireWriter();
  // Never touched, so that the system gives it no memory.
  const gibibyte = new Uint8Array(2 ** 30);
  writer.bytes(1, gibibyte);
  writer.bytes(2, gibibyte);
  expect(() => writer.finish()).toThrow("2147483660 bytes");
});
