import { poolings, type EncoderOptions } from "../encoders/encoder.ts";
import {
  defaultEncoderText,
  encoderNamed,
  encoderNames,
  type EncoderName,
} from "../encoders/index.ts";
import { contentLoss } from "../losses/content.ts";
import { gramLoss, relativeGramLoss } from "../losses/gram.ts";
import { totalVariation } from "../losses/totalVariation.ts";
import { weaveLoss } from "../losses/weave.ts";
import type { Criterion, ImageTerm } from "../methods/criterion.ts";
import {
  defaultArchitecture,
  innerStep,
  networkKinds,
  networkNorms,
  networkPaddings,
  networkWidths,
  upsamplings,
  type Architecture,
} from "../nets/architecture.ts";
import { cosine, constant, type Schedule } from "../optimisers/schedule.ts";
import {
  closed,
  defineOptions,
  layerWeights,
  names,
  number,
  onOrOff,
  open,
  wholeNumber,
  type OptionValues,
} from "../options/option.ts";

/** Every option of training: meaning, unit, range and default, once. */
export const trainingOptions = defineOptions("training", {
  kind: closed(
    names(networkKinds),
    "still: for pictures; video: small and fast, at a quarter and at half of the size",
    "name",
    defaultArchitecture.kind,
  ),
  width: closed(names(networkWidths), "channels of the network", "name", defaultArchitecture.width),
  norm: closed(
    names(networkNorms),
    "what is normalised: each image by itself, or by running averages",
    "name",
    defaultArchitecture.norm,
  ),
  upsample: closed(
    names(upsamplings),
    "how the picture is enlarged inside the network",
    "name",
    defaultArchitecture.upsample,
  ),
  padding: open(
    names(networkPaddings),
    "what convolutions see beyond the edge",
    "name",
    "zero with kind video, which is fast, otherwise reflect",
  ),
  blocks: closed(wholeNumber(1, 64), "residual blocks", "number", defaultArchitecture.blocks),
  separable: closed(
    onOrOff,
    "depth-wise separable convolutions inside the network",
    "true|false",
    defaultArchitecture.separable,
  ),
  encoder: open(
    names(encoderNames),
    "loss network; lite comes with the program and is faster",
    "name",
    defaultEncoderText,
  ),
  pooling: closed(
    names(poolings),
    "how the loss network's pooling layers sum up",
    "name",
    "average",
  ),
  size: closed(wholeNumber(32, 2048), "side of the photo crops", "px", 256),
  photoSize: open(
    wholeNumber(32, 4096),
    "shorter side to which photos are brought before they are cropped",
    "px",
    "9/8 of --size",
  ),
  styleSize: closed(
    wholeNumber(16, 4096),
    "shorter side of the paintings; larger makes broader strokes",
    "px",
    256,
  ),
  batch: closed(wholeNumber(1, 64), "photos a step", "number", 4),
  accumulate: closed(
    wholeNumber(1, 256),
    "steps whose gradients are averaged for one update",
    "number",
    1,
  ),
  iterations: closed(wholeNumber(1, 10_000_000), "updates of the weights", "number", 40_000),
  learningRate: closed(number(1e-9, 1), "step size of Adam", "number", 1e-3),
  schedule: closed(
    names(["constant", "cosine"]),
    "course of the step size: the same throughout, or falling to 0 at the end",
    "name",
    "constant",
  ),
  contentWeight: closed(number(0, 1e12), "how closely the photos are followed", "number", 1),
  styleWeight: closed(number(0, 1e12), "how closely the paintings are followed", "number", 8),
  tvWeight: closed(number(0, 1e12), "weight of the total variation", "number", 0),
  weaveWeight: open(
    number(0, 1e12),
    "weight against a weave that repeats with the network's blocks of 4×4 pixels",
    "number",
    "5000 with kind video, otherwise 0",
  ),
  stabilityWeight: closed(
    number(0, 1e12),
    "weight of the stability under noise and small motion, for film",
    "number",
    0,
  ),
  contentLayers: open(
    layerWeights,
    "layers at which photos are compared",
    "name[:weight],…",
    "by encoder: relu2_2, with lite relu2_1",
  ),
  styleLayers: open(
    layerWeights,
    "layers at which paintings are compared",
    "name[:weight],…",
    "by encoder: relu1_1, relu2_1, relu3_1, relu4_1 alike",
  ),
  styleLoss: closed(
    names(["relative", "gram"]),
    "how statistics are compared: Gram matrices, or the same relative to the painting's",
    "name",
    "relative",
  ),
  seed: closed(
    wholeNumber(0, 4294967295),
    "start of the random numbers: same seed, same machine, same network",
    "number",
    0,
  ),
});

/** Options of training before {@link settleTraining}. */
export type OpenTrainingOptions = OptionValues<typeof trainingOptions>;

/** A weave of a deviation of 2/255, which is seen where a picture is flat, then costs about a twentieth of the loss. */
const usualWeaveWeight = 5000;

/** What {@link settleTraining} fills in. */
export type LeftOpen = "padding" | "encoder" | "contentLayers" | "styleLayers" | "weaveWeight";

/** Options of training with defaults filled in. Plain JSON. */
export type TrainingOptions = Omit<OpenTrainingOptions, LeftOpen> & {
  readonly [Option in LeftOpen]: NonNullable<OpenTrainingOptions[Option]>;
};

/**
 * Fills in what depends on the loss network and on the kind of network.
 *
 * @param usualEncoder - the loss network where the options name none
 */
export function settleTraining(
  options: OpenTrainingOptions,
  usualEncoder: EncoderName,
): TrainingOptions {
  const encoder = options.encoder ?? usualEncoder;
  const usual = encoderNamed(encoder);
  const { contentLayers = { [usual.trainingContentLayer]: 1 } } = options;
  const { styleLayers = alike(usual.styleLayers.slice(0, trainedDepth)) } = options;
  const isFilm = options.kind === "video";
  const { padding = isFilm ? "zero" : defaultArchitecture.padding } = options;
  const { weaveWeight = isFilm ? usualWeaveWeight : 0 } = options;
  // In the order of the options, wherever they come from: a resumed training's files stay the same.
  return trainingOptions.parse({
    ...options,
    padding,
    encoder,
    contentLayers,
    styleLayers,
    weaveWeight,
  }) as TrainingOptions;
}

/** The deepest of an encoder's five layers costs more than it shows in the strokes of a network. */
const trainedDepth = 4;

function alike(layers: readonly string[]): Record<string, number> {
  return Object.fromEntries(layers.map((layer) => [layer, 1 / layers.length]));
}

/** The network that options describe. */
export function architectureOf(options: TrainingOptions, styles: number): Architecture {
  const { kind, width, norm, upsample, padding, blocks, separable } = options;
  return { kind, width, norm, upsample, padding, blocks, separable, styles };
}

/** What options minimise. */
export function trainingCriterion(options: TrainingOptions): Criterion {
  const { contentWeight, contentLayers, styleWeight, styleLayers, styleLoss } = options;
  const { tvWeight, weaveWeight } = options;
  const style = { relative: relativeGramLoss, gram: gramLoss }[styleLoss];
  const weave: ImageTerm = {
    name: "weave",
    weight: weaveWeight,
    build: (image, mean) => weaveLoss(image, { block: innerStep, mean }),
  };
  return {
    features: [
      { name: "content", weight: contentWeight, layers: contentLayers, loss: contentLoss },
      { name: "style", weight: styleWeight, layers: styleLayers, loss: style },
    ],
    image: [
      { name: "tv", weight: tvWeight, build: totalVariation },
      ...(weaveWeight > 0 ? [weave] : []),
    ],
  };
}

/** How the loss network is set up. */
export function lossNetworkOptions({ pooling }: TrainingOptions): Required<EncoderOptions> {
  return { pooling, edge: "replicate" };
}

/** The course of the step size. */
export function scheduleOf({ schedule }: TrainingOptions): Schedule {
  return schedule === "cosine" ? cosine() : constant();
}

/** Shorter side to which photos are brought. */
export function photoSizeOf({ photoSize, size }: TrainingOptions): number {
  return Math.max(size, photoSize ?? Math.round((size * 9) / 8));
}
