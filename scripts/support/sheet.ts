import { encodeImage, type Raster } from "deepstyle";
import sharp from "sharp";

/** A picture and what stands above it. */
export interface Tile {
  readonly name: string;
  readonly picture: Raster;
}

/** Pixels above each picture for its name. */
const caption = 22;

/**
 * Writes pictures of one size side by side, each with its name, as a JPEG.
 *
 * @param columns - pictures in a row
 */
export async function writeSheet(
  path: string,
  tiles: readonly Tile[],
  columns: number,
): Promise<void> {
  const { width, height } = tiles[0]!.picture;
  const layers = await Promise.all(
    tiles.map(async ({ name, picture }, i) => {
      const left = (i % columns) * width;
      const top = Math.floor(i / columns) * (height + caption);
      const label = Buffer.from(
        `<svg width="${width}" height="${caption}"><rect width="100%" height="100%" fill="white"/><text x="4" y="16" font-family="sans-serif" font-size="14">${name}</text></svg>`,
      );
      const input = Buffer.from(await encodeImage("tile.png", picture));
      return [
        { input, left, top: top + caption },
        { input: label, left, top },
      ];
    }),
  );
  await sharp({
    create: {
      width: columns * width,
      height: Math.ceil(tiles.length / columns) * (height + caption),
      channels: 3,
      background: "white",
    },
  })
    .composite(layers.flat())
    .jpeg({ quality: 85 })
    .toFile(path);
}
