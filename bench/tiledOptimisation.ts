/**
 * Optimisation in tiles against the same in one piece, both from the picture that the scales before came
 * to: losses and gradient of the first evaluation, and the difference of the pictures after some steps, in
 * steps of 1/255. How far the optimiser itself carries rounding apart is shown by a run in one piece from
 * a picture of which each pixel is off by a millionth. Prints a table.
 *
 * `npm run ts -- bench/tiledOptimisation.ts [--models DIR] [--content photo.jpg] [--style painting.jpg]
 * [--encoder lite] [--optimizer lbfgs] [--pooling max] [--sizes 768x576,767x431] [--sides 256,352,512] [--steps 20]`
 */
import { parseArgs } from "node:util";
import {
  encoderOptionsOf,
  ModelStore,
  nodeRuntime,
  optimise,
  planOf,
  readImage,
  recipeOptions,
  resize,
  settleRecipe,
  type Objective,
  type Optimiser,
  type Raster,
  type SettledRecipe,
  type StageTiles,
  type TraceRecord,
} from "deepstyle";

const { values: options } = parseArgs({
  options: {
    models: { type: "string" },
    content: { type: "string", default: "examples/pictures/landscape.jpg" },
    style: { type: "string", default: "examples/pictures/brush-strokes.jpg" },
    encoder: { type: "string", default: "lite" },
    optimizer: { type: "string", default: "lbfgs" },
    pooling: { type: "string" },
    sizes: { type: "string", default: "768x576,767x431" },
    sides: { type: "string", default: "256,352,512" },
    steps: { type: "string", default: "20" },
  },
});

/** What is compared. */
interface Run {
  /** Losses of the first evaluation. */
  readonly first: TraceRecord;
  readonly gradient: Float32Array;
  readonly picture: Raster;
  readonly seconds: number;
}

const settled = (more: { size?: number; iterations?: number }): SettledRecipe =>
  settleRecipe(
    recipeOptions.parse({
      encoder: options.encoder,
      optimizer: options.optimizer,
      ...(options.pooling !== undefined && { pooling: options.pooling }),
      ...more,
    }),
  );
const recipe = settled({});
const runtime = await nodeRuntime({ device: "cpu", keepIdle: 1 });
const models = new ModelStore({ models: options.models });
const encoder = await models.loadEncoder(recipe.encoder, encoderOptionsOf(recipe));
const style = await readImage(options.style);
const photoAsIs = await readImage(options.content);

/** An optimiser that tells the gradient of its first evaluation. */
function tellingGradient(optimiser: Optimiser, tell: (gradient: Float32Array) => void): Optimiser {
  let told = false;
  const step = optimiser.step.bind(optimiser);
  optimiser.step = (x, evaluate, how) => {
    const watched: Objective = async (at) => {
      const evaluation = await evaluate(at);
      if (!told) tell(evaluation.gradient.slice());
      told = true;
      return evaluation;
    };
    return step(x, watched, how);
  };
  return optimiser;
}

interface Work {
  readonly content: Raster;
  readonly initial: Raster;
  readonly iterations: number;
  readonly tiles?: StageTiles | undefined;
}

async function run({ content, initial, iterations, tiles }: Work): Promise<Run> {
  const longSide = Math.max(content.width, content.height);
  const plan = planOf(recipe, content);
  const records: TraceRecord[] = [];
  let gradient: Float32Array = new Float32Array();
  const started = performance.now();
  const { picture } = await optimise({
    ...{ runtime, encoder, content, initial },
    styles: [{ picture: style, weight: 1 }],
    plan: {
      ...plan,
      createOptimiser: () =>
        tellingGradient(plan.createOptimiser(), (found) => {
          gradient = found;
        }),
      stages: [{ longSide, iterations, ...(tiles && { tiles }) }],
    },
    onIterate: (record) => records.push(record),
  });
  return { first: records[0]!, gradient, picture, seconds: (performance.now() - started) / 1000 };
}

/** What the scales before come to, at this size. */
async function enlarged(content: Raster): Promise<Raster> {
  const size = Math.round(Math.max(content.width, content.height) * Math.SQRT1_2);
  const { picture } = await optimise({
    ...{ runtime, encoder, content, initial: content },
    styles: [{ picture: style, weight: 1 }],
    plan: planOf(settled({ size, iterations: 150 }), content),
  });
  return resize(picture, content, "bicubic");
}

/** Length of the difference over the length of the first. */
function relative(a: Float32Array, b: Float32Array): number {
  let [difference, whole] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    difference += (a[i]! - b[i]!) ** 2;
    whole += a[i]! ** 2;
  }
  return Math.sqrt(difference / whole);
}

/** The furthest apart of the losses. */
function furthestLoss(a: TraceRecord, b: TraceRecord): number {
  const terms = ["totalLoss", "contentLoss", "styleLoss", "tvLoss"] as const;
  return Math.max(...terms.map((term) => Math.abs(a[term] - b[term]) / a[term]));
}

/** How far pictures are apart at most and on average, in steps of 1/255. */
function apart(a: Raster, b: Raster): string[] {
  let [most, sum] = [0, 0];
  for (const [i, value] of a.data.entries()) {
    const difference = 255 * Math.abs(value - b.data[i]!);
    most = Math.max(most, difference);
    sum += difference;
  }
  return [most.toFixed(3), (sum / a.data.length).toFixed(4)];
}

function row(...cells: readonly string[]): void {
  console.log(`| ${cells.join(" | ")} |`);
}

row("picture", "tiles", "losses", "gradient", "picture, of 1/255", "mean", "s");
row(...Array<string>(7).fill("---"));
for (const size of options.sizes.split(",")) {
  const [width, height] = size.split("x").map(Number) as [number, number];
  const content = resize(photoAsIs, { width, height });
  const initial = await enlarged(content);
  const work = { content, initial, iterations: Number(options.steps) };
  const whole = await run(work);
  row(size, "one", "", "", "", "", whole.seconds.toFixed(0));
  const data = initial.data.map((value, i) => value * (i % 2 === 0 ? 1 + 1e-6 : 1 - 1e-6));
  const near = await run({ ...work, initial: { width, height, data } });
  row(size, "one, off by 1e-6", "", "", ...apart(whole.picture, near.picture), "");
  for (const side of options.sides.split(",").map(Number)) {
    const tiles = { side, keepsFeatures: true };
    const tiled = await run({ ...work, tiles });
    row(
      size,
      String(side),
      furthestLoss(whole.first, tiled.first).toExponential(1),
      relative(whole.gradient, tiled.gradient).toExponential(1),
      ...apart(whole.picture, tiled.picture),
      tiled.seconds.toFixed(0),
    );
  }
}
await runtime.dispose();
