import { seededRandom, type Runtime } from "@deepstyle/engine";
import type { Encoder, EncoderOptions } from "../encoders/encoder.ts";
import { encodersOf } from "../encoders/index.ts";
import { jointEncoder } from "../encoders/joint.ts";
import { OptionError } from "../errors.ts";
import { withAlphaOf } from "../image/alpha.ts";
import { fillTransparent } from "../image/fillTransparent.ts";
import { maskOf, resizeMask } from "../image/mask.ts";
import {
  expectRaster,
  fitLongSide,
  hasProportions,
  type Raster,
  type Size,
} from "../image/raster.ts";
import { resize } from "../image/resize.ts";
import { rotate } from "../image/rotate.ts";
import type { OptimisationState, StateKeeper } from "../methods/checkpoint.ts";
import { layersOf } from "../methods/criterion.ts";
import { encoderOptionsOf, planOf, settleRecipe } from "../methods/method.ts";
import { optimise } from "../methods/optimise.ts";
import { smallestPainting, type StyleSource } from "../methods/paintings.ts";
import type { SettledRecipe } from "../methods/settled.ts";
import { colouringOf, type Colouring } from "../colour/colouring.ts";
import { sharesEvent, type StylizeEvent, type TraceRecord } from "../methods/events.ts";
import { expectMask } from "../image/expectMask.ts";
import { withFineStrokes } from "./fineStrokes.ts";
import { stageMemory, stagesWithin } from "../memory/memoryPlan.ts";
import { recipeOptions, type RecipeOptions } from "../methods/recipe.ts";

/** A painting and its share in the style. */
export type WeightedPainting = Pick<StyleSource, "picture" | "weight">;

/** A part of the photo with a style of its own. */
export interface StyledRegion {
  /** White where it is, of the photo's proportions; grey and transparent parts count in part. */
  readonly mask: Raster;
  readonly picture: Raster;
  /** White where the painting is to be looked at, of its proportions; everywhere if left out. */
  readonly styleMask?: Raster | undefined;
}

/** What {@link stylizeRaster} works with. */
export interface StylizeRasterOptions {
  /** Where to compute. */
  readonly runtime: Runtime;
  /** Loads the encoder that the recipe names, and others that its layers belong to. */
  loadEncoder(name: string, options: Required<EncoderOptions>): Promise<Encoder>;
  readonly content: Raster;
  /** One painting, or several with shares; shares are scaled to sum to 1. */
  readonly styles: readonly WeightedPainting[];
  /**
   * Parts of the photo with styles of their own; `styles` are for what they leave. Where they overlap, a
   * pixel belongs to each in part.
   */
  readonly regions?: readonly StyledRegion[] | undefined;
  /** A painting whose strokes all others are given before; see `withFineStrokes`. */
  readonly fineStyle?: Raster | undefined;
  /** What the picture is compared with by `pixelLoss`; of the photo's proportions. */
  readonly reference?: Raster | undefined;
  /** The picture to start from, for `init: "picture"`. */
  readonly initial?: Raster | undefined;
  readonly recipe?: RecipeOptions;
  /** Iterations after which the picture so far is wanted. */
  readonly snapshots?: readonly number[];
  /**
   * Bytes that may be used, process included: a picture that needs more is worked on in tiles. No
   * limit if left out.
   */
  readonly memory?: number;
  /** Keeps the state of the work; see {@link optimise}. */
  readonly checkpoints?: StateKeeper | undefined;
  /** Reads a state that was kept, of the same pictures and options, to go on from. */
  readonly resumeFrom?: (() => Promise<OptimisationState>) | undefined;
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
  /** Steps done; with none the picture is what was started from. */
  readonly iterations: number;
  /** Evaluations of the objective, one forward and one backward pass each. */
  readonly evaluations: number;
  readonly seconds: number;
  /** Losses of the last iterate that was looked at. */
  readonly losses: TraceRecord | undefined;
}

/**
 * Paints a photo in the style of one or more paintings by optimisation of its pixels.
 *
 * @throws {OptionError} if an option is unknown or out of its range, or a picture is none
 */
export async function stylizeRaster(given: StylizeRasterOptions): Promise<StylizeRasterResult> {
  const options = filled(given);
  const { runtime, content, reference, snapshots = [], signal, onEvent } = options;
  const started = performance.now();
  const recipe = settleRecipe(recipeOptions.parse(options.recipe ?? {}));
  const paintings = sharesOfOne(options.styles);
  const areas = options.regions ?? [];
  expectPictures(options);
  expectRegions(areas, content);
  expectThickEnough(recipe, content);
  expectReference(recipe, content, reference);
  const scaled = sharesEvent(options.styles.map(({ weight }) => weight));
  if (scaled) onEvent?.(scaled);
  const usual = planOf(recipe, content);
  const encoders = encodersOf(layersOf(usual.criterion), recipe.encoder);
  const { memory = Infinity } = options;
  const machine = { content, optimizer: recipe.optimizer, encoders, regions: areas.length };
  const plan = { ...usual, stages: stagesWithin(usual.stages, { ...machine, memory }) };
  const encoder = jointEncoder(
    await Promise.all(encoders.map((name) => options.loadEncoder(name, encoderOptionsOf(recipe)))),
  );
  const iterations = plan.stages.reduce((sum, stage) => sum + stage.iterations, 0);
  const colouring = colouringOf(recipe, content);
  const photo = colouring.photo(content);
  const all = [...paintings, ...areas.map(paintingOf)];
  const seen = stylesSeen(await mixedPaintings(all, encoder, recipe, options), recipe, colouring);
  const styles = seen.slice(0, paintings.length);
  const regions = areas.map(({ mask }, i) => ({
    mask: maskOf(mask),
    styles: [seen[paintings.length + i]!],
  }));
  const smallest = smallestPainting(encoder, Object.keys(recipe.styleLayers));
  for (const message of scaleWarnings(all, recipe, smallest))
    onEvent?.({ kind: "warning", message });
  const finished = (picture: Raster): Raster => withAlphaOf(content, colouring.finish(picture));
  const secondsBefore = (performance.now() - started) / 1000;
  let losses: TraceRecord | undefined;
  const {
    picture,
    interrupted,
    iterations: done,
    evaluations,
  } = await optimise({
    runtime,
    encoder,
    plan,
    content: photo,
    styles,
    regions,
    reference: reference && colouring.photo(reference),
    strength: recipe.strength,
    initial: startOf(recipe, plan.stages[0]!.longSide, {
      content: photo,
      style: styles[0]!.picture,
      picture: options.initial && colouring.photo(options.initial),
    }),
    signal,
    checkpoints: options.checkpoints,
    resumeFrom: options.resumeFrom,
    onTimed: (seconds) =>
      onEvent?.({
        kind: "plan",
        stages: plan.stages,
        iterations,
        seconds: secondsBefore + seconds,
        bytes: Math.max(...plan.stages.map((stage) => stageMemory(stage, machine))),
      }),
    onIterate: (record, secondsLeft, pictureNow) => {
      losses = record;
      const picture = (): Raster => finished(pictureNow());
      onEvent?.({ kind: "iteration", record, of: iterations, secondsLeft, picture });
      // The record speaks of the point that a step started from, the picture of where it led.
      const reached = record.iteration + 1;
      if (reached <= iterations && snapshots.includes(reached))
        onEvent?.({ kind: "snapshot", iteration: reached, picture: picture() });
    },
    onWarning: (message) => onEvent?.({ kind: "warning", message }),
  });
  return {
    picture: finished(picture),
    interrupted,
    recipe,
    iterations: done,
    evaluations,
    seconds: (performance.now() - started) / 1000,
    losses,
  };
}

/** The same pictures with nothing behind what is transparent; masks say themselves what that means. */
function filled(options: StylizeRasterOptions): StylizeRasterOptions {
  const { content, styles, regions, fineStyle, reference, initial } = options;
  const withoutHidden = <Source extends Pick<StyleSource, "picture">>(source: Source): Source => ({
    ...source,
    picture: fillTransparent(source.picture),
  });
  return {
    ...options,
    content: fillTransparent(content),
    styles: styles.map(withoutHidden),
    regions: regions?.map(withoutHidden),
    fineStyle: fineStyle && fillTransparent(fineStyle),
    reference: reference && fillTransparent(reference),
    initial: initial && fillTransparent(initial),
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

/** Masks are looked at where their regions are. */
function expectPictures(options: StylizeRasterOptions): void {
  const { content, styles, regions = [], fineStyle, reference, initial } = options;
  expectRaster(content, "the photo");
  for (const { picture } of [...styles, ...regions]) expectRaster(picture, "a painting");
  const others = { "the fine style": fineStyle, "the reference": reference, initial };
  for (const [what, picture] of Object.entries(others))
    if (picture !== undefined)
      expectRaster(picture, what === "initial" ? "the picture to start from" : what);
}

function expectRegions(regions: readonly StyledRegion[], content: Raster): void {
  for (const [i, { mask, picture, styleMask }] of regions.entries()) {
    expectMask(mask, content, `the mask of region ${i + 1}`, "the photo");
    if (styleMask === undefined) continue;
    expectMask(styleMask, picture, `the style mask of region ${i + 1}`, "its painting");
  }
}

/** The painting of a region, transparent where its mask is black. */
function paintingOf({ picture, styleMask }: StyledRegion): WeightedPainting {
  if (styleMask === undefined) return { picture, weight: 1 };
  const alpha = resizeMask(maskOf(styleMask), picture).data.map(
    (weight, i) => weight * (picture.alpha?.[i] ?? 1),
  );
  return { picture: { ...picture, alpha }, weight: 1 };
}

function expectReference(
  { pixelLoss }: SettledRecipe,
  content: Raster,
  reference: Raster | undefined,
): void {
  if (reference === undefined && pixelLoss > 0)
    throw new OptionError("a pixel loss needs a reference picture; got none.");
  if (reference === undefined) return;
  if (pixelLoss === 0)
    throw new OptionError(
      "a reference picture counts by the weight of the pixel loss: expected one above 0; got 0.",
    );
  if (!hasProportions(reference, content))
    throw new OptionError(
      `the reference of ${reference.width}×${reference.height} px has not the proportions of the photo, ${content.width}×${content.height} px. Crop one of them.`,
    );
}

/** Paintings with the strokes of another, where there is one. */
async function mixedPaintings(
  paintings: readonly WeightedPainting[],
  encoder: Encoder,
  recipe: SettledRecipe,
  { runtime, fineStyle, signal, onEvent }: StylizeRasterOptions,
): Promise<readonly WeightedPainting[]> {
  if (fineStyle === undefined) return paintings;
  const mixed: WeightedPainting[] = [];
  for (const [i, { picture, weight }] of paintings.entries()) {
    const place = { kind: "fineStrokes", painting: i + 1, paintings: paintings.length } as const;
    const withStrokes = await withFineStrokes({
      ...{ runtime, encoder, recipe, signal, coarse: picture, fine: fineStyle },
      onIteration: (iteration, of) => onEvent?.({ ...place, iteration, of }),
    });
    mixed.push({ picture: withAlphaOf(picture, withStrokes), weight });
  }
  return mixed;
}

/** Paintings as they are looked at: turned, in the colours that are wanted, at their scale. */
function stylesSeen(
  paintings: readonly WeightedPainting[],
  { styleRotate, styleScale, styleFilter: filter }: SettledRecipe,
  colouring: Colouring,
): StyleSource[] {
  return paintings.map(({ picture, weight }) => {
    const turned = styleRotate === 0 ? picture : rotate(picture, styleRotate);
    // Strokes must not grow by what turning has cut off.
    const scale = styleScale * (longSideOf(turned) / longSideOf(picture));
    return { picture: colouring.painting(turned), weight, scale, filter };
  });
}

/** What is to be said of paintings that are not looked at as large as the recipe wants. */
function scaleWarnings(
  paintings: readonly WeightedPainting[],
  { styleScale, size }: SettledRecipe,
  smallest: number,
): string[] {
  return paintings.flatMap(({ picture }) => {
    const wanted = fitLongSide(picture, size * styleScale);
    const found = longSideOf(picture);
    // Without a scale, a painting smaller than the picture is nobody's mistake.
    if (styleScale > 1 && found < longSideOf(wanted))
      return [
        `a style scale of ${styleScale} looks at a painting of ${longSideOf(wanted)} px, and one has ${found} px: it is not enlarged, which is a scale of ${(found / size).toFixed(2)}.`,
      ];
    const shortSide = Math.min(wanted.width, wanted.height);
    if (styleScale < 1 && shortSide < smallest)
      return [
        `a style scale of ${styleScale} looks at a painting of ${wanted.width}×${wanted.height} px, too small to have a style: its shorter side is made ${smallest} px, which is a scale of ${((styleScale * smallest) / shortSide).toFixed(2)}.`,
      ];
    return [];
  });
}

function longSideOf({ width, height }: Size): number {
  return Math.max(width, height);
}

function startOf(
  { init, seed }: SettledRecipe,
  longSide: number,
  { content, style, picture }: { content: Raster; style: Raster; picture: Raster | undefined },
): Raster {
  const size = fitLongSide(content, longSide);
  switch (init) {
    case "content":
      return resize(content, size);
    case "style":
      return resize(style, size);
    case "noise":
      return noise(size, seed);
    case "picture":
      if (picture === undefined)
        throw new OptionError('init "picture" needs a picture to start from; got none.');
      return resize(picture, size);
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

function sharesOfOne(styles: readonly WeightedPainting[]): WeightedPainting[] {
  const sum = styles.reduce((total, { weight }) => total + weight, 0);
  if (styles.length === 0 || !(sum > 0))
    throw new OptionError("stylize needs at least one style with a weight above 0.");
  return styles.map(({ picture, weight }) => ({ picture, weight: weight / sum }));
}
