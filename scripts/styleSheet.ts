/**
 * Paints the project's own landscape in every style that ships, by either network, as pictures for the docs:
 * `npm run ts -- scripts/styleSheet.ts`
 */

import { NetworkStore, readImage, resize, fitLongSide, stylizeWithNetwork } from "deepstyle";
import { writeSheet, type Tile } from "./support/sheet.ts";

const photo = await readImage("examples/pictures/landscape.jpg");
const small = resize(photo, fitLongSide(photo, 480), "lanczos3");
for (const [network, sheet] of [
  ["still", "styles"],
  ["video", "styles-video"],
] as const) {
  const tiles: Tile[] = [];
  for (const { name } of await new NetworkStore().styles()) {
    const { picture } = await stylizeWithNetwork({ content: small, styles: [name], network });
    tiles.push({ name, picture });
  }
  await writeSheet(`docs/pictures/${sheet}.jpg`, tiles, 4);
}
