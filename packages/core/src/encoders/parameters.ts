import { WeightsError } from "../errors.ts";
import { isFiniteVector } from "../algebra/finite.ts";
import { toFloat32 } from "../weights/safetensors.ts";
import type { Preprocessing, Weights } from "./encoder.ts";

/**
 * A tensor of a network as float32 numbers.
 *
 * @param network - what the network is called in messages
 * @throws {WeightsError} if the tensor is missing, has another shape, or numbers that are not finite
 */
export function expectTensor(
  network: string,
  weights: Weights,
  name: string,
  shape: readonly number[],
): Float32Array {
  const found = weights.get(name);
  if (found === undefined)
    throw new WeightsError(
      `${network} needs a tensor "${name}"; the file has ${weights.size} others. Is it another network?`,
    );
  if (found.shape.join() !== shape.join())
    throw new WeightsError(
      `${network} expects "${name}" of shape [${shape.join(", ")}]; got [${found.shape.join(", ")}]. Is it another network?`,
    );
  const numbers = toFloat32(found);
  if (!isFiniteVector(numbers))
    throw new WeightsError(
      `${network} has numbers in "${name}" that are not finite: the file is damaged. Get it again.`,
    );
  return numbers;
}

/**
 * Changes kernels for what a network was trained with, in place, to kernels for RGB in [0, 1] minus
 * the mean colour.
 *
 * @param weight - `[channels, 3, height, width]`
 */
export function foldPreprocessing(
  weight: Float32Array,
  channels: number,
  { order, scale }: Preprocessing,
): void {
  const trained = weight.slice();
  const area = weight.length / channels / 3;
  for (let i = 0; i < weight.length; i++) {
    const channel = Math.floor(i / area) % 3;
    const source = order === "RGB" ? channel : 2 - channel;
    weight[i] = trained[i + (source - channel) * area]! * scale[channel]!;
  }
}
