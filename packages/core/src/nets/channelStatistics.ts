/** Mean and variance of each channel of feature maps that are seen in parts. */
export interface ChannelStatistics {
  readonly mean: Float64Array;
  /** The biased one, as instance normalisation takes it. */
  readonly variance: Float64Array;
}

/**
 * Statistics of channels from parts that come one after the other. Each part's mean and sum of squared
 * deviations are merged, so that nothing cancels, however far a channel is from 0.
 *
 * Source: Chan, Golub, LeVeque 1983, "Algorithms for Computing the Sample Variance", eq. 2.1.
 */
export class ChannelSums {
  readonly #counts: Float64Array;
  readonly #means: Float64Array;
  readonly #squares: Float64Array;

  constructor(channels: number) {
    this.#counts = new Float64Array(channels);
    this.#means = new Float64Array(channels);
    this.#squares = new Float64Array(channels);
  }

  /**
   * Adds some rows of a channel.
   *
   * @param values - one row after the other, `stride` numbers apart
   * @param area - which of them count
   * @param weights - how much each counts, `[height, width]` of the area's size; all alike if left out
   */
  add(
    channel: number,
    values: Float32Array,
    area: { readonly offset: number; readonly width: number; readonly rows: number },
    stride: number,
    weights?: Float32Array,
  ): void {
    if (weights !== undefined) {
      this.#addWeighted(channel, values, area, stride, weights);
      return;
    }
    const { offset, width, rows } = area;
    const count = width * rows;
    let sum = 0;
    for (let row = 0; row < rows; row++) {
      const start = offset + row * stride;
      for (let i = start; i < start + width; i++) sum += values[i]!;
    }
    const mean = sum / count;
    let squares = 0;
    for (let row = 0; row < rows; row++) {
      const start = offset + row * stride;
      for (let i = start; i < start + width; i++) {
        const deviation = values[i]! - mean;
        squares += deviation * deviation;
      }
    }
    this.#merge(channel, count, mean, squares);
  }

  #addWeighted(
    channel: number,
    values: Float32Array,
    { offset, width, rows }: { offset: number; width: number; rows: number },
    stride: number,
    weights: Float32Array,
  ): void {
    const mean = (of: (value: number) => number): readonly [sum: number, weight: number] => {
      let [sum, weight] = [0, 0];
      for (let row = 0; row < rows; row++)
        for (let x = 0; x < width; x++) {
          const share = weights[row * width + x]!;
          weight += share;
          sum += share * of(values[offset + row * stride + x]!);
        }
      return [sum, weight];
    };
    const [sum, weight] = mean((value) => value);
    if (weight === 0) return;
    const [squares] = mean((value) => (value - sum / weight) ** 2);
    this.#merge(channel, weight, sum / weight, squares);
  }

  #merge(channel: number, count: number, mean: number, squares: number): void {
    const before = this.#counts[channel]!;
    const all = before + count;
    const shift = mean - this.#means[channel]!;
    this.#means[channel]! += (shift * count) / all;
    this.#squares[channel]! += squares + (shift * shift * before * count) / all;
    this.#counts[channel] = all;
  }

  /** Statistics of everything that was added. */
  result(): ChannelStatistics {
    return {
      mean: this.#means.slice(),
      variance: this.#squares.map((squares, channel) => squares / this.#counts[channel]!),
    };
  }
}
