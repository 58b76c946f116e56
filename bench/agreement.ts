/**
 * How well lite stands for VGG-19: correlation, explained and carried variance by layer, on the middle
 * squares of the pictures of each folder. Prints tables; decides nothing.
 *
 * `npm run ts -- bench/agreement.ts --models DIR [--poolings average,max] [--most 40] FOLDER…`
 */

import { basename } from "node:path";
import { parseArgs } from "node:util";
import {
  Agreements,
  listImages,
  ModelStore,
  nodeRuntime,
  readImage,
  type DistilPooling,
} from "deepstyle";

const { values: options, positionals: folders } = parseArgs({
  options: {
    models: { type: "string" },
    poolings: { type: "string", default: "average,max" },
    most: { type: "string", default: "40" },
  },
  allowPositionals: true,
});

const store = new ModelStore(options.models === undefined ? {} : { models: options.models });
const runtime = await nodeRuntime({ device: "cpu", keepIdle: 0 });
console.log("| pictures | pooling | layer | correlation | explained | carried |");
console.log("|---|---|---|---|---|---|");
for (const folder of folders) {
  const all = await listImages(folder);
  const every = Math.ceil(all.length / Number(options.most));
  const paths = all.filter((_, i) => i % every === 0);
  const pictures = await Promise.all(paths.map((path) => readImage(path)));
  for (const pooling of options.poolings.split(",") as DistilPooling[]) {
    const settings = { pooling, edge: "replicate" } as const;
    const lite = await store.loadEncoder("lite", settings);
    const vgg19 = await store.loadEncoder("vgg19", settings);
    const agreements = await Agreements.start(
      runtime,
      (image) => lite.features(image, lite.layers),
      vgg19,
      pictures,
      256,
    );
    for (const [layer, { correlation, explained, carried }] of Object.entries(
      await agreements.measure(),
    ))
      console.log(
        `| ${basename(folder)}, ${pictures.length} | ${pooling} | ${layer} | ${correlation.toFixed(3)} | ${explained.toFixed(3)} | ${carried.toFixed(3)} |`,
      );
    await agreements.dispose();
  }
}
await runtime.dispose();
