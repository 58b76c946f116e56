import { seededRandom, type Runtime } from "@deepstyle/engine";
import type { Encoder, EncoderOptions } from "../encoders/encoder.ts";
import { encodersOf, jointEncoder } from "../encoders/joint.ts";
import { OptionError } from "../errors.ts";
import { withAlphaOf } from "../image/alpha.ts";
import { fitLongSide, type Raster } from "../image/raster.ts";
import { resize } from "../image/resize.ts";
import { layersOf } from "../methods/criterion.ts";
import { encoderOptionsOf, planOf, settleRecipe } from "../methods/method.ts";
import { optimise, type StyleSource } from "../methods/optimise.ts";
import type { SettledRecipe } from "../methods/settled.ts";
import type { StylizeEvent, TraceRecord } from "./events.ts";
import { memoryNeeded } from "./memory.ts";
import { recipeOptions, type RecipeOptions } from "./recipe.ts";

/** What {@link stylizeRaster} works with. */
export interface StylizeRasterOptions {
  /** Where to compute. */
  readonly runtime: Runtime;
  /** Loads the encoder that the recipe names, and others that its layers belong to. */
  loadEncoder(name: string, options: Required<EncoderOptions>): Promise<Encoder>;
  readonly content: Raster;
  /** One painting, or several with shares; shares are scaled to sum to 1. */
  readonly styles: readonly StyleSource[];
  /** The picture to start from, for `init: "picture"`. */
  readonly initial?: Raster | undefined;
  readonly recipe?: RecipeOptions;
  /** Iterations after which the picture so far is wanted. */
  readonly snapshots?: readonly number[];
  readonly signal?: AbortSignal | undefined;
  /** Told what happens. */
  readonly onEvent?: (event: StylizeEvent) => void;
}

/** A finished, or interrupted, picture and how it came about. */
export interface StylizeRasterResult {
  /** Has the photo's transparency, if any. */
  readonly picture: Raster;
  /** Whether the signal ended the work; the picture is then the best so far. */
  readonly interrupted: boolean;
  /** What was done, every option settled. */
  readonly recipe: SettledRecipe;
  /** Evaluations of the objective, one forward and one backward pass each. */
  readonly evaluations: number;
  readonly seconds: number;
  /** Losses of the last iterate that was looked at. */
  readonly losses: TraceRecord | undefined;
}

/**
 * Paints a photo in the style of one or more paintings by optimisation of its pixels.
 *
 * @throws {OptionError} if an option is unknown or out of its range
 */
export async function stylizeRaster(options: StylizeRasterOptions): Promise<StylizeRasterResult> {
  const { runtime, content, snapshots = [], signal, onEvent } = options;
  const started = performance.now();
  const recipe = settleRecipe(recipeOptions.parse(options.recipe ?? {}));
  const styles = sharesOfOne(options.styles);
  expectThickEnough(recipe, content);
  const plan = planOf(recipe, content);
  const encoder = jointEncoder(
    await Promise.all(
      encodersOf(layersOf(plan.criterion), recipe.encoder).map((name) =>
        options.loadEncoder(name, encoderOptionsOf(recipe)),
      ),
    ),
  );
  const iterations = plan.stages.reduce((sum, stage) => sum + stage.iterations, 0);
  const secondsBefore = (performance.now() - started) / 1000;
  let losses: TraceRecord | undefined;
  const { picture, interrupted, evaluations } = await optimise({
    runtime,
    encoder,
    plan,
    content,
    styles,
    styleScale: recipe.styleScale,
    strength: recipe.strength,
    initial: startOf(recipe, options, plan.stages[0]!.longSide),
    signal,
    onTimed: (seconds) =>
      onEvent?.({
        kind: "plan",
        stages: plan.stages,
        iterations,
        seconds: secondsBefore + seconds,
        bytes: memoryNeeded(fitLongSide(content, recipe.size)),
      }),
    onIterate: (record, secondsLeft, pictureNow) => {
      losses = record;
      onEvent?.({ kind: "iteration", record, of: iterations, secondsLeft });
      // The record speaks of the point that a step started from, the picture of where it led.
      const done = record.iteration + 1;
      if (done <= iterations && snapshots.includes(done))
        onEvent?.({
          kind: "snapshot",
          iteration: done,
          picture: withAlphaOf(content, pictureNow()),
        });
    },
    onWarning: (message) => onEvent?.({ kind: "warning", message }),
  });
  return {
    picture: withAlphaOf(content, picture),
    interrupted,
    recipe,
    evaluations,
    seconds: (performance.now() - started) / 1000,
    losses,
  };
}

/** Block 5 of the encoder has a position for each 16 pixels. */
const thinnest = 16;

function expectThickEnough({ size }: SettledRecipe, content: Raster): void {
  const { width, height } = fitLongSide(content, size);
  if (Math.min(width, height) >= thinnest) return;
  const slenderness =
    Math.max(content.width, content.height) / Math.min(content.width, content.height);
  const enough = Math.ceil(thinnest * slenderness);
  throw new OptionError(
    `the picture would be ${width}×${height} px: both sides must have at least ${thinnest}. Give a size of ${enough} or more, or crop the photo.`,
  );
}

function startOf(
  { init, seed }: SettledRecipe,
  { content, styles, initial }: StylizeRasterOptions,
  longSide: number,
): Raster {
  const size = fitLongSide(content, longSide);
  switch (init) {
    case "content":
      return resize(content, size);
    case "style":
      return resize(styles[0]!.picture, size);
    case "noise":
      return noise(size, seed);
    case "picture":
      if (initial === undefined)
        throw new OptionError('init "picture" needs a picture to start from; got none.');
      return resize(initial, size);
  }
}

/**
 * Contrast of the noise, its standard deviation for pixels in [0, 1]. Nearly grey, as neural-style and
 * its heirs start: what is finer than relu1_1 sees stays as it was at the start, and with a contrast of
 * 0.25 a grain of pixels lay over the whole picture after 150 steps.
 */
const noiseContrast = 0.01;

/** White noise around grey. */
function noise({ width, height }: { width: number; height: number }, seed: number): Raster {
  const random = seededRandom(seed);
  const data = Float32Array.from(
    { length: 3 * width * height },
    () => 0.5 + noiseContrast * random.normal(),
  );
  return { width, height, data };
}

function sharesOfOne(styles: readonly StyleSource[]): StyleSource[] {
  const sum = styles.reduce((total, { weight }) => total + weight, 0);
  if (styles.length === 0 || !(sum > 0))
    throw new OptionError("stylize needs at least one style with a weight above 0.");
  return styles.map(({ picture, weight }) => ({ picture, weight: weight / sum }));
}
