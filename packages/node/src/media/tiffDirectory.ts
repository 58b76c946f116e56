// Directories of TIFF files: what kind of picture it is, and how many there are.

import { convertByMagick, type ImageFacts, type Uncommon } from "./imageFacts.ts";

/** The numbers of a directory's entries by tag; long lists are cut off. */
type Directory = ReadonlyMap<number, readonly number[]>;

const tags = {
  newSubfileType: 254,
  subfileType: 255,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  samplesPerPixel: 277,
  planarConfiguration: 284,
  tileWidth: 322,
  subDirectories: 330,
  extraSamples: 338,
  sampleFormat: 339,
  dngVersion: 50706,
} as const;

/**
 * What a TIFF file says of itself. A file that is cut off says what is there.
 *
 * Source: Adobe, TIFF Revision 6.0 (1992); Adobe Photoshop TIFF Technical Notes (2002), for trees of directories;
 * Adobe, Digital Negative Specification 1.7; for codes of compression, libtiff's tiff.h.
 */
export function inspectTiff(bytes: Uint8Array): ImageFacts {
  const pages = readDirectories(bytes);
  const [first] = pages;
  if (first === undefined) return {};
  return {
    uncommon: uncommonKind(bytes, first, pages),
    frames: pages.filter((page) => !isReduced(page)).length,
    alpha: alphaOf(first),
  };
}

function uncommonKind(
  bytes: Uint8Array,
  first: Directory,
  pages: readonly Directory[],
): Uncommon | undefined {
  const parts = [...pages, ...pages.flatMap((page) => subDirectories(bytes, page))];
  if (pages.some((page) => page.has(tags.dngVersion))) return cameraRaw("DNG");
  if (canonMark.every((byte, i) => bytes[8 + i] === byte)) return cameraRaw("CR2");
  const isRaw = parts.some(
    (part) => rawPhotometrics.has(numberOf(part, tags.photometric)) || isRawCompressed(part),
  );
  if (isRaw) return cameraRaw();
  const uncommon = (kind: string): Uncommon => ({
    what: `a TIFF file of an uncommon kind, ${kind}`,
    remedy: convertByMagick,
  });
  if (isReduced(first) && first.has(tags.subDirectories))
    return uncommon("with its picture behind a small copy of it");
  const compression = numberOf(first, tags.compression, 1);
  if (!readableCompressions.has(compression))
    return uncommon(
      `compressed by ${compressions.get(compression) ?? `an uncommon method (${compression})`}`,
    );
  const photometric = numberOf(first, tags.photometric);
  const colours = uncommonColours.get(photometric);
  if (colours !== undefined) return uncommon(`with ${colours} colours`);
  const formats = first.get(tags.sampleFormat) ?? [];
  if (formats.includes(3)) return uncommon("of floating-point numbers");
  if (formats.includes(2)) return uncommon("of signed numbers");
  const bits = first.get(tags.bitsPerSample) ?? [1];
  const samples = numberOf(first, tags.samplesPerPixel, 1);
  const taken = samples === 1 ? [1, 2, 4, 8, 16] : [8, 16];
  const odd = bits.find((count) => !taken.includes(count));
  if (odd !== undefined) return uncommon(`with ${odd} bits per channel`);
  const isPlanar = numberOf(first, tags.planarConfiguration, 1) === 2 && samples > 1;
  if (isPlanar && first.has(tags.tileWidth)) return uncommon("with tiles for each channel");
  return undefined;
}

/** @param kind - the name of the format, where it is known */
export function cameraRaw(kind?: string): Uncommon {
  return {
    what: `a camera raw file${kind === undefined ? "" : ` (${kind})`}, whose picture has yet to be developed`,
    remedy: "Open it in a raw converter, and export it as JPEG or TIFF.",
  };
}

/** After the header of Canon's files. */
const canonMark = [...Buffer.from("CR\x02", "latin1")];

/** What lies under each pixel is one colour of a filter, or linear light of the sensor. */
const rawPhotometrics: ReadonlySet<number> = new Set([32803, 34892]);

/** Methods of Nikon, Sony, Pentax, Samsung and Kodak. */
const rawCompressions: ReadonlySet<number> = new Set([34713, 32767, 65535, 32770, 65000]);

function isRawCompressed(directory: Directory): boolean {
  return rawCompressions.has(numberOf(directory, tags.compression, 1));
}

/** None, CCITT, LZW, JPEG, deflate, PackBits, WebP: what libtiff is built with in sharp. */
const readableCompressions: ReadonlySet<number> = new Set([
  1, 2, 3, 4, 5, 7, 8, 32771, 32773, 32946, 50001,
]);

const compressions: ReadonlyMap<number, string> = new Map([
  [6, "the old kind of JPEG"],
  [9, "JBIG"],
  [10, "JBIG"],
  [32766, "NeXT's method"],
  [32809, "ThunderScan"],
  [33003, "JPEG 2000"],
  [33005, "JPEG 2000"],
  [34661, "JBIG"],
  [34676, "SGI's LogLuv"],
  [34677, "SGI's LogLuv"],
  [34712, "JPEG 2000"],
  [34887, "LERC"],
  [34925, "LZMA"],
  [50000, "Zstandard"],
  [50002, "JPEG XL"],
]);

const uncommonColours: ReadonlyMap<number, string> = new Map([
  [8, "Lab"],
  [9, "Lab"],
  [10, "Lab"],
  [32844, "LogLuv"],
  [32845, "LogLuv"],
]);

/** A thumbnail, a smaller copy, or a mask: no page of its own. */
function isReduced(directory: Directory): boolean {
  const isOldReduced = numberOf(directory, tags.subfileType, 1) === 2;
  return (numberOf(directory, tags.newSubfileType, 0) & 0b101) !== 0 || isOldReduced;
}

/** Which channel is alpha, where extra channels say what they are: 1 and 2 are alpha, 0 is anything. */
function alphaOf(directory: Directory): ImageFacts["alpha"] {
  const extra = directory.get(tags.extraSamples);
  if (extra === undefined) return undefined;
  const at = extra.findIndex((kind) => kind === 1 || kind === 2);
  return at < 0 ? "none" : 3 + at;
}

function numberOf(directory: Directory, tag: number, usual = -1): number {
  return directory.get(tag)?.[0] ?? usual;
}

/** More pages than anybody has; where directories lead in a circle, each is read once. */
const mostDirectories = 10_000;

/** Numbers of an entry that are looked at. */
const mostNumbers = 64;

/** The directories of the pages, in their order. */
function readDirectories(bytes: Uint8Array): Directory[] {
  const file = new TiffBytes(bytes);
  const found: Directory[] = [];
  const seen = new Set<number>();
  let at = file.firstDirectory();
  while (at > 0 && !seen.has(at) && found.length < mostDirectories) {
    seen.add(at);
    const read = file.directory(at);
    if (read === undefined) break;
    found.push(read.directory);
    at = read.next;
  }
  return found;
}

function subDirectories(bytes: Uint8Array, directory: Directory): Directory[] {
  const file = new TiffBytes(bytes);
  return (directory.get(tags.subDirectories) ?? []).flatMap((at) => {
    const read = file.directory(at);
    return read === undefined ? [] : [read.directory];
  });
}

/** Sizes in bytes of the types of numbers that are looked at. */
const typeSizes: ReadonlyMap<number, number> = new Map([
  [1, 1], // bytes
  [3, 2],
  [4, 4],
  [13, 4], // where a directory is
  [16, 8],
  [18, 8],
]);

/** The bytes of a TIFF, or of a BigTIFF, in the order that the file says. */
class TiffBytes {
  readonly #view: DataView;
  readonly #isLittle: boolean;
  readonly #isBig: boolean;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#isLittle = bytes[0] === 0x49;
    this.#isBig = this.#has(0, 4) && this.#number(2, 2) === 43;
  }

  firstDirectory(): number {
    if (this.#isBig) return this.#has(8, 8) ? this.#number(8, 8) : 0;
    return this.#has(4, 4) ? this.#number(4, 4) : 0;
  }

  directory(at: number): { readonly directory: Directory; readonly next: number } | undefined {
    const [countSize, entrySize, pointerSize] = this.#isBig ? [8, 20, 8] : [2, 12, 4];
    if (!this.#has(at, countSize)) return undefined;
    const count = this.#number(at, countSize);
    const end = at + countSize + count * entrySize;
    if (!this.#has(at, end - at)) return undefined;
    const entries = new Map<number, readonly number[]>();
    for (let i = 0; i < count; i++) {
      const entry = at + countSize + i * entrySize;
      entries.set(this.#number(entry, 2), this.#numbers(entry, pointerSize));
    }
    const next = this.#has(end, pointerSize) ? this.#number(end, pointerSize) : 0;
    return { directory: entries, next };
  }

  #numbers(entry: number, pointerSize: number): readonly number[] {
    const size = typeSizes.get(this.#number(entry + 2, 2));
    if (size === undefined) return [];
    const count = Math.min(this.#number(entry + 4, pointerSize), mostNumbers);
    const inside = entry + 4 + pointerSize;
    const start = count * size <= pointerSize ? inside : this.#number(inside, pointerSize);
    if (!this.#has(start, count * size)) return [];
    return Array.from({ length: count }, (_, i) => this.#number(start + i * size, size));
  }

  #has(at: number, length: number): boolean {
    return at >= 0 && length >= 0 && at + length <= this.#view.byteLength;
  }

  #number(at: number, size: number): number {
    switch (size) {
      case 1:
        return this.#view.getUint8(at);
      case 2:
        return this.#view.getUint16(at, this.#isLittle);
      case 4:
        return this.#view.getUint32(at, this.#isLittle);
      default:
        return Number(this.#view.getBigUint64(at, this.#isLittle));
    }
  }
}
