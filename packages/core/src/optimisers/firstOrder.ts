import { OptionError } from "../errors.ts";
import { checkBounds, project, projectedNorm } from "./bounds.ts";
import { evaluateAt, staleState } from "./optimiser.ts";
import type {
  Bounds,
  JudgedEvaluation,
  Objective,
  Optimiser,
  OptimiserState,
  Resample,
  StateKind,
  StepOptions,
  StepResult,
} from "./optimiser.ts";
import { SavedState } from "./savedState.ts";

/** What every first-order optimiser can be told. */
export interface FirstOrderOptions {
  /** Step size, above 0; its unit depends on the rule. */
  readonly lr: number;
  /** Keeps every variable within these after each step. Default: no bounds. */
  readonly bounds?: Bounds;
}

/** What a first-order optimiser has learnt. */
export interface FirstOrderState<Name extends string> {
  /** Steps taken so far. */
  readonly step: number;
  /** The rule's vectors, each with one entry per variable. */
  readonly vectors: Readonly<Record<Name, Float32Array>>;
}

/** One update, as a rule sees it. */
export interface Update<Name extends string> extends FirstOrderState<Name> {
  /** Moved in place. */
  readonly x: Float32Array;
  /** Finite. */
  readonly gradient: Float32Array;
  readonly lr: number;
}

// Ten halvings shrink a step a thousandfold; an objective that is still not finite is broken there.
const MAX_HALVINGS = 10;

interface GoodPoint {
  readonly x: Float32Array;
  readonly loss: number;
  readonly gradientNorm: number;
}

/**
 * One evaluation and one update per step, for any rule that turns a gradient into an update.
 *
 * Where the loss or the gradient is not finite, `x` goes half the way back to the last point where
 * they were, at most ten times in a step; every halving also halves all later steps, until
 * {@link FirstOrderOptimiser.reset}. The rule never sees such a gradient.
 */
export abstract class FirstOrderOptimiser<Name extends string> implements Optimiser {
  abstract readonly name: string;
  /** The vectors that the rule keeps; they start at 0. */
  protected abstract readonly kinds: Readonly<Record<Name, StateKind>>;
  readonly #lr: number;
  readonly #bounds: Bounds | undefined;
  #state: FirstOrderState<Name> | undefined;
  #good: GoodPoint | undefined;
  #shrink = 1;

  /** @throws {OptionError} if an option is out of its range */
  constructor({ lr, bounds }: FirstOrderOptions) {
    if (!(lr > 0 && Number.isFinite(lr)))
      throw new OptionError(`lr: expected a number above 0, got ${lr}.`);
    this.#lr = lr;
    this.#bounds = checkBounds(bounds);
  }

  /** The rule: moves `x` and writes its vectors; `step` counts from 1. */
  protected abstract update(update: Update<Name>): void;

  /** What was learnt, not copied; undefined before the first step. */
  get state(): FirstOrderState<Name> | undefined {
    return this.#state;
  }

  /** Continues from a state, for instance one that was saved; the arrays are not copied. */
  set state(state: FirstOrderState<Name> | undefined) {
    this.#state = state;
  }

  /** {@inheritDoc Optimiser.step} */
  async step(
    x: Float32Array,
    evaluate: Objective,
    { signal, factor = 1 }: StepOptions = {},
  ): Promise<StepResult> {
    const state = this.#stateFor(x);
    if (this.#bounds !== undefined) project(x, this.#bounds);
    let evaluation = await evaluateAt(x, evaluate, signal);
    let evaluations = 1;
    while (!evaluation.usable) {
      if (this.#good === undefined || evaluations > MAX_HALVINGS)
        return this.#stall(x, evaluation, evaluations);
      moveHalfway(x, this.#good.x);
      this.#shrink /= 2;
      evaluation = await evaluateAt(x, evaluate, signal);
      evaluations++;
    }
    const { loss, gradientNorm } = (this.#good = this.#keep(x, evaluation));
    const step = state.step + 1;
    const lr = this.#lr * factor * this.#shrink;
    this.update({ x, gradient: evaluation.gradient, lr, step, vectors: state.vectors });
    this.#state = { step, vectors: state.vectors };
    if (this.#bounds !== undefined) project(x, this.#bounds);
    return {
      loss,
      gradientNorm,
      evaluations,
      accepted: true,
      status: "running",
      ...(evaluations > 1 && { warning: this.#wentBack(evaluations - 1) }),
    };
  }

  /** {@inheritDoc Optimiser.reset} */
  reset(): void {
    this.#state = undefined;
    this.#good = undefined;
    this.#shrink = 1;
  }

  /** {@inheritDoc Optimiser.resample} */
  resample(resample: Resample): void {
    this.#good = undefined;
    if (this.#state === undefined) return;
    const { step, vectors } = this.#state;
    this.#state = { step, vectors: this.#vectors((name, kind) => resample(vectors[name], kind)) };
  }

  /** What the rule has learnt, and the last good point: the next one may not be finite. */
  save(): OptimiserState {
    const { step = 0, vectors = {} } = this.#state ?? {};
    const numbers = { step, shrink: this.#shrink };
    if (this.#good === undefined) return { vectors, numbers };
    const { x: good, loss: goodLoss, gradientNorm: goodNorm } = this.#good;
    return { vectors: { ...vectors, good }, numbers: { ...numbers, goodLoss, goodNorm } };
  }

  /** {@inheritDoc Optimiser.restore} */
  restore(state: OptimiserState, x: Float32Array): void {
    const saved = new SavedState(state, x.length);
    const step = saved.count("step");
    const shrink = saved.number("shrink", "a number above 0 and up to 1", (s) => s > 0 && s <= 1);
    const vectors = step > 0 ? this.#vectors((name, kind) => saved.vector(name, kind)) : undefined;
    const good = saved.hasVector("good") ? goodPointOf(saved) : undefined;
    saved.expectNoMore();
    this.reset();
    this.#shrink = shrink;
    this.#good = good;
    if (vectors !== undefined) this.#state = { step, vectors };
  }

  #stateFor(x: Float32Array): FirstOrderState<Name> {
    const { vectors, step } = this.#state ?? {
      vectors: this.#vectors(() => new Float32Array(x.length)),
      step: 0,
    };
    const held: readonly Float32Array[] = Object.values(vectors);
    const stale = [...held, this.#good?.x ?? x].find((vector) => vector.length !== x.length);
    if (stale !== undefined) throw staleState(stale.length, x.length);
    return { vectors, step };
  }

  #vectors(make: (name: Name, kind: StateKind) => Float32Array): Record<Name, Float32Array> {
    const names = Object.keys(this.kinds) as Name[];
    const entries = names.map((name) => [name, make(name, this.kinds[name])] as const);
    return Object.fromEntries(entries) as Record<Name, Float32Array>;
  }

  #keep(x: Float32Array, { loss, gradient, gradientNorm }: JudgedEvaluation): GoodPoint {
    const copy = this.#good?.x ?? new Float32Array(x.length);
    copy.set(x);
    if (this.#bounds === undefined) return { x: copy, loss, gradientNorm };
    return { x: copy, loss, gradientNorm: projectedNorm(x, gradient, this.#bounds) };
  }

  #stall(x: Float32Array, evaluation: JudgedEvaluation, evaluations: number): StepResult {
    const { loss, gradientNorm } = this.#good ?? evaluation;
    if (this.#good !== undefined) x.set(this.#good.x);
    const warning =
      this.#good === undefined
        ? `loss or gradient is not finite at the starting point (loss ${loss}).`
        : `loss or gradient is still not finite after ${MAX_HALVINGS} halvings of the step: went back to the last good point.`;
    return { loss, gradientNorm, evaluations, accepted: false, status: "stalled", warning };
  }

  #wentBack(times: number): string {
    return `loss or gradient was not finite: went half the way back ${times} time(s); steps are now ${this.#shrink} of what was asked.`;
  }
}

function goodPointOf(saved: SavedState): GoodPoint {
  return {
    x: saved.vector("good"),
    loss: saved.number("goodLoss", "a finite number", () => true),
    gradientNorm: saved.number("goodNorm", "a number from 0 up", (norm) => norm >= 0),
  };
}

function moveHalfway(x: Float32Array, target: Float32Array): void {
  for (let i = 0; i < x.length; i++) x[i] = (x[i]! + target[i]!) / 2;
}
