// Chunks of a PNG that sharp passes over.

import type { ImageFacts } from "./imageFacts.ts";

/**
 * What a PNG says of itself before its pixels: how many frames it has, and what its colours mean.
 *
 * Source: W3C, Portable Network Graphics Specification (Third Edition), sections 5.3, 11.3.2.6 (cICP) and 11.3.5.1
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
    if (type === "acTL" && length >= 4) facts = { ...facts, frames: view.getUint32(at + 8) };
    if (type === "cICP" && length >= 4)
      facts = { ...facts, colours: { primaries: bytes[at + 8]!, transfer: bytes[at + 9]! } };
    at += 12 + length;
  }
  return facts;
}
