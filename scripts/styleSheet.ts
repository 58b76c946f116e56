/**
 * Paints the project's own landscape in every style that ships, as one picture for the docs:
 * `npm run ts -- scripts/styleSheet.ts`
 */

import {
  NetworkStore,
  readImage,
  resize,
  fitLongSide,
  encodeImage,
  stylizeWithNetwork,
} from "deepstyle";
import sharp from "sharp";

const columns = 4;
const photo = await readImage("examples/pictures/landscape.jpg");
const small = resize(photo, fitLongSide(photo, 360), "lanczos3");
const styles = await new NetworkStore().styles();
const tiles = [];
for (const [i, { name }] of styles.entries()) {
  const { picture } = await stylizeWithNetwork({ content: small, styles: [name] });
  const label = Buffer.from(
    `<svg width="${small.width}" height="22"><rect width="100%" height="100%" fill="white"/><text x="4" y="16" font-family="sans-serif" font-size="14">${name}</text></svg>`,
  );
  const [left, top] = [(i % columns) * small.width, Math.floor(i / columns) * (small.height + 22)];
  tiles.push({ input: Buffer.from(await encodeImage("tile.png", picture)), left, top: top + 22 });
  tiles.push({ input: label, left, top });
}
await sharp({
  create: {
    width: columns * small.width,
    height: Math.ceil(styles.length / columns) * (small.height + 22),
    channels: 3,
    background: "white",
  },
})
  .composite(tiles)
  .jpeg({ quality: 85 })
  .toFile("docs/pictures/styles.jpg");
