import { Command } from "commander";
import { expect, test } from "vitest";
import { addRecipeOptions, recipeOf } from "../../src/cli/options.ts";

function styleScaleOf(text: string): number | undefined {
  const command = addRecipeOptions(new Command());
  command.parse(["--style-scale", text], { from: "user" });
  return recipeOf(command.opts()).styleScale;
}

test.each([
  ["1.5", "150%"],
  ["1", "100%"],
  ["0.333", "33.3%"],
  ["0.05", "5%"],
  ["8", "800%"],
])("a style scale of %s is %s", (factor, perCent) => {
  expect(styleScaleOf(perCent)).toBe(Number(factor));
  expect(styleScaleOf(factor)).toBe(Number(factor));
});
