import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { checkWritable, writeFileAtomic } from "../../src/system/files.ts";
import { temporaryName } from "../../src/system/temporaries.ts";
import { temporaryFolder } from "../temporaryFolder.ts";

const root = temporaryFolder();
const newFolder = (): string => mkdtempSync(join(root, "case-"));

/** Another process that works with `files.ts`, and says "ready" or ends itself. */
function start(code: string, env: NodeJS.ProcessEnv = process.env): ChildProcess {
  const files = JSON.stringify(new URL("../../src/system/files.ts", import.meta.url).href);
  const script = `const files = await import(${files}); const die = () => process.kill(process.pid, "SIGKILL"); ${code}`;
  const node = ["--import", "tsx", "--conditions=deepstyle-src", "--input-type=module", "-e"];
  return spawn(process.execPath, [...node, script], {
    cwd: fileURLToPath(new URL(".", import.meta.url)),
    stdio: ["ignore", "pipe", "inherit"],
    env,
  });
}

async function killed(code: string, env?: NodeJS.ProcessEnv): Promise<void> {
  expect(await once(start(code, env), "close")).toEqual([null, "SIGKILL"]);
}

/** Code that writes a file and does something when half of it is there. */
const writing = (path: string, halfway: string): string =>
  `await files.writeFileAtomic(${JSON.stringify(path)}, (function* () { yield new Uint8Array(9); ${halfway}; yield new Uint8Array(9); })());`;

test("what a killed write left goes with the next run, and nothing else does", async () => {
  const folder = newFolder();
  const path = join(folder, "out.bin");
  await killed(writing(path, "die()"));
  const left = readdirSync(folder);
  expect(left).toHaveLength(1);
  const others = ["photo.png", ".deepstyle-notes.tmp", `x${left[0]!}`, `${left[0]!}.bak`];
  for (const name of others) writeFileSync(join(folder, name), "a user's");
  await checkWritable(path);
  expect(readdirSync(folder).sort()).toEqual(others.sort());
});

test("what a process is at work on stays", async () => {
  const folder = newFolder();
  const path = join(folder, "out.bin");
  const forever =
    "console.log('ready'); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)";
  const child = start(writing(path, forever));
  await once(child.stdout!, "data");
  const ended = once(child, "close");
  const atWork = readdirSync(folder);
  expect(atWork).toHaveLength(1);
  await writeFileAtomic(path, "whole");
  expect(readdirSync(folder).sort()).toEqual([...atWork, "out.bin"].sort());
  child.kill("SIGKILL");
  await ended;
});

test("what has no owner that can be asked goes when it is a day old", async () => {
  const folder = newFolder();
  const elsewhere = (): string => temporaryName().replace(/-[0-9a-f]{8}-/, "-00000000-");
  const unowned = (): string => `.deepstyle-${randomUUID()}.tmp`;
  const yesterday = Date.now() / 1000 - 25 * 60 * 60;
  for (const name of [elsewhere(), unowned()]) {
    writeFileSync(join(folder, name), "old");
    utimesSync(join(folder, name), yesterday, yesterday);
  }
  const fresh = [elsewhere(), unowned()];
  for (const name of fresh) writeFileSync(join(folder, name), "fresh");
  await checkWritable(join(folder, "out.bin"));
  expect(readdirSync(folder).sort()).toEqual(fresh.sort());
});

test("a link of such a name goes, and what it leads to stays", async () => {
  const folder = newFolder();
  const photos = newFolder();
  writeFileSync(join(photos, "photo.png"), "a user's");
  symlinkSync(photos, join(folder, temporaryName().replace(/-\d+-/, "-999999999-")));
  await checkWritable(join(folder, "out.bin"));
  expect(readdirSync(folder)).toEqual([]);
  expect(readdirSync(photos)).toEqual(["photo.png"]);
});
