import { join } from "node:path";
import sharp from "sharp";

/**
 * Writes a small picture with something of every frequency: a photo stands in for anything.
 *
 * @param kind - changes colours and pattern
 * @returns the path
 */
export async function drawPicture(
  folder: string,
  name: string,
  kind: number,
  { width = 64, height = 48 }: { readonly width?: number; readonly height?: number } = {},
): Promise<string> {
  const values = new Uint8Array(width * height * 3);
  for (let i = 0; i < values.length; i++) {
    const [x, y, c] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3];
    const wave = Math.sin((x * (kind + 1)) / 5 + c) + Math.cos((y * (kind + 2)) / 7 - c * kind);
    values[i] = 127 + 60 * wave;
  }
  const path = join(folder, name);
  await sharp(values, { raw: { width, height, channels: 3 } }).toFile(path);
  return path;
}
