import { main } from "../../src/cli/main.ts";
import type { Terminal } from "../../src/cli/terminal.ts";

/** What a command did. */
export interface Outcome {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** A terminal that keeps what is written to it. */
export function recordingTerminal(
  options: Partial<Pick<Terminal, "isInteractive" | "columns" | "rows">> = {},
): Terminal & { readonly text: { out: string; err: string } } {
  const text = { out: "", err: "" };
  return {
    text,
    out: (given) => void (text.out += given),
    err: (given) => void (text.err += given),
    control: (given) => void (text.err += given),
    isInteractive: false,
    columns: 100,
    rows: 24,
    ...options,
  };
}

/** Runs `deepstyle` in this process. */
export async function deepstyle(...argv: readonly string[]): Promise<Outcome> {
  const terminal = recordingTerminal();
  const status = await main(argv, terminal);
  return { status, ...terminal.text };
}
