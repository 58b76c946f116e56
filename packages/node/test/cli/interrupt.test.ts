import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { readImage } from "../../src/media/imageFile.ts";
import { temporaryFolder } from "../temporaryFolder.ts";
import { drawPicture } from "./drawings.ts";

const folder = temporaryFolder();
const main = new URL("../../src/cli/main.ts", import.meta.url).href;

/** Starts `deepstyle stylize` from the sources with more iterations than anybody waits for. */
function start(output: string, ...flags: readonly string[]): ChildProcess {
  const script = `const { main } = await import(${JSON.stringify(main)}); process.exitCode = await main(process.argv.slice(1));`;
  const node = [
    "--import",
    "tsx",
    "--conditions=deepstyle-src",
    "--input-type=module",
    "-e",
    script,
  ];
  const places = [join(folder, "cat.png"), "--style", join(folder, "waves.png"), "-o", output];
  const size = ["--size", "64", "--iterations", "100000", "--encoder", "lite", "--device", "cpu"];
  return spawn(process.execPath, [...node, "--", "stylize", ...places, ...size, ...flags], {
    cwd: fileURLToPath(new URL(".", import.meta.url)),
    stdio: ["ignore", "ignore", "pipe"],
  });
}

/** Waits until a process has written something like this to standard error. */
function said(child: ChildProcess, text: RegExp): Promise<void> {
  let written = "";
  return new Promise((resolve, reject) => {
    child.stderr!.on("data", (chunk: Buffer) => {
      written += chunk.toString();
      if (text.test(written)) resolve();
    });
    child.on("exit", () => reject(new Error(`it ended before it said ${text.source}: ${written}`)));
  });
}

function ended(child: ChildProcess): Promise<{ code: number | null; signal: string | null }> {
  return new Promise((resolve) => {
    child.on("exit", (code, signal) => resolve({ code, signal }));
  });
}

beforeAll(async () => {
  await drawPicture(folder, "cat.png", 1);
  await drawPicture(folder, "waves.png", 2);
});

// Windows ends a process on SIGINT from another one without a word.
describe.skipIf(process.platform === "win32")("a signal", () => {
  test.each(["SIGINT", "SIGTERM"] as const)(
    "%s writes the picture so far and the trace, and ends with status 130",
    async (signal) => {
      const output = join(folder, `${signal}.png`);
      const trace = join(folder, `${signal}.json`);
      const child = start(output, "--trace", trace);
      const end = ended(child);
      await said(child, /iteration \d+ of 100000/);
      child.kill(signal);
      expect(await end).toEqual({ code: 130, signal: null });
      expect(await readImage(output)).toMatchObject({ width: 64, height: 48 });
      expect(JSON.parse(readFileSync(trace, "utf8"))).toMatchObject([{ iteration: 0 }, {}]);
    },
  );

  test("a second one ends the process at once, with nothing half-written", async () => {
    const output = join(folder, "twice.png");
    const child = start(output);
    const end = ended(child);
    await said(child, /iteration \d+ of 100000/);
    child.kill("SIGINT");
    child.kill("SIGINT");
    await said(child, /once more to quit/).catch(() => undefined);
    child.kill("SIGINT");
    const { code, signal } = await end;
    // Where the first one was quicker than the second, the work had ended in good order.
    expect([130, "SIGINT"]).toContain(code ?? signal);
    if (existsSync(output)) await readImage(output);
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
});
