/**
 * How a terminal is shown a picture: by the graphics protocol of kitty, by the inline images of iTerm2, or
 * in coloured half blocks, of 24 bits or of a palette of 256.
 */
export type PictureKind = "kitty" | "iterm2" | "trueColour" | "palette";

/** A kind of picture, or why there is none. */
export type PictureChoice =
  { readonly kind: PictureKind } | { readonly kind: "none"; readonly why: string };

/**
 * Chooses by what terminals say of themselves in the environment. They are not asked: an answer would
 * come as typed text, perhaps after the program has ended.
 *
 * WezTerm knows kitty's protocol in part and iTerm2's by its own documentation
 * (https://wezterm.org/imgcat.html). A multiplexer lets neither through, but inherits the variables of the
 * terminal that it was started in. `NO_COLOR` is meant for coloured text (https://no-color.org), which half
 * blocks are and pictures are not.
 *
 * @param isInteractive - whether progress is written to a terminal
 */
export function choosePictureKind(
  environment: Readonly<Record<string, string | undefined>>,
  isInteractive: boolean,
): PictureChoice {
  const { TERM = "", TERM_PROGRAM, LC_TERMINAL, COLORTERM, CI } = environment;
  const has = (name: string): boolean => (environment[name] ?? "") !== "";
  const none = (why: string): PictureChoice => ({ kind: "none", why });
  if (!isInteractive) return none("progress is not written to one");
  if (TERM === "dumb") return none("TERM is dumb");
  if (has("CI") && CI !== "false") return none("CI is set: nobody looks on");

  const isMultiplexed = ["TMUX", "STY", "ZELLIJ"].some(has) || /^(tmux|screen)/.test(TERM);
  if (!isMultiplexed) {
    if (TERM_PROGRAM === "WezTerm") return { kind: "iterm2" };
    if (/kitty|ghostty/.test(TERM) || has("KITTY_WINDOW_ID") || TERM_PROGRAM === "ghostty")
      return { kind: "kitty" };
    if (TERM_PROGRAM === "iTerm.app" || LC_TERMINAL === "iTerm2") return { kind: "iterm2" };
  }

  if (has("NO_COLOR")) return none("NO_COLOR is set");
  // Windows Terminal has 24 bits, and says so by its session alone.
  if (/^(truecolor|24bit)$/i.test(COLORTERM ?? "") || has("WT_SESSION"))
    return { kind: "trueColour" };
  if (TERM.includes("256color")) return { kind: "palette" };
  return none(`TERM is ${TERM || "not set"}, which promises no 256 colours`);
}
