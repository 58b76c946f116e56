/** A point on the search path. */
export interface Trial {
  /** Step length along the path; 0 is the start. */
  readonly t: number;
  /** Loss there; Infinity where the loss or the gradient is not finite. */
  readonly loss: number;
  /** Derivative of the loss by t there; not looked at where the loss is infinite. */
  readonly slope: number;
  /** How much the start's gradient predicts the loss to change: g₀ · (x(t) − x₀), below 0. */
  readonly predicted: number;
}

/** What a line search needs to know. */
interface LineSearch<T extends Trial> {
  /** The point at t = 0; its slope is below 0. */
  readonly start: T;
  /** First step length to try. */
  readonly step: number;
  /** Largest movement of a variable per unit of t; asked only where a bracket is narrowed. */
  readonly reach: () => number;
  /** A bracket in which no variable moves further than this is not searched any more. */
  readonly tolerance: number;
  /**
   * Evaluates the path at t.
   *
   * @param live - earlier trials that may still be returned, so that buffers of all others can be
   *   used again
   */
  readonly evaluate: (t: number, live: readonly T[]) => Promise<T>;
}

/** Sufficient decrease: a thousandth of a per cent of what the gradient predicts. */
const C1 = 1e-4;
/** Curvature: the slope must lose at least a tenth of its size. */
const C2 = 0.9;
/** Most trial points in one search. */
const MAX_TRIALS = 25;

/**
 * Finds a step length that satisfies the strong Wolfe conditions
 * `f(t) ≤ f(0) + c1 g₀·(x(t) − x₀)` and `|f′(t)| ≤ c2 |f′(0)|`, c1 = 1e-4, c2 = 0.9, with at most 25
 * trial points: first a bracket is looked for by cubic extrapolation, then it is narrowed by cubic
 * interpolation.
 *
 * Source: minFunc's search as in PyTorch's `torch.optim.LBFGS`. Departures: a trial that is not
 * finite counts as infinitely high, and while one end of the bracket is so, the bracket is halved;
 * the predicted decrease is measured along the path, which for a straight one is the same as
 * `c1 t f′(0)` and for one bent by bounds is Bertsekas' (1982) rule.
 *
 * @returns the point found. Where the conditions could not be met it is the lowest one, which may
 *   be the start
 */
export async function strongWolfe<T extends Trial>(search: LineSearch<T>): Promise<T> {
  const { start, evaluate } = search;
  let previous = start;
  let trial = await evaluate(search.step, []);
  let trials = 1;
  while (isLowEnough(trial, start) && !(trials > 2 && trial.loss >= previous.loss)) {
    if (isFlatEnough(trial, start) || trials === MAX_TRIALS) return trial;
    if (trial.slope >= 0) break;
    const t = extrapolate(previous, trial);
    previous = trial;
    trial = await evaluate(t, [previous]);
    trials++;
  }
  return narrow(search, previous, trial, MAX_TRIALS - trials);
}

/** Narrows the bracket between two points until a point in it satisfies the conditions. */
async function narrow<T extends Trial>(
  { start, reach, tolerance, evaluate }: LineSearch<T>,
  first: T,
  second: T,
  trialsLeft: number,
): Promise<T> {
  let [low, high] = first.loss <= second.loss ? [first, second] : [second, first];
  let wasNearEnd = false;
  const unit = reach();
  for (; trialsLeft > 0 && Math.abs(high.t - low.t) * unit >= tolerance; trialsLeft--) {
    const { t, nearEnd } = interpolate(low, high, wasNearEnd);
    wasNearEnd = nearEnd;
    const trial = await evaluate(t, [low, high]);
    if (!isLowEnough(trial, start) || trial.loss >= low.loss) {
      [low, high] = trial.loss < low.loss ? [trial, low] : [low, trial];
      continue;
    }
    if (isFlatEnough(trial, start)) return trial;
    if (trial.slope * (high.t - low.t) >= 0) high = low;
    low = trial;
  }
  return low;
}

function isLowEnough(trial: Trial, start: Trial): boolean {
  return trial.loss <= start.loss + C1 * trial.predicted;
}

function isFlatEnough(trial: Trial, start: Trial): boolean {
  return Math.abs(trial.slope) <= -C2 * start.slope;
}

/** Next trial beyond both points, at most ten times as far. */
function extrapolate(previous: Trial, trial: Trial): number {
  const least = trial.t + 0.01 * (trial.t - previous.t);
  return cubicMinimum(previous, trial, least, 10 * trial.t);
}

/**
 * Next trial inside the bracket. One that is within a tenth of an end, twice in a row or not inside
 * at all, is moved to a tenth from that end, so that the bracket shrinks.
 */
function interpolate(
  low: Trial,
  high: Trial,
  wasNearEnd: boolean,
): { readonly t: number; readonly nearEnd: boolean } {
  const left = Math.min(low.t, high.t);
  const right = Math.max(low.t, high.t);
  if (!Number.isFinite(high.loss)) return { t: (left + right) / 2, nearEnd: false };
  const t = cubicMinimum(low, high, left, right);
  const margin = 0.1 * (right - left);
  if (Math.min(right - t, t - left) >= margin) return { t, nearEnd: false };
  if (!wasNearEnd && t > left && t < right) return { t, nearEnd: true };
  return { t: right - t < t - left ? right - margin : left + margin, nearEnd: false };
}

/**
 * Where the cubic through two points with these slopes is lowest, kept within `[least, most]`; the
 * middle where it has no minimum.
 *
 * Source: Nocedal and Wright, Numerical Optimization, equation 3.59.
 */
export function cubicMinimum(a: Trial, b: Trial, least: number, most: number): number {
  const [p, q] = a.t <= b.t ? [a, b] : [b, a];
  const d1 = p.slope + q.slope - (3 * (p.loss - q.loss)) / (p.t - q.t);
  const square = d1 * d1 - p.slope * q.slope;
  if (!(square >= 0)) return (least + most) / 2;
  const d2 = Math.sqrt(square);
  const t = q.t - (q.t - p.t) * ((q.slope + d2 - d1) / (q.slope - p.slope + 2 * d2));
  return Number.isNaN(t) ? (least + most) / 2 : Math.min(Math.max(t, least), most);
}
