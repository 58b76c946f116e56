import {
  defaultArchitecture,
  initialWeights,
  networkParameters,
  seededRandom,
  type Architecture,
  type Network,
} from "deepstyle";

/** The networks that are measured, by name. */
export const benchNetworks: Readonly<Record<string, Architecture>> = {
  full: { ...defaultArchitecture, width: "full" },
  half: { ...defaultArchitecture, width: "half" },
  quarter: { ...defaultArchitecture, width: "quarter" },
  video: { ...defaultArchitecture, kind: "video", width: "half", blocks: 3 },
};

/** A network of random weights, which cost the same as trained ones, whose colours have contrast. */
export function randomNetwork(architecture: Architecture): Network {
  const weights = new Map(initialWeights(architecture, 1));
  const random = seededRandom(2);
  for (const { name, role, fanIn } of networkParameters(architecture)) {
    if (role !== "weight" || !name.startsWith("out")) continue;
    const limit = Math.sqrt(3 / fanIn);
    const numbers = weights.get(name)!;
    weights.set(
      name,
      Float32Array.from(numbers, () => (2 * random.uniform() - 1) * limit),
    );
  }
  return { architecture, weights, styles: [{ name: "random" }], training: {} };
}
