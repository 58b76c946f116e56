import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { TrainingLog, type LoggedLosses } from "../../src/training/trainingLog.ts";
import { temporaryFolder } from "../temporaryFolder.ts";

const folder = temporaryFolder();

/** Losses whose sum depends on the order in which it is taken. */
const lossesOf = (iteration: number): LoggedLosses => ({
  total: iteration === 20 ? Infinity : 1 / iteration,
  terms: { content: 0.1 * iteration, style: Math.sqrt(iteration) },
  gradientNorm: 1e16 / iteration,
  skipped: iteration % 7 === 0,
});

function note(log: TrainingLog, from: number, to: number): void {
  for (let iteration = from; iteration <= to; iteration++) {
    log.noteUpdate({ iteration, losses: lossesOf(iteration), learningRate: 0.1 / iteration });
    if (iteration % 10 === 0) log.note({ iteration, kind: "validation", total: iteration });
  }
}

test.each([1, 49, 50, 51, 73])(
  "cut off after update %i and gone on with, a log has the same bytes",
  async (checkpoint) => {
    const [whole, broken] = ["whole", "broken"].map((name) => join(folder, `${name}${checkpoint}`));
    const once = await TrainingLog.open(whole!, { iteration: 0 });
    note(once, 1, 120);
    await once.written();

    const first = await TrainingLog.open(broken!, { iteration: 0 });
    note(first, 1, checkpoint);
    // As a checkpoint's header keeps it.
    const kept = JSON.stringify(first.pending);
    note(first, checkpoint + 1, 110);
    await first.written();
    appendFileSync(broken!, '{"iteration":111,"cut o');

    const pending = JSON.parse(kept) as LoggedLosses[];
    const second = await TrainingLog.open(broken!, { iteration: checkpoint, pending });
    note(second, checkpoint + 1, 120);
    await second.written();
    expect(readFileSync(broken!, "utf8")).toBe(readFileSync(whole!, "utf8"));
  },
);

test("a line is the mean of the updates that counted", async () => {
  const path = join(folder, "mean");
  const log = await TrainingLog.open(path, { iteration: 0 });
  note(log, 1, 50);
  await log.written();
  const lines = readFileSync(path, "utf8").trim().split("\n");
  const line = JSON.parse(lines.at(-2)!) as { terms: { content: number } };
  const counted = Array.from({ length: 50 }, (_, i) => i + 1).filter((i) => i % 7 !== 0);
  const mean = counted.reduce((sum, i) => sum + 0.1 * i, 0) / counted.length;
  expect(line.terms.content).toBeCloseTo(mean, 12);
});
