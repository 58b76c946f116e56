// Boxes of an AVIF that say what its colours mean, and how large it is.

import type { ColourCodes } from "./colourCodes.ts";
import type { ImageFacts } from "./imageFacts.ts";

/**
 * What an AVIF says of itself: what its colours mean, and whether it is a film.
 *
 * Source: ISO/IEC 14496-12 (boxes; `colr`, section 12.1.5), ISO/IEC 23008-12 (`meta`, `iprp`, `ipco`, `ispe`).
 */
export function inspectAvif(bytes: Uint8Array): ImageFacts {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (textAt(view, 8) === "avis")
    return {
      uncommon: {
        what: "an AVIF of an uncommon kind, animated",
        remedy:
          "Save one frame of it as PNG, for instance by ffmpeg: ffmpeg -i OLD -frames:v 1 NEW.png.",
      },
    };
  const properties = descend(view, ["meta", "iprp", "ipco"]);
  const boxes = properties === undefined ? [] : boxesIn(view, properties.from, properties.to);
  const codes = boxes
    .filter(
      ({ type, from, to }) => type === "colr" && to - from >= 8 && textAt(view, from) === "nclx",
    )
    .map(({ from }): ColourCodes => ({
      primaries: view.getUint16(from + 4),
      transfer: view.getUint16(from + 6),
    }));
  const claimsTooMuch = boxes.some(
    ({ type, from, to }) =>
      type === "ispe" &&
      to - from >= 12 &&
      Math.max(view.getUint32(from + 4), view.getUint32(from + 8)) > largestFrame,
  );
  return { colours: codes[0], ...(claimsTooMuch && { leastBytes: Infinity }) };
}

/** Longest side of a frame in pixels: AV1 Bitstream & Decoding Process Specification, section 5.9.5. */
const largestFrame = 65_536;

/** A box without its header. */
interface Box {
  readonly type: string;
  readonly from: number;
  readonly to: number;
}

function descend(view: DataView, path: readonly string[]): Box | undefined {
  let box: Box | undefined = { type: "", from: 0, to: view.byteLength };
  for (const name of path) {
    const inside: readonly Box[] = boxesIn(view, box.from, box.to);
    box = inside.find(({ type }) => type === name);
    if (box === undefined) return undefined;
    // After version and flags.
    if (name === "meta") box = { ...box, from: box.from + 4 };
  }
  return box;
}

function boxesIn(view: DataView, from: number, to: number): Box[] {
  const boxes: Box[] = [];
  let at = from;
  while (at + 8 <= to) {
    const short = view.getUint32(at);
    const isLong = short === 1 && at + 16 <= to;
    const length = isLong ? Number(view.getBigUint64(at + 8)) : short === 0 ? to - at : short;
    const header = isLong ? 16 : 8;
    if (length < header || at + length > to) break;
    boxes.push({ type: textAt(view, at + 4), from: at + header, to: at + length });
    at += length;
  }
  return boxes;
}

function textAt(view: DataView, at: number): string {
  if (at + 4 > view.byteLength) return "";
  return String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));
}
