import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { expect, test, vi } from "vitest";
import { checkFilm, hasFfmpeg, writeFilm } from "../../src/media/film.ts";
import { temporaryFolder } from "../temporaryFolder.ts";

const folder = temporaryFolder();
const ffmpeg = await hasFfmpeg();

/** Three frames of one colour each that grow, the last with odd sides. */
const frames = await Promise.all(
  (["red", "lime", "blue"] as const).map((background, i) =>
    sharp({ create: { width: 21 + 10 * i, height: 11 + 10 * i, channels: 3, background } })
      .png()
      .toBuffer(),
  ),
);

test.each([".webp", ".gif"])("%s has all frames, in order, of even sides", async (kind) => {
  const path = join(folder, `film${kind}`);
  await writeFilm(path, frames);
  const { pages, delay, width, pageHeight } = await sharp(path, { pages: -1 }).metadata();
  expect({ pages, width, pageHeight }).toEqual({ pages: 3, width: 40, pageHeight: 30 });
  expect(delay).toHaveLength(3);
  expect(delay![2]).toBeGreaterThan(10 * delay![1]!);
  for (const page of [0, 1, 2]) {
    const { channels } = await sharp(path, { page }).stats();
    const means = channels.slice(0, 3).map(({ mean }) => mean);
    expect(means.indexOf(Math.max(...means))).toBe(page);
  }
});

test.skipIf(!ffmpeg)(".mp4 is a film of even sides (needs ffmpeg)", async () => {
  const path = join(folder, "film.mp4");
  await writeFilm(path, frames);
  expect(readFileSync(path).subarray(4, 8).toString("latin1")).toBe("ftyp");
  const entries = "stream=width,height,nb_frames,r_frame_rate";
  const probe = spawnSync("ffprobe", ["-v", "error", "-show_entries", entries, "-of", "csv", path]);
  expect(probe.stdout.toString().trim()).toBe("stream,40,30,12/1,20");
});

test.each([".webp", ".gif", ".mp4"])("%s: a single frame is a film, too", async (kind) => {
  if (kind === ".mp4" && !ffmpeg) return;
  const path = join(folder, `single${kind}`);
  await writeFilm(path, frames.slice(0, 1));
  // ffprobe cannot read animated WebP, but one of a single picture.
  const entries = ["-show_entries", "stream=width,height", "-of", "csv"];
  const probe = ffmpeg && spawnSync("ffprobe", ["-v", "error", ...entries, path]);
  if (probe) expect(probe.stdout.toString().trim()).toBe("stream,20,10");
  else expect(await sharp(path).metadata()).toMatchObject({ width: 20, height: 10 });
});

test.skipIf(!ffmpeg)("a film needs no folder for temporary files (needs ffmpeg)", async () => {
  vi.stubEnv("TMPDIR", join(folder, "missing"));
  const path = join(folder, "no-tmpdir.mp4");
  await checkFilm(path);
  await writeFilm(path, frames);
  vi.unstubAllEnvs();
  expect(readFileSync(path).subarray(4, 8).toString("latin1")).toBe("ftyp");
});

test("a film that cannot be made is refused in one line", async () => {
  await expect(checkFilm(join(folder, "film.avi"))).rejects.toThrow(
    /film\.avi cannot be a film: expected .*\.mp4\. Rename it\.$/,
  );
  await expect(checkFilm(join(folder, "none", "film.gif"))).rejects.toThrow(/does not exist/);
  vi.stubEnv("PATH", folder);
  await expect(checkFilm(join(folder, "film.mp4"))).rejects.toThrow(
    /made by ffmpeg, which was not found\. .* ends in \.webp\.$/,
  );
  vi.unstubAllEnvs();
});
