/**
 * Paints the project's own landscape in every style that ships, as one picture for the docs:
 * `npm run ts -- scripts/styleSheet.ts`
 */

import { NetworkStore, readImage, resize, fitLongSide, stylizeWithNetwork } from "deepstyle";
import { writeSheet, type Tile } from "./support/sheet.ts";

const photo = await readImage("examples/pictures/landscape.jpg");
const small = resize(photo, fitLongSide(photo, 480), "lanczos3");
const tiles: Tile[] = [];
for (const { name } of await new NetworkStore().styles()) {
  const { picture } = await stylizeWithNetwork({ content: small, styles: [name] });
  tiles.push({ name, picture });
}
await writeSheet("docs/pictures/styles.jpg", tiles, 4);
