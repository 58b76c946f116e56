import { OptionError, unknownName } from "@deepstyle/core";
import { devices, type Device, type Runtime } from "@deepstyle/engine";
import { nodeRuntime } from "./nodeRuntime.ts";

/** Where to compute. */
export interface MachineOptions {
  /** `auto`, the default, takes the first of cuda, dml and cpu that works. */
  readonly device?: Device | "auto" | undefined;
  /** Threads on the CPU; all that the machine offers if left out. */
  readonly threads?: number | undefined;
  /** A runtime that is open already; it stays open. `device` and `threads` then say nothing. */
  readonly runtime?: Runtime | undefined;
}

/** Names that can stand for a device. */
export const deviceNames: readonly (Device | "auto")[] = ["auto", ...devices];

/** More are refused: of each the system makes a thread. */
export const largestThreads = 1024;

/**
 * @throws {OptionError} if there is no such device, or `threads` is not a whole number from 1 to 1024
 */
export function expectMachine({ device, threads }: MachineOptions): void {
  if (device !== undefined && !deviceNames.includes(device))
    throw unknownName("device", device, deviceNames);
  if (
    threads !== undefined &&
    !(Number.isInteger(threads) && threads >= 1 && threads <= largestThreads)
  )
    throw new OptionError(
      `threads must be a whole number from 1 to ${largestThreads}; got ${threads}.`,
    );
}

/**
 * Works with the runtime that was given, or with one that is opened for the purpose and closed.
 *
 * @param settings - `keepIdle`: programs that stay loaded for the next picture; none if left out
 * @throws {OptionError} if there is no such device, or `threads` is out of its range
 * @throws {RuntimeUnavailableError} if the machine does not offer the device
 */
export async function withRuntime<T>(
  options: MachineOptions,
  work: (runtime: Runtime) => Promise<T>,
  { keepIdle = 0 }: { readonly keepIdle?: number } = {},
): Promise<T> {
  if (options.runtime !== undefined) return await work(options.runtime);
  expectMachine(options);
  const { device, threads } = options;
  const runtime = await nodeRuntime({
    // A ladder never comes back to the program of a smaller scale.
    keepIdle,
    ...(device !== undefined && { device }),
    ...(threads !== undefined && { threads }),
  });
  try {
    return await work(runtime);
  } finally {
    await runtime.dispose();
  }
}
