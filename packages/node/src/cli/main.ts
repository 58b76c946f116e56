import { Command, CommanderError } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { describeFailure, exitStatuses, exitStatusOf, misuse } from "./failure.ts";
import { oneLine } from "./printable.ts";
import {
  printingTerminal,
  processTerminal,
  type CommandContext,
  type Terminal,
} from "./terminal.ts";

/**
 * The `deepstyle` command.
 *
 * @param argv - the arguments after the program's name
 * @param rawTerminal - where results, progress and errors go; those of the process if left out
 * @returns the exit status: see `exitStatuses`
 */
export async function main(
  argv: readonly string[],
  rawTerminal: Terminal = processTerminal(),
): Promise<number> {
  const terminal = printingTerminal(rawTerminal);
  let status = 0;
  try {
    const context = { terminal, exitWith: (given: number) => (status = given) };
    const program = await deepstyleCommand(argv[0], context);
    await program.parseAsync(argv, { from: "user" });
    return status;
  } catch (error) {
    // commander has said what was wrong.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : misuse;
    terminal.err(`deepstyle: ${describeFailure(error, argv.includes("--debug"))}\n`);
    return exitStatusOf(error);
  }
}

type CreateCommand = (context: CommandContext) => Command;

/** Each command is loaded when it is asked for: the others only delay the first picture. */
const commands: Readonly<Record<string, () => Promise<CreateCommand>>> = {
  stylize: async () => (await import("./commands/stylize.ts")).stylizeCommand,
  dream: async () => (await import("./commands/dream.ts")).dreamCommand,
  styles: async () => (await import("./commands/styles.ts")).stylesCommand,
  evaluate: async () => (await import("./commands/evaluate.ts")).evaluateCommand,
  rerun: async () => (await import("./commands/rerun.ts")).rerunCommand,
  train: async () => (await import("./commands/train.ts")).trainCommand,
  distil: async () => (await import("./commands/distil.ts")).distilCommand,
  doctor: async () => (await import("./commands/doctor.ts")).doctorCommand,
};

/** @param asked - the first argument: where it is a command's name, only that one is there */
async function deepstyleCommand(
  asked: string | undefined,
  context: CommandContext,
): Promise<Command> {
  const { terminal } = context;
  const program = new Command("deepstyle")
    .description("Neural style transfer: a photo and a painting in, a picture out.")
    .version(packageJson.version)
    .addHelpText("after", `\n${exitStatuses}`)
    // What stands after a command's name is for that command, and for the one inside it.
    .enablePositionalOptions();
  const known = asked !== undefined && Object.hasOwn(commands, asked);
  for (const load of known ? [commands[asked]!] : Object.values(commands)) {
    const create = await load();
    program.addCommand(create(context));
  }
  for (const command of withSubcommands(program))
    command
      .exitOverride()
      .showSuggestionAfterError()
      .configureHelp({ helpWidth: Math.min(terminal.columns, 100) })
      .configureOutput({
        writeOut: (text) => terminal.out(text),
        writeErr: (text) => terminal.err(text),
        outputError: (text, write) => write(misuseLine(text, command.name())),
      });
  return program;
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}

/** commander's message, and what it suggests, in one line. */
function misuseLine(text: string, command: string): string {
  const message = oneLine(
    text
      .replace(/^error: /, "")
      .trim()
      .replaceAll(/\s*\n\s*/g, " "),
  );
  const help = command === "deepstyle" ? "deepstyle --help" : `deepstyle ${command} --help`;
  return `deepstyle: ${message}${message.endsWith(")") ? "" : "."} See ${help}.\n`;
}
