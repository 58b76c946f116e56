/**
 * A deep dream as a call of the library: what one layer of GoogLeNet sees in a landscape, enhanced at
 * three sizes. So small that it takes seconds; leave out `size` for a real picture.
 */
import { dream, writeImage } from "deepstyle";
import { examplePicture, modelsOrExit } from "./support/models.ts";

const { picture, seconds, evaluations } = await dream({
  photo: examplePicture("landscape.jpg"),
  // One channel would be "inception_4c/output:61": 1.
  layers: { "inception_4c/output": 1 },
  size: 160,
  octaves: 3,
  iterations: 5,
  models: await modelsOrExit("googlenet"),
  onEvent: (event) => {
    if (event.kind !== "iteration") return;
    const { iteration, scale, dreamLoss } = event.record;
    console.log(`${iteration} of ${event.of}, ${scale} px: dream loss ${dreamLoss.toPrecision(4)}`);
  },
});

await writeImage("example-dream.png", picture);
console.log(`example-dream.png: ${evaluations} evaluations in ${seconds.toFixed(1)} s`);
