import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { clamp } from "./noise.ts";
import type { Vec3 } from "./vector.ts";

/** A picture in memory: interleaved red, green, blue, row by row from the top; 0 black, 1 white. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly pixels: Float32Array;
}

/** A black canvas of width x height pixels. */
export function createCanvas(width: number, height: number): Canvas {
  return { width, height, pixels: new Float32Array(width * height * 3) };
}

/** A canvas whose pixel (x, y) has the colour `shade(x, y)`. */
export function paint(
  width: number,
  height: number,
  shade: (x: number, y: number) => Vec3,
): Canvas {
  const canvas = createCanvas(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      canvas.pixels.set(shade(x, y), (y * width + x) * 3);
    }
  }
  return canvas;
}

/** The colour of pixel (x, y), both integers; outside the canvas, the nearest pixel's. */
export function colourAt(canvas: Canvas, x: number, y: number): Vec3 {
  const column = clamp(x, 0, canvas.width - 1);
  const i = (clamp(y, 0, canvas.height - 1) * canvas.width + column) * 3;
  return [canvas.pixels[i]!, canvas.pixels[i + 1]!, canvas.pixels[i + 2]!];
}

/** Lays `colour` over pixel (x, y) with the given opacity in [0, 1]; outside, does nothing. */
export function blendPixel(
  canvas: Canvas,
  x: number,
  y: number,
  colour: Vec3,
  opacity: number,
): void {
  if (x < 0 || y < 0 || x >= canvas.width || y >= canvas.height) return;
  const i = (y * canvas.width + x) * 3;
  for (let c = 0; c < 3; c++) {
    canvas.pixels[i + c]! += (colour[c]! - canvas.pixels[i + c]!) * opacity;
  }
}

/** The canvas made `factor` times smaller each way, every pixel the mean of those it covers. */
export function shrink(canvas: Canvas, factor: number): Canvas {
  const width = Math.floor(canvas.width / factor);
  const height = Math.floor(canvas.height / factor);
  const small = createCanvas(width, height);
  for (let y = 0; y < height * factor; y++) {
    const row = Math.floor(y / factor) * width;
    for (let x = 0; x < width * factor; x++) {
      const to = (row + Math.floor(x / factor)) * 3;
      const from = (y * canvas.width + x) * 3;
      for (let c = 0; c < 3; c++) {
        small.pixels[to + c]! += canvas.pixels[from + c]! / (factor * factor);
      }
    }
  }
  return small;
}

/**
 * A film-like tone curve and display encoding for one channel of linear light: deep shadows stay
 * dark, highlights roll off instead of clipping (K. Narkowicz's fit of the ACES curve, then the
 * sRGB transfer).
 */
export function develop(light: number): number {
  const x = Math.max(0, light);
  const film = clamp((x * (2.51 * x + 0.03)) / (x * (2.43 * x + 0.59) + 0.14));
  return film <= 0.0031308 ? film * 12.92 : 1.055 * film ** (1 / 2.4) - 0.055;
}

/** Linear light for one sRGB-encoded channel in [0, 1]. */
function linear(encoded: number): number {
  return encoded <= 0.04045 ? encoded / 12.92 : ((encoded + 0.055) / 1.055) ** 2.4;
}

/** The colour "#rrggbb" as three numbers in [0, 1], still sRGB-encoded. */
export function hex(code: string): Vec3 {
  const value = Number.parseInt(code.slice(1), 16);
  return [(value >> 16) / 255, ((value >> 8) & 255) / 255, (value & 255) / 255];
}

const linearColours = new Map<string, Vec3>();

/** The colour "#rrggbb" as linear light; remembered, as shaders ask again for every ray. */
export function linearHex(code: string): Vec3 {
  const known = linearColours.get(code);
  if (known) return known;
  const [r, g, b] = hex(code);
  const colour: Vec3 = [linear(r), linear(g), linear(b)];
  linearColours.set(code, colour);
  return colour;
}

/** Draws an SVG document onto a canvas of its own size. */
export async function rasterise(svg: string): Promise<Canvas> {
  const { data, info } = await sharp(Buffer.from(svg))
    .flatten({ background: "#ffffff" })
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const pixels = Float32Array.from(data, (byte) => byte / 255);
  return { width: info.width, height: info.height, pixels };
}

/**
 * Writes the canvas, read as sRGB-encoded, to a JPEG file beside these programs
 * (quality 90, no chroma subsampling).
 */
export async function writeJpeg(canvas: Canvas, name: string): Promise<void> {
  const bytes = Buffer.from(Uint8Array.from(canvas.pixels, (v) => Math.round(clamp(v) * 255)));
  const raw = { width: canvas.width, height: canvas.height, channels: 3 } as const;
  await sharp(bytes, { raw })
    .jpeg({ quality: 90, chromaSubsampling: "4:4:4" })
    .toFile(fileURLToPath(new URL(name, import.meta.url)));
}
