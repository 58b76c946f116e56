import { Command, CommanderError } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { doctorCommand } from "./commands/doctor.ts";
import { evaluateCommand } from "./commands/evaluate.ts";
import { rerunCommand } from "./commands/rerun.ts";
import { stylizeCommand } from "./commands/stylize.ts";
import { trainCommand } from "./commands/train.ts";
import { describeFailure, exitStatusOf, misuse } from "./failure.ts";
import { processTerminal, type CommandContext, type Terminal } from "./terminal.ts";

/**
 * The `deepstyle` command.
 *
 * @param argv - the arguments after the program's name
 * @param terminal - where results, progress and errors go; those of the process if left out
 * @returns the exit status: 0 after success, 1 after a failure, 2 after misuse, 130 after a signal
 */
export async function main(
  argv: readonly string[],
  terminal: Terminal = processTerminal,
): Promise<number> {
  let status = 0;
  const program = deepstyleCommand({ terminal, exitWith: (given) => (status = given) });
  try {
    await program.parseAsync(argv, { from: "user" });
    return status;
  } catch (error) {
    // commander has said what was wrong.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : misuse;
    terminal.err(`deepstyle: ${describeFailure(error, argv.includes("--debug"))}\n`);
    return exitStatusOf(error);
  }
}

function deepstyleCommand(context: CommandContext): Command {
  const { terminal } = context;
  const program = new Command("deepstyle")
    .description("Neural style transfer: a photo and a painting in, a picture out.")
    .version(packageJson.version);
  for (const create of [stylizeCommand, evaluateCommand, rerunCommand, trainCommand, doctorCommand])
    program.addCommand(create(context));
  for (const command of [program, ...program.commands])
    command
      .exitOverride()
      .showSuggestionAfterError()
      .configureHelp({ helpWidth: Math.min(terminal.columns, 100) })
      .configureOutput({
        writeOut: (text) => terminal.out(text),
        writeErr: (text) => terminal.err(text),
        outputError: (text, write) => write(oneLine(text, command.name())),
      });
  return program;
}

/** commander's message, and what it suggests, in one line. */
function oneLine(text: string, command: string): string {
  const message = text
    .replace(/^error: /, "")
    .trim()
    .replaceAll(/\s*\n\s*/g, " ");
  const help = command === "deepstyle" ? "deepstyle --help" : `deepstyle ${command} --help`;
  return `deepstyle: ${message}${message.endsWith(")") ? "" : "."} See ${help}.\n`;
}
