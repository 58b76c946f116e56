import {
  createGraph,
  input,
  ops,
  tensor,
  type Feeds,
  type Graph,
  type Program,
  type Runtime,
  type Value,
} from "@deepstyle/engine";
import { liteTaps, type LiteTap } from "../encoders/lite.ts";
import type { Encoder } from "../encoders/encoder.ts";
import { fillTransparent } from "../image/fillTransparent.ts";
import type { Raster } from "../image/raster.ts";
import { resize } from "../image/resize.ts";
import { cutOut } from "./crops.ts";

/** How well features of one layer stand for VGG-19's. */
export interface LayerAgreement {
  /** Correlation with the same channel of VGG-19 over positions and pictures: median over channels. */
  readonly correlation: number;
  /** Share of VGG-19's variance that is met: 1 − mean squared error / variance, mean over channels. */
  readonly explained: number;
  /**
   * Variance of the features relative to VGG-19's: median over channels. Far below 1 they have shrunk
   * to their means, and a Gram matrix of means is easily matched.
   */
  readonly carried: number;
}

/** Agreement by layer. */
export type Agreement = Readonly<Record<LiteTap, LayerAgreement>>;

/** Features by layer from an image `[n, 3, s, s]`. */
export type Features = (image: Value) => Readonly<Record<string, Value>>;

const sums = ["own", "other", "ownSquares", "otherSquares", "products"] as const;

/** Channels with less than this part of their layer's mean variance are dead: they do not count. */
const deadShare = 1e-4;

/**
 * The graph that {@link Agreements} runs: for each layer the mean over pictures and positions of both
 * networks' channels, of their squares and of their products, `LAYER.NAME` `[c]`.
 */
export function agreementGraph(
  features: Features,
  teacher: Encoder,
  shape: readonly number[],
): Graph {
  const image = input("image", shape);
  const [own, other] = [features(image), teacher.features(image, liteTaps)];
  const outputs: Record<string, Value> = {};
  for (const tap of liteTaps) {
    const [f, t] = [own[tap]!, other[tap]];
    const values = [f, t, ops.mul(f, f), ops.mul(t, t), ops.mul(f, t)];
    for (const [i, name] of sums.entries())
      outputs[`${tap}.${name}`] = ops.reduceMean(values[i]!, { axes: [0, 2, 3] });
  }
  return createGraph(outputs);
}

/** Measures how well a network stands for VGG-19 on the same pictures again and again. */
export class Agreements {
  readonly #program: Program;
  readonly #squares: readonly Raster[];

  private constructor(program: Program, squares: readonly Raster[]) {
    this.#program = program;
    this.#squares = squares;
  }

  /**
   * Compiles the comparison.
   *
   * @param features - of the network
   * @param pictures - their middle squares are looked at, `size` pixels wide
   */
  static async start(
    runtime: Runtime,
    features: Features,
    teacher: Encoder,
    pictures: readonly Raster[],
    size: number,
  ): Promise<Agreements> {
    const graph = agreementGraph(features, teacher, [1, 3, size, size]);
    const squares = pictures.map((picture) => middleSquare(picture, size));
    return new Agreements(await runtime.compile(graph), squares);
  }

  /**
   * Compares on all pictures.
   *
   * @param bound - inputs of the features besides the image
   */
  async measure(bound: Feeds = {}): Promise<Agreement> {
    await this.#program.bind(bound);
    const means: Record<string, Float64Array> = {};
    for (const { width, height, data } of this.#squares) {
      const result = await this.#program.run({ image: tensor(data, [1, 3, height, width]) });
      for (const [name, { data: numbers }] of Object.entries(result)) {
        const mean = (means[name] ??= new Float64Array(numbers.length));
        for (let i = 0; i < mean.length; i++) mean[i]! += Number(numbers[i]) / this.#squares.length;
      }
    }
    const entries = liteTaps.map((tap) => [tap, agreementOf(tap, means)] as const);
    return Object.fromEntries(entries) as Agreement;
  }

  /** Gives the program back. */
  async dispose(): Promise<void> {
    await this.#program.dispose();
  }
}

function agreementOf(tap: string, means: Readonly<Record<string, Float64Array>>): LayerAgreement {
  const [f, t, ff, tt, ft] = sums.map((name) => means[`${tap}.${name}`]!) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const variances = t.map((mean, i) => tt[i]! - mean * mean);
  const meanVariance = variances.reduce((sum, variance) => sum + variance, 0) / variances.length;
  const channels = Array.from(variances.keys()).filter(
    (i) => variances[i]! > deadShare * meanVariance,
  );
  const own = (i: number): number => Math.max(ff[i]! - f[i]! * f[i]!, 0);
  const correlations = channels.map((i) => {
    const spread = Math.sqrt(own(i) * variances[i]!);
    return spread > 0 ? (ft[i]! - f[i]! * t[i]!) / spread : 0;
  });
  const explained = channels.map((i) => 1 - (ff[i]! - 2 * ft[i]! + tt[i]!) / variances[i]!);
  return {
    correlation: median(correlations),
    explained: explained.reduce((sum, share) => sum + share, 0) / explained.length,
    carried: median(channels.map((i) => own(i) / variances[i]!)),
  };
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The middle of a picture, its shorter side brought to `size`. */
function middleSquare(picture: Raster, size: number): Raster {
  const { width, height } = picture;
  const side = Math.min(width, height);
  const square = cutOut(fillTransparent(picture), (width - side) >> 1, (height - side) >> 1, side);
  return side === size ? square : resize(square, { width: size, height: size });
}
