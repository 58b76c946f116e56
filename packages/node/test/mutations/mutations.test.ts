import { expect, test, vi } from "vitest";
import { deepstyle } from "../cli/command.ts";
import { runMutations } from "./mutations.ts";

// scripts/mutations.ts gives ten thousands of them to the built command.
test("damaged files of every format are refused in a line of our own, soon and in little memory", async () => {
  vi.stubEnv("DEEPSTYLE_NETWORKS", "");
  const before = process.resourceUsage().maxRSS * 1024;
  const tallies = await runMutations(deepstyle, 3, { images: 120, own: 240 });
  expect(tallies.flatMap(({ foreign }) => foreign)).toEqual([]);
  expect(tallies.map(({ name }) => name)).toContain("styles.json");
  for (const { name, files, refused, slowestSeconds } of tallies) {
    expect(refused, name).toBeGreaterThan(files / 10);
    expect(slowestSeconds, name).toBeLessThan(30);
  }
  expect(process.resourceUsage().maxRSS * 1024 - before).toBeLessThan(600e6);
}, 240_000);
