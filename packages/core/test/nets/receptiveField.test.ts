import { expect, test } from "vitest";
import { defaultArchitecture, networkLayers } from "../../src/nets/architecture.ts";
import { resultLength, tileSpan } from "../../src/nets/receptiveField.ts";

const layers = networkLayers(defaultArchitecture);
const whole = { from: 512, to: 1024 };

test("a network's result has a multiple of 4 pixels that holds its input", () => {
  for (const [kind, margin] of [
    ["still", 0],
    ["video", 4],
  ] as const) {
    const architecture = { ...defaultArchitecture, kind };
    const lengths = [1, 4, 5, 333].map((length) =>
      resultLength(networkLayers(architecture), length + 2 * margin),
    );
    expect(lengths).toEqual([4, 4, 8, 336]);
  }
});

test("a tile of the published network sees 64 px around it, from a multiple of 4 on", () => {
  const { input, resultFrom } = tileSpan(layers, whole, 2000);
  expect(resultFrom).toBe(input.from);
  expect(input.from % 4).toBe(0);
  expect(whole.from - input.from).toBeGreaterThanOrEqual(57);
  expect(whole.from - input.from).toBeLessThanOrEqual(72);
  expect(input.to - whole.to).toBeLessThanOrEqual(72);
});

test("a tile ends where the picture ends", () => {
  expect(tileSpan(layers, { from: 0, to: 30 }, 33)).toEqual({
    input: { from: 0, to: 33 },
    resultFrom: 0,
  });
});

test("a part that halves begins at an even row, and its result at half of it", () => {
  const part = layers.slice(0, 2);
  const { input, resultFrom } = tileSpan(part, { from: 25, to: 50 }, 1000);
  expect(input.from % 2).toBe(0);
  expect(resultFrom).toBe(input.from / 2);
});

test("a part that doubles begins at twice the row", () => {
  const part = layers.filter(({ name }) => name === "up1");
  expect(tileSpan(part, { from: 20, to: 40 }, 100)).toEqual({
    input: { from: 8, to: 22 },
    resultFrom: 16,
  });
});

test("a tile of what a video network paints sees a row further than its picture's half", () => {
  const architecture = { ...defaultArchitecture, kind: "video" } as const;
  const out = networkLayers(architecture).slice(-1);
  // Rows 20 to 39 lie between those of 9 to 20 at half of the size, of which the last is made of rows 20 to 22.
  expect(tileSpan(out, { from: 20, to: 40 }, 100)).toEqual({
    input: { from: 9, to: 23 },
    resultFrom: 18,
  });
});
