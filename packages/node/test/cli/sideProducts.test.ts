import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statfsSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeAll, beforeEach, expect, test, vi } from "vitest";
import { main } from "../../src/cli/main.ts";
import { readImage } from "../../src/media/imageFile.ts";
import { writeNetworks } from "../networks/networkFolder.ts";
import { smallDisk } from "../smallDisk.ts";
import { temporaryFolder } from "../temporaryFolder.ts";
import { deepstyle, recordingTerminal, type Outcome } from "./command.ts";
import { ended, startCommand } from "./commandProcess.ts";
import { drawPicture } from "./drawings.ts";

const folder = temporaryFolder();
const inFolder = (name: string): string => join(folder, name);
const disk = smallDisk("32k");

beforeAll(async () => {
  writeNetworks(inFolder("networks"));
  mkdirSync(inFolder("home"));
  await drawPicture(folder, "cat.png", 1);
  await drawPicture(folder, "waves.png", 2);
});

beforeEach(() => {
  vi.stubEnv("DEEPSTYLE_NETWORKS", inFolder("networks"));
  vi.stubEnv("HOME", inFolder("home"));
});

const small = ["--encoder", "lite", "--size", "64", "--device", "cpu", "--threads", "1"];

const paint = [
  ...["stylize", inFolder("cat.png"), "--style", inFolder("waves.png"), ...small],
  ...["--iterations", "8", "--scales", "1"],
];

/** Runs a command. Where files are to be, folders come to stand as soon as the work has begun. */
async function obstructed(argv: readonly string[], paths: readonly string[]): Promise<Outcome> {
  const terminal = recordingTerminal();
  const listeners = process.listenerCount("SIGTERM");
  const status = main(argv, terminal);
  // Places are looked at first, then signals are listened to.
  await vi.waitFor(() => expect(process.listenerCount("SIGTERM")).toBe(listeners + 1), {
    interval: 1,
  });
  for (const path of paths) mkdirSync(path);
  const outcome = { status: await status, ...terminal.text };
  for (const path of paths) rmdirSync(path);
  return outcome;
}

test("what fails beside a picture costs no picture, and is told once, also where all is quiet", async () => {
  const [trace, record] = [inFolder("all.json"), inFolder("record.json")];
  const [film, page] = [inFolder("all.webp"), inFolder("all.html")];
  const snapshots = [inFolder("all-2.png"), inFolder("all-5.png")];
  const flags = [
    ...["--trace", trace, "--record", record, "--snapshots", "2,5,7"],
    ...["--timelapse", film, "--watch", page, "--json", "--quiet"],
  ];
  const output = inFolder("all.png");
  const missing = [trace, record, film, page, ...snapshots];
  const { status, out, err } = await obstructed([...paint, "-o", output, ...flags], missing);
  expect(status, err).toBe(3);
  expect(await readImage(output)).toMatchObject({ width: 64 });
  expect(await readImage(inFolder("all-7.png"))).toMatchObject({ width: 64 });
  const { written, notWritten } = JSON.parse(out) as { written: boolean; notWritten: string[] };
  expect(written).toBe(true);
  expect(notWritten.sort()).toEqual([...missing].sort());
  const lines = err.trimEnd().split("\n");
  const [snapshot] = snapshots;
  for (const path of [trace, record, film, page, snapshot])
    expect(lines).toContain(
      `Warning: ${path} cannot be written: it is a folder, expected a file. Give a file name inside it.`,
    );
  expect(lines.at(-1)).toMatch(/^deepstyle: not written: .*all-5\.png/);
  expect(lines).toHaveLength(6);
});

test("a page that can be written again is there in the end", async () => {
  const page = inFolder("again.html");
  const terminal = recordingTerminal();
  const err = (text: string): void => {
    terminal.text.err += text;
    if (text.startsWith("Warning") && existsSync(page)) rmdirSync(page);
  };
  const listeners = process.listenerCount("SIGTERM");
  const flags = ["--watch", page, "--quiet", "-o", inFolder("again.png")];
  const status = main([...paint, ...flags], { ...terminal, err });
  await vi.waitFor(() => expect(process.listenerCount("SIGTERM")).toBe(listeners + 1), {
    interval: 1,
  });
  mkdirSync(page);
  expect(await status, terminal.text.err).toBe(0);
  expect(terminal.text.err).toMatch(/^Warning: .*again\.html cannot be written: .*\n$/);
  expect(readFileSync(page, "utf8")).toContain("<strong>finished</strong>");
});

test("a strip comes without its parts and its film", async () => {
  const [film, part] = [inFolder("way.webp"), inFolder("strip-2.png")];
  const argv = [
    ...["stylize", inFolder("cat.png"), "--style", "waves", "--style", "glass"],
    ...["--interpolate", "3", "--film", film, "-o", inFolder("strip.png"), "--json"],
    ...["--device", "cpu"],
  ];
  const { status, out, err } = await obstructed(argv, [film, part]);
  expect(status, err).toBe(3);
  expect(JSON.parse(out)).toMatchObject({ written: true, notWritten: [part, film] });
  expect(await readImage(inFolder("strip.png"))).toMatchObject({ width: 192 });
  expect(existsSync(inFolder("strip-3.png"))).toBe(true);
});

test.each([
  ["stylize", ["--style", "waves", "--device", "cpu"]],
  ["dream", ["--layers", "relu4_1", "--octaves", "1", "--iterations", "1", ...small]],
])("%s paints without its record", async (command, flags) => {
  const record = inFolder(`${command}.json`);
  const argv = [command, inFolder("cat.png"), ...flags, "--record", record, "--json"];
  const output = inFolder(`${command}.png`);
  const { status, out, err } = await obstructed([...argv, "-o", output], [record]);
  expect(status, err).toBe(3);
  expect(JSON.parse(out)).toMatchObject({ output, written: true, notWritten: [record] });
  expect(await readImage(output)).toMatchObject({ width: 64 });
});

test("of several photos, one that has all it should have does not hide another", async () => {
  mkdirSync(inFolder("several"));
  const snapshot = inFolder("several/cat-1.png");
  const argv = [
    ...["stylize", inFolder("cat.png"), inFolder("waves.png"), "--style", inFolder("waves.png")],
    ...[...small, "--iterations", "2", "--snapshots", "1", "--quiet"],
    ...["--init", "noise", "--scales", "1", "-o", inFolder("several")],
  ];
  const { status, err } = await obstructed(argv, [snapshot]);
  expect(status, err).toBe(3);
  expect(err).toContain(`deepstyle: not written: ${snapshot}\n`);
  expect(readdirSync(inFolder("several")).sort()).toEqual(["cat.png", "waves-1.png", "waves.png"]);
});

test("a picture whose place fails is kept elsewhere, and its checkpoint stays and can be gone on with", async () => {
  const [output, checkpoint] = [inFolder("lost.jpg"), inFolder("lost.checkpoint")];
  const argv = [...paint, "-o", output, "--checkpoint", checkpoint];
  const { status, err } = await obstructed(argv, [output]);
  expect(status).toBe(1);
  const [, copy] =
    /^deepstyle: .*lost\.jpg cannot be written: it is a folder.* kept as (.*)\.$/m.exec(err)!;
  expect(copy).toMatch(/home.deepstyle-lost-[0-9a-f]{8}\.png$/);
  expect(await readImage(copy!)).toMatchObject({ width: 64 });
  expect(err).toContain(`${checkpoint} is kept: --resume goes on from there.\n`);

  const resumed = await deepstyle(...argv, "--resume");
  expect(resumed.status, resumed.err).toBe(0);
  expect(existsSync(checkpoint)).toBe(false);
  const whole = await deepstyle(...paint, "-o", inFolder("whole.jpg"));
  expect(whole.status, whole.err).toBe(0);
  expect(readFileSync(output)).toEqual(readFileSync(inFolder("whole.jpg")));
});

test.skipIf(disk === undefined)(
  "a disk that becomes full ends no work, and an older picture stays (needs root on Linux)",
  async () => {
    const output = join(disk!, "out.png");
    writeFileSync(output, "older");
    const home = inFolder("other-home");
    mkdirSync(home);
    const files = ["trace.csv", "record.json", "page.html", "film.gif", "state.checkpoint"];
    const [trace, record, page, film, state] = files.map((name) => join(disk!, name));
    const argv = [
      ...["stylize", inFolder("cat.png"), "--style", inFolder("waves.png"), ...small],
      ...["--iterations", "9", "--scales", "1", "-o", output, "--quiet"],
      ...["--snapshots", "1,2,3,4,5,6,7,8", "--trace", trace!, "--record", record!],
      ...["--watch", page!, "--timelapse", film!, "--checkpoint", state!],
    ];
    const child = startCommand(argv, { stdio: ["ignore", "ignore", "pipe"], env: { HOME: home } });
    const { code, signal, err } = await ended(child);
    expect({ code, signal }, err).toEqual({ code: 1, signal: null });
    const warnings = err.split("\n").filter((line) => line.startsWith("Warning: "));
    expect(warnings).toContainEqual(
      expect.stringMatching(/out-\d\.png cannot be written: the disk is full\. Make room/),
    );
    expect(warnings).toContainEqual(
      expect.stringMatching(/state\.checkpoint cannot be written: the disk is full\./),
    );
    expect(warnings.filter((line) => line.includes("out-"))).toHaveLength(1);
    const [, copy] =
      /^deepstyle: .*out\.png cannot be written: the disk is full\..* kept as (.*)\.$/m.exec(err)!;
    expect(await readImage(copy!)).toMatchObject({ width: 64, height: 48 });
    expect(readFileSync(output, "utf8")).toBe("older");
    expect(readdirSync(disk!).filter((name) => name.endsWith(".tmp"))).toEqual([]);

    // The disk is still full: next time that is said before the work.
    const left = statfsSync(disk!);
    writeFileSync(join(disk!, "rest"), Buffer.alloc(left.bavail * left.bsize));
    const again = await deepstyle(...argv);
    expect(again.status).toBe(1);
    expect(again.err).toMatch(/^deepstyle: .* cannot be written: the disk is full\..*\n$/);
  },
);

test.skipIf(process.platform !== "linux")(
  "a limit on the size of files is told as what it is",
  async () => {
    // The picture has more than 8192 bytes, its trace fewer.
    const output = inFolder("limited.png");
    const command = startCommand(
      [...paint, "-o", output, "--trace", inFolder("limited.csv"), "--quiet"],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    execFileSync("prlimit", [`--pid=${command.pid}`, "--fsize=8192"]);
    const { code, signal, err } = await ended(command);
    expect({ code, signal }, err).toEqual({ code: 1, signal: null });
    expect(err).toMatch(/^deepstyle: .*limited\.png cannot be written: it would be larger than/m);
    expect(readFileSync(inFolder("limited.csv"), "utf8")).toMatch(/^iteration,/);
    expect(existsSync(output)).toBe(false);
  },
);
