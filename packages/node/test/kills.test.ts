import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { stagesWithin } from "@deepstyle/core";
import { expect, test } from "vitest";
import { killAndResume, smallWorks } from "./kills.ts";
import { temporaryFolder } from "./temporaryFolder.ts";

const scratch = temporaryFolder();
const main = new URL("../src/cli/main.ts", import.meta.url).href;
const script = `const { main } = await import(${JSON.stringify(main)}); process.exitCode = await main(process.argv.slice(1));`;
const tsx = import.meta.resolve("tsx");
const node = ["--import", tsx, "--conditions=deepstyle-src", "--input-type=module", "-e", script];
const command = [process.execPath, ...node, "--"];

mkdirSync(join(scratch, "inputs"));
const works = await smallWorks(join(scratch, "inputs"));

test("the work in tiles is done in tiles", () => {
  const { args } = works.find(({ name }) => name === "tiles")!;
  const valueOf = (flag: string): string => args[args.indexOf(flag) + 1]!;
  const [longSide, memory] = [Number(valueOf("--size")), 1e6 * parseFloat(valueOf("--memory"))];
  const [stage] = stagesWithin([{ longSide, iterations: 6 }], {
    ...{ memory, optimizer: "lbfgs", encoders: ["lite"], content: { width: 480, height: 360 } },
  });
  expect(stage!.tiles!.side).toBeLessThan(longSide);
});

// Thirty of each, by the bundled command: bench/kills.ts.
test.each(works.map((work) => [work.name, work] as const))(
  "%s, killed at random moments and resumed, leaves the same bytes and nothing else",
  async (_, work) => {
    const kills = 2;
    const report = await killAndResume(command, work, { kills, seed: 1, scratch });
    expect(report.faults).toEqual([]);
    expect(report).toMatchObject({ resumed: kills, same: kills, clean: kills });
  },
  180_000,
);
