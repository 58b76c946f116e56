import type { StylizeEvent } from "@deepstyle/core";
import { DeepstyleError } from "@deepstyle/engine";
import { incomplete } from "./failure.ts";
import type { ProgressDisplay } from "./progress.ts";
import type { Terminal } from "./terminal.ts";

/** What can be made beside a picture. */
export type SideProduct =
  | "snapshot"
  | "trace"
  | "record"
  | "checkpoint"
  | "film"
  | "page"
  | "part of the strip"
  | "terminal";

/**
 * What is made beside a picture. None of it is worth the picture: one that fails is a warning, once for
 * each kind, and is remembered for the end of the command.
 */
export class SideProducts {
  readonly #display: Pick<ProgressDisplay, "show">;
  readonly #told = new Set<SideProduct>();
  readonly #missing = new Set<string>();

  /** @param display - shows the warnings */
  constructor(display: Pick<ProgressDisplay, "show">) {
    this.#display = display;
  }

  /** What is not there as it should be: names of files, mostly. */
  get missing(): readonly string[] {
    return [...this.#missing];
  }

  /**
   * Makes one, anew each time. Never throws.
   *
   * @param name - of its file, or what else it is to be called
   */
  async attempt(kind: SideProduct, name: string, make: () => Promise<void>): Promise<void> {
    try {
      await make();
      this.#missing.delete(name);
    } catch (error) {
      this.#missed(kind, name, error);
    }
  }

  /** Takes note of what others were not able to write, and have warned of. */
  note(event: StylizeEvent): void {
    if (event.kind === "warning" && event.notWritten !== undefined)
      this.#missing.add(event.notWritten);
  }

  #missed(kind: SideProduct, name: string, error: unknown): void {
    this.#missing.add(name);
    if (this.#told.has(kind)) return;
    this.#told.add(kind);
    const why = error instanceof Error ? error.message.split("\n", 1)[0]! : String(error);
    const message = error instanceof DeepstyleError ? why : `${name} cannot be made: ${why}`;
    this.#display.show({ kind: "warning", message, notWritten: name });
  }
}

/**
 * Says at the end of a command what is not written, where anything is not.
 *
 * @returns the exit status of work that came to its end
 */
export function tellMissing(missing: readonly string[], terminal: Terminal): number {
  if (missing.length === 0) return 0;
  terminal.err(`deepstyle: not written: ${missing.join(", ")}\n`);
  return incomplete;
}
