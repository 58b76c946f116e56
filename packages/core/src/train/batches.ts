import { seededRandom, tensor, type Rng, type Tensor } from "@deepstyle/engine";
import { OptionError } from "../errors.ts";
import { fillTransparent } from "../image/fillTransparent.ts";
import type { Raster } from "../image/raster.ts";
import { resize } from "../image/resize.ts";

/** Photos to learn from; reading one may take time and may fail. */
export interface PhotoSource {
  readonly count: number;
  /** The photo, or undefined if it cannot be read. */
  read(index: number): Promise<Raster | undefined>;
}

/** What one step of training is fed with. Names are those of the graph's inputs. */
export type Batch = Readonly<{
  /** `[n, 3, s, s]` */
  photos: Tensor;
  /** Share of each style for each photo, `[n, styles]`. */
  mixture: Tensor;
  /** Where each pixel of a moved photo comes from, `[n, s, s, 2]`; with the stability term only. */
  motion?: Tensor;
  /** 1 where that place is inside, `[n, 1, s, s]`. */
  seen?: Tensor;
  /** Added to moved photos, `[n, 3, s, s]`. */
  noise?: Tensor;
}>;

/** Settings of {@link Batches}. */
export interface BatchOptions {
  readonly source: PhotoSource;
  /** Photos a batch. */
  readonly batch: number;
  /** Side of the square crops in pixels. */
  readonly size: number;
  /** Shorter side to which photos are brought before they are cropped; at least `size`. */
  readonly photoSize: number;
  /** Number of styles that the network has. */
  readonly styles: number;
  /** The styles that photos take in turn; all if left out. */
  readonly learns?: readonly number[] | undefined;
  readonly seed: number;
  /** Whether batches carry motion and noise. */
  readonly motion: boolean;
}

/** Largest synthetic motion: pixels of shift and of zoom at the edge (Ruder et al. 2018). */
const largestShift = 16;
/** Standard deviation of the noise of a moved photo. */
const noiseDeviation = 5 / 255;

/**
 * Batches of randomly cropped and mirrored photos. Batch n depends on nothing but the options and n,
 * so that training that was stopped goes on as if it had not been.
 */
export class Batches {
  readonly #options: BatchOptions;
  #order: { readonly epoch: number; readonly indices: Uint32Array } | undefined;

  constructor(options: BatchOptions) {
    this.#options = options;
  }

  /** The batch of a number, from 0. */
  async at(number: number): Promise<Batch> {
    const { batch, size, motion, seed } = this.#options;
    const photos = new Float32Array(batch * 3 * size * size);
    for (let i = 0; i < batch; i++)
      photos.set(await this.#crop(number * batch + i), i * 3 * size * size);
    return {
      photos: tensor(photos, [batch, 3, size, size]),
      mixture: stylesInTurn(number, this.#options),
      ...(motion && syntheticMotion(batch, size, streamOf(seed, number, 1))),
    };
  }

  /** A crop, planar RGB. Where a photo cannot be read, the next one in the order stands in. */
  async #crop(sample: number): Promise<Float32Array> {
    const { source, size, photoSize, seed } = this.#options;
    const random = streamOf(seed, sample, 0);
    for (let skipped = 0; skipped < source.count; skipped++) {
      const photo = await source.read(this.#photoOf(sample, skipped));
      if (photo !== undefined) return randomCrop(shrunk(photo, photoSize), size, random);
    }
    throw new OptionError("no photo could be read: expected at least one. Name another folder.");
  }

  /** Each epoch has an order of its own. @param further - how many places after the sample's */
  #photoOf(sample: number, further: number): number {
    const { source, seed } = this.#options;
    const epoch = Math.floor(sample / source.count);
    if (this.#order?.epoch !== epoch)
      this.#order = { epoch, indices: shuffled(source.count, streamOf(seed, epoch, 2)) };
    return this.#order.indices[(sample + further) % source.count]!;
  }
}

/**
 * Crops of the middle of photos for validation: the same ones each time, styles in turn.
 *
 * @param photos - as many as there are to be; a last batch that is not full is left out
 */
export function validationBatches(
  photos: readonly Raster[],
  options: Pick<BatchOptions, "batch" | "size" | "photoSize" | "styles" | "learns">,
): Batch[] {
  const { batch, size, photoSize } = options;
  return Array.from({ length: Math.floor(photos.length / batch) }, (_, number) => {
    const data = new Float32Array(batch * 3 * size * size);
    for (let i = 0; i < batch; i++) {
      const photo = shrunk(photos[number * batch + i]!, photoSize);
      const [left, top] = [(photo.width - size) >> 1, (photo.height - size) >> 1];
      data.set(crop(photo, left, top, size, false), i * 3 * size * size);
    }
    return {
      photos: tensor(data, [batch, 3, size, size]),
      mixture: stylesInTurn(number, options),
    };
  });
}

/** One style for each photo of a batch, `[n, styles]`. */
function stylesInTurn(
  number: number,
  { batch, styles, learns }: Pick<BatchOptions, "batch" | "styles" | "learns">,
): Tensor {
  const mixture = new Float32Array(batch * styles);
  const turns = learns ?? Array.from({ length: styles }, (_, style) => style);
  for (let i = 0; i < batch; i++)
    mixture[i * styles + turns[(number * batch + i) % turns.length]!] = 1;
  return tensor(mixture, [batch, styles]);
}

/** A stream of random numbers of its own for each purpose and number. */
function streamOf(seed: number, number: number, purpose: number): Rng {
  const base = seededRandom(seed).nextUint32() >>> 12; // 20 bits, so that the sum stays exact
  return seededRandom(base * 2 ** 32 + number * 3 + purpose);
}

function shuffled(count: number, random: Rng): Uint32Array {
  const indices = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [indices[i], indices[j]] = [indices[j]!, indices[i]!];
  }
  return indices;
}

/** A photo with its shorter side as asked for. */
function shrunk(photo: Raster, shortSide: number): Raster {
  const { width, height } = photo;
  const factor = shortSide / Math.min(width, height);
  const size = {
    width: Math.max(shortSide, Math.round(width * factor)),
    height: Math.max(shortSide, Math.round(height * factor)),
  };
  return fillTransparent(factor === 1 ? photo : resize(photo, size, "triangle"));
}

function randomCrop(photo: Raster, size: number, random: Rng): Float32Array {
  const left = random.integer(photo.width - size + 1);
  const top = random.integer(photo.height - size + 1);
  return crop(photo, left, top, size, random.integer(2) === 1);
}

function crop(
  { width, height, data }: Raster,
  left: number,
  top: number,
  size: number,
  mirrored: boolean,
): Float32Array {
  const result = new Float32Array(3 * size * size);
  for (let c = 0; c < 3; c++) {
    for (let y = 0; y < size; y++) {
      const from = (c * height + top + y) * width + left;
      const row = data.subarray(from, from + size);
      const to = (c * size + y) * size;
      if (mirrored) for (let x = 0; x < size; x++) result[to + x] = row[size - 1 - x]!;
      else result.set(row, to);
    }
  }
  return result;
}

/** Shift and zoom of each photo, and noise. */
function syntheticMotion(
  batch: number,
  size: number,
  random: Rng,
): Required<Pick<Batch, "motion" | "seen" | "noise">> {
  const motion = new Float32Array(batch * size * size * 2);
  const seen = new Float32Array(batch * size * size);
  const noise = new Float32Array(batch * 3 * size * size);
  random.fillNormal(noise, { standardDeviation: noiseDeviation });
  const draw = (): number => ((2 * random.uniform() - 1) * 2 * largestShift) / size;
  for (let i = 0; i < batch; i++) {
    const [shiftX, shiftY, zoom] = [draw(), draw(), 1 + draw() / 2];
    for (let p = 0; p < size * size; p++) {
      const at = i * size * size + p;
      const x = zoom * ((2 * (p % size) + 1) / size - 1) + shiftX;
      const y = zoom * ((2 * Math.floor(p / size) + 1) / size - 1) + shiftY;
      motion.set([x, y], 2 * at);
      seen[at] = Number(Math.abs(x) <= 1 && Math.abs(y) <= 1);
    }
  }
  return {
    motion: tensor(motion, [batch, size, size, 2]),
    seen: tensor(seen, [batch, 1, size, size]),
    noise: tensor(noise, [batch, 3, size, size]),
  };
}
