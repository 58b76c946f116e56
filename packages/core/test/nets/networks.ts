import { seededRandom } from "@deepstyle/engine";
import {
  defaultArchitecture,
  initialWeights,
  networkParameters,
  type Architecture,
} from "../../src/nets/architecture.ts";
import type { Network } from "../../src/nets/networkFile.ts";

/**
 * A network of random numbers. Scales, shifts and running averages are drawn as well, so that every
 * style is another one and no term of the arithmetic vanishes.
 */
export function randomNetwork(options: Partial<Architecture> = {}, seed = 1): Network {
  const architecture: Architecture = {
    ...defaultArchitecture,
    width: "quarter",
    blocks: 2,
    ...options,
  };
  const weights = new Map(initialWeights(architecture, seed));
  const random = seededRandom(seed + 1);
  for (const { name, shape, role, fanIn } of networkParameters(architecture)) {
    const count = shape.reduce((product, size) => product * size, 1);
    const draw = (low: number, high: number): Float32Array =>
      Float32Array.from({ length: count }, () => low + (high - low) * random.uniform());
    if (role === "scale" || role === "runningVariance") weights.set(name, draw(0.5, 1.5));
    if (role === "shift" || role === "runningMean") weights.set(name, draw(-0.3, 0.3));
    // As large as the others, so that colours use the whole range of tanh.
    if (role === "weight" && name.startsWith("out")) {
      const limit = Math.sqrt(3 / fanIn);
      weights.set(name, draw(-limit, limit));
    }
  }
  const styles = Array.from({ length: architecture.styles }, (_, i) => ({
    name: `style-${i + 1}`,
  }));
  return { architecture, weights, styles, training: {} };
}
