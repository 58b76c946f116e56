import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/** A fresh folder, removed when the test file is done; everyone may write to it. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "deepstyle-test-"));
  chmodSync(folder, 0o777);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs something without the superuser's right to pass over permissions, in case we have it. */
export async function asOrdinaryUser<T>(work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return await work();
  const nobody = 65_534;
  process.seteuid!(nobody);
  try {
    return await work();
  } finally {
    process.seteuid!(0);
  }
}
