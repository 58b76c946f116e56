/**
 * Measures a picture with the fixed ruler: how far it is from its photo, and how much of the gap
 * between photo and painting it closes. The picture here is a cheap one: both laid over each other.
 */
import { evaluate, readImage, resize } from "deepstyle";
import { examplePicture, modelsOrExit } from "./support/models.ts";

const models = await modelsOrExit();
const content = await readImage(examplePicture("landscape.jpg"));
const style = await readImage(examplePicture("waves.jpg"));

const painting = resize(style, content);
const picture = { ...content, data: content.data.map((v, i) => (v + painting.data[i]!) / 2) };

const ruler = await evaluate({ picture, content, style, models });
console.log(`distance from the photo: ${ruler.content.toFixed(3)}`);
for (const [layer, closed] of Object.entries(ruler.gapClosed))
  console.log(`gap to the painting closed at ${layer}: ${(100 * (closed ?? 0)).toFixed(1)} %`);
