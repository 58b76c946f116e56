/** ‖actual − expected‖ / ‖expected‖. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  const differences = Array.from(expected, (value, i) => actual[i]! - value);
  return Math.hypot(...differences) / Math.hypot(...Array.from(expected));
}
