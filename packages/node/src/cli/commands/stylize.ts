import { existsSync } from "node:fs";
import { extname } from "node:path";
import {
  OptionError,
  sideBySide,
  type ColourMatching,
  type ColourPreservation,
  type PaintEvent,
  type Raster,
  type StylizeEvent,
  type TraceRecord,
} from "@deepstyle/core";
import { DeepstyleError } from "@deepstyle/engine";
import { Command } from "commander";
import { checkWritable, writeFileAtomic } from "../../files.ts";
import { checkImageWritable, writeImage, type BitDepth } from "../../media/imageFile.ts";
import { leftOutOf, warnOfLeftOut } from "../../media/imageFolder.ts";
import { ModelStore } from "../../models/modelStore.ts";
import { NetworkStore, type NetworkKind } from "../../networks/networkStore.ts";
import { stylizeWithNetwork, type NetworkResult } from "../../networks/stylizeWithNetwork.ts";
import { removePictureCheckpoint } from "../../pictureCheckpoint.ts";
import { createRecord, writeRecord } from "../../record.ts";
import { withRuntime, type MachineOptions } from "../../runtime/withRuntime.ts";
import { stylize, type StylizeResult } from "../../stylize.ts";
import { formatTrace, traceFormatOf } from "../../trace.ts";
import { describeFailure, exitStatusOf, interrupted } from "../failure.ts";
import { interruptible, unlessAborted } from "../interrupt.ts";
import { planJobs, type Job } from "../jobs.ts";
import { previewed, previewOf, previewPath } from "../preview.ts";
import {
  addBitDepthOption,
  addGrainOption,
  addMachineOptions,
  addMemoryOption,
  addNetworkOption,
  addOutputOptions,
  addRecipeOptions,
  expectNetworkOptions,
  parseSnapshots,
  parseStyle,
  recipeOf,
  wholeNumberOption,
  type MachineFlags,
} from "../options.ts";
import { progressDisplay, silentDisplay } from "../progress.ts";
import { chooseRegions, parseRegion, type GivenRegion, type RegionChoice } from "../regions.ts";
import {
  between,
  chooseStyles,
  mixtureText,
  type GivenStyle,
  type StyleChoice,
} from "../styles.ts";
import type { CommandContext, Terminal } from "../terminal.ts";
import {
  addWatchOptions,
  expectFilm,
  expectWatchPlaces,
  pictureScreen,
  watched,
  type PictureScreen,
  type WatchFlags,
} from "../watching.ts";
import { writeFilmThereAndBack } from "../../watch/timelapse.ts";

/** Command lines for the help text. */
export const stylizeExamples: readonly string[] = [
  "deepstyle stylize cat.jpg --style waves.jpg -o cat-waves.png",
  "deepstyle stylize cat.jpg --style waves.jpg:2 --style glass.jpg:1 --quality draft -o mixed.jpg",
  "deepstyle stylize cat.jpg --style waves.jpg --method gatys --alpha 1 --beta 1000 -o gatys.png",
  "deepstyle stylize photos --style waves.jpg --json -o painted",
  "deepstyle stylize cat.jpg --style waves.jpg -o again.png --record again.json --trace again.csv",
  "deepstyle stylize cat.jpg --style waves.jpg --preserve-color match -o own-colours.png",
  "deepstyle stylize cat.jpg --style waves.jpg --style glass.jpg --interpolate 2 -o strip.png",
  "deepstyle stylize cat.jpg --style waves.jpg --region sky.png:glass.jpg -o two-styles.png",
  "deepstyle stylize cat.jpg --style waves.jpg --size 4096 --memory 4G --bit-depth 16 -o poster.tiff",
];

/** Command lines with networks for the help text. */
export const stylizeNetworkExamples: readonly string[] = [
  "deepstyle stylize cat.jpg --style great-wave -o cat-wave.png",
  "deepstyle stylize cat.jpg --style great-wave:0.7 --style starry-night:0.3 --strength 0.8 -o both.png",
  "deepstyle stylize cat.jpg --style waves.onnx -o by-own-network.png",
];

interface StylizeFlags extends MachineFlags, WatchFlags {
  readonly style: readonly GivenStyle[];
  readonly network?: NetworkKind;
  readonly size?: number;
  readonly strength?: number;
  readonly grain?: number;
  readonly preserveColor?: ColourPreservation;
  readonly colorMatching?: ColourMatching;
  readonly palette?: number;
  readonly region?: readonly GivenRegion[];
  readonly fineStyle?: string;
  readonly interpolate?: number;
  readonly film?: string;
  readonly output?: string;
  readonly bitDepth?: BitDepth;
  readonly preview?: true;
  readonly snapshots?: readonly number[];
  readonly memory?: number;
  readonly checkpoint?: string;
  readonly resume?: true;
  readonly trace?: string;
  readonly record?: string;
  readonly debug?: true;
}

/** `deepstyle stylize`: paints photos in the style of one or more paintings. */
export function stylizeCommand(context: CommandContext): Command {
  const command = new Command("stylize")
    .description(
      "Paint photos in the style of paintings: by optimisation, or at once by a network that has learnt them.",
    )
    .argument("<content...>", "photos, or folders of them")
    .requiredOption(
      "--style <style[:weight]>",
      "the file of a painting, which is optimised; or a name that deepstyle styles lists, or FILE.onnx[#name], which a network paints at once; with a share above 0 (default: 1); can be given several times",
      (text, others: StylizeFlags["style"] | undefined) => [...(others ?? []), parseStyle(text)],
    )
    .option(
      "-o, --output <path>",
      "where to write: a file, whose extension picks the format, or a folder for several photos (default: PHOTO-STYLE.png)",
    );
  addBitDepthOption(command);
  addNetworkOption(command);
  addGrainOption(command);
  addRecipeOptions(command)
    .option(
      "--region <mask:style[:style-mask]>",
      "a part of the photo, white in the mask, with a style of its own, perhaps only the part of the painting that is white in the style mask; --style is for what regions leave; grey counts in part; can be given several times",
      (text, others: StylizeFlags["region"]) => [...(others ?? []), parseRegion(text)],
    )
    .option(
      "--fine-style <file>",
      "a painting whose strokes the others are given first: the large forms of theirs, the brush of this one",
    )
    .addOption(
      wholeNumberOption(
        "--interpolate <number>",
        "pictures on the way from the first of two styles to the second, written beside the output, which is their strip",
        { min: 2, max: 100, fallback: "none" },
      ),
    )
    .option(
      "--film <file>",
      "a film of the pictures of --interpolate, there and back, as .webp or .gif, or as .mp4 where there is ffmpeg",
    )
    .option(
      "--preview",
      "paint in seconds what the picture will look like, at 400 px, as NAME-preview beside the output",
    )
    .option(
      "--snapshots <numbers>",
      "iterations after which the picture so far is written beside the output, as in 100,200,500",
      parseSnapshots,
    )
    .option("--trace <file>", "write the losses of every iteration as .json or .csv")
    .option("--record <file>", "write what made the picture as JSON; rerun makes it again")
    .option("--quiet", "show no progress and no paths");
  addWatchOptions(command);
  command
    .option(
      "--checkpoint <file>",
      "keep the state of the work in this file until the picture is written (default: NAME.checkpoint beside the output, for work in tiles)",
    )
    .option("--resume", "go on from the checkpoint of work that was cut off");
  addMemoryOption(command);
  addMachineOptions(command);
  addOutputOptions(command, "print results as JSON, one line for each photo");
  return command
    .addHelpText(
      "after",
      `\nExamples:\n${[...stylizeNetworkExamples, ...stylizeExamples].map((line) => `  ${line}`).join("\n")}`,
    )
    .action((contents: string[], flags: StylizeFlags) => runStylize(contents, flags, context));
}

async function runStylize(
  contents: readonly string[],
  asked: StylizeFlags,
  { terminal, exitWith }: CommandContext,
): Promise<void> {
  const choice = chooseStyles(asked.style, asked.network);
  const flags = previewed(asked, choice.kind);
  const { region: given = [] } = flags;
  const regions = chooseRegions(given, flags.style, flags.network);
  const { initial, reference } = recipeOf(flags as never);
  const paintings =
    choice.kind === "paintings" ? choice.paintings.map(({ picture }) => picture) : [];
  if (choice.kind === "network")
    expectNetworkOptions(flags as never, [
      "snapshots",
      "trace",
      "watch",
      "timelapse",
      "show",
      "fineStyle",
      "memory",
      "checkpoint",
      "resume",
    ]);
  else if (flags.grain !== undefined)
    throw new OptionError(
      "--grain is for networks, and the file of a painting is optimised. Leave it out, or name a style that deepstyle styles lists.",
    );
  expectOnePicture(flags);
  const mixtures = flags.interpolate === undefined ? undefined : between(choice, flags.interpolate);
  const others = [flags.fineStyle, initial, reference].filter((file) => file !== undefined);
  const ofRegions = given.flatMap(({ mask, style, styleMask = mask }) =>
    choice.kind === "paintings" ? [mask, style, styleMask] : [mask],
  );
  const inputs = [...paintings, ...ofRegions, ...others];
  const planned = await planJobs(contents, inputs, choice.label, flags.output, flags.bitDepth);
  const jobs = flags.preview
    ? planned.map((job) => ({ ...job, output: previewPath(job.output) }))
    : planned;
  await expectPlaces(jobs, flags);
  for (const content of contents) await reportLeftOut(content, flags, terminal);
  const { models, device, threads } = flags;
  const stores = { models: new ModelStore({ models }), networks: new NetworkStore() };
  const screen = pictureScreen(flags, terminal);
  const status = await interruptible(terminal, (signal) => {
    const paint = (machine: MachineOptions): Promise<number> =>
      paintAll(jobs, {
        ...{ flags, choice, regions, mixtures, machine, stores, signal, terminal, screen },
        warnings: [],
      });
    // One photo is looked at before a runtime is started, so that errors come at once.
    return jobs.length === 1 && mixtures === undefined
      ? paint({ device, threads })
      : withRuntime({ device, threads }, (runtime) => paint({ runtime }), {
          keepIdle: choice.kind === "network" ? 1 : 0,
        });
  });
  exitWith(status);
}

/** Says which files of a folder are not painted, also where no progress is shown: they were asked for. */
async function reportLeftOut(
  path: string,
  { json }: StylizeFlags,
  terminal: Terminal,
): Promise<void> {
  const leftOut = await leftOutOf(path);
  warnOfLeftOut(leftOut, path, (message) => terminal.err(`Warning: ${message}\n`));
  if (json && Object.keys(leftOut).length > 0)
    terminal.out(`${JSON.stringify({ content: path, leftOut })}\n`);
}

/** Refuses what speaks of one picture where several are made of a photo. */
function expectOnePicture(flags: StylizeFlags): void {
  if (flags.interpolate === undefined) {
    if (flags.film === undefined) return;
    throw new OptionError(
      "--film shows the pictures of --interpolate; got none. Give --interpolate, or --timelapse for a film of the optimisation.",
    );
  }
  const wrong = (
    ["snapshots", "trace", "record", "watch", "timelapse", "checkpoint", "resume"] as const
  ).find((name) => flags[name]);
  if (wrong === undefined) return;
  throw new OptionError(
    `--${wrong} is about one picture, and --interpolate makes ${flags.interpolate}. Leave one of them out.`,
  );
}

/** Looks whether everything can be written before any work starts. */
async function expectPlaces(jobs: readonly Job[], flags: StylizeFlags): Promise<void> {
  const {
    checkpoint,
    trace,
    record,
    timelapse,
    film,
    watch,
    snapshots = [],
    interpolate = 0,
    bitDepth,
  } = flags;
  if (flags.resume && jobs.length > 1)
    throw new OptionError(
      `--resume takes one photo; got ${jobs.length}. Go on with the one that was cut off.`,
    );
  for (const [flag, path] of [
    ["--trace", trace],
    ["--record", record],
    ["--timelapse", timelapse],
    ["--film", film],
    ["--watch", watch === true ? undefined : watch],
    ["--checkpoint", checkpoint],
  ] as const) {
    if (path === undefined) continue;
    if (jobs.length > 1)
      throw new OptionError(
        `${flag} takes one photo; got ${jobs.length}. Stylize them one by one.`,
      );
    if (flag === "--trace") traceFormatOf(path);
    if (flag === "--film") await expectFilm(path, jobs[0]!.output);
    await checkWritable(path);
  }
  for (const { output } of jobs) {
    await checkImageWritable(output, { bitDepth });
    await expectWatchPlaces(flags, output);
    for (const iteration of snapshots) await checkWritable(numberedPath(output, iteration));
    for (let i = 1; i <= interpolate; i++) await checkWritable(numberedPath(output, i));
  }
}

/** What painting needs, the same for all photos. */
interface Studio {
  readonly flags: StylizeFlags;
  readonly choice: StyleChoice;
  readonly regions: RegionChoice;
  /** The mixtures of a strip; none where one picture is wanted. */
  readonly mixtures: readonly StyleChoice[] | undefined;
  readonly machine: MachineOptions;
  readonly stores: { readonly models: ModelStore; readonly networks: NetworkStore };
  readonly signal: AbortSignal;
  readonly terminal: Terminal;
  /** Where the picture so far is shown, if anywhere. */
  readonly screen: PictureScreen | undefined;
  /** What has been warned of while the photo at hand was worked on; added to. */
  readonly warnings: string[];
}

/** Paints one photo after the other. One that fails does not stop the others. */
async function paintAll(jobs: readonly Job[], studio: Studio): Promise<number> {
  const { flags, terminal, signal } = studio;
  const failed: string[] = [];
  for (const [i, job] of jobs.entries()) {
    if (signal.aborted) break;
    studio.warnings.length = 0;
    if (jobs.length > 1 && !flags.quiet) terminal.err(`[${i + 1}/${jobs.length}] ${job.content}\n`);
    try {
      if (studio.mixtures !== undefined) await paintStrip(job, studio.mixtures, studio);
      else if (studio.choice.kind === "network") await paintByNetwork(job, studio.choice, studio);
      else await paintByOptimisation(job, studio.choice, studio);
    } catch (error) {
      // What is wrong with one photo may be right with the next; a bug is a bug for all.
      if (jobs.length === 1 || !(error instanceof DeepstyleError)) throw error;
      failed.push(job.content);
      reportFailure(job, error, studio);
    }
  }
  if (signal.aborted) return interrupted;
  if (failed.length === 0) return 0;
  terminal.err(`deepstyle: ${failed.length} of ${jobs.length} failed: ${failed.join(", ")}\n`);
  return 1;
}

function reportFailure({ content }: Job, error: DeepstyleError, { flags, terminal }: Studio): void {
  terminal.err(`deepstyle: ${describeFailure(error, flags.debug === true)}\n`);
  if (!flags.json) return;
  const { code, message } = error;
  terminal.out(
    `${JSON.stringify({ content, error: { code, message, exit: exitStatusOf(error) } })}\n`,
  );
}

type ChoiceOf<Kind extends StyleChoice["kind"]> = Extract<StyleChoice, { readonly kind: Kind }>;

/** Paints one photo in several mixtures: each as a picture of its own, and all as a strip. */
async function paintStrip(
  { content, output }: Job,
  mixtures: readonly StyleChoice[],
  studio: Studio,
): Promise<void> {
  const { flags, terminal } = studio;
  const { bitDepth } = flags;
  const pictures: Raster[] = [];
  for (const [i, mixture] of mixtures.entries()) {
    if (!flags.quiet)
      terminal.err(`picture ${i + 1} of ${mixtures.length}: ${mixtureText(mixture)}\n`);
    const result =
      mixture.kind === "network"
        ? await makeByNetwork(content, mixture, studio)
        : await makeByOptimisation({ content, output }, mixture, studio);
    if (result === undefined || ("interrupted" in result && result.interrupted)) {
      if (!flags.quiet) terminal.err(`Interrupted: ${i} of ${mixtures.length} were written.\n`);
      return;
    }
    await writeImage(numberedPath(output, i + 1), result.picture, { bitDepth });
    pictures.push(result.picture);
  }
  if (flags.film !== undefined) await writeFilmThereAndBack(flags.film, pictures);
  const strip = sideBySide(pictures);
  await writeImage(output, strip, { bitDepth });
  const { width, height } = strip;
  const facts = { content, output, width, height, interrupted: false, ...warningsOf(studio) };
  if (flags.json) terminal.out(`${JSON.stringify(facts)}\n`);
  else if (!flags.quiet) terminal.out(`${output}\n`);
}

async function paintByNetwork(
  { content, output }: Job,
  choice: ChoiceOf<"network">,
  studio: Studio,
): Promise<void> {
  const { flags, terminal } = studio;
  const painted = await makeByNetwork(content, choice, studio);
  if (painted === undefined) {
    if (!flags.quiet) terminal.err("Interrupted: nothing was written.\n");
    return;
  }
  const result = flags.preview ? { ...painted, picture: previewOf(painted.picture) } : painted;
  await writeImage(output, result.picture, { bitDepth: flags.bitDepth });
  if (flags.record !== undefined)
    await writeRecord(flags.record, await createRecord(result, output));
  if (flags.json) {
    const { picture, seconds, device, threads, tile } = result;
    const { width, height } = picture;
    const facts = { content, output, width, height, interrupted: false, seconds };
    terminal.out(`${JSON.stringify({ ...facts, device, threads, tile, ...warningsOf(studio) })}\n`);
  } else if (!flags.quiet) {
    terminal.out(`${output}\n`);
  }
}

/** @returns undefined where the work was called off */
async function makeByNetwork(
  content: string,
  { network, styles }: ChoiceOf<"network">,
  { flags, regions: areas, machine, stores, signal, terminal, warnings }: Studio,
): Promise<NetworkResult | undefined> {
  const display = flags.quiet ? silentDisplay : progressDisplay(terminal);
  const { size, strength, grain, preserveColor, colorMatching, palette } = flags;
  const { networks } = stores;
  const regions = areas.kind === "network" ? areas.regions : [];
  const onEvent = (event: PaintEvent): void => {
    note(event, warnings);
    display.show(event);
  };
  const options = { size, strength, grain, preserveColor, colorMatching, palette };
  const painting = stylizeWithNetwork({
    ...machine,
    ...options,
    ...{ content, network, styles, regions, networks, signal, onEvent },
  });
  return await unlessAborted(signal, painting).finally(() => display.end());
}

async function paintByOptimisation(
  job: Job,
  choice: ChoiceOf<"paintings">,
  studio: Studio,
): Promise<void> {
  const { record, bitDepth } = studio.flags;
  const result = await makeByOptimisation(job, choice, studio);
  await writeImage(job.output, result.picture, { bitDepth });
  if (record !== undefined) await writeRecord(record, await createRecord(result, job.output));
  if (result.checkpoint !== undefined && !result.interrupted)
    await removePictureCheckpoint(result.checkpoint);
  reportResult(job, result, studio);
}

/** Writes trace and snapshots on the way, where they are asked for. */
async function makeByOptimisation(
  { content, output }: Job,
  { paintings }: ChoiceOf<"paintings">,
  { flags, regions: areas, machine, stores, signal, terminal, screen, warnings }: Studio,
): Promise<StylizeResult> {
  const display = flags.quiet ? silentDisplay : progressDisplay(terminal, { signal });
  const records: TraceRecord[] = [];
  const snapshots: Promise<void>[] = [];
  const show = (event: StylizeEvent): void => {
    note(event, warnings);
    if (event.kind === "iteration") records.push(event.record);
    if (event.kind === "snapshot") snapshots.push(writeSnapshot(output, event, flags));
    display.show(event);
  };
  try {
    const result = await watched(flags, output, { ...display, show }, screen, ({ show: onEvent }) =>
      stylize({
        ...recipeOf(flags as never),
        ...machine,
        content,
        styles: paintings,
        regions: areas.kind === "paintings" ? areas.regions : [],
        fineStyle: flags.fineStyle,
        models: stores.models,
        snapshots: flags.snapshots,
        memory: flags.memory,
        ...(flags.interpolate === undefined && {
          checkpoint: flags.checkpoint ?? `${output}.checkpoint`,
          checkpointsInTilesOnly: flags.checkpoint === undefined,
        }),
        resume: flags.resume,
        signal,
        onEvent,
      }),
    );
    await Promise.all(snapshots);
    return result;
  } finally {
    display.end();
    // Losses tell what went wrong, too.
    if (flags.trace !== undefined && records.length > 0) await writeTrace(flags.trace, records);
  }
}

function reportResult({ content, output }: Job, result: StylizeResult, studio: Studio): void {
  const { flags, terminal } = studio;
  const { picture, interrupted: early, losses, evaluations, seconds, device, threads } = result;
  if (early && !flags.quiet) {
    const size = `${picture.width} × ${picture.height} px`;
    terminal.err(
      `Interrupted after ${losses?.iteration ?? 0} iterations: the picture so far has ${size}.\n`,
    );
    if (result.checkpoint !== undefined && existsSync(result.checkpoint))
      terminal.err(`${result.checkpoint} is kept: --resume goes on from there.\n`);
  }
  if (flags.json) {
    const { width, height } = picture;
    const facts = { content, output, width, height, interrupted: early, seconds, evaluations };
    const machine = { device, threads, losses: losses ?? null };
    terminal.out(`${JSON.stringify({ ...facts, ...machine, ...warningsOf(studio) })}\n`);
  } else if (!flags.quiet) {
    terminal.out(`${output}\n`);
  }
}

/** Keeps a warning; each is told once, though a strip reads its photo for each picture. */
function note(event: StylizeEvent | PaintEvent, warnings: string[]): void {
  if (event.kind === "warning" && !warnings.includes(event.message)) warnings.push(event.message);
}

function warningsOf({ warnings }: Studio): { readonly warnings?: readonly string[] } {
  return warnings.length === 0 ? {} : { warnings };
}

async function writeTrace(path: string, records: readonly TraceRecord[]): Promise<void> {
  await writeFileAtomic(path, formatTrace(records, traceFormatOf(path)));
}

async function writeSnapshot(
  output: string,
  { iteration, picture }: { readonly iteration: number; readonly picture: Raster },
  { bitDepth }: StylizeFlags,
): Promise<void> {
  await writeImage(numberedPath(output, iteration), picture, { bitDepth });
}

/** `out-100.png` beside `out.png`. */
function numberedPath(output: string, number: number): string {
  const extension = extname(output);
  return `${output.slice(0, output.length - extension.length)}-${number}${extension}`;
}
