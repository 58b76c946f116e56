// Work that is killed at random moments and gone on with, against work that is left alone.

import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { seededRandom } from "@deepstyle/engine";
import { sha256 } from "../src/system/sha256.ts";
import { drawPicture } from "./cli/drawings.ts";

/** A command that keeps a checkpoint. */
export interface KilledWork {
  readonly name: string;
  /** Its arguments; files it writes have names without a folder, as it runs in one of its own. */
  readonly args: readonly string[];
  /** The file without which it cannot be gone on with. */
  readonly checkpoint: string;
}

/** What came of killing a command. */
export interface KillReport {
  readonly name: string;
  /** Seconds from the first checkpoint to the end when it is left alone. */
  readonly seconds: number;
  /** Kills that were gone on from. */
  readonly resumed: number;
  /** Kills after the work, or its checkpoint, was gone: they count for nothing. */
  readonly late: number;
  /** Of `resumed`: every file had the bytes of the work that was left alone … */
  readonly same: number;
  /** … and there was no other file, there and among temporary files. */
  readonly clean: number;
  /** Kills that left a half-written file, which the next run swept. */
  readonly swept: number;
  /** What was wrong, if anything. */
  readonly faults: readonly string[];
}

/** Small works of every kind that keeps a checkpoint. */
export async function smallWorks(inputs: string): Promise<KilledWork[]> {
  const photo = await drawPicture(inputs, "photo.png", 1, { width: 480, height: 360 });
  const painting = await drawPicture(inputs, "painting.png", 2, { width: 72, height: 96 });
  const photos = join(inputs, "photos");
  mkdirSync(photos);
  for (let i = 0; i < 6; i++)
    await drawPicture(photos, `${i}.png`, 3 + i, { width: 44, height: 36 });
  // Of the encoder only the first layers: it is not the work that is looked at, but how it is cut off.
  const layers = ["--encoder", "lite", "--content-layers", "relu1_1", "--style-layers", "relu1_1"];
  const often = ["--checkpoint-seconds", "0", "--device", "cpu", "--threads", "1"];
  const picture = (...args: readonly string[]): Pick<KilledWork, "args" | "checkpoint"> => ({
    args: [
      ...[
        "stylize",
        photo,
        "--style",
        painting,
        "-o",
        "out.png",
        "--checkpoint",
        "work.checkpoint",
      ],
      ...layers,
      ...often,
      ...args,
    ],
    checkpoint: "work.checkpoint",
  });
  const training = ["--size", "32", "--style-size", "48", "--batch", "1", "--width", "quarter"];
  const course = ["--iterations", "60", "--validation", "2", "--validate-every", "20"];
  return [
    { name: "stylize", ...picture("--size", "64", "--scales", "2", "--iterations", "24") },
    {
      name: "train",
      args: [
        ...["train", painting, "--photos", photos, "-o", "style.onnx", "--blocks", "1"],
        ...[...training, ...course, ...layers, ...often],
      ],
      checkpoint: "style.checkpoint.safetensors",
    },
    {
      name: "tiles",
      ...picture("--size", "480", "--scales", "1", "--iterations", "6", "--memory", "840M"),
    },
  ];
}

/**
 * Kills a command at random moments between its first checkpoint and its end, goes on with `--resume`, and compares what it then leaves with what it
 * leaves undisturbed. A kill that there is nothing to go on from is repeated at another moment.
 *
 * @param command - how the command is called, with the program first
 * @param scratch - a folder to work in
 */
export async function killAndResume(
  command: readonly string[],
  { name, args, checkpoint }: KilledWork,
  {
    kills,
    seed,
    scratch,
  }: { readonly kills: number; readonly seed: number; readonly scratch: string },
): Promise<KillReport> {
  const random = seededRandom(seed);
  const whole = mkdtempSync(join(scratch, "whole-"));
  const undisturbed = run(command, args, whole);
  await firstCheckpoint(join(whole, checkpoint), undisturbed);
  const started = performance.now();
  const { status, err } = await undisturbed;
  if (status !== 0) throw new Error(`${name} fails undisturbed: ${err}`);
  const milliseconds = performance.now() - started;
  const expected = filesIn(whole);
  const counts = { resumed: 0, late: 0, same: 0, clean: 0, swept: 0 };
  const faults: string[] = [];
  while (counts.resumed < kills && counts.late < 10 * kills) {
    const folder = mkdtempSync(join(scratch, "killed-"));
    const controller = new AbortController();
    const ended = run(command, args, folder, controller.signal);
    await firstCheckpoint(join(folder, checkpoint), ended);
    await Promise.race([pause(milliseconds * random.uniform()), ended]);
    controller.abort();
    const hadEnded = (await ended).status !== null;
    if (hadEnded || !existsSync(join(folder, checkpoint))) {
      counts.late++;
      rmSync(folder, { recursive: true });
      continue;
    }
    counts.resumed++;
    if (leftIn(folder).length > 0) counts.swept++;
    const rest = await run(command, [...args, "--resume"], folder);
    const found = filesIn(folder);
    const others = [...Object.keys(found).filter((file) => !(file in expected)), ...leftIn(folder)];
    const wrong = Object.keys(expected).filter((file) => found[file] !== expected[file]);
    if (rest.status === 0 && wrong.length === 0) counts.same++;
    if (others.length === 0) counts.clean++;
    if (rest.status !== 0) faults.push(`status ${rest.status}: ${rest.err.trim()}`);
    if (wrong.length > 0) faults.push(`other bytes: ${wrong.join(", ")}`);
    if (others.length > 0) faults.push(`left over: ${others.join(", ")}`);
    rmSync(folder, { recursive: true });
  }
  return { name, seconds: milliseconds / 1000, ...counts, faults };
}

/** Waits for the first checkpoint, which there is anew in a folder of its own, or for the end. */
async function firstCheckpoint(path: string, ended: Promise<unknown>): Promise<void> {
  const work = { hasEnded: false };
  void ended.then(() => (work.hasEnded = true));
  while (!work.hasEnded && !existsSync(path)) await pause(5);
}

async function run(
  [program, ...before]: readonly string[],
  args: readonly string[],
  folder: string,
  kill?: AbortSignal,
): Promise<{ status: number | null; err: string }> {
  mkdirSync(temporariesOf(folder), { recursive: true });
  const child = spawn(program!, [...before, ...args], {
    cwd: folder,
    env: { ...process.env, TMPDIR: temporariesOf(folder) },
    stdio: ["ignore", "ignore", "pipe"],
  });
  kill?.addEventListener("abort", () => child.kill("SIGKILL"));
  let err = "";
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  return await new Promise((resolve) => {
    child.on("close", (status) => resolve({ status, err }));
  });
}

function temporariesOf(folder: string): string {
  return join(folder, "tmp");
}

/** Hashes of the files that a work leaves, by name. */
function filesIn(folder: string): Record<string, string> {
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map(({ name }) => [name, sha256(readFileSync(join(folder, name)))]),
  );
}

/** What is half-written there, or forgotten among temporary files. */
function leftIn(folder: string): string[] {
  const isOurs = (name: string): boolean => name.startsWith(".deepstyle-");
  return [folder, temporariesOf(folder)].flatMap((place) => readdirSync(place).filter(isOurs));
}
