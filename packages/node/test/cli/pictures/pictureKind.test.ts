import { expect, test } from "vitest";
import { choosePictureKind } from "../../../src/cli/pictures/pictureKind.ts";

const xterm = { TERM: "xterm-256color" };

test.each([
  ["kitty", { TERM: "xterm-kitty" }],
  ["kitty", { ...xterm, KITTY_WINDOW_ID: "1" }],
  ["kitty", { TERM: "xterm-ghostty", TERM_PROGRAM: "ghostty" }],
  ["kitty", { TERM: "xterm-kitty", NO_COLOR: "1" }],
  ["iterm2", { ...xterm, TERM_PROGRAM: "iTerm.app", COLORTERM: "truecolor" }],
  ["iterm2", { ...xterm, LC_TERMINAL: "iTerm2" }],
  ["iterm2", { ...xterm, TERM_PROGRAM: "WezTerm" }],
  ["trueColour", { ...xterm, COLORTERM: "truecolor" }],
  ["trueColour", { TERM: "xterm", COLORTERM: "24bit", CI: "false" }],
  ["trueColour", { WT_SESSION: "6d7f" }],
  ["trueColour", { TERM: "tmux-256color", KITTY_WINDOW_ID: "1", COLORTERM: "truecolor" }],
  ["palette", { ...xterm, TERM_PROGRAM: "Apple_Terminal" }],
  ["palette", { ...xterm, TMUX: "/tmp/tmux-0/default,1,0", LC_TERMINAL: "iTerm2" }],
] as const)("%s for %j", (kind, environment) => {
  expect(choosePictureKind(environment, true)).toEqual({ kind });
});

test.each([
  ["TERM is dumb", { TERM: "dumb", COLORTERM: "truecolor" }],
  ["CI is set: nobody looks on", { TERM: "xterm-kitty", CI: "true" }],
  ["NO_COLOR is set", { ...xterm, NO_COLOR: "1" }],
  ["TERM is xterm, which promises no 256 colours", { TERM: "xterm", NO_COLOR: "" }],
  ["TERM is not set, which promises no 256 colours", {}],
])("none, as %s, for %j", (why, environment) => {
  expect(choosePictureKind(environment, true)).toEqual({ kind: "none", why });
});

test("none where progress goes to a file", () => {
  expect(choosePictureKind({ TERM: "xterm-kitty" }, false)).toEqual({
    kind: "none",
    why: "progress is not written to one",
  });
});
