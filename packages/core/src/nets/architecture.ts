import { seededRandom } from "@deepstyle/engine";
import { OptionError } from "../errors.ts";
import { isFiniteVector } from "../algebra/finite.ts";

/** Kinds of networks: `still` for pictures, `video` works at a quarter and paints at half of the size. */
export const networkKinds = ["still", "video"] as const;
/** Numbers of channels: each width has half the channels of the one before. */
export const networkWidths = ["full", "half", "quarter"] as const;
/** What is normalised: each image by itself, or a batch by running averages. */
export const networkNorms = ["instance", "batch"] as const;
/** How a picture is enlarged inside the network. */
export const upsamplings = ["nearest", "bilinear", "transposed"] as const;
/** What a convolution sees beyond the edge; `mean` is the mean of each channel. */
export const networkPaddings = ["reflect", "zero", "replicate", "symmetric", "mean"] as const;

/** Everything that decides which numbers an image transformation network has. Plain JSON. */
export interface Architecture {
  /** One of {@link networkKinds}. */
  readonly kind: (typeof networkKinds)[number];
  /** One of {@link networkWidths}. */
  readonly width: (typeof networkWidths)[number];
  /** One of {@link networkNorms}. */
  readonly norm: (typeof networkNorms)[number];
  /** One of {@link upsamplings}; the `video` kind is always `bilinear`. */
  readonly upsample: (typeof upsamplings)[number];
  /** One of {@link networkPaddings}. */
  readonly padding: (typeof networkPaddings)[number];
  /** Residual blocks. */
  readonly blocks: number;
  /** Whether the inner 3×3 convolutions are depth-wise ones followed by 1×1 ones. */
  readonly separable: boolean;
  /** Styles that the network has learnt: scales and shifts of each normalisation for each. */
  readonly styles: number;
}

/** The published network (Johnson, Alahi, Fei-Fei 2016) with instance normalisation, half as wide. */
export const defaultArchitecture: Architecture = {
  kind: "still",
  width: "half",
  norm: "instance",
  upsample: "nearest",
  padding: "reflect",
  blocks: 5,
  separable: false,
  styles: 1,
};

/** One convolution of a network, with what comes before and after it. */
export interface NetworkLayer {
  /** `down1`, `block2a`, `up1`, `out`. */
  readonly name: string;
  /** Input channels. */
  readonly inputs: number;
  /** Output channels. */
  readonly outputs: number;
  /** Side of the kernel. */
  readonly kernel: number;
  readonly stride: number;
  /** Whether a border keeps the size; without one the result is smaller by the kernel's side − 1. */
  readonly padded: boolean;
  /** Whether the image is enlarged by 2 first. */
  readonly enlarges: boolean;
  /** Whether the result is enlarged by 2, by bilinear interpolation. */
  readonly isEnlarged: boolean;
  /** Whether a depth-wise convolution of the same kernel is followed by a 1×1 one. */
  readonly separable: boolean;
  /** Whether the result is normalised, scaled and shifted; if not, the convolution has a bias. */
  readonly normalised: boolean;
}

/** Pixels of the picture, one way, from one position of the innermost maps to the next. */
export const innerStep = 4;

/** Channels of a `still` network at full size, half and a quarter, by width. */
const stillChannels = {
  full: [32, 64, 128],
  half: [16, 32, 64],
  quarter: [8, 16, 32],
} as const;

const videoChannels = { full: 64, half: 32, quarter: 16 } as const;

/** The layers of a network in the order in which they compute. */
export function networkLayers(architecture: Architecture): readonly NetworkLayer[] {
  return architecture.kind === "still" ? stillLayers(architecture) : videoLayers(architecture);
}

/** A convolution of 3×3 and a normalisation. */
const plain = {
  kernel: 3,
  stride: 1,
  padded: true,
  enlarges: false,
  isEnlarged: false,
  separable: false,
  normalised: true,
};

function stillLayers({ width, blocks, separable, upsample }: Architecture): NetworkLayer[] {
  const [a, b, c] = stillChannels[width];
  const inner = { ...plain, separable };
  // Where transposed convolutions enlarge, they stay whole.
  const up = { ...plain, separable: separable && upsample !== "transposed", enlarges: true };
  return [
    { ...plain, name: "down1", inputs: 3, outputs: a, kernel: 9 },
    { ...plain, name: "down2", inputs: a, outputs: b, stride: 2 },
    { ...plain, name: "down3", inputs: b, outputs: c, stride: 2 },
    ...residualLayers(blocks, { ...inner, inputs: c, outputs: c }),
    { ...up, name: "up1", inputs: c, outputs: b },
    { ...up, name: "up2", inputs: b, outputs: a },
    { ...plain, name: "out", inputs: a, outputs: 3, kernel: 9, normalised: false },
  ];
}

/**
 * A quarter of the size from the first layer on, whose convolution of 8×8 pixels in steps of 4 is
 * space-to-depth with some overlap. The picture is painted at half of the size and then enlarged: what
 * is painted from maps at a quarter, in blocks of 4×4 pixels, is a mesh. Its last two layers take away
 * the margin that the picture was given.
 */
function videoLayers({ width, blocks, separable }: Architecture): NetworkLayer[] {
  const channels = videoChannels[width];
  const inner = { ...plain, separable, inputs: channels };
  const half = channels / 2;
  const first = { kernel: 2 * innerStep, stride: innerStep };
  return [
    { ...plain, ...first, name: "down1", inputs: 3, outputs: channels },
    ...residualLayers(blocks, { ...inner, outputs: channels }),
    { ...inner, name: "up1", outputs: half, padded: false, enlarges: true },
    {
      ...plain,
      name: "out",
      inputs: half,
      outputs: 3,
      padded: false,
      isEnlarged: true,
      normalised: false,
    },
  ];
}

function residualLayers(blocks: number, layer: Omit<NetworkLayer, "name">): NetworkLayer[] {
  return Array.from({ length: blocks }, (_, i) =>
    ["a", "b"].map((half) => ({ ...layer, name: `block${i + 1}${half}` })),
  ).flat();
}

/** One tensor of a network. */
export interface NetworkParameter {
  /** `down1.weight`, `down1.scale`. */
  readonly name: string;
  readonly shape: readonly number[];
  /**
   * What it is: weights of a convolution; scale and shift after a normalisation, one row for each
   * style; running averages of a batch normalisation, which no gradient changes.
   */
  readonly role: "weight" | "bias" | "scale" | "shift" | "runningMean" | "runningVariance";
  /** Input values that one output value sums over; 0 where nothing is summed. */
  readonly fanIn: number;
}

/** All tensors of a network, in a fixed order. */
export function networkParameters(architecture: Architecture): readonly NetworkParameter[] {
  return networkLayers(architecture).flatMap((layer) => [
    ...kernelParameters(layer, architecture),
    ...(layer.normalised ? normParameters(layer, architecture) : [biasParameter(layer)]),
  ]);
}

/** Whether a layer is a transposed convolution, whose kernels have input channels first. */
export function isTransposed(layer: NetworkLayer, architecture: Architecture): boolean {
  return layer.enlarges && upsamplingOf(architecture) === "transposed";
}

/** How layers enlarge what goes into them: a `video` network by bilinear interpolation, whatever its option says. */
export function upsamplingOf({ kind, upsample }: Architecture): Architecture["upsample"] {
  return kind === "video" ? "bilinear" : upsample;
}

function kernelParameters(layer: NetworkLayer, architecture: Architecture): NetworkParameter[] {
  const { name, inputs, outputs, kernel, separable } = layer;
  const side = [kernel, kernel] as const;
  if (separable)
    return [
      {
        name: `${name}.depthwise`,
        shape: [inputs, 1, ...side],
        role: "weight",
        fanIn: kernel ** 2,
      },
      { name: `${name}.weight`, shape: [outputs, inputs, 1, 1], role: "weight", fanIn: inputs },
    ];
  const channels = isTransposed(layer, architecture) ? [inputs, outputs] : [outputs, inputs];
  const fanIn = inputs * kernel ** 2;
  return [{ name: `${name}.weight`, shape: [...channels, ...side], role: "weight", fanIn }];
}

function biasParameter({ name, outputs }: NetworkLayer): NetworkParameter {
  return { name: `${name}.bias`, shape: [outputs], role: "bias", fanIn: 0 };
}

function normParameters(
  { name, outputs }: NetworkLayer,
  { norm, styles }: Architecture,
): NetworkParameter[] {
  const table = { shape: [styles, outputs], fanIn: 0 };
  const running = { shape: [outputs], fanIn: 0 };
  return [
    { ...table, name: `${name}.scale`, role: "scale" },
    { ...table, name: `${name}.shift`, role: "shift" },
    ...(norm === "batch"
      ? ([
          { ...running, name: `${name}.mean`, role: "runningMean" },
          { ...running, name: `${name}.variance`, role: "runningVariance" },
        ] as const)
      : []),
  ];
}

/** Numbers of a network by the names of its parameters. */
export type NetworkWeights = ReadonlyMap<string, Float32Array>;

/**
 * Numbers to start training from: weights uniform in ±√(3 / fan-in), so that an output has the
 * variance of an input (LeCun 1998; the normalisation after each layer makes the scale a matter of
 * taste), scales 1, shifts and biases 0.
 *
 * @param seed - same seed, same numbers
 */
export function initialWeights(architecture: Architecture, seed: number): NetworkWeights {
  const random = seededRandom(seed);
  const entries = networkParameters(architecture).map(({ name, shape, role, fanIn }) => {
    const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
    if (role === "scale" || role === "runningVariance") data.fill(1);
    const limit = Math.sqrt(3 / fanIn);
    if (role === "weight") data.forEach((_, i) => (data[i] = (2 * random.uniform() - 1) * limit));
    return [name, data] as const;
  });
  return new Map(entries);
}

/**
 * Holds weights against an architecture.
 *
 * @throws {OptionError} naming the first tensor that is missing, superfluous, of another size, or has numbers
 *   that are not finite
 */
export function expectWeights(architecture: Architecture, weights: NetworkWeights): void {
  const parameters = networkParameters(architecture);
  const known = new Set(parameters.map(({ name }) => name));
  const superfluous = [...weights.keys()].find((name) => !known.has(name));
  if (superfluous !== undefined)
    throw new OptionError(`the network has no tensor "${superfluous}". Is it another network?`);
  expectNumbers(parameters, weights, "the network");
}

/**
 * Holds numbers against the tensors that they should be.
 *
 * @param owner - whose they are, for messages
 * @throws {OptionError} naming the first tensor that is missing, of another size, or not finite
 */
export function expectNumbers(
  tensors: readonly Pick<NetworkParameter, "name" | "shape">[],
  numbers: NetworkWeights,
  owner: string,
): void {
  for (const { name, shape } of tensors) {
    const count = shape.reduce((product, size) => product * size, 1);
    const found = numbers.get(name);
    if (found?.length !== count)
      throw new OptionError(
        `tensor "${name}" of ${owner} must have ${count} numbers; got ${found?.length ?? "none"}. Is it another network?`,
      );
    if (!isFiniteVector(found))
      throw new OptionError(
        `tensor "${name}" of ${owner} has numbers that are not finite: its training failed, or it is damaged. Take another.`,
      );
  }
}
