import { OptionError } from "../errors.ts";
import { block, checkBounds, project, projectGradient, type ProjectedGradient } from "./bounds.ts";
import { CurvaturePairs } from "./curvature.ts";
import { strongWolfe } from "./lineSearch.ts";
import type { Trial } from "./lineSearch.ts";
import { evaluateAt, staleState } from "./optimiser.ts";
import type {
  Bounds,
  JudgedEvaluation,
  Objective,
  Optimiser,
  OptimiserState,
  StepOptions,
  StepResult,
  StepStatus,
} from "./optimiser.ts";
import { SavedState } from "./savedState.ts";
import { projectedPath, straightPath } from "./searchPath.ts";
import { dot, maxAbs } from "../algebra/vector.ts";

/** Options of {@link Lbfgs}. */
export interface LbfgsOptions {
  /** Steps remembered, m ≥ 1; each costs two vectors of memory. Default 10. */
  readonly history?: number;
  /** First trial step along the quasi-Newton direction, above 0. Default 1. */
  readonly lr?: number;
  /**
   * `strong-wolfe` never goes uphill; `none` takes every finite step of length `lr`, as
   * neural-style does. Default `strong-wolfe`.
   */
  readonly lineSearch?: "strong-wolfe" | "none";
  /** Converged when no component of the (projected) gradient is larger; 0 = off. Default 1e-7. */
  readonly toleranceGradient?: number;
  /**
   * Converged when the loss, or every variable, changes by less, or the loss falls by less per unit
   * step; 0 = off. Default 1e-9.
   */
  readonly toleranceChange?: number;
  /** Keeps every variable within these. Default: no bounds. */
  readonly bounds?: Bounds;
}

/** A point of the search path with a gradient buffer of its own. */
interface PathPoint extends Trial {
  readonly gradient: Float32Array;
}

/** The point where `x` is. */
interface CurrentPoint extends ProjectedGradient {
  readonly loss: number;
  readonly gradient: Float32Array;
}

/** Buffers as long as `x`. */
interface Workspace {
  readonly trial: Float32Array;
  readonly direction: Float32Array;
  /** One for the current point and three for a search: both ends of its bracket and a trial. */
  readonly gradients: readonly Float32Array[];
  readonly held: Uint32Array;
}

/** What happened during a step. */
interface Tally {
  evaluations: number;
  unusable: number;
  readonly notes: string[];
}

// As in the first-order optimisers: ten halvings shrink a step a thousandfold.
const MAX_HALVINGS = 10;

/**
 * Limited-memory BFGS with a strong Wolfe line search: the optimiser of the original style transfer.
 *
 * Every step evaluates at least once and, as the last evaluation of a step is the first of the next,
 * usually exactly once; the very first step evaluates once more. Where the search finds no lower
 * point, the step is tried again along steepest descent with an empty history, and `stalled` is
 * reported if that fails too. Trials that are not finite shorten the step.
 *
 * With bounds it is a two-metric projection method: variables held at a bound (there, and pushed
 * outwards by the gradient) are left out of the direction, trial points are projected onto the
 * box, and history and tests use the projected points.
 *
 * Source: Liu and Nocedal 1989; rules and constants as in PyTorch's `torch.optim.LBFGS`, with one
 * iteration per step. Departure: s is the difference of the points in float32 and not t · d, from
 * which the points differ by rounding. Bounds: Bertsekas 1982 and Schmidt's minConf_TMP.
 */
export class Lbfgs implements Optimiser {
  readonly name = "lbfgs";
  readonly #lr: number;
  readonly #lineSearch: "strong-wolfe" | "none";
  readonly #toleranceGradient: number;
  readonly #toleranceChange: number;
  readonly #bounds: Bounds | undefined;
  readonly #pairs: CurvaturePairs;
  #workspace: Workspace | undefined;
  #current: CurrentPoint | undefined;
  /** Whether the next direction is the first since the history was emptied. */
  #isFirst = true;

  /** @throws {OptionError} if an option is out of its range */
  constructor(options: LbfgsOptions = {}) {
    const { history = 10, lr = 1, lineSearch = "strong-wolfe", bounds } = options;
    const { toleranceGradient = 1e-7, toleranceChange = 1e-9 } = options;
    if (!(Number.isInteger(history) && history >= 1))
      throw new OptionError(`history: expected a whole number from 1, got ${history}.`);
    if (!(lr > 0 && Number.isFinite(lr)))
      throw new OptionError(`lr: expected a number above 0, got ${lr}.`);
    this.#lr = lr;
    this.#lineSearch = lineSearch;
    this.#toleranceGradient = checkTolerance("toleranceGradient", toleranceGradient);
    this.#toleranceChange = checkTolerance("toleranceChange", toleranceChange);
    this.#bounds = checkBounds(bounds);
    this.#pairs = new CurvaturePairs(history);
  }

  /** {@inheritDoc Optimiser.step} */
  async step(
    x: Float32Array,
    evaluate: Objective,
    { signal, factor = 1 }: StepOptions = {},
  ): Promise<StepResult> {
    const tally: Tally = { evaluations: 0, unusable: 0, notes: [] };
    const judge = async (point: Float32Array): Promise<JudgedEvaluation> => {
      const evaluation = await evaluateAt(point, evaluate, signal);
      tally.evaluations++;
      if (!evaluation.usable) tally.unusable++;
      return evaluation;
    };
    const workspace = this.#workspaceFor(x);
    if (this.#current === undefined) {
      if (this.#bounds !== undefined) project(x, this.#bounds);
      const first = await judge(x);
      if (!first.usable) {
        tally.notes.push("no step can be made from there");
        return report(first, tally, { accepted: false, status: "stalled" });
      }
      const gradient = workspace.gradients[0]!;
      gradient.set(first.gradient);
      this.#current = this.#settle(x, first.loss, gradient);
    }
    const start = this.#current;
    if (start.largest <= this.#toleranceGradient)
      return report(start, tally, { accepted: false, status: "converged", lossAfter: start.loss });

    let found = await this.#search(x, start, workspace, factor, judge);
    if (found === "nothing lower" && this.#pairs.count > 0) {
      this.#pairs.clear();
      this.#isFirst = true;
      tally.notes.push("no lower point along the quasi-Newton direction, history dropped");
      found = await this.#search(x, start, workspace, factor, judge);
    }
    if (typeof found === "string") {
      if (found === "nothing lower") tally.notes.push("no lower point along steepest descent");
      const status = found === "flat" ? "converged" : "stalled";
      return report(start, tally, { accepted: false, status, lossAfter: start.loss });
    }
    const status = this.#moveTo(x, start, found, workspace);
    return report(start, tally, { accepted: true, status, lossAfter: found.loss });
  }

  /** {@inheritDoc Optimiser.reset} */
  reset(): void {
    this.#pairs.clear();
    this.#workspace = undefined;
    this.#current = undefined;
    this.#isFirst = true;
  }

  /** Same as {@link Lbfgs.reset}: curvature of one picture size says little about another. */
  resample(): void {
    this.reset();
  }

  /** {@inheritDoc Optimiser.save} */
  save(): OptimiserState {
    const { vectors, numbers } = this.#pairs.save();
    const { loss, gradient } = this.#current ?? {};
    return {
      vectors: { ...vectors, ...(gradient && { gradient }) },
      numbers: { ...numbers, ...(loss !== undefined && { loss }), isFirst: Number(this.#isFirst) },
    };
  }

  /** {@inheritDoc Optimiser.restore} */
  restore(state: OptimiserState, x: Float32Array): void {
    this.reset();
    const saved = new SavedState(state, x.length);
    this.#pairs.restore(saved);
    this.#isFirst = saved.count("isFirst", 1) === 1;
    const found = saved.hasVector("gradient") ? saved.vector("gradient") : undefined;
    const loss = found && saved.number("loss", "a finite number", () => true);
    saved.expectNoMore();
    if (found === undefined || loss === undefined) return;
    const gradient = this.#workspaceFor(x).gradients[0]!;
    gradient.set(found);
    this.#current = this.#settle(x, loss, gradient);
  }

  /** Looks along the quasi-Newton direction; leaves the point found in `workspace.trial`. */
  async #search(
    x: Float32Array,
    current: CurrentPoint,
    { trial, direction, gradients }: Workspace,
    factor: number,
    judge: (point: Float32Array) => Promise<JudgedEvaluation>,
  ): Promise<PathPoint | "flat" | "nothing lower"> {
    const bounds = this.#bounds;
    const { loss, gradient, held } = current;
    let slope = this.#pairs.direct(gradient, direction, held);
    if (bounds !== undefined && block(x, direction, bounds)) slope = dot(gradient, direction);
    if (!(slope < -this.#toleranceChange)) return "flat";

    const departure = { x, gradient, direction, slope };
    const path = bounds === undefined ? straightPath(departure) : projectedPath(departure, bounds);
    const start: PathPoint = { t: 0, loss, slope, predicted: 0, gradient };
    let lastT = 0;
    const evaluate = async (t: number, live: readonly PathPoint[]): Promise<PathPoint> => {
      lastT = t;
      const predicted = path.goTo(t, trial);
      const evaluation = await judge(trial);
      if (!evaluation.usable) return { t, loss: Infinity, slope: NaN, predicted, gradient };
      const inUse = [start, ...live].map((point) => point.gradient);
      const buffer = gradients.find((candidate) => !inUse.includes(candidate))!;
      buffer.set(evaluation.gradient);
      return {
        t,
        loss: evaluation.loss,
        slope: path.slopeAt(trial, buffer),
        predicted,
        gradient: buffer,
      };
    };
    const step = (this.#isFirst ? Math.min(1, 1 / current.sum) : 1) * this.#lr * factor;
    const found =
      this.#lineSearch === "none"
        ? await firstUsable(step, evaluate)
        : await strongWolfe({
            start,
            step,
            reach: () => maxAbs(direction),
            tolerance: this.#toleranceChange,
            evaluate,
          });
    if (found === undefined || found.t === 0) return "nothing lower";
    if (found.t !== lastT) path.goTo(found.t, trial);
    return found;
  }

  #moveTo(
    x: Float32Array,
    start: CurrentPoint,
    found: PathPoint,
    { trial }: Workspace,
  ): StepStatus {
    const largestMove = this.#pairs.add(
      { x, gradient: start.gradient },
      { x: trial, gradient: found.gradient },
    );
    this.#isFirst = false;
    x.set(trial);
    this.#current = this.#settle(x, found.loss, found.gradient);
    const converged =
      this.#current.largest <= this.#toleranceGradient ||
      largestMove <= this.#toleranceChange ||
      Math.abs(found.loss - start.loss) < this.#toleranceChange;
    return converged ? "converged" : "running";
  }

  #settle(x: Float32Array, loss: number, gradient: Float32Array): CurrentPoint {
    const buffer = this.#workspaceFor(x).held;
    return { loss, gradient, ...projectGradient(x, gradient, buffer, this.#bounds) };
  }

  #workspaceFor(x: Float32Array): Workspace {
    const n = x.length;
    this.#workspace ??= {
      trial: new Float32Array(n),
      direction: new Float32Array(n),
      gradients: Array.from({ length: 4 }, () => new Float32Array(n)),
      held: new Uint32Array(this.#bounds === undefined ? 0 : n),
    };
    const held = this.#workspace.trial.length;
    if (held !== n) throw staleState(held, n);
    return this.#workspace;
  }
}

function checkTolerance(name: string, tolerance: number): number {
  if (!(tolerance >= 0))
    throw new OptionError(`${name}: expected a number from 0 up, got ${tolerance}.`);
  return tolerance;
}

/** The step itself, or the longest half, quarter, … of it at which the objective is finite. */
async function firstUsable(
  step: number,
  evaluate: (t: number, live: readonly PathPoint[]) => Promise<PathPoint>,
): Promise<PathPoint | undefined> {
  for (let halvings = 0; halvings <= MAX_HALVINGS; halvings++) {
    const point = await evaluate(step / 2 ** halvings, []);
    if (Number.isFinite(point.loss)) return point;
  }
  return undefined;
}

function report(
  { loss, gradientNorm }: { readonly loss: number; readonly gradientNorm: number },
  { evaluations, unusable, notes }: Tally,
  outcome: Pick<StepResult, "accepted" | "status" | "lossAfter">,
): StepResult {
  if (unusable > 0) notes.unshift(`loss or gradient was not finite at ${unusable} point(s)`);
  const warning = notes.length > 0 && { warning: `${notes.join("; ")}.` };
  return { loss, gradientNorm, evaluations, ...outcome, ...warning };
}
