import { OptionError } from "../errors.ts";
import { unknownName } from "../options/suggestion.ts";
import { networkParameters } from "./architecture.ts";
import type { Network } from "./networkFile.ts";

/** How much of each style, by name: numbers from 0, at least one above; they need not sum to 1. */
export type StyleShares = Readonly<Record<string, number>>;

/** A network of one style, as {@link mixStyles} makes it. */
export type SingleStyleNetwork = Pick<Network, "architecture" | "weights">;

/**
 * A network that paints one mixture of the styles of another: scales and shifts are averaged with
 * the shares, which are brought to sum to 1. With its single style the mixture is no input any more,
 * and a runtime folds it away.
 *
 * Source: Dumoulin, Shlens, Kudlur 2016, section 3.2: a convex combination of scales and shifts
 * blends styles.
 *
 * @throws {OptionError} if there is no such style, or a share is below 0, or none is above
 */
export function mixStyles(network: Network, shares: StyleShares): Network {
  const { architecture, weights, styles, training } = network;
  const mixture = mixtureOf(network, shares);
  const entries = networkParameters(architecture).map(({ name, shape, role }) => {
    const numbers = weights.get(name)!;
    if (role !== "scale" && role !== "shift") return [name, numbers] as const;
    const channels = shape[1]!;
    const row = Float32Array.from({ length: channels }, (_, c) =>
      mixture.reduce((sum, share, style) => sum + share * numbers[style * channels + c]!, 0),
    );
    return [name, row] as const;
  });
  return {
    architecture: { ...architecture, styles: 1 },
    weights: new Map(entries),
    styles: [
      {
        name: nameOf(
          styles.map(({ name }) => name),
          mixture,
        ),
      },
    ],
    training,
  };
}

/** Share of each style of the network, in its order, summing to 1. */
function mixtureOf({ styles }: Network, shares: StyleShares): number[] {
  const names = styles.map(({ name }) => name);
  for (const [name, share] of Object.entries(shares)) {
    if (!names.includes(name)) throw unknownName("style of the network", name, names);
    if (!(share >= 0 && Number.isFinite(share)))
      throw new OptionError(`the share of style ${name} must be a number from 0; got ${share}.`);
  }
  const sum = Object.values(shares).reduce((total, share) => total + share, 0);
  if (!(sum > 0)) throw new OptionError("painting needs at least one style with a share above 0.");
  // A style may be called "constructor".
  return names.map((name) => (Object.hasOwn(shares, name) ? shares[name]! / sum : 0));
}

function nameOf(names: readonly string[], mixture: readonly number[]): string {
  return names.filter((_, i) => mixture[i]! > 0).join("+");
}
