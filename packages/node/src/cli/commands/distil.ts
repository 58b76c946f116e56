import { distilOptions, type DistilEvent, type DistilOptions } from "@deepstyle/core";
import { Command } from "commander";
import { formatDuration } from "../../system/duration.ts";
import { distilEncoder, type DistilEncoderResult } from "../../training/distilEncoder.ts";
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
export const distilExamples: readonly string[] = [
  "deepstyle distil --pictures photos --pictures paintings -o lite.safetensors",
  "deepstyle distil --pictures photos --pictures paintings -o lite.safetensors --resume",
  "deepstyle distil --from lite.safetensors --pictures photos --pictures runs -o second.safetensors",
];

interface DistilFlags extends MachineFlags {
  readonly pictures: string[];
  readonly output: string;
  readonly from?: string;
  readonly resume?: true;
  readonly validation?: number;
  readonly validateEvery?: number;
  readonly checkpointSeconds?: number;
  readonly json?: true;
  readonly quiet?: true;
}

/** `deepstyle distil`: makes the encoder lite out of VGG-19. */
export function distilCommand(context: CommandContext): Command {
  const command = new Command("distil")
    .description("Make the small encoder lite out of VGG-19.")
    .requiredOption(
      "--pictures <dir...>",
      "folders of pictures to learn from, each drawn from as often as the others",
    )
    .requiredOption(
      "-o, --output <file>",
      "the encoder, .safetensors; checkpoint and log are written beside it",
    )
    .option(
      "--from <file>",
      "start from this encoder (default: from weights computed out of VGG-19's)",
    )
    .option("--resume", "go on from the checkpoint beside the output");
  addOptionsOf(distilOptions, command)
    .addOption(
      wholeNumberOption(
        "--validation <number>",
        "pictures of each folder put aside to choose the best weights by",
        { min: 1, max: 10_000, fallback: "4" },
      ),
    )
    .addOption(
      wholeNumberOption("--validate-every <number>", "updates between two looks at them", {
        min: 1,
        max: 1_000_000,
        fallback: "250",
      }),
    )
    .addOption(checkpointSecondsOption(300))
    .option("--quiet", "show no progress");
  addMachineOptions(command);
  addOutputOptions(command, "print the result as JSON");
  return command
    .addHelpText("after", `\nExamples:\n${distilExamples.map((line) => `  ${line}`).join("\n")}`)
    .action((flags: DistilFlags) => runDistil(flags, context));
}

async function runDistil(
  flags: DistilFlags,
  { terminal, exitWith }: CommandContext,
): Promise<void> {
  const options = optionsAmong(distilOptions, flags as never) as Partial<DistilOptions>;
  const line = progressLine(terminal);
  const result = await interruptible(terminal, (signal) =>
    distilEncoder({
      ...flags,
      options,
      signal,
      ...(!flags.quiet && {
        onEvent: (event: DistilEvent) => {
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

function report(result: DistilEncoderResult, { json }: DistilFlags, terminal: Terminal): void {
  const { output, unreadable, iterations, best } = result;
  const written = iterations > 0;
  if (unreadable > 0) terminal.err(`${unreadable} pictures could not be read.\n`);
  if (!written) tellNothingWritten(terminal, output);
  else
    terminal.err(
      `${iterations} iterations; kept the weights of iteration ${best.iteration}, ${percent(best.explained)} of the variance explained.\n`,
    );
  if (json) terminal.out(`${JSON.stringify({ ...result, written })}\n`);
  else if (written) terminal.out(`${output}\n`);
}

function show(event: DistilEvent, line: ReturnType<typeof progressLine>): void {
  switch (event.kind) {
    case "start":
      line.update(`weights to start from: ${event.layer}`);
      break;
    case "update": {
      const { iteration, of, losses, imagesPerSecond, secondsLeft } = event;
      const terms = Object.entries(losses.terms)
        .map(([name, value]) => `${name} ${value.toPrecision(3)}`)
        .join(", ");
      line.update(
        `iteration ${iteration} of ${of} · ${terms} · ${imagesPerSecond.toFixed(1)} images/s · ${formatDuration(secondsLeft)} left`,
      );
      break;
    }
    case "validation": {
      const correlations = Object.entries(event.agreement.average)
        .map(([layer, { correlation }]) => `${layer} ${correlation.toFixed(3)}`)
        .join(", ");
      line.line(
        `validation at ${event.iteration}: ${percent(event.explained)} explained, correlation ${correlations}${event.isBest ? ", the best so far" : ""}`,
      );
      break;
    }
  }
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
