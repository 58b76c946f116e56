/**
 * docs/pictures/guide/show.png, what a terminal of 80 × 24 shows of `--show`: `npm run ts --
 * scripts/terminalPicture.ts`, after a build.
 *
 * The command runs in a pseudo-terminal, by util-linux's `script`. What it writes is read as a terminal reads
 * it, and each cell is drawn as one of 8 × 16 px.
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { screenAfter, type Screen } from "../packages/node/test/cli/pictures/screen.ts";

const [columns, rows] = [80, 24];
const [cellWidth, cellHeight] = [8, 16];

/** Blank pixels around the text. */
const margin = 10;

/** How the picture is painted. */
const options = "--encoder lite --size 288 --iterations 80";

/** What somebody in the folder of the pictures would have typed. */
const typed = [
  "$ npx deepstyle stylize landscape.jpg --style stained-glass.jpg -o out.png --show \\",
  options,
];

function shown(): Screen {
  const folder = mkdtempSync(join(tmpdir(), "deepstyle-show-"));
  const pictures = "examples/pictures";
  const words = [
    ...["packages/node/bin/deepstyle.js", "stylize", `${pictures}/landscape.jpg`, "--show"],
    ...["--style", `${pictures}/stained-glass.jpg`, "-o", join(folder, "out.png")],
    options,
  ];
  const command = `stty cols ${columns} rows ${rows}; exec '${process.execPath}' ${words.join(" ")}`;
  const { stdout, status } = spawnSync("script", ["-qefc", command, join(folder, "typescript")], {
    encoding: "utf8",
    input: "",
    maxBuffer: 2 ** 28,
    env: { PATH: process.env["PATH"], TERM: "xterm-256color", COLORTERM: "truecolor" },
  });
  rmSync(folder, { recursive: true });
  if (status !== 0) throw new Error(`deepstyle ended with status ${status}: ${stdout.slice(-500)}`);
  return screenAfter(stdout.replaceAll(join(folder, "out.png"), "out.png"), columns, rows);
}

/** `rgb(1,2,3)` of what SGR 38 and 48 are given. */
const rgb = (parameters: string): string => `rgb(${parameters.split(";").slice(1).join(",")})`;

function drawn({ lines, colours }: Screen): string {
  const text = [...typed, ...lines].map((line, i) => {
    const [x, y] = [margin, margin + i * cellHeight];
    const cells = (colours[i - typed.length] ?? []).flatMap((pair, column) => {
      if (pair === undefined) return [];
      const rectangle = (top: number, colour: string): string =>
        `<rect x="${x + column * cellWidth}" y="${top}" width="${cellWidth}" height="${cellHeight / 2}" fill="${rgb(colour)}"/>`;
      return [rectangle(y, pair[0]), rectangle(y + cellHeight / 2, pair[1])];
    });
    if (cells.length > 0) return cells.join("");
    return `<text x="${x}" y="${y + 12}" textLength="${line.length * cellWidth}">${line}</text>`;
  });
  const width = 2 * margin + columns * cellWidth;
  const height = 2 * margin + (typed.length + lines.length) * cellHeight;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" shape-rendering="crispEdges" font-family="DejaVu Sans Mono, monospace" font-size="13" fill="#ddd"><rect width="100%" height="100%" fill="#1c1c1c"/>${text.join("")}</svg>`;
}

await sharp(Buffer.from(drawn(shown())), { unlimited: true })
  .png({ compressionLevel: 9 })
  .toFile("docs/pictures/guide/show.png");
