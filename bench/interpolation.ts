/**
 * The way from one style to another: the ruler's distances from both paintings at each step, which must
 * move in one direction. Prints a table and fails where one does not.
 *
 * `npm run ts -- bench/interpolation.ts [--models DIR] [--photo examples/pictures/landscape.jpg]
 * [--paintings examples/pictures/brush-strokes.jpg,examples/pictures/stained-glass.jpg]
 * [--styles great-wave,starry-night] [--pictures 5] [--size 288] [--iterations 80] [--encoder lite]
 * [--out DIR]`
 *
 * With `--styles` a network paints, and `--paintings` are the files that it learnt them from. The ruler
 * needs VGG-19. `--out` is where the pictures are written; nowhere if left out.
 */

import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  evaluate,
  ModelStore,
  nodeRuntime,
  stylize,
  stylizeWithNetwork,
  writeImage,
  type Raster,
} from "deepstyle";

const { values: options } = parseArgs({
  options: {
    models: { type: "string" },
    photo: { type: "string", default: "examples/pictures/landscape.jpg" },
    paintings: {
      type: "string",
      default: "examples/pictures/brush-strokes.jpg,examples/pictures/stained-glass.jpg",
    },
    styles: { type: "string" },
    pictures: { type: "string", default: "5" },
    size: { type: "string", default: "288" },
    iterations: { type: "string", default: "80" },
    encoder: { type: "string", default: "lite" },
    out: { type: "string" },
  },
});
const { photo: content } = options;
const paintings = options.paintings.split(",");
const size = Number(options.size);
const models = new ModelStore({ models: options.models });
const runtime = await nodeRuntime({ device: "cpu", keepIdle: 1 });

/** The picture that is as far as `share` on the way to the second style. */
async function paint(share: number): Promise<Raster> {
  const weights = [1 - share, share];
  const weighted = <Name>(styles: readonly Name[]) =>
    styles.map((style, i) => ({ style, weight: weights[i]! })).filter(({ weight }) => weight > 0);
  if (options.styles !== undefined) {
    const styles = weighted(options.styles.split(",")).map(({ style: name, weight }) => ({
      name,
      weight,
    }));
    return (await stylizeWithNetwork({ runtime, content, styles, size })).picture;
  }
  const styles = weighted(paintings).map(({ style: picture, weight }) => ({ picture, weight }));
  const encoder = options.encoder as "vgg19" | "lite";
  const iterations = Number(options.iterations);
  return (await stylize({ runtime, models, content, styles, encoder, size, iterations })).picture;
}

console.log("| share of the second | style, first | style, second | content | ssim |");
console.log("|---|---|---|---|---|");
const distances: number[][] = [];
const count = Number(options.pictures);
for (let i = 0; i < count; i++) {
  const share = i / (count - 1);
  const picture = await paint(share);
  const rulers = [];
  for (const style of paintings)
    rulers.push(await evaluate({ picture, content, style, models, runtime }));
  distances.push(rulers.map(({ style }) => style.total));
  const { content: lost, ssim } = rulers[0]!;
  const numbers = [...distances.at(-1)!, lost, ssim].map((value) => value.toFixed(4));
  console.log(`| ${[share.toFixed(2), ...numbers].join(" | ")} |`);
  if (options.out !== undefined)
    await writeImage(join(options.out, `interpolation-${i + 1}.jpg`), picture);
}
await runtime.dispose();
const rises = (values: readonly number[]): boolean =>
  values.every((value, i) => i === 0 || value > values[i - 1]!);
const isMonotone =
  rises(distances.map(([first]) => first!)) && rises(distances.map(([, second]) => -second!));
console.log(`\nBoth move in one direction: ${isMonotone ? "yes" : "no"}`);
if (!isMonotone) process.exitCode = 1;
