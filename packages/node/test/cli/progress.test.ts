import { expect, test } from "vitest";
import { progressDisplay } from "../../src/cli/progress.ts";
import { formatDuration } from "../../src/system/duration.ts";
import { progressLine } from "../../src/cli/progressLine.ts";
import { recordingTerminal } from "./command.ts";

function iteration(number: number, secondsLeft = 80) {
  const losses = { totalLoss: 1234.5678, contentLoss: 1, styleLoss: 2, tvLoss: 3 };
  const others = { pixelLoss: 0, detailLoss: 0, dreamLoss: 0, gradientNorm: 4 };
  const record = { iteration: number, scale: 128, seconds: number, ...losses, ...others };
  const picture = () => ({ width: 1, height: 1, data: new Float32Array(3) });
  return { kind: "iteration", record, of: 250, secondsLeft, picture } as const;
}

test("without a terminal a line comes every five seconds", () => {
  const terminal = recordingTerminal();
  let time = 0;
  const display = progressDisplay(terminal, { now: () => time });
  for (time = 0; time <= 10; time++) display.show(iteration(time));
  display.end();
  expect(terminal.text.err.split("\n")).toEqual([
    "iteration 0 of 250 · 128 px · loss 1234.6 · 1 min 20 s left",
    "iteration 5 of 250 · 128 px · loss 1234.6 · 1 min 20 s left",
    "iteration 10 of 250 · 128 px · loss 1234.6 · 1 min 20 s left",
    "",
  ]);
});

test("on a terminal one line is written over, and no longer than the terminal is wide", () => {
  const terminal = recordingTerminal({ isInteractive: true, columns: 30 });
  const display = progressDisplay(terminal);
  display.show(iteration(0));
  display.show(iteration(1));
  display.show({ kind: "warning", message: "careful" });
  display.end();
  expect(terminal.text.err).toBe(
    "\riteration 0 of 250 · 128 px ·\riteration 1 of 250 · 128 px ·\nWarning: careful\n",
  );
});

test("a shorter line leaves nothing of a longer one, without any escape code", () => {
  const terminal = recordingTerminal({ isInteractive: true });
  const { update } = progressLine(terminal);
  for (const text of ["iteration 100", "tile 1"]) update(text);
  expect(terminal.text.err).toBe("\riteration 100\rtile 1       ");
});

test("the plan says sizes, iterations, time and memory", () => {
  const terminal = recordingTerminal();
  const stages = [
    { longSide: 128, iterations: 150 },
    { longSide: 181, iterations: 100 },
  ];
  const plan = { kind: "plan", stages, iterations: 250, seconds: 200, bytes: 2.14e9 } as const;
  progressDisplay(terminal).show(plan);
  expect(terminal.text.err).toBe(
    "128, 181 px, 250 iterations: about 3 min 20 s and 2.1 GB of memory\n",
  );
});

test.each([
  [0.4, "0 s"],
  [59.6, "1 min 0 s"],
  [200, "3 min 20 s"],
  [7500, "2 h 5 min"],
])("%s seconds are shown as %s", (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});
