import type { ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { main } from "../../src/cli/main.ts";
import { readImage } from "../../src/media/imageFile.ts";
import { temporaryFolder } from "../temporaryFolder.ts";
import { recordingTerminal } from "./command.ts";
import { ended, said, startCommand } from "./commandProcess.ts";
import { drawPicture } from "./drawings.ts";

const folder = temporaryFolder();
const inFolder = (name: string): string => join(folder, name);

const style = ["--style", inFolder("waves.png")];
const size = ["--size", "64", "--encoder", "lite", "--device", "cpu"];

/** More iterations than anybody waits for. */
function start(output: string, ...flags: readonly string[]): ChildProcess {
  const places = [inFolder("cat.png"), ...style, "-o", output];
  const work = ["stylize", ...places, ...size, "--iterations", "100000", ...flags];
  return startCommand(work, { stdio: ["ignore", "ignore", "pipe"] });
}

beforeAll(async () => {
  await drawPicture(folder, "cat.png", 1);
  await drawPicture(folder, "waves.png", 2);
});

// Windows ends a process on SIGINT from another one without a word.
describe.skipIf(process.platform === "win32")("a signal", () => {
  test.each([["SIGINT"], ["SIGTERM", "SIGHUP"], ["SIGHUP", "SIGHUP"]] as const)(
    "%s %s writes the picture so far and the trace, and ends with status 130",
    async (first, second?: NodeJS.Signals) => {
      const output = inFolder(`${first}-${second}.png`);
      const trace = inFolder(`${first}-${second}.json`);
      const child = start(output, "--trace", trace);
      const end = ended(child);
      await said(child, /iteration \d+ of 100000/);
      child.kill(first);
      // A terminal that closes hangs up twice; systemd hangs up after SIGTERM.
      if (second !== undefined) child.kill(second);
      expect(await end).toMatchObject({ code: 130, signal: null });
      expect(await readImage(output)).toMatchObject({ width: 64, height: 48 });
      expect(JSON.parse(readFileSync(trace, "utf8"))).toMatchObject([{ iteration: 0 }, {}]);
    },
  );

  test("a second one ends the process at once, with nothing half-written", async () => {
    const output = inFolder("twice.png");
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

describe("a signal before the first iteration", () => {
  const olderFiles = ["old.png", "old.webp", "old.html", "old.json", "old.csv", "old.checkpoint"];
  const watchers = ["--timelapse", inFolder("old.webp"), "--watch", inFolder("old.html")];
  const record = ["--record", inFolder("old.json")];
  const kept = ["--checkpoint", inFolder("old.checkpoint"), "--trace", inFolder("old.csv")];

  test.each([
    ["stylize", [...style, ...watchers, ...record, ...kept]],
    ["dream", ["--layers", "relu4_1", ...watchers, ...record]],
  ])("leaves everything of earlier work as it is: %s", async (command, flags) => {
    // A file that is no checkpoint would be refused.
    const older = (name: string): string =>
      `12345678{"__metadata__":{"deepstyle.picture":"older ${name}`;
    for (const name of olderFiles) writeFileSync(inFolder(name), older(name));
    const output = inFolder("old.png");
    await expectNothingWritten([command, inFolder("cat.png"), ...flags, ...size], output);
    for (const name of olderFiles) expect(readFileSync(inFolder(name), "utf8")).toBe(older(name));
  });

  test("leaves a network of earlier training as it is", async () => {
    const output = inFolder("old.onnx");
    writeFileSync(output, "older");
    mkdirSync(inFolder("photos"));
    for (const kind of [4, 5, 6]) await drawPicture(inFolder("photos"), `${kind}.png`, kind);
    const work = ["train", inFolder("waves.png"), "--photos", inFolder("photos")];
    const least = ["--batch", "1", "--size", "32", "--style-size", "32", "--validation", "1"];
    const rest = [...least, "--iterations", "2", "--encoder", "lite", "--device", "cpu"];
    await expectNothingWritten([...work, ...rest], output);
    expect(readFileSync(output, "utf8")).toBe("older");
  });

  /** Runs a command that gets a signal as soon as it listens to signals. */
  async function expectNothingWritten(argv: readonly string[], output: string): Promise<void> {
    const terminal = recordingTerminal();
    const listeners = process.listenerCount("SIGTERM");
    const status = main([...argv, "-o", output, "--json", "--quiet"], terminal);
    await vi.waitFor(() => expect(process.listenerCount("SIGTERM")).toBe(listeners + 1), 10_000);
    process.emit("SIGTERM");
    expect(await status, terminal.text.err).toBe(130);
    expect(terminal.text.err).toContain(
      `Interrupted: nothing was written. ${output} is as it was.\n`,
    );
    expect(JSON.parse(terminal.text.out)).toMatchObject({ interrupted: true, written: false });
  }
});
