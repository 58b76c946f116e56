import { ShapeError } from "@deepstyle/engine";
import { dot } from "../algebra/vector.ts";

/** What an objective says about a point. */
export interface Evaluation {
  /** The loss, any unit. */
  readonly loss: number;
  /** Derivative of the loss by each variable, as long as `x`. */
  readonly gradient: Float32Array;
}

/**
 * The function to minimise: one forward and one backward pass.
 *
 * It may reuse the gradient's buffer in its next call, and it must not keep or change `x`.
 */
export type Objective = (x: Float32Array) => Promise<Evaluation>;

/** Where the optimiser may go: every variable stays in `[lower, upper]`. */
export interface Bounds {
  readonly lower: number;
  readonly upper: number;
}

/** What may differ from step to step. */
export interface StepOptions {
  /** Looked at before each evaluation; a step that throws leaves `x` at its last good point. */
  readonly signal?: AbortSignal;
  /** Multiplies the step size in this step; see `Schedule`. Default 1. */
  readonly factor?: number;
}

/**
 * - `running`: call again;
 * - `converged`: a tolerance is met, further steps gain nothing;
 * - `stalled`: no better point can be found, or the objective is not finite even after many
 *   shortened steps; `warning` says which.
 */
export type StepStatus = "running" | "converged" | "stalled";

/**
 * Report of one step. `loss` and `gradientNorm` belong to the point that the step *started* from,
 * so the first step reports the initial vector and step k reports iterate k. (Where a first-order
 * optimiser had to go back because that point was not finite, they belong to the point it went
 * back to.)
 */
export interface StepResult {
  /** Loss at the starting point. NaN or infinite only where the very first point was not finite. */
  readonly loss: number;
  /**
   * Euclidean norm of the gradient at the starting point. With bounds, of the projected gradient:
   * components that push a variable against the bound it lies on count as 0.
   */
  readonly gradientNorm: number;
  /** Loss at the point that `x` holds now, where that is known without another evaluation. */
  readonly lossAfter?: number;
  /** Calls of the objective in this step: the unit in which optimisers are compared. */
  readonly evaluations: number;
  /** Whether `x` was moved. */
  readonly accepted: boolean;
  readonly status: StepStatus;
  /** What went wrong and was dealt with, in one line. */
  readonly warning?: string;
}

/**
 * How a state vector behaves when variables are resampled to another picture size: a momentum has
 * signs, a sum of squares must stay at or above 0 whatever the filter does.
 */
export type StateKind = "signed" | "nonNegative";

/** Makes a state vector of another length out of one, for instance by resizing planes. */
export type Resample = (vector: Float32Array, kind: StateKind) => Float32Array;

/** What an optimiser needs to go on as if it had never stopped: plain data, to be kept in a file. */
export interface OptimiserState {
  /** Each with one entry per variable. */
  readonly vectors: Readonly<Record<string, Float32Array>>;
  /** Everything else. */
  readonly numbers: Readonly<Record<string, number>>;
}

/**
 * Minimises an objective over one flat vector, one step per call.
 *
 * An optimiser knows nothing of images. It belongs to one vector and one objective at a time: call
 * {@link Optimiser.reset} or {@link Optimiser.resample} when either changes.
 */
export interface Optimiser {
  /** Name in the registry. */
  readonly name: string;
  /**
   * One iteration; moves `x` in place. A loss or gradient that is not finite never decides where
   * `x` ends: the step is shortened until both are finite.
   *
   * @param x - the variables; changed only to points that are within the bounds
   * @param evaluate - the objective
   * @returns the report; see {@link StepResult} for the point it speaks of
   * @throws {ShapeError} if the gradient, or the state kept from earlier steps, is not as long as `x`
   */
  step(x: Float32Array, evaluate: Objective, options?: StepOptions): Promise<StepResult>;
  /** Forgets everything learnt from earlier steps; for a new objective or a new vector. */
  reset(): void;
  /**
   * Carries over to a vector of another length what may be carried over and forgets the rest.
   *
   * @param resample - enlarges or shrinks one state vector; with `nonNegative` it must not return
   *   anything below 0 (style-transfer-pytorch: first moment bicubic, second bilinear, then
   *   max(0, ·))
   */
  resample(resample: Resample): void;
  /** What was learnt, not copied: the next step changes it. */
  save(): OptimiserState;
  /**
   * Goes on from a saved state; its arrays are not copied.
   *
   * @param x - the variables as they were when it was saved
   * @throws {OptionError} if it is no state of this optimiser: names, lengths or ranges are wrong, or
   *   something is not finite
   */
  restore(state: OptimiserState, x: Float32Array): void;
}

/** An evaluation that has been judged. */
export interface JudgedEvaluation extends Evaluation {
  /** Euclidean norm of the gradient. */
  readonly gradientNorm: number;
  /** Whether the loss and all of the gradient can be used. */
  readonly usable: boolean;
}

// Above this the square of a gradient no longer fits a float32 second moment.
const LARGEST_GRADIENT_NORM = 1e18;

/**
 * Evaluates the objective and judges the answer: unusable is a loss or gradient that is NaN or
 * infinite, or a gradient so large that its square overflows float32.
 *
 * @throws {ShapeError} if the gradient is not as long as `x`
 */
export async function evaluateAt(
  x: Float32Array,
  evaluate: Objective,
  signal: AbortSignal | undefined,
): Promise<JudgedEvaluation> {
  signal?.throwIfAborted();
  const { loss, gradient } = await evaluate(x);
  if (gradient.length !== x.length)
    throw new ShapeError(
      `objective: expected a gradient of ${x.length} numbers, got ${gradient.length}.`,
    );
  const gradientNorm = Math.sqrt(dot(gradient, gradient));
  const usable = Number.isFinite(loss) && gradientNorm <= LARGEST_GRADIENT_NORM;
  return { loss, gradient, gradientNorm, usable };
}

/** The error for a vector of another length than the state belongs to. */
export function staleState(held: number, wanted: number): ShapeError {
  return new ShapeError(
    `optimiser holds state for ${held} variables, x has ${wanted}: call reset() or resample() when the vector changes.`,
  );
}
