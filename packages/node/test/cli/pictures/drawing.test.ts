import type { Raster } from "@deepstyle/core";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { cellsFor } from "../../../src/cli/pictures/cells.ts";
import { drawPicture } from "../../../src/cli/pictures/drawing.ts";
import { halfBlocks, nearestOfPalette } from "../../../src/cli/pictures/halfBlocks.ts";
import { inlineImage } from "../../../src/cli/pictures/inlineImage.ts";
import { kittyImage } from "../../../src/cli/pictures/kittyImage.ts";
import { screenAfter } from "./screen.ts";

/** Two columns and four rows: red, green; blue, white; black, grey; black, grey. */
const small: Raster = {
  width: 2,
  height: 4,
  data: new Float32Array(
    [
      [1, 0, 0, 1, 0, 0.5, 0, 0.5],
      [0, 1, 0, 1, 0, 0.5, 0, 0.5],
      [0, 0, 1, 1, 0, 0.5, 0, 0.5],
    ].flat(),
  ),
};

describe("cells", () => {
  const room = { columns: 81, rows: 26 };

  test.each([
    [
      { width: 300, height: 200 },
      { columns: 72, rows: 24 },
    ],
    [
      { width: 3000, height: 200 },
      { columns: 80, rows: 3 },
    ],
    [
      { width: 200, height: 3000 },
      { columns: 3, rows: 24 },
    ],
    [
      { width: 1, height: 100_000 },
      { columns: 1, rows: 24 },
    ],
  ])("of %j keep its proportions, two to a square", (picture, cells) => {
    expect(cellsFor(picture, room)).toEqual(cells);
  });

  test("are at least one, however small the terminal", () => {
    expect(cellsFor({ width: 3, height: 2 }, { columns: 1, rows: 1 })).toEqual({
      columns: 1,
      rows: 1,
    });
  });
});

describe("half blocks", () => {
  test("have the upper pixel before the lower, set only where they change, and reset each row", () => {
    expect(halfBlocks(small, "trueColour")).toBe(
      "\u001b[38;2;255;0;0;48;2;0;0;255m▀\u001b[38;2;0;255;0;48;2;255;255;255m▀\u001b[0m\r\n" +
        "\u001b[38;2;0;0;0;48;2;0;0;0m▀\u001b[38;2;128;128;128;48;2;128;128;128m▀\u001b[0m",
    );
    const flat = { width: 3, height: 2, data: new Float32Array(18) };
    expect(halfBlocks(flat, "palette")).toBe("\u001b[38;5;16;48;5;16m▀▀▀\u001b[0m");
  });

  test("of a palette are as near to the colour as any of its colours", () => {
    // xterm's 256colres.pl: the cube, then the greys.
    const level = (i: number): number => (i === 0 ? 0 : 55 + 40 * i);
    const palette = Array.from({ length: 240 }, (_, i) => {
      if (i >= 216) return [0, 0, 0].map(() => 8 + 10 * (i - 216));
      return [Math.floor(i / 36), Math.floor(i / 6) % 6, i % 6].map(level);
    });
    const distance = (a: readonly number[], b: readonly number[]): number =>
      a.reduce((sum, value, c) => sum + (value - b[c]!) ** 2, 0);
    for (let i = 0; i < 500; i++) {
      const colour = [(i * 37) % 256, (i * 101) % 256, (i * i) % 256] as const;
      const near = i % 3 === 0 ? ([i % 256, (i + 3) % 256, (i + 5) % 256] as const) : colour;
      const best = Math.min(...palette.map((other) => distance(other, near)));
      expect(distance(palette[nearestOfPalette(near) - 16]!, near)).toBe(best);
    }
  });
});

describe("kitty's protocol", () => {
  const cells = { columns: 20, rows: 5 };
  const png = Buffer.from(Array.from({ length: 7000 }, (_, i) => i % 251));

  test("sends base64 in chunks of at most 4096 bytes, all but the last with m=1", () => {
    const sent = kittyImage(png, cells, 7);
    expect(sent.startsWith("\u001b_G") && sent.endsWith("\u001b\\")).toBe(true);
    const escapes = sent.slice(3, -2).split("\u001b\\\u001b_G");
    const [first, ...others] = escapes.map((code) => code.split(";"));
    expect(first![0]).toBe("a=T,f=100,i=7,p=1,c=20,r=5,C=1,q=2,m=1");
    expect(others.map(([control]) => control)).toEqual(["m=1", "m=0"]);
    const payloads = [first!, ...others].map(([, payload]) => payload!);
    expect(payloads.map(({ length }) => length)).toEqual([4096, 4096, 1144]);
    expect(Buffer.from(payloads.join(""), "base64")).toEqual(png);
  });

  test("sends what is small at once", () => {
    expect(kittyImage(Buffer.from("png"), cells, 1)).toBe(
      "\u001b_Ga=T,f=100,i=1,p=1,c=20,r=5,C=1,q=2,m=0;cG5n\u001b\\",
    );
  });
});

test("iTerm2's protocol sends a file with its size in bytes and in cells", () => {
  expect(inlineImage(Buffer.from("jpeg"), { columns: 20, rows: 5 })).toBe(
    "\u001b]1337;File=inline=1;size=4;width=20;height=5;preserveAspectRatio=1:anBlZw==\u0007",
  );
});

describe("a picture", () => {
  const picture: Raster = {
    width: 600,
    height: 400,
    data: new Float32Array(720_000).fill(0.25),
    alpha: new Float32Array(240_000).fill(0),
  };
  const room = { columns: 31, rows: 22 };

  test.each(["kitty", "iterm2"] as const)("for %s is a small one on white", async (kind) => {
    const { rows, text } = await drawPicture(kind, picture, room, 1);
    expect(rows).toBe(10);
    const escapes = text.split(kind === "kitty" ? "\u001b\\" : "\u0007").slice(0, -1);
    const payload = escapes.map((code) => code.split(/[;:]/).at(-1)!).join("");
    const file = sharp(Buffer.from(payload, "base64"));
    const format = kind === "kitty" ? "png" : "jpeg";
    expect(await file.metadata()).toMatchObject({ format, width: 512, height: 341, channels: 3 });
    expect((await file.stats()).channels.map(({ mean }) => mean)).toEqual([255, 255, 255]);
  });

  test("in half blocks fills its cells", async () => {
    const { rows, text } = await drawPicture("trueColour", picture, room, 1);
    const { lines, colours } = screenAfter(text, room.columns, room.rows);
    expect(lines).toEqual(Array.from({ length: rows }, () => "▀".repeat(30)));
    expect(colours.flat().every((cell) => cell?.join() === "2;255;255;255,2;255;255;255")).toBe(
      true,
    );
  });
});
