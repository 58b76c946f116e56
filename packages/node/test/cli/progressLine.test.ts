import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import { progressLine } from "../../src/cli/progressLine.ts";
import { recordingTerminal } from "./command.ts";
import { screenAfter } from "./pictures/screen.ts";

/** A picture of letters. */
const letters = (letter: string, rows = 2) => ({
  rows,
  text: Array.from({ length: rows }, () => letter.repeat(3)).join("\r\n"),
});

function terminalOf(size: { columns: number; rows: number } = { columns: 30, rows: 8 }) {
  const terminal = recordingTerminal({ isInteractive: true, ...size });
  const lines = () => screenAfter(terminal.text.err, size.columns, size.rows).lines;
  return { terminal, lines };
}

test("a display for each photo of a large folder leaves nothing behind on their common signal", () => {
  const { signal } = new AbortController();
  for (let photo = 0; photo < 20; photo++) progressLine(recordingTerminal(), { signal }).end();
  expect(getEventListeners(signal, "abort")).toEqual([]);
});

describe("a picture above the line of progress", () => {
  test("takes the place of the one before, and the line goes on", () => {
    const { terminal, lines } = terminalOf();
    const { update, line, draw, end } = progressLine(terminal);
    line("the plan");
    update("iteration 1");
    draw(letters("a"));
    expect(lines()).toEqual(["the plan", "aaa", "aaa", "iteration 1"]);
    update("iteration 2");
    draw(letters("b"));
    update("iteration 3");
    end();
    expect(lines()).toEqual(["the plan", "bbb", "bbb", "iteration 3", ""]);
  });

  test("comes before there is a line, too", () => {
    const { terminal, lines } = terminalOf();
    const { update, draw, end } = progressLine(terminal);
    draw(letters("a"));
    draw(letters("b"));
    update("iteration 1");
    end();
    expect(lines()).toEqual(["bbb", "bbb", "iteration 1", ""]);
  });

  test("makes way for a line that stays", () => {
    const { terminal, lines } = terminalOf();
    const { update, line, draw } = progressLine(terminal);
    update("iteration 1");
    draw(letters("a"));
    line("Warning: careful");
    draw(letters("b"));
    expect(lines()).toEqual(["Warning: careful", "bbb", "bbb", "iteration 1"]);
  });

  test("changes its height", () => {
    const { terminal, lines } = terminalOf();
    const { update, draw } = progressLine(terminal);
    update("iteration 1");
    draw(letters("a", 4));
    draw(letters("b", 2));
    update("iteration 2");
    expect(lines().filter((text) => text !== "")).toEqual(["bbb", "bbb", "iteration 2"]);
    draw(letters("c", 3));
    expect(lines().filter((text) => text !== "")).toEqual(["ccc", "ccc", "ccc", "iteration 2"]);
  });

  test("scrolls at the lower end of the window", () => {
    const { terminal, lines } = terminalOf({ columns: 30, rows: 4 });
    const { update, line, draw, end } = progressLine(terminal);
    for (const text of ["1", "2", "3", "4", "5"]) line(text);
    for (const letter of ["a", "b", "c"]) {
      update(`iteration ${letter}`);
      draw(letters(letter));
      line(`line ${letter}`);
    }
    end();
    expect(lines()).toEqual(
      ["1", "2", "3", "4", "5", "line a", "line b", "line c"].concat(
        "ccc",
        "ccc",
        "iteration c",
        "",
      ),
    );
  });

  test("is left where it is when the window gets another width", () => {
    const { terminal, lines } = terminalOf();
    const { update, draw } = progressLine(terminal);
    update("iteration 1");
    draw(letters("a"));
    Object.assign(terminal, { columns: 29 });
    draw(letters("b"));
    update("iteration 2");
    expect(lines()).toEqual(["aaa", "aaa", "iteration 1", "bbb", "bbb", "iteration 2"]);
  });

  test("stays after Ctrl-C, when somebody else writes, and no other comes", () => {
    const { terminal, lines } = terminalOf();
    const controller = new AbortController();
    const { update, line, draw, end } = progressLine(terminal, { signal: controller.signal });
    update("iteration 1");
    draw(letters("a"));
    controller.abort();
    terminal.err("\nStopping\n");
    update("iteration 2");
    draw(letters("b"));
    line("Warning: careful");
    end();
    expect(lines()).toEqual(
      ["aaa", "aaa", "iteration 1", "Stopping", "iteration 2"].concat("Warning: careful", ""),
    );
  });
});
