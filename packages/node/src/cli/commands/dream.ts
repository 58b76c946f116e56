import { dreamOptions, fitLongSide, settleDream, type StylizeEvent } from "@deepstyle/core";
import { Command } from "commander";
import { dream, type DreamResult } from "../../jobs/dream.ts";
import { checkImageWritable, expectHolds, type BitDepth } from "../../media/imageFile.ts";
import { imageSize } from "../../media/imageSize.ts";
import { ModelStore } from "../../models/modelStore.ts";
import { expectPlaces } from "../../system/places.ts";
import { createRecord, writeRecord } from "../../record/record.ts";
import { writeResult } from "../../media/rescue.ts";
import { interrupted } from "../failure.ts";
import { interruptible, tellNothingWritten } from "../interrupt.ts";
import { planJobs, type Job } from "../jobs.ts";
import {
  addBitDepthOption,
  addMachineOptions,
  addMemoryOption,
  addOptionsOf,
  addOutputOptions,
  optionsAmong,
  type MachineFlags,
} from "../options.ts";
import { dreamPlaces } from "../places.ts";
import { progressDisplay } from "../progress.ts";
import { SideProducts, tellMissing } from "../sideProducts.ts";
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
  readonly memory?: number;
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
  addMemoryOption(command, "refused");
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
  const { models, device, threads, memory, record, bitDepth } = flags;
  const [job] = (await planJobs([photo], "dream", flags.output, bitDepth)) as [Job];
  await checkImageWritable(job.output, { bitDepth });
  await expectWatchPlaces(flags, job.output);
  await expectPlaces(await dreamPlaces(job, flags, new ModelStore({ models })));
  const options = optionsAmong(dreamOptions, flags as never);
  const size = await imageSize(photo);
  if (size !== undefined) {
    const dreamt = fitLongSide(size, settleDream(dreamOptions.parse(options), size).size);
    expectHolds(job.output, dreamt, { bitDepth });
  }
  const screen = pictureScreen(flags, terminal);
  const warnings: string[] = [];
  const status = await interruptible(terminal, async (signal) => {
    const display = progressDisplay(terminal, { quiet: flags.quiet, signal });
    const products = new SideProducts(display);
    const show = (event: StylizeEvent): void => {
      if (event.kind === "warning") warnings.push(event.message);
      display.show(event);
    };
    const watchers = { display: { ...display, show }, products, screen };
    const result = await watched(flags, job.output, watchers, ({ show: onEvent }) =>
      dream({ ...options, ...{ photo, models, device, threads, memory, signal, onEvent } }),
    ).finally(() => display.end());
    if (result.iterations > 0) {
      await writeResult(job.output, result.picture, { bitDepth });
      if (record !== undefined)
        await products.attempt("record", record, async () =>
          writeRecord(record, await createRecord(result, job.output)),
        );
    }
    report(job, { ...result, warnings }, products.missing, flags, terminal);
    const status = tellMissing(products.missing, terminal);
    return result.interrupted ? interrupted : status;
  });
  exitWith(status);
}

function report(
  { content: photo, output }: Job,
  result: DreamResult & { readonly warnings: readonly string[] },
  notWritten: readonly string[],
  { json, quiet }: DreamFlags,
  terminal: Terminal,
): void {
  const { picture, iterations, evaluations, seconds, device, threads, losses = null } = result;
  const written = iterations > 0;
  if (!written) tellNothingWritten(terminal, output);
  else if (result.interrupted && !quiet)
    terminal.err(`Interrupted after ${iterations} iterations.\n`);
  if (json) {
    const { width, height } = picture;
    const facts = { photo, output, width, height, interrupted: result.interrupted, written };
    const course = { notWritten, seconds, evaluations, device, threads, losses };
    const said = result.warnings.length === 0 ? {} : { warnings: result.warnings };
    terminal.out(`${JSON.stringify({ ...facts, ...course, ...said })}\n`);
  } else if (written && !quiet) terminal.out(`${output}\n`);
}
