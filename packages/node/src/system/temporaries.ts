// Files that are there for moments. Their names say whose they are, so that what a killed process
// has left can be told from what a process is at work on, and from everything else.

import { createHash, randomUUID } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { lstat, readdir, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";

/** What has no owner that can be asked is swept when it is this old, in milliseconds: no write takes a day. */
const oldAge = 24 * 60 * 60 * 1000;

/** `.deepstyle-MACHINE-PROCESS-UUID.tmp`; versions before wrote no owner. */
const pattern =
  /^\.deepstyle-(?:([0-9a-f]{8})-(\d+)-)?[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\.tmp$/;

/** A name that no other file has, for a file of this process that is there for moments. */
export function temporaryName(): string {
  return `.deepstyle-${thisMachine()}-${process.pid}-${randomUUID()}.tmp`;
}

const swept = new Map<string, Promise<void>>();

/**
 * Removes what killed processes have left in a folder, the first time that this process asks: temporaries of
 * processes of this machine that are gone, and of others that are a day old. Whatever cannot be looked at
 * or removed stays.
 */
export async function sweepTemporaries(folder: string): Promise<void> {
  const sweeping = swept.get(folder) ?? sweep(folder);
  swept.set(folder, sweeping);
  await sweeping;
}

async function sweep(folder: string): Promise<void> {
  try {
    for (const name of await readdir(folder)) {
      const found = pattern.exec(name);
      if (found === null) continue;
      const path = join(folder, name);
      await removeIfLeft(path, found[1], Number(found[2])).catch(() => undefined);
    }
  } catch {
    // A folder that does not let itself be read can still be written to.
  }
}

async function removeIfLeft(
  path: string,
  machine: string | undefined,
  owner: number,
): Promise<void> {
  const { mtimeMs, uid } = await lstat(path);
  if (process.getuid !== undefined && uid !== process.getuid()) return;
  const isLeft = machine === thisMachine() ? !isRunning(owner) : mtimeMs < Date.now() - oldAge;
  if (isLeft) await rm(path, { force: true });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is another user's.
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

let machine: string | undefined;

/** Where a number of a process means the same process: on one start of one machine, in one container. */
function thisMachine(): string {
  machine ??= createHash("sha256").update(machineFacts().join("\n")).digest("hex").slice(0, 8);
  return machine;
}

function machineFacts(): string[] {
  try {
    const start = readFileSync("/proc/sys/kernel/random/boot_id", "utf8");
    return [hostname(), start, readlinkSync("/proc/self/ns/pid")];
  } catch {
    return [hostname()]; // not Linux
  }
}
