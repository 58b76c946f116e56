import { existsSync } from "node:fs";
import {
  fitLongSide,
  OptionError,
  recipeOptions,
  settleRecipe,
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
import { writeFileAtomic } from "../../system/files.ts";
import {
  checkImageWritable,
  expectHolds,
  expectImageFile,
  readImage,
  writeImage,
  type BitDepth,
} from "../../media/imageFile.ts";
import { leftOutOf, warnOfLeftOut } from "../../media/imageFolder.ts";
import { imageSize } from "../../media/imageSize.ts";
import { ModelStore } from "../../models/modelStore.ts";
import { NetworkStore, type NetworkKind } from "../../networks/networkStore.ts";
import { stylizeWithNetwork, type NetworkResult } from "../../jobs/stylizeWithNetwork.ts";
import { removePictureCheckpoint } from "../../checkpoint/pictureCheckpoint.ts";
import { expectPlaces } from "../../system/places.ts";
import { createRecord, writeRecord } from "../../record/record.ts";
import { writeResult } from "../../media/rescue.ts";
import { withRuntime, type MachineOptions } from "../../runtime/withRuntime.ts";
import { stylize, type StylizeResult } from "../../jobs/stylize.ts";
import { formatTrace, traceFormatOf } from "../../record/trace.ts";
import { describeFailure, exitStatusOf, interrupted } from "../failure.ts";
import { interruptible, tellNothingWritten, unlessAborted } from "../interrupt.ts";
import { planJobs, type Job } from "../jobs.ts";
import { numberedPath, stylizePlaces } from "../places.ts";
import { paintedAt, previewed, previewOf, previewPath } from "../preview.ts";
import {
  addBitDepthOption,
  addGrainOption,
  addMachineOptions,
  addMemoryOption,
  addNetworkOption,
  addOutputOptions,
  addRecipeOptions,
  checkpointSecondsOption,
  expectNetworkOptions,
  optionsAmong,
  parseSnapshots,
  parseStyle,
  recipeOf,
  wholeNumberOption,
  type MachineFlags,
} from "../options.ts";
import { oneLine } from "../printable.ts";
import { progressDisplay, type ProgressDisplay } from "../progress.ts";
import { chooseRegions, parseRegion, type GivenRegion, type RegionChoice } from "../regions.ts";
import { SideProducts, tellMissing } from "../sideProducts.ts";
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
  expectWatchPlaces,
  pictureScreen,
  watched,
  type Listener,
  type PictureScreen,
  type WatchFlags,
} from "../watching.ts";
import { checkFilm } from "../../media/film.ts";
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
  readonly checkpointSeconds?: number;
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
      "paint in seconds what the picture will look like, at 256 px, or 400 px by a network, as NAME-preview beside the output",
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
    .addOption(checkpointSecondsOption(60))
    .option("--resume", "go on from the checkpoint of work that was cut off");
  addMemoryOption(command, "painted in tiles");
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
  const { models, device, threads } = asked;
  const stores = { models: new ModelStore({ models }), networks: new NetworkStore() };
  // Before what does not fit it: whoever mistypes a name does not know of networks.
  await expectStyles(choice, stores.networks);
  const { flags, ignored } = previewed(asked, choice.kind);
  const { region: given = [] } = flags;
  const regions = chooseRegions(given, flags.style, flags.network);
  if (choice.kind === "network")
    expectNetworkOptions(flags as never, [
      "snapshots",
      "trace",
      "watch",
      "timelapse",
      "show",
      "fineStyle",
      "checkpoint",
      "checkpointSeconds",
      "resume",
    ]);
  else if (flags.grain !== undefined)
    throw new OptionError(
      "--grain is for networks, and the file of a painting is optimised. Leave it out, or name a style that deepstyle styles lists.",
    );
  expectOnePicture(flags);
  const mixtures = flags.interpolate === undefined ? undefined : between(choice, flags.interpolate);
  const planned = await planJobs(contents, choice.label, flags.output, flags.bitDepth);
  const jobs = flags.preview
    ? planned.map((job) => ({ ...job, output: previewPath(job.output) }))
    : planned;
  expectOnePhoto(jobs, flags);
  const recipe = recipeOf(flags as never);
  await expectFormats(jobs, flags);
  await expectPlaces(await stylizePlaces({ jobs, flags, choice, recipe, stores }));
  if (ignored.length > 0 && !flags.quiet)
    terminal.err(
      `Warning: --preview leaves out ${ignored.map((name) => `--${name}`).join(", ")}.\n`,
    );
  for (const content of contents) await reportLeftOut(content, flags, terminal);
  const screen = pictureScreen(flags, terminal);
  const status = await interruptible(terminal, (signal) => {
    const paint = (machine: MachineOptions): Promise<number> =>
      paintAll(jobs, {
        ...{ flags, choice, regions, mixtures, machine, stores, signal, terminal, screen },
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

/** @throws {DeepstyleError} if there is no such painting, network or style of a network */
async function expectStyles(choice: StyleChoice, networks: NetworkStore): Promise<void> {
  if (choice.kind === "network")
    await networks.findStyles(
      choice.network,
      choice.styles.map(({ name }) => name),
    );
  else for (const { picture } of choice.paintings) await expectImageFile(picture);
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

/** Refuses options that name one file where there are several photos. */
function expectOnePhoto(jobs: readonly Job[], flags: StylizeFlags): void {
  if (jobs.length === 1) return;
  if (flags.resume)
    throw new OptionError(
      `--resume takes one photo; got ${jobs.length}. Go on with the one that was cut off.`,
    );
  const { watch } = flags;
  const named = { ...flags, watch: watch === true ? undefined : watch };
  const wrong = (["trace", "record", "timelapse", "film", "watch", "checkpoint"] as const).find(
    (name) => named[name] !== undefined,
  );
  if (wrong === undefined) return;
  throw new OptionError(`--${wrong} takes one photo; got ${jobs.length}. Stylize them one by one.`);
}

/** Looks whether everything can be what it is named, before any work starts. */
async function expectFormats(jobs: readonly Job[], flags: StylizeFlags): Promise<void> {
  const { trace, film, bitDepth } = flags;
  if (trace !== undefined) traceFormatOf(trace);
  if (film !== undefined) await checkFilm(film);
  for (const { output } of jobs) {
    await checkImageWritable(output, { bitDepth });
    await expectWatchPlaces(flags, output);
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
}

/** What painting one photo needs. */
interface Easel extends Studio {
  readonly display: ProgressDisplay;
  readonly products: SideProducts;
  /** What has been warned of; added to. */
  readonly warnings: string[];
}

/** Paints one photo after the other. One that fails does not stop the others. */
async function paintAll(jobs: readonly Job[], studio: Studio): Promise<number> {
  const { flags, terminal, signal } = studio;
  const { quiet } = flags;
  const failed: string[] = [];
  const missing: string[] = [];
  for (const [i, job] of jobs.entries()) {
    if (signal.aborted) break;
    if (jobs.length > 1 && !quiet)
      terminal.err(`${oneLine(`[${i + 1}/${jobs.length}] ${job.content}`)}\n`);
    const display = progressDisplay(terminal, { quiet, signal });
    const products = new SideProducts(display);
    try {
      await paintJob(job, { ...studio, display, products, warnings: [] });
      missing.push(...products.missing);
    } catch (error) {
      // What is wrong with one photo may be right with the next; a bug is a bug for all.
      if (jobs.length === 1 || !(error instanceof DeepstyleError)) throw error;
      failed.push(job.content);
      reportFailure(job, error, studio);
    }
  }
  const status = tellMissing(missing, terminal);
  if (signal.aborted) return interrupted;
  if (failed.length === 0) return status;
  const all = `${failed.length} of ${jobs.length} failed: ${failed.join(", ")}`;
  terminal.err(`deepstyle: ${oneLine(all)}\n`);
  return 1;
}

async function paintJob(job: Job, easel: Easel): Promise<void> {
  const { choice, mixtures } = easel;
  await expectRoom(job, easel);
  if (mixtures !== undefined) await paintStrip(job, mixtures, easel);
  else if (choice.kind === "network") await paintByNetwork(job, choice, easel);
  else await paintByOptimisation(job, choice, easel);
}

/**
 * Looks before the work whether the output's format holds so many pixels.
 *
 * @throws {MediaError} if it does not
 */
async function expectRoom(
  { content, output }: Job,
  { flags, choice, mixtures }: Studio,
): Promise<void> {
  const photo = flags.preview ? undefined : await imageSize(content);
  if (photo === undefined) return;
  const longSide =
    choice.kind === "network"
      ? flags.size
      : settleRecipe(recipeOptions.parse(optionsAmong(recipeOptions, recipeOf(flags as never))))
          .size;
  const { width, height } = longSide === undefined ? photo : fitLongSide(photo, longSide);
  const size = { width: width * (mixtures?.length ?? 1), height };
  expectHolds(output, size, { bitDepth: flags.bitDepth });
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
  easel: Easel,
): Promise<void> {
  const { flags, products, terminal } = easel;
  const { bitDepth, film } = flags;
  const pictures: Raster[] = [];
  for (const [i, mixture] of mixtures.entries()) {
    if (!flags.quiet)
      terminal.err(
        `${oneLine(`picture ${i + 1} of ${mixtures.length}: ${mixtureText(mixture)}`)}\n`,
      );
    const result =
      mixture.kind === "network"
        ? await makeByNetwork(content, mixture, easel)
        : await makeByOptimisation({ content, output }, mixture, easel);
    if (result === undefined || ("interrupted" in result && result.interrupted)) {
      if (i > 0 && !flags.quiet)
        terminal.err(`The first ${i} of ${mixtures.length} pictures were finished.\n`);
      reportUnpainted({ content, output }, easel);
      return;
    }
    const part = numberedPath(output, i + 1);
    await products.attempt("part of the strip", part, () =>
      writeImage(part, result.picture, { bitDepth }),
    );
    pictures.push(result.picture);
  }
  if (film !== undefined)
    await products.attempt("film", film, () => writeFilmThereAndBack(film, pictures));
  const strip = sideBySide(pictures);
  await writeResult(output, strip, { bitDepth });
  reportWritten({ content, output }, strip, {}, easel);
}

async function paintByNetwork(
  { content, output }: Job,
  choice: ChoiceOf<"network">,
  easel: Easel,
): Promise<void> {
  const { flags } = easel;
  const painted = await makeByNetwork(content, choice, easel);
  if (painted === undefined) {
    reportUnpainted({ content, output }, easel);
    return;
  }
  const result = flags.preview ? { ...painted, picture: previewOf(painted.picture) } : painted;
  await writeResult(output, result.picture, { bitDepth: flags.bitDepth });
  await recordIfAsked(result, output, easel);
  const { picture, seconds, device, threads, tile } = result;
  reportWritten({ content, output }, picture, { seconds, device, threads, tile }, easel);
}

async function recordIfAsked(
  result: StylizeResult | NetworkResult,
  output: string,
  { flags: { record }, products }: Easel,
): Promise<void> {
  if (record === undefined) return;
  await products.attempt("record", record, async () =>
    writeRecord(record, await createRecord(result, output)),
  );
}

/** @returns undefined where the work was called off */
async function makeByNetwork(
  content: string,
  { network, styles }: ChoiceOf<"network">,
  { flags, regions: areas, machine, stores, signal, display, warnings }: Easel,
): Promise<NetworkResult | undefined> {
  const { size, strength, grain, preserveColor, colorMatching, palette, memory } = flags;
  const { networks } = stores;
  const regions = areas.kind === "network" ? areas.regions : [];
  const onEvent = (event: PaintEvent): void => {
    note(event, warnings);
    display.show(event);
  };
  const options = { strength, grain, preserveColor, colorMatching, palette, memory };
  const warn = (message: string): void => onEvent({ kind: "warning", message });
  const photo = flags.preview ? await readImage(content, { onWarning: warn }) : content;
  const small = typeof photo === "string" ? undefined : paintedAt(photo, size);
  if (small?.warning !== undefined) warn(small.warning);
  const painting = stylizeWithNetwork({
    ...{ ...machine, ...options, content: photo, size: small?.size ?? size },
    ...{ network, styles, regions, networks, signal, onEvent },
  });
  return await unlessAborted(signal, painting).finally(() => display.end());
}

async function paintByOptimisation(
  job: Job,
  choice: ChoiceOf<"paintings">,
  easel: Easel,
): Promise<void> {
  const { flags, terminal } = easel;
  const result = await makeByOptimisation(job, choice, easel);
  const { picture, interrupted: early, iterations, checkpoint } = result;
  if (iterations === 0) {
    reportUnpainted(job, easel);
    return;
  }
  try {
    await writeResult(job.output, picture, { bitDepth: flags.bitDepth });
  } catch (error) {
    tellCheckpoint(checkpoint, terminal);
    throw error;
  }
  await recordIfAsked(result, job.output, easel);
  if (early && !flags.quiet) {
    const size = `${picture.width} × ${picture.height} px`;
    terminal.err(`Interrupted after ${iterations} iterations: the picture so far has ${size}.\n`);
    tellCheckpoint(checkpoint, terminal);
  }
  if (!early && checkpoint !== undefined) await removeCheckpoint(checkpoint, easel);
  const { seconds, evaluations, device, threads, losses = null } = result;
  const facts = { interrupted: early, seconds, evaluations, device, threads, losses };
  reportWritten(job, picture, facts, easel);
}

function tellCheckpoint(checkpoint: string | undefined, terminal: Terminal): void {
  if (checkpoint === undefined || !existsSync(checkpoint)) return;
  terminal.err(`${checkpoint} is kept: --resume goes on from there.\n`);
}

/** The picture is there: a checkpoint that stays is only a file too many. */
async function removeCheckpoint(checkpoint: string, { display }: Easel): Promise<void> {
  try {
    await removePictureCheckpoint(checkpoint);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    display.show({ kind: "warning", message: `${checkpoint} cannot be removed: ${why}` });
  }
}

/** Writes trace and snapshots on the way, where they are asked for. */
async function makeByOptimisation(
  { content, output }: Job,
  { paintings }: ChoiceOf<"paintings">,
  { flags, regions: areas, machine, stores, signal, screen, display, products, warnings }: Easel,
): Promise<StylizeResult> {
  const { trace } = flags;
  const records: TraceRecord[] = [];
  const snapshots: Promise<void>[] = [];
  const show = (event: StylizeEvent): void => {
    note(event, warnings);
    if (event.kind === "iteration") records.push(event.record);
    if (event.kind === "snapshot") {
      const path = numberedPath(output, event.iteration);
      const write = () => writeImage(path, event.picture, { bitDepth: flags.bitDepth });
      snapshots.push(products.attempt("snapshot", path, write));
    }
    // A checkpoint that nobody has asked for is not missed in the end.
    if (flags.checkpoint !== undefined) products.note(event);
    display.show(event);
  };
  const work = ({ show: onEvent }: Listener): Promise<StylizeResult> =>
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
        checkpointSeconds: flags.checkpointSeconds,
        checkpointsInTilesOnly: flags.checkpoint === undefined,
      }),
      resume: flags.resume,
      signal,
      onEvent,
    });
  try {
    const watchers = { display: { ...display, show }, products, screen };
    return await watched(flags, output, watchers, work);
  } finally {
    await Promise.all(snapshots);
    display.end();
    // Losses tell what went wrong, too.
    if (trace !== undefined && records.length > 0)
      await products.attempt("trace", trace, () =>
        writeFileAtomic(trace, formatTrace(records, traceFormatOf(trace))),
      );
  }
}

/** Says where the picture is. */
function reportWritten(
  { content, output }: Job,
  { width, height }: Raster,
  facts: object,
  { flags, products, warnings, terminal }: Easel,
): void {
  if (flags.json) {
    const common = { content, output, width, height, interrupted: false, written: true };
    const said = warnings.length === 0 ? {} : { warnings };
    const { missing: notWritten } = products;
    terminal.out(`${JSON.stringify({ ...common, notWritten, ...facts, ...said })}\n`);
  } else if (!flags.quiet) {
    terminal.out(`${output}\n`);
  }
}

/** Says that the work was called off before there was a picture. */
function reportUnpainted({ content, output }: Job, { flags, terminal }: Easel): void {
  tellNothingWritten(terminal, output);
  if (!flags.json) return;
  terminal.out(`${JSON.stringify({ content, output, interrupted: true, written: false })}\n`);
}

/** Keeps a warning; each is told once, though a strip reads its photo for each picture. */
function note(event: StylizeEvent | PaintEvent, warnings: string[]): void {
  if (event.kind === "warning" && !warnings.includes(event.message)) warnings.push(event.message);
}
