import { OptionError } from "../errors.ts";

/**
 * The error for a name that is not one of a closed list, with the nearest known name.
 *
 * @param kind - what the name should be, such as `layer of vgg19`
 * @param name - what was given
 * @param known - the names that there are
 */
export function unknownName(kind: string, name: string, known: readonly string[]): OptionError {
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? "" : ` Did you mean "${nearest}"?`;
  return new OptionError(`"${name}" is no ${kind}: expected one of ${known.join(", ")}.${hint}`);
}

/** Letters of a name that is looked for: the distance takes as many steps as both have letters, multiplied. */
const longestTypo = 200;

/** The known name with the fewest letters changed, if it is at most half of them. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  if (name.length > longestTypo) return undefined;
  const ranked = known
    .filter((candidate) => candidate.length <= longestTypo)
    .map((candidate) => ({
      candidate,
      distance: editDistance(name.toLowerCase(), candidate.toLowerCase()),
    }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= Math.max(name.length, best.candidate.length) / 2
    ? best.candidate
    : undefined;
}

/** Levenshtein's distance: letters to insert, delete or replace. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
