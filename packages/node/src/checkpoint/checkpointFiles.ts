import { lockFile, lockOf } from "./lock.ts";
import type { OlderFile, WrittenPlace } from "../system/places.ts";

/** Work that is kept in a file, so that it can be gone on with. */
export type CheckpointKind = "picture" | "training" | "distillation";

/** The name under which the header of a checkpoint stands in the metadata. */
export function headerKey(kind: CheckpointKind): string {
  return `deepstyle.${kind}`;
}

/** What tells a checkpoint: the metadata come first, after the header's length. */
export function checkpointFile(kind: CheckpointKind): OlderFile {
  const text = `{"__metadata__":{"${headerKey(kind)}":`;
  return { kind: `checkpoint of a ${kind}`, at: 8, text };
}

/**
 * What is written to keep work: the checkpoint and its lock.
 *
 * @param how - the checkpoint's role and what to do about it; see {@link WrittenPlace}
 */
export async function checkpointPlaces(
  path: string,
  kind: CheckpointKind,
  { role, ...how }: Pick<WrittenPlace, "role" | "remedy" | "ifNeeded">,
): Promise<WrittenPlace[]> {
  const older = checkpointFile(kind);
  const lock = { path: await lockOf(path), role: `the lock of ${role}`, older: lockFile, ...how };
  return [{ path, role, older, ...how }, lock];
}
