import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../..", import.meta.url));

/** How a process ended and what it had to say. */
export interface Ending {
  /** Exit status; null if it had to be killed. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a module in a Node process of its own, which reads the packages from their sources.
 *
 * @param code - JavaScript; may import what is named from the repository's root, `"./packages/…"`
 * @param env - variables on top of this process's own
 * @param limit - milliseconds after which the process is killed
 */
export function runNode(
  code: string,
  env: Readonly<Record<string, string>> = {},
  limit = 60_000,
): Promise<Ending> {
  const flags = ["--import=tsx", "--conditions=deepstyle-src", "--input-type=module", "--eval"];
  const child = spawn(process.execPath, [...flags, code], {
    cwd: root,
    env: { ...process.env, ...env },
    timeout: limit,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (text: Buffer) => (stdout += text.toString()));
  child.stderr.on("data", (text: Buffer) => (stderr += text.toString()));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, stdout, stderr }));
  });
}
