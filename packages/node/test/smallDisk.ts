import { spawnSync } from "node:child_process";
import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/**
 * A disk that is soon full, gone when the test file is done.
 *
 * @param size - as mount takes it: `64k`
 * @returns its folder; undefined where we may not mount one, so that a test can skip
 */
export function smallDisk(size: string): string | undefined {
  if (process.platform !== "linux") return undefined;
  const folder = mkdtempSync(join(tmpdir(), "deepstyle-disk-"));
  const mount = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", folder]);
  afterAll(() => {
    if (mount.status === 0) spawnSync("umount", [folder]);
    rmdirSync(folder);
  });
  return mount.status === 0 ? folder : undefined;
}
