import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
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

const picture = { width: 600, height: 2, data: new Float32Array(3600).fill(0.5) };

function iteration(number: number) {
  const losses = { totalLoss: 9 - number, contentLoss: 1, styleLoss: 0.5, gradientNorm: 1 };
  const zeros = { tvLoss: 0, pixelLoss: 0, detailLoss: 0, dreamLoss: -number };
  const record = { iteration: number, scale: 64, seconds: number, ...losses, ...zeros };
  return {
    kind: "iteration",
    record,
    of: 8,
    secondsLeft: 42,
    picture: () => picture,
  } as const;
}

test("the page reloads itself while there is work, and says how it ended", async () => {
  const path = inFolder("page.html");
  const page = new WatchPage(path, `<script>&"'.png`);
  page.show(iteration(0));
  await expect.poll(() => readdirSync(folder)).toContain("page.html");
  const running = readFileSync(path, "utf8");
  expect(running).toContain('http-equiv="refresh"');
  expect(running).toContain("iteration 0 of 8 · 64 px · about 42 s left");
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
