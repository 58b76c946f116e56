// Processes that are timed in turns, so that configurations do not share caches and peaks of memory.

import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

/** A process that answers each line with the milliseconds of one step, and `q` with its peak memory. */
export class TimedProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterableIterator<string>;

  constructor(command: string, args: readonly string[]) {
    this.#child = spawn(command, args, {
      stdio: ["pipe", "pipe", "inherit"],
      env: workerEnvironment,
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Sends a line and waits for the answer. */
  async ask(line: string): Promise<number> {
    this.#child.stdin.write(`${line}\n`);
    const answer = await this.#lines.next();
    if (answer.done === true) throw new Error("a worker of the benchmark ended early.");
    return Number(answer.value);
  }

  /** Ends the process. */
  async peakMegabytes(): Promise<number> {
    const closed = once(this.#child, "close");
    const peak = await this.ask("q");
    this.#child.stdin.end();
    await closed;
    return peak;
  }
}

// Without these glibc gives pages back after each step and PyTorch pays for getting them again: the
// comparison is with PyTorch at its best.
const workerEnvironment = {
  ...process.env,
  MALLOC_MMAP_MAX_: "0",
  MALLOC_TRIM_THRESHOLD_: "10000000000",
};

/** The middle number; the upper of two. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}
