import { spawnSync } from "node:child_process";
import { freemem, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { availableMemory, usableMemory } from "../../src/system/memory.ts";

test("available memory is what is free and what this process holds, within the machine's", () => {
  const available = availableMemory();
  expect(available).toBeGreaterThan(0);
  expect(available).toBeLessThanOrEqual(totalmem() + process.memoryUsage.rss());
  expect(available).toBeLessThanOrEqual(1.5 * freemem() + 2 * process.memoryUsage.rss());
});

test("what is asked for may be used, where no limit of the process is lower", () => {
  expect(usableMemory(7e12)).toBe(7e12);
  expect(usableMemory(undefined)).toBeCloseTo(availableMemory(), -9);
});

// The limit is set from inside: what starting Node and a loader of TypeScript takes is taken already.
describe.runIf(process.platform === "linux")("a process with a limit, as by ulimit", () => {
  /** What code prints in a process that may take so many bytes more. */
  function withLimit(bytes: number, code: string): string {
    const source = (path: string): string =>
      JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href);
    const script = `
      const { spawnSync } = await import("node:child_process");
      const { readFileSync } = await import("node:fs");
      const memory = await import(${source("system/memory.ts")});
      const { main } = await import(${source("cli/main.ts")});
      const { withRuntime } = await import(${source("runtime/withRuntime.ts")});
      await import(${source("jobs/dream.ts")});
      const taken = 1024 * Number(/VmData:\\s+(\\d+)/.exec(readFileSync("/proc/self/status", "latin1"))[1]);
      const limit = taken + ${bytes};
      spawnSync("prlimit", ["--data=" + limit, "--pid", process.pid]);
      ${code}`;
    const node = ["--import", "tsx", "--conditions=deepstyle-src", "--input-type=module", "-e"];
    const cwd = fileURLToPath(new URL(".", import.meta.url));
    const { stdout, stderr } = spawnSync(process.execPath, [...node, script], { cwd });
    return `${stdout.toString()}${stderr.toString()}`;
  }

  test("counts on no more than that, whatever it is told", () => {
    const facts = withLimit(
      2e8,
      `console.log(memory.availableMemory() - process.memoryUsage.rss(), memory.usableMemory(1e13) === limit);`,
    );
    const [left, isLimit] = facts.trim().split(" ");
    expect(Number(left)).toBeGreaterThan(1e8);
    expect(Number(left)).toBeLessThanOrEqual(2e8);
    expect(isLimit).toBe("true");
  });

  test("is told so where a runtime would end it without a word", () => {
    const said = withLimit(
      6e7,
      `await withRuntime({}, () => {}).catch((e) => console.log(e.message));`,
    );
    expect(said).toMatch(
      /^there is not enough memory to start: expected 100 MB more, got \d+ MB\. Close other programs, or raise the limit\.\n$/,
    );
  });
});
