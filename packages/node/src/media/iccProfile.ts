// ICC profiles that consist of tone curves and a matrix, as those of cameras, phones and displays do.
// sharp takes 16-bit pixels by way of Display P3 through interpolated tables, and was measured to be
// off by up to 14/255 in dark parts of saturated colours. These formulas keep all 16 bits.

/** A 3 × 3 matrix, row by row. */
type Matrix3 = readonly [
  readonly [number, number, number],
  readonly [number, number, number],
  readonly [number, number, number],
];

/** From an encoded value in [0, 1] to linear light in [0, 1]. */
type ToneCurve = (encoded: number) => number;

/** What a profile of tone curves and a matrix says. */
export interface MatrixProfile {
  /** Kind of image that the profile belongs to. */
  readonly space: "RGB" | "GRAY";
  /** One curve per channel; for grey three times the same. */
  readonly curves: readonly [ToneCurve, ToneCurve, ToneCurve];
  /** From the profile's linear RGB to linear sRGB. White stays white, so greys stay grey. */
  readonly toLinearSrgb: Matrix3;
}

/**
 * Reads an ICC profile of tone curves and a matrix.
 *
 * @param icc - the profile, as embedded in an image
 * @returns what it says, or undefined if it is damaged or of another kind (colour tables, CMYK, Lab)
 *
 * Source: ICC.1:2022 (v4.4), sections 7 (header, tag table), 10.6 (curveType), 10.18
 * (parametricCurveType), F.3 (three-component matrix model); the same tags mean the same in v2.
 */
export function parseMatrixProfile(icc: Uint8Array): MatrixProfile | undefined {
  try {
    return parseChecked(icc);
  } catch (error) {
    // A read past the end: the profile is cut off.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/**
 * Whether a profile is sRGB but for rounding: its own numbers come in steps of 1/65536, and the usual
 * sRGB profiles differ by a few of them. Pixels of such a profile are best left exactly as they are.
 */
export function isSrgb({ space, curves, toLinearSrgb }: MatrixProfile): boolean {
  const isIdentity = toLinearSrgb.every((row, i) =>
    row.every((factor, j) => Math.abs(factor - (i === j ? 1 : 0)) < SRGB_TOLERANCE),
  );
  const isSrgbCurve = (curve: ToneCurve) =>
    Array.from({ length: 33 }, (_, i) => i / 32).every(
      (encoded) => Math.abs(encodeSrgb(curve(encoded)) - encoded) < SRGB_TOLERANCE,
    );
  return (space === "GRAY" || isIdentity) && curves.every(isSrgbCurve);
}

/** An eighth of an 8-bit step. */
const SRGB_TOLERANCE = 1 / 2048;

/**
 * The sRGB transfer function, from linear light to the encoded value.
 *
 * @param linear - any number; outside [0, 1] it is clamped
 * @returns a number in [0, 1]
 *
 * Source: IEC 61966-2-1:1999, section 5.2.
 */
export function encodeSrgb(linear: number): number {
  if (linear <= 0) return 0;
  if (linear >= 1) return 1;
  return linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;
}

function parseChecked(icc: Uint8Array): MatrixProfile | undefined {
  const view = new DataView(icc.buffer, icc.byteOffset, icc.byteLength);
  const space = signatureAt(view, 16).trim();
  const connection = signatureAt(view, 20);
  if (signatureAt(view, 36) !== "acsp" || connection !== "XYZ ") return undefined;
  const tags = readTags(view);
  // A colour table outranks curves and matrix (ICC.1:2022, 9.1).
  if (tags.has("A2B0")) return undefined;
  if (space === "GRAY") {
    const curve = readCurve(tags.get("kTRC"));
    return curve && { space, curves: [curve, curve, curve], toLinearSrgb: IDENTITY };
  }
  if (space !== "RGB") return undefined;
  const red = readCurve(tags.get("rTRC"));
  const green = readCurve(tags.get("gTRC"));
  const blue = readCurve(tags.get("bTRC"));
  const colorants = ["rXYZ", "gXYZ", "bXYZ"].map((name) => readXyz(tags.get(name)));
  const [r, g, b] = colorants;
  if (!red || !green || !blue || !r || !g || !b) return undefined;
  const toLinearSrgb = linearSrgbFrom([r, g, b]);
  return toLinearSrgb && { space, curves: [red, green, blue], toLinearSrgb };
}

type Triple = readonly [number, number, number];

const IDENTITY: Matrix3 = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];

/**
 * From XYZ relative to D50 to linear sRGB: Bradford adaptation to D65, then sRGB's primaries.
 *
 * Source: CSS Color Module Level 4, section 17, `D50_to_D65` and `XYZ_to_lin_sRGB` multiplied.
 */
const SRGB_FROM_XYZ: Matrix3 = [
  [3.1341358529001173, -1.6173859980180427, -0.4906622179110973],
  [-0.9787954765557777, 1.9162543773959886, 0.0334428733903669],
  [0.07195539255794736, -0.22897675981518206, 1.4053860351131182],
];

/**
 * The matrix of a profile whose red, green and blue have these XYZ, each row scaled to sum to 1;
 * undefined if the three do not make a white.
 */
function linearSrgbFrom(colorants: readonly [Triple, Triple, Triple]): Matrix3 | undefined {
  const row = (weights: Triple): Triple => {
    const [r, g, b] = colorants.map((xyz) => dot(weights, xyz)) as [number, number, number];
    // D50 is rounded differently from profile to profile, which would tint greys.
    const white = r + g + b;
    return [r / white, g / white, b / white];
  };
  const matrix: Matrix3 = [row(SRGB_FROM_XYZ[0]), row(SRGB_FROM_XYZ[1]), row(SRGB_FROM_XYZ[2])];
  return matrix.flat().every(Number.isFinite) ? matrix : undefined;
}

function dot(a: Triple, b: Triple): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function readTags(profile: DataView): ReadonlyMap<string, DataView> {
  const tags = new Map<string, DataView>();
  const count = profile.getUint32(128);
  for (let i = 0; i < count; i++) {
    const entry = 132 + 12 * i;
    const offset = profile.getUint32(entry + 4);
    const length = profile.getUint32(entry + 8);
    if (offset + length > profile.byteLength) throw new RangeError("tag outside the profile");
    const tag = new DataView(profile.buffer, profile.byteOffset + offset, length);
    tags.set(signatureAt(profile, entry), tag);
  }
  return tags;
}

function readXyz(tag: DataView | undefined): Triple | undefined {
  if (!tag || signatureAt(tag, 0) !== "XYZ ") return undefined;
  return [fixedAt(tag, 8), fixedAt(tag, 12), fixedAt(tag, 16)];
}

function readCurve(tag: DataView | undefined): ToneCurve | undefined {
  if (!tag) return undefined;
  const type = signatureAt(tag, 0);
  if (type === "curv") return sampledCurve(tag);
  if (type === "para") return parametricCurve(tag);
  return undefined;
}

function sampledCurve(tag: DataView): ToneCurve | undefined {
  const count = tag.getUint32(8);
  if (count === 0) return (x) => x;
  if (count === 1) {
    const gamma = tag.getUint16(12) / 256;
    return gamma > 0 ? (x) => x ** gamma : undefined;
  }
  if (count * 2 > tag.byteLength) throw new RangeError("curve longer than its tag");
  const samples = Array.from({ length: count }, (_, i) => tag.getUint16(12 + 2 * i) / 65535);
  return (x) => {
    const position = x * (count - 1);
    const below = Math.min(Math.floor(position), count - 2);
    const low = samples[below]!;
    return low + (samples[below + 1]! - low) * (position - below);
  };
}

function parametricCurve(tag: DataView): ToneCurve | undefined {
  const type = tag.getUint16(8);
  const parameter = (i: number) => fixedAt(tag, 12 + 4 * i);
  const g = parameter(0);
  if (type > 4 || g <= 0) return undefined;
  if (type === 0) return (x) => x ** g;
  const a = parameter(1);
  const b = parameter(2);
  const power = (x: number) => Math.max(0, a * x + b) ** g;
  if (type === 1) return (x) => (x >= -b / a ? power(x) : 0);
  const c = parameter(3);
  if (type === 2) return (x) => (x >= -b / a ? power(x) + c : c);
  const d = parameter(4);
  if (type === 3) return (x) => (x >= d ? power(x) : c * x);
  const e = parameter(5);
  const f = parameter(6);
  return (x) => (x >= d ? power(x) + e : c * x + f);
}

function signatureAt(view: DataView, offset: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(offset + i)));
}

/** s15Fixed16Number */
function fixedAt(view: DataView, offset: number): number {
  return view.getInt32(offset) / 65536;
}
