import { existsSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { beforeAll, expect, test, vi } from "vitest";
import { writeNetworks } from "../networks/networkFolder.ts";
import { temporaryFolder } from "../temporaryFolder.ts";
import { deepstyle } from "./command.ts";
import { drawPicture } from "./drawings.ts";

const folder = temporaryFolder();
const inFolder = (name: string): string => join(folder, name);

beforeAll(async () => {
  writeNetworks(inFolder("networks"));
  vi.stubEnv("DEEPSTYLE_NETWORKS", inFolder("networks"));
  await drawPicture(folder, "cat.png", 1);
  await drawPicture(folder, "waves.png", 2);
});

const preview = (style: string, ...flags: readonly string[]) =>
  deepstyle("stylize", inFolder("cat.png"), "--style", style, "--preview", "--quiet", ...flags);

async function sizeOf(name: string): Promise<number> {
  const { width, height } = await sharp(inFolder(name)).metadata();
  return Math.max(width, height);
}

test("is small, beside the output, and leaves the picture itself alone", async () => {
  const size = ["--size", "64", "--encoder", "lite", "--device", "cpu", "--scales", "1"];
  const made = await preview(inFolder("waves.png"), ...size, "-o", inFolder("out.png"));
  expect(made.status, made.err).toBe(0);
  expect(existsSync(inFolder("out.png"))).toBe(false);
  expect(await sizeOf("out-preview.png")).toBe(64);
});

test("of what a network paints at the size that is asked for has 400 px", async () => {
  const made = await preview("waves", "--size", "640", "-o", inFolder("large.png"));
  expect(made.status, made.err).toBe(0);
  expect(await sizeOf("large-preview.png")).toBe(400);
});

test("has no record, in one line", async () => {
  const { status, err } = await preview("waves", "--record", inFolder("out.json"));
  expect(status).toBe(2);
  expect(err.trim().split("\n")).toHaveLength(1);
  expect(err).toContain("--record");
});
