import { Command, CommanderError } from "commander";
import packageJson from "../../package.json" with { type: "json" };

/**
 * The `deepstyle` command.
 *
 * @param argv - the arguments after the program's name
 * @returns the exit status: 0 after success, 2 after misuse
 */
export async function main(argv: readonly string[]): Promise<number> {
  const program = new Command("deepstyle")
    .description(packageJson.description)
    .version(packageJson.version)
    .exitOverride();
  try {
    await program.parseAsync(argv, { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
}
