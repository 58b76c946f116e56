import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { main } from "../../src/cli/main.ts";
import { writeNetworks } from "../networks/networkFolder.ts";
import { temporaryFolder } from "../temporaryFolder.ts";
import { recordingTerminal } from "./command.ts";
import { drawPicture } from "./drawings.ts";
import { screenAfter } from "./pictures/screen.ts";

const folder = temporaryFolder();
const inFolder = (name: string): string => join(folder, name);
const size = { columns: 60, rows: 20 };

/** 64 × 48 px: 18 rows of 48 columns, where there are 20 of 60. */
const [pictureRows, pictureColumns] = [18, 48];

const stylize = (output: string, style = inFolder("waves.png")): string[] => [
  ...["stylize", inFolder("cat.png"), "--style", style, "-o", inFolder(output), "--show"],
];
const small = ["--encoder", "lite", "--size", "64", "--iterations", "4", "--device", "cpu"];

/** Runs `deepstyle` in this process, as in a terminal of 60 × 20. */
async function shown(argv: readonly string[], isInteractive = true) {
  const terminal = recordingTerminal({ isInteractive, ...size });
  const status = await main(argv, terminal);
  return { status, ...terminal.text };
}

beforeAll(async () => {
  writeNetworks(inFolder("networks"));
  await drawPicture(folder, "cat.png", 1);
  await drawPicture(folder, "waves.png", 2);
});

beforeEach(() => {
  const others = ["CI", "NO_COLOR", "TMUX", "STY", "ZELLIJ", "KITTY_WINDOW_ID", "TERM_PROGRAM"];
  for (const name of [...others, "LC_TERMINAL", "WT_SESSION"]) vi.stubEnv(name, "");
  vi.stubEnv("TERM", "xterm-256color");
  vi.stubEnv("COLORTERM", "truecolor");
  vi.stubEnv("DEEPSTYLE_NETWORKS", inFolder("networks"));
});

/** What stays on a screen of the last picture, and what is below it. */
function lastPicture(err: string) {
  const { lines, colours } = screenAfter(err, size.columns, size.rows);
  const rows = lines.flatMap((text, i) => (text.includes("▀") ? [i] : []));
  return { rows, lines, below: lines.slice(rows.at(-1)! + 1), cells: rows.map((i) => colours[i]!) };
}

test("the result stays on the screen, in its colours, above the line of progress", async () => {
  const { status, err, out } = await shown([...stylize("out.png"), ...small]);
  expect(status, err).toBe(0);
  expect(out).toBe(`${inFolder("out.png")}\n`);
  const { rows, lines, below, cells } = lastPicture(err);
  expect(rows).toHaveLength(pictureRows);
  expect(rows.map((i) => lines[i])).toEqual(rows.map(() => "▀".repeat(pictureColumns)));
  expect(below).toEqual([expect.stringMatching(/^iteration 4 of 4/), ""]);

  const expected = await sharp(inFolder("out.png"))
    .resize(pictureColumns, 2 * pictureRows, { fit: "fill", kernel: "linear" })
    .raw()
    .toBuffer();
  const pixel = (x: number, y: number): number[] =>
    cells[Math.floor(y / 2)]![x]![y % 2]!.split(";").slice(1).map(Number);
  let difference = 0;
  for (let y = 0; y < 2 * pictureRows; y++)
    for (let x = 0; x < pictureColumns; x++)
      pixel(x, y).forEach((value, c) => {
        difference += Math.abs(value - expected[3 * (y * pictureColumns + x) + c]!);
      });
  expect(difference / expected.length).toBeLessThan(2);
});

test("kitty gets each picture under the number of the one before, which it replaces", async () => {
  vi.stubEnv("TERM", "xterm-kitty");
  const { status, err } = await shown([...stylize("kitty.png"), ...small]);
  expect(status, err).toBe(0);
  const { images, lines } = screenAfter(err, size.columns, size.rows);
  const firsts = images.filter(([, , code]) => code.includes("a=T"));
  expect(firsts.length).toBeGreaterThanOrEqual(2);
  expect(new Set(firsts.map(([, , code]) => /i=\d+,p=1/.exec(code)![0])).size).toBe(1);
  expect(lines.at(-2)).toMatch(/^iteration 4 of 4/);
  const [line, column] = firsts.at(-1)!;
  expect([lines.length - 2 - line, column]).toEqual([pictureRows, 0]);
});

test("a second photo has a picture of its own below the first", async () => {
  mkdirSync(inFolder("painted"));
  await drawPicture(folder, "dog.png", 3);
  const [command, ...others] = [...stylize("painted"), ...small];
  const { status, err } = await shown([command!, inFolder("dog.png"), ...others]);
  expect(status, err).toBe(0);
  expect(lastPicture(err).rows).toHaveLength(2 * pictureRows);
});

test.each([["--quiet"], ["--json"]])("%s shows none, and says nothing about it", async (flag) => {
  const { status, err } = await shown([...stylize("quiet.png"), ...small, flag]);
  expect(status, err).toBe(0);
  expect(err).not.toMatch(/▀|Warning/);
});

test("a terminal that cannot show pictures is told of in one line, and the work goes on", async () => {
  vi.stubEnv("TERM", "dumb");
  const { status, err } = await shown([...stylize("dumb.png"), ...small]);
  expect(status, err).toBe(0);
  expect(err.match(/Warning/g)).toHaveLength(1);
  expect(err).toMatch(/^Warning: --show .* TERM is dumb\. .*\n/);
  expect(err).not.toContain("▀");
  const toFile = await shown([...stylize("file.png"), ...small], false);
  expect(toFile.status, toFile.err).toBe(0);
  expect(toFile.err).toMatch(/^Warning: --show .*\n/);
  expect(toFile.err).not.toContain("\u001b");
});

test("a network, which paints at once, has no picture so far", async () => {
  const { status, err } = await shown(stylize("network.png", "waves"));
  expect(status).toBe(2);
  expect(err).toMatch(/^deepstyle: --show .*\n$/);
});

/** Whether there is util-linux's `script`, which runs a command in a pseudo-terminal. */
function hasScript(): boolean {
  try {
    return execFileSync("script", ["--version"], { encoding: "utf8" }).includes("util-linux");
  } catch {
    return false;
  }
}

/** What is done to a terminal. */
interface Window {
  type(text: string): void;
  /** Closes it with all that runs in it. */
  close(): void;
}

/** Runs `deepstyle` from the sources in a pseudo-terminal. @param onText - told all that it has shown */
async function inTerminal(
  argv: readonly string[],
  onText: (text: string, window: Window) => void = () => undefined,
) {
  const source = new URL("../../src/cli/main.ts", import.meta.url).href;
  const run = `const { main } = await import(${JSON.stringify(source)}); process.exitCode = await main(process.argv.slice(1));`;
  const node = ["--import", "tsx", "--conditions=deepstyle-src", "--input-type=module", "-e", run];
  const words = [process.execPath, ...node, "--", ...argv].map((word) => `'${word}'`);
  const command = `stty cols ${size.columns} rows ${size.rows}; exec ${words.join(" ")}`;
  const cwd = fileURLToPath(new URL(".", import.meta.url));
  const child = spawn("script", ["-qefc", command, inFolder("typescript")], {
    cwd,
    timeout: 50_000,
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    onText(text, {
      type: (typed) => void child.stdin.write(typed),
      close: () => void child.kill("SIGKILL"),
    });
  });
  const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { status, text };
}

describe.skipIf(!hasScript())("a real terminal (needs script of util-linux)", () => {
  const timeout = 60_000;

  test("is used as large as it is, and is left in order", { timeout }, async () => {
    const { status, text } = await inTerminal([...stylize("pty.png"), ...small]);
    expect(status, text).toBe(0);
    const { rows, below } = lastPicture(text);
    expect(rows).toHaveLength(pictureRows);
    expect(below).toEqual([expect.stringMatching(/^iteration 4 of 4/), inFolder("pty.png"), ""]);
  });

  test(
    "keeps the picture when Ctrl-C is typed, with what is said about it below",
    { timeout },
    async () => {
      let typed = false;
      const endless = [...small, "--iterations", "100000"];
      const { status, text } = await inTerminal(
        [...stylize("c.png"), ...endless],
        (seen, window) => {
          // Once a picture is there as a whole: a terminal writes ^C wherever it is.
          const since = seen.slice(seen.lastIndexOf("\u001b8"));
          if (typed || !/iteration \d+ of/.test(since) || since.includes("\u001b7")) return;
          typed = true;
          window.type("\u0003");
        },
      );
      expect(status, text).toBe(130);
      const { rows, below } = lastPicture(text);
      expect(rows).toHaveLength(pictureRows);
      // Where ^C reaches the end of a line, the terminal breaks it.
      const said = below.join("");
      expect(said).toMatch(/^iteration \d+ of 100000.*\^CStopping after this step/);
      expect(said).toMatch(/Interrupted after \d+ iterations: .*c\.png$/);
    },
  );

  test("that is closed takes no work with it", { timeout }, async () => {
    const output = inFolder("closed.png");
    const endless = [...small, "--iterations", "100000"];
    await inTerminal([...stylize("closed.png"), ...endless], (seen, window) => {
      if (/iteration \d+ of/.test(seen)) window.close();
    });
    await vi.waitFor(() => expect(existsSync(output)).toBe(true), 30_000);
    expect(await sharp(output).metadata()).toMatchObject({ width: 64, height: 48 });
  });
});
