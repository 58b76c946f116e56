// Pixels with an ICC profile in one buffer, as sharp takes them in.

import { endianness } from "node:os";
import type { Samples } from "./samples.ts";

/**
 * An uncompressed TIFF of pixels and their ICC profile.
 *
 * sharp's `withIccProfile` would first convert 16-bit pixels from Display P3, since it cannot be told
 * what raw pixels mean. A TIFF says it, and `keepIccProfile` then writes pixels and profile unchanged.
 *
 * @param samples - 8 or 16 bits each, as their array says
 * @param icc - the profile of the samples
 *
 * Source: Adobe, TIFF Revision 6.0 (1992), sections 2, 6 and 18; ICC.1:2022, annex B.4 (tag 34675).
 */
export function encodeTaggedTiff(samples: Samples, icc: Uint8Array): Buffer {
  const { width, height, channels, values } = samples;
  const pixels = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  const entryCount = channels === 4 ? 11 : 10;
  const bitsAt = 8 + 2 + 12 * entryCount + 4;
  const iccAt = bitsAt + 2 * channels;
  const pixelsAt = iccAt + icc.length + (icc.length % 2);
  const entries: readonly DirectoryEntry[] = [
    [256, LONG, 1, width],
    [257, LONG, 1, height],
    [258, SHORT, channels, bitsAt], // bits per sample, one number per channel
    [259, LONG, 1, 1], // not compressed
    [262, LONG, 1, 2], // RGB
    [273, LONG, 1, pixelsAt], // all pixels are one strip
    [277, LONG, 1, channels],
    [278, LONG, 1, height],
    [279, LONG, 1, pixels.length],
    ...(channels === 4 ? [[338, LONG, 1, 2] as const] : []), // alpha, not premultiplied
    [34675, UNDEFINED, icc.length, iccAt],
  ];
  const header = new DataView(new ArrayBuffer(pixelsAt));
  header.setUint16(0, IS_LITTLE_ENDIAN ? 0x4949 : 0x4d4d);
  header.setUint16(2, 42, IS_LITTLE_ENDIAN);
  header.setUint32(4, 8, IS_LITTLE_ENDIAN);
  header.setUint16(8, entryCount, IS_LITTLE_ENDIAN);
  entries.forEach(([tag, type, count, value], i) => {
    const at = 10 + 12 * i;
    header.setUint16(at, tag, IS_LITTLE_ENDIAN);
    header.setUint16(at + 2, type, IS_LITTLE_ENDIAN);
    header.setUint32(at + 4, count, IS_LITTLE_ENDIAN);
    header.setUint32(at + 8, value, IS_LITTLE_ENDIAN);
  });
  for (let c = 0; c < channels; c++) {
    header.setUint16(bitsAt + 2 * c, 8 * values.BYTES_PER_ELEMENT, IS_LITTLE_ENDIAN);
  }
  const start = new Uint8Array(header.buffer);
  start.set(icc, iccAt);
  return Buffer.concat([start, pixels]);
}

/** Tag, type, number of values, and the value or where the values are. */
type DirectoryEntry = readonly [tag: number, type: number, count: number, value: number];

const SHORT = 3;
const LONG = 4;
const UNDEFINED = 7;

/** Samples are written in the machine's byte order; a TIFF says which that is. */
const IS_LITTLE_ENDIAN = endianness() === "LE";
