import { recipeOptions } from "@deepstyle/core";
import { expect, test } from "vitest";
import { deepstyle } from "./command.ts";

test.each(["stylize", "dream", "styles", "evaluate", "rerun", "distil", "doctor"])(
  "the help of %s stays as it is",
  async (name) => {
    const { status, out, err } = await deepstyle(name, "--help");
    expect({ status, err }).toEqual({ status: 0, err: "" });
    await expect(out).toMatchFileSnapshot(`help/${name}.txt`);
  },
);

test("every option of the recipe is there with meaning, range and default", async () => {
  const { out } = await deepstyle("stylize", "--help");
  const text = out.replaceAll(/\s+/g, " ");
  const withFiles = ["init", "pixelLoss"];
  for (const name of recipeOptions.names.filter((option) => !withFiles.includes(option))) {
    const { meaning, expected, default: fallback } = recipeOptions.describe(name);
    expect(text).toContain(`${meaning}; ${expected} (default: ${fallback})`);
  }
});

test("without a command, the commands are listed on standard error", async () => {
  const { status, out, err } = await deepstyle();
  expect({ status, out }).toEqual({ status: 2, out: "" });
  for (const name of ["stylize", "dream", "styles", "evaluate", "rerun", "doctor"])
    expect(err).toContain(`  ${name} `);
});
