import { Command } from "commander";
import { rerun } from "../../record/rerun.ts";
import { interrupted } from "../failure.ts";
import { interruptible, tellNothingWritten, unlessAborted } from "../interrupt.ts";
import { addOutputOptions } from "../options.ts";
import { oneLine } from "../printable.ts";
import { progressDisplay } from "../progress.ts";
import type { CommandContext } from "../terminal.ts";

/** Command lines for the help text. */
export const rerunExamples: readonly string[] = [
  "deepstyle rerun again.json",
  "deepstyle rerun again.json -o copy.png",
];

interface RerunFlags {
  readonly output?: string;
  readonly models?: string;
  readonly json?: true;
  readonly quiet?: true;
}

/** `deepstyle rerun`: makes the picture of a record again. */
export function rerunCommand({ terminal, exitWith }: CommandContext): Command {
  const command = new Command("rerun")
    .description("Make the picture of a record again, byte for byte.")
    .argument("<record>", "a file that --record of stylize or dream wrote")
    .option(
      "-o, --output <file>",
      "where to write (default: the place in the record, unless another picture is there by now)",
    )
    .option("--models <dir>", "folder to look for models first (default: that in the record)")
    .option("--quiet", "show no progress and no paths");
  addOutputOptions(command, "print the result as JSON");
  return command
    .addHelpText("after", `\nExamples:\n${rerunExamples.map((line) => `  ${line}`).join("\n")}`)
    .action(async (path: string, { json, quiet, output, models }: RerunFlags) => {
      const display = progressDisplay(terminal, { quiet });
      const done = await interruptible(terminal, (signal) =>
        unlessAborted(
          signal,
          rerun(path, { output, models, signal, onEvent: (event) => display.show(event) }),
        ),
      ).finally(() => display.end());
      if (done === undefined || done.interrupted) {
        tellNothingWritten(terminal, done?.output ?? output);
        exitWith(interrupted);
        return;
      }
      const { identical, written, changes, format } = done;
      if (identical && format !== undefined && !quiet)
        terminal.err(
          `The picture is that of ${oneLine(path)}, in another format: ${format.written}, not ${format.recorded}.\n`,
        );
      if (!identical) {
        const fate = written
          ? "It was written all the same."
          : "It was not written; give -o FILE to have it.";
        const why =
          changes.length > 0
            ? changes.join("; ")
            : "versions and machine are as they were, so the record itself has been changed";
        terminal.err(
          `deepstyle: ${oneLine(`the picture is not that of ${path}: ${why}. ${fate}`)}\n`,
        );
        exitWith(1);
      }
      if (json) terminal.out(`${JSON.stringify({ output: done.output, identical, written })}\n`);
      else if (written && !quiet) terminal.out(`${done.output}\n`);
    });
}
