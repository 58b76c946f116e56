import {
  defaultArchitecture,
  initialWeights,
  mixStyles,
  networkKinds,
  networkParameters,
  NetworkStore,
  seededRandom,
  type Architecture,
  type Network,
} from "deepstyle";

/** The networks that are measured, by name. */
export const benchNetworks: Readonly<Record<string, Architecture>> = {
  full: { ...defaultArchitecture, width: "full" },
  half: { ...defaultArchitecture, width: "half" },
  quarter: { ...defaultArchitecture, width: "quarter" },
  /** As those that ship are built. */
  still: { ...defaultArchitecture, width: "half", upsample: "bilinear" },
  video: { ...defaultArchitecture, kind: "video", width: "half", separable: true, padding: "zero" },
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

const store = new NetworkStore({ environment: {} });

/** The styles that ship, as {@link namedNetwork} knows them: `still:great-wave`. */
export async function shippedStyles(): Promise<string[]> {
  const names: string[] = [];
  for (const kind of networkKinds) {
    const file = await store.embedded(kind);
    for (const { name } of file?.network.styles ?? []) names.push(`${kind}:${name}`);
  }
  return names;
}

/**
 * A network to measure.
 *
 * @param name - one of {@link benchNetworks}, with random weights, or of {@link shippedStyles}
 */
export async function namedNetwork(name: string): Promise<Network> {
  const architecture = benchNetworks[name];
  if (architecture !== undefined) return randomNetwork(architecture);
  const [kind, style] = name.split(":") as [(typeof networkKinds)[number], string];
  const file = await store.embedded(kind);
  if (file === undefined) throw new Error(`there is no network "${name}".`);
  return mixStyles(file.network, { [style]: 1 });
}
