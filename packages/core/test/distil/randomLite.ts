import { seededRandom } from "@deepstyle/engine";
import { liteParameters } from "../../src/encoders/lite.ts";
import type { WeightsTensor } from "../../src/weights/safetensors.ts";

/** lite with random weights: features of about 1 at every layer. */
export function randomLite(seed: number): Map<string, WeightsTensor & { dtype: "F32" }> {
  const random = seededRandom(seed);
  const entries = liteParameters().map(({ name, shape }) => {
    const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
    const fanIn = data.length / shape[0]!;
    // A code has the variance of what it is made of; the ReLU after a weight halves it.
    const deviation = name.endsWith("code") ? Math.sqrt(1 / fanIn) : Math.sqrt(2 / fanIn);
    if (name.endsWith("bias")) data.fill(0.1);
    else random.fillNormal(data, { standardDeviation: deviation });
    return [name, { dtype: "F32", shape, data }] as const;
  });
  return new Map(entries);
}

/** The numbers of weights as training takes them. */
export function numbersOf(
  weights: ReadonlyMap<string, WeightsTensor & { dtype: "F32" }>,
): Map<string, Float32Array> {
  return new Map([...weights].map(([name, { data }]) => [name, data.slice()]));
}
