// The frame header of a JPEG, which says how it is coded.

import { convertByMagick, type ImageFacts } from "./imageFacts.ts";

/**
 * What a JPEG says of itself.
 *
 * Source: ITU-T T.81 (1992), annex B; ITU-T T.87, annex C, for JPEG-LS.
 */
export function inspectJpeg(bytes: Uint8Array): ImageFacts {
  let at = 2;
  while (at + 9 < bytes.length) {
    if (bytes[at] !== 0xff) return {};
    const marker = bytes[at + 1]!;
    // Fill bytes, and markers that stand alone.
    if (marker === 0xff || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) {
      at += marker === 0xff ? 1 : 2;
      continue;
    }
    if (isFrameHeader(marker)) return factsOf(marker, bytes[at + 4]!);
    if (marker === 0xda || marker === 0xd9) return {};
    at += 2 + bytes[at + 2]! * 256 + bytes[at + 3]!;
  }
  return {};
}

const jpegLs = 0xf7;

/** SOF0 to SOF15; three codes among them are for tables, one is reserved. */
function isFrameHeader(marker: number): boolean {
  const others = [0xc4, 0xc8, 0xcc];
  return (marker >= 0xc0 && marker <= 0xcf && !others.includes(marker)) || marker === jpegLs;
}

/** Lossless, by Huffman's and by arithmetic codes. */
const lossless: readonly number[] = [0xc3, 0xcb];

/** Frames that refine others. */
const hierarchical: readonly number[] = [0xc5, 0xc6, 0xc7, 0xcd, 0xce, 0xcf];

function factsOf(marker: number, bits: number): ImageFacts {
  const uncommon = (kind: string): ImageFacts => ({
    uncommon: { what: `a JPEG of an uncommon kind, ${kind}`, remedy: convertByMagick },
  });
  if (marker === jpegLs) return uncommon("JPEG-LS");
  if (lossless.includes(marker)) return uncommon("lossless");
  if (hierarchical.includes(marker)) return uncommon("hierarchical");
  return bits === 8 ? {} : uncommon(`with ${bits} bits per channel`);
}
