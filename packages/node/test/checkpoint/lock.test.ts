import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { beforeEach, expect, test } from "vitest";
import { FileError } from "../../src/errors.ts";
import { removePendingFiles } from "../../src/system/files.ts";
import { locked } from "../../src/checkpoint/lock.ts";
import { temporaryFolder } from "../temporaryFolder.ts";

const root = temporaryFolder();
let folder = "";
let path = "";
let lock = "";
beforeEach(() => {
  folder = fs.mkdtempSync(join(root, "lock-"));
  path = join(folder, "work");
  lock = `${path}.lock`;
});

const module = new URL("../../src/checkpoint/lock.ts", import.meta.url).href;

/** Another process that takes the lock, says `held` or why not, and holds it until it is ended. */
function holder(): ChildProcess & { readonly first: Promise<string> } {
  const script = `
    const { locked } = await import(${JSON.stringify(module)});
    setInterval(() => undefined, 1000);
    await locked(${JSON.stringify(path)}, () => { console.log("held"); return new Promise(() => {}); })
      .catch((error) => console.log(error.message));
  `;
  const node = ["--import", "tsx", "--conditions=deepstyle-src", "--input-type=module", "-e"];
  const child = spawn(process.execPath, [...node, script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout });
  const first = once(lines, "line").then(([line]) => line as string);
  return Object.assign(child, { first });
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const exit = once(child, "exit");
  child.kill(signal);
  await exit;
}

async function refusal(): Promise<FileError> {
  const error: unknown = await locked(path, () => Promise.resolve("worked")).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(FileError);
  return error as FileError;
}

test("a second run is refused in one line while the first works, in this process and in another", async () => {
  await locked(path, async () => {
    const { code, message } = await refusal();
    expect(code).toBe("ERR_FILE_IN_USE");
    expect(message).toBe(
      `${path} is worked on by another run, process ${process.pid} on ${hostname()}: expected one at a time. Wait for it, or choose another name; if it has ended, remove ${lock}.`,
    );
    const other = holder();
    expect(await other.first).toBe(message);
    await ended(other, "SIGKILL");
  });
  expect(fs.readdirSync(folder)).toEqual([]);
});

test("work that fails gives the lock back", async () => {
  await expect(locked(path, () => Promise.reject(new Error("it failed")))).rejects.toThrow(
    "it failed",
  );
  expect(await locked(path, () => Promise.resolve("worked"))).toBe("worked");
  expect(fs.readdirSync(folder)).toEqual([]);
});

test("a killed run's lock is nobody's, and of those that come at once one gets it", async () => {
  const killed = holder();
  expect(await killed.first).toBe("held");
  expect((await refusal()).message).toContain(`process ${killed.pid} on `);
  await ended(killed, "SIGKILL");
  expect(fs.readdirSync(folder)).toEqual(["work.lock"]);

  const stale = fs.readFileSync(lock);
  for (let round = 0; round < 10; round++) {
    fs.writeFileSync(lock, stale);
    let working = 0;
    let refused = 0;
    const runs = Array.from({ length: 8 }, () =>
      locked(path, async () => {
        expect(++working).toBe(1);
        while (refused < 7) await new Promise((resolve) => setTimeout(resolve, 5));
      }).catch((error: unknown) => {
        expect(error).toBeInstanceOf(FileError);
        refused++;
      }),
    );
    await Promise.all(runs);
    expect([working, refused]).toEqual([1, 7]);
    expect(fs.readdirSync(folder)).toEqual([]);
  }
});

test("two processes that find the lock of a killed one: one is refused", async () => {
  fs.writeFileSync(lock, JSON.stringify({ host: hostname(), pid: 2 ** 22 + 1, started: "1" }));
  const both = [holder(), holder()];
  const said = await Promise.all(both.map(({ first }) => first));
  for (const child of both) await ended(child, "SIGKILL");
  expect(said.filter((line) => line === "held")).toHaveLength(1);
  expect(said.find((line) => line !== "held")).toContain("is worked on by another run");
});

test("a number that the system has given to another process since holds nothing", async () => {
  fs.writeFileSync(lock, JSON.stringify({ host: hostname(), pid: process.pid, started: "1" }));
  expect(await locked(path, () => Promise.resolve("worked"))).toBe("worked");
});

test("what another machine has is held until somebody removes it", async () => {
  fs.writeFileSync(lock, JSON.stringify({ host: "elsewhere", pid: 1, started: "1" }));
  expect((await refusal()).message).toContain("process 1 on elsewhere");
  fs.rmSync(lock);
  expect(await locked(path, () => Promise.resolve("worked"))).toBe("worked");
});

test("a lock that was never written is nobody's, and another file is left alone", async () => {
  fs.writeFileSync(lock, "");
  expect(await locked(path, () => Promise.resolve("worked"))).toBe("worked");
  fs.writeFileSync(lock, "bicycle: 1234");
  expect((await refusal()).message).toBe(
    `${path} cannot be worked on: ${lock} is in the way and no lock of a run. Move it, or choose another name.`,
  );
  expect(fs.readFileSync(lock, "utf8")).toBe("bicycle: 1234");
});

test("links lead to one lock", async () => {
  fs.writeFileSync(path, "");
  const link = join(folder, "link");
  fs.symlinkSync("work", link);
  await locked(link, async () => {
    expect(fs.existsSync(lock)).toBe(true);
    await refusal();
  });
});

test("a process that ends on the way takes its lock with it", async () => {
  await locked(path, () => {
    removePendingFiles();
    expect(fs.existsSync(lock)).toBe(false);
    return Promise.resolve();
  });
});
