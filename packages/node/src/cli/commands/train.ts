import { basename, extname } from "node:path";
import {
  OptionError,
  parseBoundedJson,
  trainingOptions,
  type TrainingOptions,
} from "@deepstyle/core";
import { Command } from "commander";
import { readInputText } from "../../system/inputFile.ts";
import { isObject } from "../../system/json.ts";
import { whyUnread } from "../../system/systemErrors.ts";
import { formatDuration } from "../../system/duration.ts";
import { expectPlaces } from "../../system/places.ts";
import { trainingWrites } from "../../training/trainingFiles.ts";
import {
  trainStyles,
  type StyleToLearn,
  type TrainStylesEvent,
} from "../../training/trainStyles.ts";
import { interrupted } from "../failure.ts";
import { interruptible, tellNothingWritten } from "../interrupt.ts";
import {
  addMachineOptions,
  addOptionsOf,
  addOutputOptions,
  checkpointSecondsOption,
  optionsAmong,
  wholeNumberOption,
  type MachineFlags,
} from "../options.ts";
import { progressLine } from "../progressLine.ts";
import type { CommandContext, Terminal } from "../terminal.ts";

/** Command lines for the help text. */
export const trainExamples: readonly string[] = [
  "deepstyle train waves.jpg --photos photos -o waves.onnx",
  "deepstyle train waves.jpg glass.jpg strokes.jpg --photos photos --iterations 20000 -o three.onnx",
  "deepstyle train waves.jpg --photos photos -o waves.onnx --resume",
  "deepstyle train glass.jpg --photos photos --base waves.onnx --iterations 2000 -o both.onnx",
];

interface TrainFlags extends MachineFlags {
  readonly photos: string;
  readonly output: string;
  readonly about?: string;
  readonly base?: string;
  readonly warmStart?: string;
  readonly resume?: true;
  readonly validation?: number;
  readonly validateEvery?: number;
  readonly checkpointSeconds?: number;
  readonly json?: true;
  readonly quiet?: true;
}

/** `deepstyle train`: trains a network that paints in one pass. */
export function trainCommand(context: CommandContext): Command {
  const command = new Command("train")
    .description("Train a network that paints photos in the style of paintings in one pass.")
    .argument(
      "<style...>",
      "paintings; one network learns all of them; with :px a --style-size of its own",
    )
    .requiredOption("--photos <dir>", "folder of photos to learn from")
    .requiredOption(
      "-o, --output <file>",
      "the network, .onnx; checkpoint, log, plot of the losses and preview are written beside it",
    )
    .option("--about <file>", "JSON: for each style's name title, artist, year, source, licence")
    .option(
      "--base <network>",
      "learn the styles in addition to those of this network, or on in their place",
    )
    .option("--warm-start <network>", "start from this network's weights")
    .option("--resume", "go on from the checkpoint beside the output");
  addOptionsOf(trainingOptions, command)
    .addOption(
      wholeNumberOption("--validation <number>", "photos put aside to choose the best network by", {
        min: 1,
        max: 10_000,
        fallback: "16",
      }),
    )
    .addOption(
      wholeNumberOption("--validate-every <number>", "updates between two looks at them", {
        min: 1,
        max: 1_000_000,
        fallback: "500",
      }),
    )
    .addOption(checkpointSecondsOption(300))
    .option("--quiet", "show no progress");
  addMachineOptions(command);
  addOutputOptions(command, "print the result as JSON");
  return command
    .addHelpText("after", `\nExamples:\n${trainExamples.map((line) => `  ${line}`).join("\n")}`)
    .action((styles: string[], flags: TrainFlags) => runTrain(styles, flags, context));
}

async function runTrain(
  pictures: readonly string[],
  flags: TrainFlags,
  { terminal, exitWith }: CommandContext,
): Promise<void> {
  const { about, ...rest } = flags;
  if (about !== undefined)
    await expectPlaces({
      reads: [{ path: about, role: "--about" }],
      writes: await trainingWrites(flags.output),
    });
  const styles = await withFacts(pictures, about);
  const options = optionsAmong(trainingOptions, flags as never) as Partial<TrainingOptions>;
  const line = progressLine(terminal);
  const result = await interruptible(terminal, (signal) =>
    trainStyles({
      ...rest,
      styles,
      options,
      signal,
      ...(!flags.quiet && {
        onEvent: (event: TrainStylesEvent) => {
          show(event, line);
        },
      }),
    }),
  ).finally(() => {
    line.end();
  });
  report(result, flags, terminal);
  if (result.interrupted) exitWith(interrupted);
}

function report(
  result: Awaited<ReturnType<typeof trainStyles>>,
  { json }: TrainFlags,
  terminal: Terminal,
): void {
  const { output, unreadable, iterations, best } = result;
  const written = iterations > 0;
  if (unreadable > 0) terminal.err(`${unreadable} photos could not be read.\n`);
  if (!written) tellNothingWritten(terminal, output);
  else
    terminal.err(
      `${iterations} iterations; kept the network of iteration ${best.iteration}, validation loss ${best.total.toPrecision(4)}.\n`,
    );
  if (json) terminal.out(`${JSON.stringify({ ...result, written })}\n`);
  else if (written) terminal.out(`${output}\n`);
}

function show(event: TrainStylesEvent, line: ReturnType<typeof progressLine>): void {
  switch (event.kind) {
    case "update": {
      const { iteration, of, losses, imagesPerSecond, secondsLeft } = event;
      const terms = Object.entries(losses.terms)
        .map(([name, value]) => `${name} ${value.toPrecision(3)}`)
        .join(", ");
      line.update(
        `iteration ${iteration} of ${of} · loss ${losses.total.toPrecision(4)} (${terms}) · ${imagesPerSecond.toFixed(1)} images/s · ${formatDuration(secondsLeft)} left`,
      );
      break;
    }
    case "validation":
      line.line(
        `validation at ${event.iteration}: ${event.validation.total.toPrecision(4)}${event.isBest ? ", the best so far" : ""}`,
      );
      break;
    case "warning":
      line.line(`Warning: ${event.message}`);
      break;
    case "unreadable":
      line.line(`Warning: ${event.reason}`);
      break;
  }
}

async function withFacts(
  pictures: readonly string[],
  about: string | undefined,
): Promise<StyleToLearn[]> {
  const facts =
    about === undefined ? new Map<string, Partial<StyleToLearn>>() : await readFacts(about);
  return pictures.map((given) => {
    const [, picture = given, size] = /^(.+):(\d+)$/.exec(given) ?? [];
    const name = basename(picture, extname(picture));
    return { ...facts.get(name), name, picture, ...(size !== undefined && { size: Number(size) }) };
  });
}

/** What can be told of a style; a size of its own belongs to the training. */
const factNames: readonly string[] = ["title", "artist", "year", "source", "licence"];

async function readFacts(path: string): Promise<Map<string, Partial<StyleToLearn>>> {
  const text = await readInputText(path).catch((cause: unknown) => {
    throw new OptionError(`${path} ${whyUnread(path, cause)}: expected ${aboutFile}.`, { cause });
  });
  let facts: unknown;
  try {
    facts = parseBoundedJson(text);
  } catch (cause) {
    throw new OptionError(`${path} cannot be read as JSON: expected ${aboutFile}.`, { cause });
  }
  if (!isObject(facts)) throw new OptionError(`${path} is no object: expected ${aboutFile}.`);
  for (const [name, style] of Object.entries(facts)) {
    const wrong = isObject(style)
      ? Object.entries(style).find(
          ([fact, value]) => !factNames.includes(fact) || typeof value !== "string",
        )
      : ["facts"];
    if (wrong !== undefined && !factNames.includes(wrong[0]) && isObject(style))
      throw new OptionError(
        `${path}: "${wrong[0]}" of "${name}" is nothing that is told of a style: expected ${aboutFile}.`,
      );
    if (wrong !== undefined)
      throw new OptionError(
        `${path}: "${wrong[0]}" of "${name}" must be text: expected ${aboutFile}.`,
      );
  }
  return new Map(Object.entries(facts) as [string, Partial<StyleToLearn>][]);
}

const aboutFile =
  "an object that has title, artist, year, source and licence for each style's name";
