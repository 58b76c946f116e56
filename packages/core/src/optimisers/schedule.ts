import { OptionError } from "../errors.ts";

/**
 * A course of the step size over a run.
 *
 * @param step - steps taken so far, from 0
 * @param total - steps in the whole run, at least 1
 * @returns what to multiply the step size by; give it to `Optimiser.step` as `factor`
 */
export type Schedule = (step: number, total: number) => number;

/** Always 1. */
export function constant(): Schedule {
  return () => 1;
}

/**
 * Falls by the same ratio in every step, from 1 at step 0 to `final` at step `total`.
 *
 * @param options - `final`: the factor at the end, above 0
 * @throws {OptionError} if `final` is not above 0
 */
export function exponentialDecay({ final }: { readonly final: number }): Schedule {
  if (!(final > 0)) throw new OptionError(`final: expected a number above 0, got ${final}.`);
  return (step, total) => final ** (step / total);
}

/**
 * Multiplies by `ratio` after every `every` steps.
 *
 * @param options - `every`: steps between drops, at least 1; `ratio`: above 0, usually below 1
 * @throws {OptionError} if an option is out of its range
 */
export function stepDecay(options: { readonly every: number; readonly ratio: number }): Schedule {
  const { every, ratio } = options;
  if (!(every >= 1)) throw new OptionError(`every: expected at least 1 step, got ${every}.`);
  if (!(ratio > 0)) throw new OptionError(`ratio: expected a number above 0, got ${ratio}.`);
  return (step) => ratio ** Math.floor(step / every);
}

/**
 * Half a cosine from 1 at step 0 to `final` at step `total`.
 *
 * Source: Loshchilov and Hutter 2017 (SGDR), one period without restarts.
 *
 * @param options - `final`: the factor at the end, at least 0. Default 0
 * @throws {OptionError} if `final` is below 0
 */
export function cosine({ final = 0 }: { readonly final?: number } = {}): Schedule {
  if (!(final >= 0)) throw new OptionError(`final: expected a number from 0 up, got ${final}.`);
  return (step, total) => final + ((1 - final) * (1 + Math.cos((Math.PI * step) / total))) / 2;
}

/**
 * Rises linearly over the first `steps` steps, from `1 / steps` to 1, then follows another schedule
 * over the steps that are left.
 *
 * @param options - `steps`: length of the rise, at least 1; `then`: what follows. Default constant
 * @throws {OptionError} if `steps` is below 1
 */
export function warmUp(options: { readonly steps: number; readonly then?: Schedule }): Schedule {
  const { steps, then = constant() } = options;
  if (!(steps >= 1)) throw new OptionError(`steps: expected at least 1, got ${steps}.`);
  return (step, total) =>
    step < steps ? (step + 1) / steps : then(step - steps, Math.max(1, total - steps));
}
