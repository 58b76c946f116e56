import { readFileSync } from "node:fs";
import { freemem, platform, totalmem } from "node:os";
import { MemoryError } from "../errors.ts";

/**
 * Memory in bytes that this process could use, what it holds now included: what the system has left,
 * or the limit of the container or of the process (`ulimit`) where that is lower.
 */
export function availableMemory(): number {
  // On Linux this is MemAvailable. macOS counts memory that it would give up at once as used.
  const free = platform() === "darwin" ? totalmem() : freemem();
  const limit = process.constrainedMemory(); // 0, or absurdly much, where there is none
  const held = process.memoryUsage.rss();
  const unbounded = held + Math.min(free, leftByLimits());
  return limit > 0 ? Math.min(unbounded, limit) : unbounded;
}

/**
 * Memory in bytes that a work may use: what was asked for, as far as the limits of this process allow it, or
 * what it could use where nothing was asked.
 */
export function usableMemory(asked: number | undefined): number {
  if (asked === undefined) return availableMemory();
  return Math.min(asked, ...limitsOfProcess().map(({ limit }) => limit));
}

/** Bytes that this process may still take by its own limits. */
function leftByLimits(): number {
  return Math.max(0, Math.min(...limitsOfProcess().map(({ limit, taken }) => limit - taken)));
}

/** A limit of this process in bytes, and what counts towards it. */
interface Limit {
  readonly limit: number;
  readonly taken: number;
}

/** Names of limits in `/proc/self/limits`, and of what counts towards them in `/proc/self/status`. */
const limitNames = { "Max data size": "VmData", "Max address space": "VmSize" } as const;

/** None but on Linux: there they are known, and end a process without a word. */
function limitsOfProcess(): Limit[] {
  if (platform() !== "linux") return [];
  try {
    const limits = readFileSync("/proc/self/limits", "latin1");
    const status = readFileSync("/proc/self/status", "latin1");
    return Object.entries(limitNames).flatMap(([name, counted]) => {
      const limit = new RegExp(`^${name} +(\\d+) `, "m").exec(limits)?.[1];
      const taken = new RegExp(`^${counted}:\\s+(\\d+) kB`, "m").exec(status)?.[1];
      return limit === undefined ? [] : [{ limit: Number(limit), taken: 1024 * Number(taken) }];
    });
  } catch {
    return [];
  }
}

/** What ONNX Runtime takes with its threads before anything is computed; measured: 0.09 GB. */
const bytesOfRuntime = 1e8;

/**
 * Refuses to start a runtime where it would end the process: it cannot tell when memory runs out so early.
 *
 * @throws {MemoryError} if there is not enough memory
 */
export function expectRoomForRuntime(): void {
  const left = availableMemory() - process.memoryUsage.rss();
  if (left >= bytesOfRuntime) return;
  throw new MemoryError(
    `there is not enough memory to start: expected ${megabytes(bytesOfRuntime)} more, got ${megabytes(Math.max(0, left))}. Close other programs, or raise the limit.`,
  );
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
