import { rulerStyleLayers, type RulerResult } from "@deepstyle/core";
import { Command } from "commander";
import { evaluate } from "../../jobs/evaluate.ts";
import { addMachineOptions, addOutputOptions, type MachineFlags } from "../options.ts";
import type { CommandContext } from "../terminal.ts";

/** Command lines for the help text. */
export const evaluateExamples: readonly string[] = [
  "deepstyle evaluate cat-waves.png --content cat.jpg --style waves.jpg",
];

interface EvaluateFlags extends MachineFlags {
  readonly content: string;
  readonly style: string;
  readonly json?: true;
}

/** `deepstyle evaluate`: measures a picture with the fixed ruler. */
export function evaluateCommand({ terminal }: CommandContext): Command {
  const command = new Command("evaluate")
    .description(
      "Measure how far a picture is from its photo and its painting, at 512 px, with VGG-19.",
    )
    .argument("<picture>", "the result to be measured")
    .requiredOption("--content <image>", "the photo that it was made from")
    .requiredOption("--style <image>", "the painting that it should look like");
  addMachineOptions(command);
  addOutputOptions(command, "print the figures as JSON");
  return command
    .addHelpText("after", `\nExamples:\n${evaluateExamples.map((line) => `  ${line}`).join("\n")}`)
    .action(async (picture: string, { json, ...flags }: EvaluateFlags) => {
      const warnings: string[] = [];
      const onWarning = (message: string): void => {
        warnings.push(message);
        terminal.err(`Warning: ${message}\n`);
      };
      const result = await evaluate({ picture, ...flags, onWarning });
      const facts = { ...result, ...(warnings.length > 0 && { warnings }) };
      terminal.out(json ? `${JSON.stringify(facts)}\n` : table(result));
    });
}

function table({ content, style, gapClosed, ssim }: RulerResult): string {
  const row = (name: string, distance: number, closed: number | null): string => {
    const share = closed === null ? "no gap" : `${(100 * closed).toFixed(1)} %`;
    return `${name.padEnd(9)}${figure(distance).padStart(9)}${share.padStart(13)}\n`;
  };
  return [
    `content (relu4_2), 0 is the photo: ${figure(content)}\n`,
    `structural similarity, 1 is the photo: ${figure(ssim)}\n\n`,
    `style     distance   gap closed\n`,
    ...[...rulerStyleLayers, "total" as const].map((layer) =>
      row(layer, style[layer], gapClosed[layer]),
    ),
  ].join("");
}

/** A distance from what has no features at all has no number. */
function figure(value: number): string {
  return Number.isFinite(value) ? value.toFixed(4) : "–";
}
