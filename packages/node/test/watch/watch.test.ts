import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import sharp from "sharp";
import { beforeAll, expect, test } from "vitest";
import { checkWatchPage, WatchPage } from "../../src/watch/watchPage.ts";
import { deepstyle } from "../cli/command.ts";
import { drawPicture } from "../cli/drawings.ts";
import { temporaryFolder } from "../temporaryFolder.ts";

const folder = temporaryFolder();
const inFolder = (name: string): string => join(folder, name);

beforeAll(async () => {
  await drawPicture(folder, "cat.png", 1);
  await drawPicture(folder, "waves.png", 2);
});

/** Lets a write fail. */
const unguarded = (write: () => Promise<void>): Promise<void> => write();

const picture = { width: 600, height: 2, data: new Float32Array(3600).fill(0.5) };

/** An iteration of 20 s. */
function iteration(number: number) {
  const losses = { totalLoss: 9 - number, contentLoss: 1, styleLoss: 0.5, gradientNorm: 1 };
  const zeros = { tvLoss: 0, pixelLoss: 0, detailLoss: 0, dreamLoss: -number };
  const record = { iteration: number, scale: 64, seconds: 20 * number, ...losses, ...zeros };
  return {
    kind: "iteration",
    record,
    of: 8,
    secondsLeft: 7500,
    picture: () => picture,
  } as const;
}

test("the page reloads itself while there is work, and says how it ended", async () => {
  const path = inFolder("page.html");
  const page = new WatchPage(path, `<script>&"'.png`, unguarded);
  page.show(iteration(0));
  await expect.poll(() => readdirSync(folder)).toContain("page.html");
  const running = readFileSync(path, "utf8");
  expect(running).toContain('http-equiv="refresh"');
  expect(running).toContain("iteration 0 of 8 · 64 px · about 2 h 5 min left");
  for (let i = 1; i < 8; i++) page.show(iteration(i));
  await page.end("interrupted", picture);
  const html = readFileSync(path, "utf8");
  expect(html).not.toContain('http-equiv="refresh"');
  expect(html).toContain("<strong>interrupted</strong> · iteration 7 of 8");
  expect(html).toContain("<title>&#60;script&#62;&#38;&#34;&#39;.png</title>");
  expect(html).not.toMatch(/<script|https?:|src="(?!data:)/);
  // Total, content, style and dream; what is 0 throughout has no curve.
  expect(html.match(/<polyline/g)).toHaveLength(4);
  const [, jpeg] = /src="data:image\/jpeg;base64,([^"]+)"/.exec(html)!;
  expect(await sharp(Buffer.from(jpeg!, "base64")).metadata()).toMatchObject({ width: 512 });
});

/** A page of work that is under way: its text, and what it says of itself. */
async function runningPage(name: string, iterations: number) {
  const path = inFolder(name);
  const page = new WatchPage(path, "out.png", unguarded);
  for (let i = 0; i < iterations; i++) page.show(iteration(i));
  await expect.poll(() => readdirSync(folder)).toContain(name);
  const html = readFileSync(path, "utf8");
  const [, written, patience] = /data-written="(\d+)" data-patience="(\d+)"/.exec(html)!;
  const scripts = [...html.matchAll(/<script>(.*?)<\/script>/gs)].map(([, script]) => script!);
  return { html, scripts, dataset: { written, patience } };
}

/** What a page says when it is looked at some seconds after it was written. */
async function silenceAfter(seconds: number): Promise<string> {
  const { scripts, dataset } = await runningPage("silent.html", 1);
  const elements: Record<string, object> = { state: { dataset }, silence: { textContent: "" } };
  const document = { getElementById: (id: string) => elements[id] };
  const then = { now: () => Number(dataset.written) + 1000 * seconds };
  runInNewContext(scripts.join(), { document, Date: then });
  return (elements["silence"] as { readonly textContent: string }).textContent;
}

test("a running page has one script, which its policy names, and nothing from elsewhere", async () => {
  const { html, scripts } = await runningPage("policy.html", 1);
  expect(scripts).toHaveLength(1);
  expect(html.match(/<script/g)).toHaveLength(1);
  expect(html).not.toMatch(/https?:|src="(?!data:)/);
  const hash = createHash("sha256").update(scripts[0]!).digest("base64");
  expect(html).toContain(`default-src 'none'; img-src data:;`);
  expect(html).toContain(`script-src 'sha256-${hash}'"`);
});

test("a page whose work was killed says how long nothing was heard", async () => {
  expect(await silenceAfter(59)).toBe("");
  expect(await silenceAfter(61)).toMatch(/^Nothing was heard for 1 min\. .* killed/);
  expect(await silenceAfter(3700)).toMatch(/^Nothing was heard for 61 min\./);
  expect(await silenceAfter(50 * 3600)).toMatch(/^Nothing was heard for 50 h\./);
});

test("a page waits longer where iterations are slow", async () => {
  expect((await runningPage("first.html", 1)).dataset.patience).toBe("60");
  expect((await runningPage("second.html", 2)).dataset.patience).toBe("200");
});

test("a page that cannot be written is refused in one line", async () => {
  await expect(checkWatchPage(inFolder("cat.png"))).rejects.toThrow(/ends in \.html/);
  await expect(checkWatchPage(inFolder("none/page.html"))).rejects.toThrow(/does not exist/);
});

const paint = [
  ...["stylize", inFolder("cat.png"), "--style", inFolder("waves.png"), "-o", inFolder("out.png")],
  ...["--encoder", "lite", "--size", "64", "--iterations", "6", "--device", "cpu"],
];

test("stylize writes page and film", async () => {
  const { status, err } = await deepstyle(
    ...[...paint, "--timelapse", inFolder("out.webp"), "--watch"],
  );
  expect(status, err).toBe(0);
  expect(readFileSync(inFolder("out-watch.html"), "utf8")).toContain("<strong>finished</strong>");
  const { pages, width } = await sharp(inFolder("out.webp")).metadata();
  expect(pages).toBeGreaterThan(5);
  expect(width).toBe(64);
});

test("the way between two styles has a film, there and back", async () => {
  const film = inFolder("way.webp");
  const second = ["--style", inFolder("cat.png"), "--interpolate", "2", "--film", film];
  const { status, err } = await deepstyle(...paint, ...second);
  expect(status, err).toBe(0);
  expect(await sharp(film).metadata()).toMatchObject({ pages: 3, width: 64 });
});

test.each([
  [["--film", inFolder("film.webp")], 2, /--film shows the pictures of --interpolate/],
  [["--watch", inFolder("none/page.html")], 1, /does not exist/],
  [["--watch", inFolder("cat.png")], 2, /cannot be the page of --watch/],
  [["--timelapse", inFolder("film.txt")], 2, /cannot be a film/],
])("%j is refused before the work starts", async (flags, expected, line) => {
  const { status, out, err } = await deepstyle(...paint, ...flags);
  expect({ status, out }).toEqual({ status: expected, out: "" });
  expect(err).toMatch(/^deepstyle: .*\n$/);
  expect(err).toMatch(line);
});
