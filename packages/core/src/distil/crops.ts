import { seededRandom, tensor, type Rng, type Tensor } from "@deepstyle/engine";
import { OptionError } from "../errors.ts";
import { fillTransparent } from "../image/fillTransparent.ts";
import type { Raster } from "../image/raster.ts";
import { resize } from "../image/resize.ts";
import type { PhotoSource } from "../train/batches.ts";

/** Settings of {@link Crops}. */
export interface CropOptions {
  /** Folders of pictures, such as photos and paintings; each is drawn from as often as the others. */
  readonly sources: readonly PhotoSource[];
  /** Side of the crops in pixels. */
  readonly size: number;
  readonly seed: number;
}

/** Crops cover at most so many times their own side of a picture. */
const largestReduction = 4;

/**
 * Shares of crops that are changed, so that the pictures between photo and painting which an optimiser
 * comes by are known, too: blends of two pictures, loud and pale colours, grain.
 */
const shares = { blended: 0.35, recoloured: 0.4, grainy: 0.35 } as const;

/**
 * Random square crops of pictures at random scales. Crop n depends on nothing but the options and n,
 * so that training that was stopped goes on as if it had not been.
 */
export class Crops {
  readonly #options: CropOptions;

  constructor(options: CropOptions) {
    this.#options = options;
  }

  /**
   * Crops `first` … `first + count - 1`.
   *
   * @returns RGB in [0, 1], `[count, 3, size, size]`
   * @throws {OptionError} if no picture of a folder can be read
   */
  async at(first: number, count: number): Promise<Tensor<"float32">> {
    const { size } = this.#options;
    const area = 3 * size * size;
    const crops = await Promise.all(Array.from({ length: count }, (_, i) => this.#crop(first + i)));
    const data = new Float32Array(count * area);
    for (const [i, crop] of crops.entries()) data.set(crop, i * area);
    return tensor(data, [count, 3, size, size]);
  }

  async #crop(number: number): Promise<Float32Array> {
    // Numbers of one seed are far from those of the next.
    const random = seededRandom(this.#options.seed * 2 ** 20 + number);
    const crop = await this.#plainCrop(random);
    if (random.uniform() < shares.blended) {
      const other = await this.#plainCrop(random);
      const share = 0.2 + 0.6 * random.uniform();
      for (let i = 0; i < crop.length; i++) crop[i]! += share * (other[i]! - crop[i]!);
    }
    if (random.uniform() < shares.recoloured) recolour(crop, random);
    if (random.uniform() < shares.grainy) addGrain(crop, random);
    for (let i = 0; i < crop.length; i++) crop[i] = Math.min(Math.max(crop[i]!, 0), 1);
    return crop;
  }

  async #plainCrop(random: Rng): Promise<Float32Array> {
    const { sources, size } = this.#options;
    const source = sources[random.integer(sources.length)]!;
    const start = random.integer(source.count);
    for (let skipped = 0; skipped < source.count; skipped++) {
      const picture = await source.read((start + skipped) % source.count);
      if (picture !== undefined) return cropOf(fillTransparent(picture), size, random);
    }
    throw new OptionError("no picture could be read: expected at least one. Name another folder.");
  }
}

/** A square of a random side at a random place, at the size asked for, mirrored or not. */
function cropOf(picture: Raster, size: number, random: Rng): Float32Array {
  const { width, height } = picture;
  const short = Math.min(width, height);
  const largest = Math.max(Math.min(short, size * largestReduction), Math.min(short, size));
  const smallest = Math.min(short, size);
  const side = Math.round(smallest * (largest / smallest) ** random.uniform());
  const left = random.integer(width - side + 1);
  const top = random.integer(height - side + 1);
  const square = cutOut(picture, left, top, side);
  const { data } = side === size ? square : resize(square, { width: size, height: size });
  if (random.integer(2) === 1)
    for (let row = 0; row < 3 * size; row++) data.subarray(row * size, (row + 1) * size).reverse();
  return data;
}

/** A square of a picture. */
export function cutOut(
  { width, height, data }: Raster,
  left: number,
  top: number,
  side: number,
): Raster {
  const square = new Float32Array(3 * side * side);
  for (let row = 0; row < 3 * side; row++) {
    const [c, y] = [Math.floor(row / side), row % side];
    const from = (c * height + top + y) * width + left;
    square.set(data.subarray(from, from + side), row * side);
  }
  return { width: side, height: side, data: square };
}

/** Another contrast and another colour balance, saturation from grey to twice as much. */
function recolour(crop: Float32Array, random: Rng): void {
  const area = crop.length / 3;
  const saturation = 2 * random.uniform();
  const gain = 0.6 + random.uniform();
  const shift = Float32Array.from({ length: 3 }, () => 0.3 * (random.uniform() - 0.5));
  for (let p = 0; p < area; p++) {
    const grey = (crop[p]! + crop[area + p]! + crop[2 * area + p]!) / 3;
    for (let c = 0; c < 3; c++) {
      const coloured = grey + saturation * (crop[c * area + p]! - grey);
      crop[c * area + p] = 0.5 + gain * (coloured - 0.5) + shift[c]!;
    }
  }
}

/** White noise with a deviation from 0.01 to 0.2. */
function addGrain(crop: Float32Array, random: Rng): void {
  const deviation = 0.01 * 20 ** random.uniform();
  for (let i = 0; i < crop.length; i++) crop[i]! += deviation * random.normal();
}
