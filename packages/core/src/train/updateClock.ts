/** Updates that speed is measured over. */
const timedUpdates = 50;

/** How far and how fast a training is. */
interface UpdateTimes {
  /** Updates so far. */
  readonly iteration: number;
  /** Updates in all. */
  readonly of: number;
  /** Over the latest updates; 0 before there are two. */
  readonly imagesPerSecond: number;
  readonly secondsLeft: number;
}

/** Tells how fast a training goes. */
export class UpdateClock {
  readonly #iterations: number;
  readonly #imagesPerUpdate: number;
  #times: number[] = [];

  constructor(options: { readonly iterations: number; readonly imagesPerUpdate: number }) {
    this.#iterations = options.iterations;
    this.#imagesPerUpdate = options.imagesPerUpdate;
  }

  /** To be called after each update. */
  tick(iteration: number): UpdateTimes {
    this.#times = [...this.#times, performance.now() / 1000].slice(-timedUpdates);
    const [first, last] = [this.#times[0]!, this.#times.at(-1)!];
    const seconds = (last - first) / Math.max(1, this.#times.length - 1);
    return {
      iteration,
      of: this.#iterations,
      imagesPerSecond: seconds > 0 ? this.#imagesPerUpdate / seconds : 0,
      secondsLeft: seconds * (this.#iterations - iteration),
    };
  }
}
