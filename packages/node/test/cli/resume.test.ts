import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { beforeAll, expect, test, vi } from "vitest";
import { main } from "../../src/cli/main.ts";
import { readPictureCheckpoint } from "../../src/checkpoint/pictureCheckpoint.ts";
import { temporaryFolder } from "../temporaryFolder.ts";
import { deepstyle, recordingTerminal, type Outcome } from "./command.ts";
import { ended, startCommand } from "./commandProcess.ts";
import { drawPicture } from "./drawings.ts";

const folder = temporaryFolder();
const inFolder = (name: string): string => join(folder, name);

beforeAll(async () => {
  await drawPicture(folder, "cat.png", 1, { width: 96, height: 72 });
  await drawPicture(folder, "waves.png", 2, { width: 72, height: 96 });
});

/** A state is kept where a scale begins: after the first of two. */
function work(output: string): string[] {
  return [
    ...["stylize", inFolder("cat.png"), "--style", inFolder("waves.png"), "-o", inFolder(output)],
    ...["--encoder", "lite", "--size", "181", "--scales", "2", "--iterations", "30"],
    ...["--device", "cpu", "--threads", "1"],
  ];
}

function resume(output: string, ...flags: readonly string[]): Promise<Outcome> {
  return deepstyle(...work(output), "--resume", ...flags);
}

test("killed work goes on to the same picture, and its checkpoint goes", async () => {
  mkdirSync(inFolder("killed"));
  const checkpoint = inFolder("killed/work.checkpoint");
  const child = startCommand([...work("killed.png"), "--checkpoint", checkpoint]);
  const end = ended(child);
  while (!existsSync(checkpoint) && child.exitCode === null) await pause(5);
  // As long as it lives, nobody else has its checkpoint.
  child.kill("SIGSTOP");
  const before = readFileSync(checkpoint);
  for (const flags of [
    ["--checkpoint", checkpoint],
    ["--checkpoint", checkpoint, "--resume"],
  ]) {
    const { status, err } = await deepstyle(...work("second.png"), ...flags);
    expect(status).toBe(1);
    expect(err).toMatch(
      new RegExp(`^deepstyle: .* is worked on by another run, process ${child.pid} on .*\n$`),
    );
  }
  expect(readFileSync(checkpoint)).toEqual(before);
  child.kill("SIGKILL");
  expect(await end).toMatchObject({ signal: "SIGKILL" });
  expect(existsSync(inFolder("killed.png"))).toBe(false);
  expect(readdirSync(inFolder("killed"))).toContain("work.checkpoint.lock");

  const other = await resume("killed.png", "--checkpoint", checkpoint, "--content-weight", "3");
  expect(other.status).toBe(2);
  expect(other.err).toMatch(/^deepstyle: .* its contentWeight was .*, now 3\. .*\n$/);

  const rest = await resume("killed.png", "--checkpoint", checkpoint);
  expect(rest.status, rest.err).toBe(0);
  expect(readdirSync(inFolder("killed"))).toEqual([]);
  const whole = await deepstyle(...work("whole.png"));
  expect(whole.status, whole.err).toBe(0);
  expect(readFileSync(inFolder("killed.png"))).toEqual(readFileSync(inFolder("whole.png")));
});

test("Ctrl-C keeps the step that was reached, and --resume goes on to the same picture", async () => {
  const checkpoint = inFolder("stopped.checkpoint");
  const flags = ["--scales", "1", "--checkpoint", checkpoint];
  const terminal = recordingTerminal();
  const status = main([...work("stopped.png"), ...flags], terminal);
  await vi.waitFor(() => expect(terminal.text.err).toMatch(/iteration \d/), 30_000);
  expect(existsSync(checkpoint)).toBe(false);
  process.emit("SIGINT");
  expect(await status).toBe(130);
  expect(terminal.text.err).toContain(`${checkpoint} is kept: --resume goes on from there.`);
  const { iteration } = await (await readPictureCheckpoint(checkpoint)).state();
  expect(iteration).toBeGreaterThan(0);

  const rest = await deepstyle(...work("stopped.png"), ...flags, "--resume");
  expect(rest.status, rest.err).toBe(0);
  const whole = await deepstyle(...work("at-once.png"), "--scales", "1");
  expect(whole.status, whole.err).toBe(0);
  expect(readFileSync(inFolder("stopped.png"))).toEqual(readFileSync(inFolder("at-once.png")));
});

test("without a checkpoint, and for several photos, there is one line", async () => {
  const { status, err } = await resume("none.png");
  expect(status).toBe(2);
  expect(err).toMatch(/none\.png\.checkpoint does not exist: expected the checkpoint.*\n$/);
  const several = await deepstyle(
    ...["stylize", inFolder("cat.png"), inFolder("waves.png"), "--resume"],
    ...["--style", inFolder("waves.png"), "-o", inFolder("several")],
  );
  expect(several.err).toMatch(/^deepstyle: --resume takes one photo; got 2\. .*\n$/);
});

test("a place that cannot be written is refused before the work", async () => {
  const checkpoint = ["--checkpoint", inFolder("nowhere/work.checkpoint")];
  const { status, err } = await deepstyle(...work("out.png"), ...checkpoint);
  expect(status).toBe(1);
  expect(err).toMatch(/^deepstyle: .*nowhere.* does not exist\. .*\n$/);
});

test("one that becomes unwritable costs a warning, also where all is quiet, and no picture", async () => {
  const place = inFolder("place");
  mkdirSync(place);
  const checkpoint = join(place, "work.checkpoint");
  const child = startCommand([...work("kept.png"), "--checkpoint", checkpoint, "--quiet"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const end = ended(child);
  while (!existsSync(checkpoint) && child.exitCode === null) await pause(5);
  rmSync(place, { recursive: true });
  const { code, err } = await end;
  expect(code, err).toBe(3);
  expect(err).toMatch(/^Warning: .*work\.checkpoint cannot be written: .* goes on without .*$/m);
  expect(err).toContain(`deepstyle: not written: ${checkpoint}\n`);
  expect(existsSync(inFolder("kept.png"))).toBe(true);
});
