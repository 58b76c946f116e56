/** Share of the time that may be taken: pictures of 8192 px take a while to shrink. */
const mostTime = 0.05;

/**
 * Lets something be done again and again beside the work that it looks at: one at a time, no more often
 * than at an interval, and in at most a twentieth of the time.
 */
export class Pace {
  readonly #interval: number;
  readonly #now: () => number;
  #next = -Infinity;
  #isBusy = false;
  #latest: Promise<void> = Promise.resolve();

  /**
   * @param interval - seconds from one beginning to the next, at least
   * @param now - a clock in seconds
   */
  constructor(interval: number, now: () => number = () => performance.now() / 1000) {
    this.#interval = interval;
    this.#now = now;
  }

  /** Starts something where it is time to. @param work - must see to its own failures */
  offer(work: () => Promise<void>): void {
    const started = this.#now();
    if (this.#isBusy || started < this.#next) return;
    this.#isBusy = true;
    this.#latest = work().finally(() => {
      this.#isBusy = false;
      this.#next = started + Math.max(this.#interval, (this.#now() - started) / mostTime);
    });
  }

  /** Waits for what is under way. */
  async settled(): Promise<void> {
    await this.#latest;
  }
}
