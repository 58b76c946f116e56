import { drawBrushStrokes } from "./brushStrokes.ts";
import { type Canvas, writeJpeg } from "./canvas.ts";
import { drawLandscape } from "./landscape.ts";
import { drawStainedGlass } from "./stainedGlass.ts";
import { drawStillLife } from "./stillLife.ts";
import { drawWaves } from "./waves.ts";

/** Every example picture: the file it is kept in, and the program that draws it. */
const PICTURES: Readonly<Record<string, () => Canvas | Promise<Canvas>>> = {
  "landscape.jpg": drawLandscape,
  "still-life.jpg": drawStillLife,
  "brush-strokes.jpg": drawBrushStrokes,
  "waves.jpg": drawWaves,
  "stained-glass.jpg": drawStainedGlass,
};

for (const [name, draw] of Object.entries(PICTURES)) {
  const start = performance.now();
  await writeJpeg(await draw(), name);
  console.log(`${name}: ${((performance.now() - start) / 1000).toFixed(0)} s`);
}
