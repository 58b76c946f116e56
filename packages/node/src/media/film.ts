import { spawn } from "node:child_process";
import { extname } from "node:path";
import { OptionError } from "@deepstyle/core";
import sharp from "sharp";
import { checkWritable, makeFileAtomic, writeFileAtomic } from "../system/files.ts";

/** Frames in a second. */
const rate = 12;

/** How long the last frame is looked at, in frames. */
const hold = 18;

/**
 * Refuses a film that could not be written, before any work starts.
 *
 * @throws {OptionError} if the name ends in none of .webp, .gif and .mp4, or there is no ffmpeg for
 *   .mp4
 * @throws {FileError} if the file cannot be written
 */
export async function checkFilm(path: string): Promise<void> {
  const kind = extname(path).toLowerCase();
  if (![".webp", ".gif", ".mp4"].includes(kind))
    throw new OptionError(
      `${path} cannot be a film: expected a name that ends in .webp, .gif or .mp4. Rename it.`,
    );
  if (kind === ".mp4" && !(await hasFfmpeg()))
    throw new OptionError(
      `${path} is made by ffmpeg, which was not found. Install ffmpeg, or choose a name that ends in .webp.`,
    );
  await checkWritable(path);
}

/** Whether a film can be made by ffmpeg. */
export async function hasFfmpeg(): Promise<boolean> {
  return await new Promise((resolve) => {
    const child = spawn("ffmpeg", ["-version"], { stdio: "ignore" });
    child.on("error", () => resolve(false));
    child.on("exit", (code) => resolve(code === 0));
  });
}

/**
 * Writes a film of 12 frames a second; it stays on the last frame for 1.5 s, and repeats.
 *
 * @param path - its extension names the format
 * @param frames - encoded pictures, at least one; all are brought to the size of the last, whose
 *   sides are made even, as films want it
 * @throws {FileError} if the film cannot be written
 */
export async function writeFilm(path: string, frames: readonly Buffer[]): Promise<void> {
  const last = await sharp(frames.at(-1)).metadata();
  const even = (side: number): number => Math.max(2, side - (side % 2));
  const size = { width: even(last.width), height: even(last.height) };
  const kind = extname(path).toLowerCase();
  if (kind === ".mp4") await makeFileAtomic(path, (file) => encodeMp4(path, file, frames, size));
  else await writeFileAtomic(path, await animation(kind, frames, size));
}

interface Size {
  readonly width: number;
  readonly height: number;
}

function resized(frame: Buffer, { width, height }: Size) {
  return sharp(frame).resize(width, height, { fit: "fill" }).removeAlpha();
}

async function animation(kind: string, frames: readonly Buffer[], size: Size): Promise<Buffer> {
  const pages: Buffer[] = [];
  for (const frame of frames) pages.push(await resized(frame, size).png().toBuffer());
  const delay = frames.map((_, i) =>
    Math.round(((i === frames.length - 1 ? hold : 1) * 1000) / rate),
  );
  // sharp refuses to join a single picture, which is a film all the same.
  const joined =
    pages.length > 1
      ? sharp(pages, { join: { animated: true }, limitInputPixels: false })
      : sharp(pages[0]);
  const encoded =
    kind === ".gif" ? joined.gif({ delay, loop: 0 }) : joined.webp({ quality: 80, delay, loop: 0 });
  return await encoded.toBuffer();
}

/**
 * Has ffmpeg make a film.
 *
 * @param path - what the film is called in errors
 * @param file - where it goes. A file and no pipe: ffmpeg goes back to its start to write its index
 */
async function encodeMp4(
  path: string,
  file: string,
  frames: readonly Buffer[],
  size: Size,
): Promise<void> {
  const from = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", `${size.width}x${size.height}`];
  const to = ["-pix_fmt", "yuv420p", "-movflags", "+faststart", "-f", "mp4", file];
  const child = spawn(
    "ffmpeg",
    ["-loglevel", "error", "-y", ...from, "-r", String(rate), "-i", "-", ...to],
    { stdio: ["pipe", "ignore", "pipe"] },
  );
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  // That it stopped reading is told by its exit status.
  child.stdin.on("error", () => undefined);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  const held = [...frames, ...Array.from({ length: hold - 1 }, () => frames.at(-1)!)];
  try {
    for (const frame of held) {
      const pixels = await resized(frame, size).toColourspace("srgb").raw().toBuffer();
      if (child.stdin.destroyed) break;
      if (!child.stdin.write(pixels))
        await Promise.race([new Promise((resolve) => child.stdin.once("drain", resolve)), ended]);
    }
  } finally {
    child.stdin.end();
  }
  if ((await ended) !== 0)
    throw new OptionError(
      `${path} could not be made: ffmpeg says "${said.trim().split("\n")[0] ?? ""}". Choose a name that ends in .webp.`,
    );
}
