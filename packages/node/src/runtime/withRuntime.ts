import { OptionError, unknownName } from "@deepstyle/core";
import { devices, type Device, type Runtime } from "@deepstyle/engine";
import { inOurWords } from "../system/systemErrors.ts";
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

/** Settings of {@link withRuntime}. */
interface RuntimeSettings {
  /** Programs that stay loaded for the next picture; none if left out. */
  readonly keepIdle?: number | undefined;
  /** What needs less memory, as a sentence; what holds for pictures if left out. */
  readonly less?: string | undefined;
}

/**
 * Works with the runtime that was given, or with one that is opened for the purpose and closed.
 *
 * @throws {OptionError} if there is no such device, or `threads` is out of its range
 * @throws {RuntimeUnavailableError} if the machine does not offer the device
 * @throws {MemoryError} if memory runs out
 */
export async function withRuntime<T>(
  options: MachineOptions,
  work: (runtime: Runtime) => Promise<T>,
  { keepIdle, less }: RuntimeSettings = {},
): Promise<T> {
  try {
    return await working(options, work, keepIdle);
  } catch (error) {
    throw inOurWords(error, less);
  }
}

async function working<T>(
  options: MachineOptions,
  work: (runtime: Runtime) => Promise<T>,
  // A ladder never comes back to the program of a smaller scale.
  keepIdle = 0,
): Promise<T> {
  if (options.runtime !== undefined) return await work(options.runtime);
  expectMachine(options);
  const { device, threads } = options;
  const runtime = await nodeRuntime({
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
