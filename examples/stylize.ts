/**
 * The main job as a call of the library: a photo and a painting in, a picture out, with progress.
 * So small and short that it takes seconds; leave out `size` and `iterations` for a real picture.
 */
import { stylize, writeImage } from "deepstyle";
import { examplePicture, modelsOrExit } from "./support/models.ts";

const models = await modelsOrExit();

const { picture, seconds, evaluations } = await stylize({
  content: examplePicture("landscape.jpg"),
  styles: [
    { picture: examplePicture("waves.jpg"), weight: 2 },
    { picture: examplePicture("stained-glass.jpg"), weight: 1 },
  ],
  size: 96,
  iterations: 10,
  models,
  // An AbortController's signal would end the work early, with the picture so far.
  signal: AbortSignal.timeout(60_000),
  onEvent: (event) => {
    if (event.kind === "plan") console.log(`This will take about ${event.seconds.toFixed(0)} s.`);
    if (event.kind !== "iteration") return;
    const { iteration, totalLoss } = event.record;
    console.log(`${iteration} of ${event.of}: loss ${totalLoss.toPrecision(4)}`);
  },
});

await writeImage("example-stylize.png", picture);
console.log(`example-stylize.png: ${evaluations} evaluations in ${seconds.toFixed(1)} s`);
