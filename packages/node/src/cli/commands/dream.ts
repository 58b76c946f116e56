import { dreamOptions } from "@deepstyle/core";
import { Command } from "commander";
import { dream, type DreamResult } from "../../dream.ts";
import { checkWritable } from "../../files.ts";
import { checkImageWritable, writeImage, type BitDepth } from "../../media/imageFile.ts";
import { createRecord, writeRecord } from "../../record.ts";
import { interrupted } from "../failure.ts";
import { interruptible } from "../interrupt.ts";
import { planJobs, type Job } from "../jobs.ts";
import {
  addBitDepthOption,
  addMachineOptions,
  addOptionsOf,
  addOutputOptions,
  optionsAmong,
  type MachineFlags,
} from "../options.ts";
import { progressDisplay, silentDisplay } from "../progress.ts";
import type { CommandContext, Terminal } from "../terminal.ts";
import {
  addWatchOptions,
  expectWatchPlaces,
  pictureScreen,
  watched,
  type WatchFlags,
} from "../watching.ts";

/** Command lines for the help text. */
export const dreamExamples: readonly string[] = [
  "deepstyle dream cat.jpg -o dream.png",
  "deepstyle dream cat.jpg --layers relu3_1 --octaves 3 -o strokes.png",
  "deepstyle dream cat.jpg --layers relu5_1 --octaves 6 -o large-eyes.png",
  "deepstyle dream cat.jpg --layers inception_4d/output:139:1 --iterations 20 -o channel.png",
  "deepstyle dream cat.jpg -o again.png --record again.json",
];

interface DreamFlags extends MachineFlags, WatchFlags {
  readonly output?: string;
  readonly bitDepth?: BitDepth;
  readonly record?: string;
}

/** `deepstyle dream`: enhances in a photo what a network sees in it. */
export function dreamCommand(context: CommandContext): Command {
  const command = new Command("dream")
    .description(
      "Deep dream: enhance in a photo what layers of a network see in it. To dream in a style, see --dream of stylize.",
    )
    .argument("<photo>", "the photo to dream of")
    .option(
      "-o, --output <file>",
      "where to write; the extension picks the format (default: PHOTO-dream.png)",
    );
  addOptionsOf(dreamOptions, addBitDepthOption(command))
    .option("--record <file>", "write what made the picture as JSON; rerun makes it again")
    .option("--quiet", "show no progress and no path");
  addWatchOptions(command);
  addMachineOptions(command);
  addOutputOptions(command, "print the result as JSON");
  return command
    .addHelpText("after", `\nExamples:\n${dreamExamples.map((line) => `  ${line}`).join("\n")}`)
    .action((photo: string, flags: DreamFlags) => runDream(photo, flags, context));
}

async function runDream(
  photo: string,
  flags: DreamFlags,
  { terminal, exitWith }: CommandContext,
): Promise<void> {
  const { models, device, threads, record, bitDepth } = flags;
  const [job] = (await planJobs([photo], [], "dream", flags.output, bitDepth)) as [Job];
  await checkImageWritable(job.output, { bitDepth });
  if (record !== undefined) await checkWritable(record);
  await expectWatchPlaces(flags, job.output);
  const screen = pictureScreen(flags, terminal);
  const result = await interruptible(terminal, (signal) => {
    const display = flags.quiet ? silentDisplay : progressDisplay(terminal, { signal });
    return watched(flags, job.output, display, screen, ({ show: onEvent }) =>
      dream({
        ...optionsAmong(dreamOptions, flags as never),
        ...{ photo, models, device, threads, signal, onEvent },
      }),
    ).finally(() => display.end());
  });
  await writeImage(job.output, result.picture, { bitDepth });
  if (record !== undefined) await writeRecord(record, await createRecord(result, job.output));
  report(job, result, flags, terminal);
  if (result.interrupted) exitWith(interrupted);
}

function report(
  { content: photo, output }: Job,
  result: DreamResult,
  { json, quiet }: DreamFlags,
  terminal: Terminal,
): void {
  const { picture, evaluations, seconds, device, threads, losses = null } = result;
  if (result.interrupted && !quiet)
    terminal.err(`Interrupted after ${losses?.iteration ?? 0} iterations.\n`);
  if (json) {
    const { width, height } = picture;
    const facts = { photo, output, width, height, interrupted: result.interrupted, seconds };
    terminal.out(`${JSON.stringify({ ...facts, evaluations, device, threads, losses })}\n`);
  } else if (!quiet) terminal.out(`${output}\n`);
}
