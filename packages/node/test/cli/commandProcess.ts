import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { fileURLToPath } from "node:url";

const program = new URL("../../src/cli/main.ts", import.meta.url).href;

/** Starts `deepstyle` from the sources in a process of its own. */
export function startCommand(
  argv: readonly string[],
  { stdio = "ignore", env = {} }: Pick<SpawnOptions, "stdio" | "env"> = {},
): ChildProcess {
  const script = `const { main } = await import(${JSON.stringify(program)}); process.exitCode = await main(process.argv.slice(1));`;
  const node = ["--import", "tsx", "--conditions=deepstyle-src", "--input-type=module", "-e"];
  return spawn(process.execPath, [...node, script, "--", ...argv], {
    cwd: fileURLToPath(new URL(".", import.meta.url)),
    env: { ...process.env, ...env },
    stdio,
  });
}

/** How a process ended, when its streams are closed, too. */
export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  /** What it wrote to standard error, where that is a pipe. */
  readonly err: string;
}

/** Waits until a process has ended. To be called at once, so that nothing that it writes is missed. */
export function ended(child: ChildProcess): Promise<Ended> {
  let err = "";
  child.stderr?.on("data", (chunk: Buffer) => (err += chunk.toString()));
  return new Promise((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal, err }));
  });
}

/** Waits until a process has written something like this to standard error. */
export function said(child: ChildProcess, text: RegExp): Promise<void> {
  let written = "";
  return new Promise((resolve, reject) => {
    child.stderr!.on("data", (chunk: Buffer) => {
      written += chunk.toString();
      if (text.test(written)) resolve();
    });
    child.on("exit", () => reject(new Error(`it ended before it said ${text.source}: ${written}`)));
  });
}
