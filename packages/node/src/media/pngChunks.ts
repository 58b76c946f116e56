// Chunks of a PNG that sharp passes over.

import type { ImageFacts } from "./imageFacts.ts";

/** Samples of a pixel by the colour type. */
const samplesOf: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** Bytes that one byte of deflated data stands for at most: zlib's technical details, "maximum compression factor". */
const mostFromDeflate = 1032;

/**
 * What a PNG says of itself before its pixels: how many frames it has, what its colours mean, and how many bytes it
 * cannot do without.
 *
 * Source: W3C, Portable Network Graphics Specification (Third Edition), sections 5.3, 11.2.1 (IHDR), 11.3.2.6 (cICP) and 11.3.5.1
 * (acTL).
 */
export function inspectPng(bytes: Uint8Array): ImageFacts {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let facts: ImageFacts = { frames: 1 };
  let at = 8;
  while (at + 12 <= bytes.length) {
    const length = view.getUint32(at);
    const type = Buffer.from(bytes.subarray(at + 4, at + 8)).toString("latin1");
    if (type === "IDAT" || at + 12 + length > bytes.length) break;
    if (type === "IHDR" && length === 13)
      facts = {
        ...facts,
        leastBytes: leastBytesOf(new DataView(bytes.buffer, bytes.byteOffset + at + 8)),
      };
    if (type === "acTL" && length >= 4) facts = { ...facts, frames: view.getUint32(at + 8) };
    if (type === "cICP" && length >= 4)
      facts = { ...facts, colours: { primaries: bytes[at + 8]!, transfer: bytes[at + 9]! } };
    at += 12 + length;
  }
  return facts;
}

/** @param header - what is in the chunk IHDR */
function leastBytesOf(header: DataView): number {
  const [width, height] = [header.getUint32(0), header.getUint32(4)];
  const bits = header.getUint8(8) * (samplesOf[header.getUint8(9)] ?? 0);
  return (height * Math.ceil((width * bits) / 8)) / mostFromDeflate;
}
