import { describe, expect, test } from "vitest";
import { defaultArchitecture, networkKinds } from "../../src/nets/architecture.ts";
import { expectTileFits, networkMemory, tileWithin } from "../../src/paint/networkMemory.ts";
import { messageOf } from "../messageOf.ts";

const large = { width: 4000, height: 3000 };

describe.each(networkKinds)("the memory of a %s network", (kind) => {
  const architecture = { ...defaultArchitecture, kind };

  test("grows with picture and width", () => {
    const of = (width: "full" | "quarter", side: number): number =>
      networkMemory({ ...architecture, width }, { width: side, height: side }, null);
    expect(of("full", 512)).toBeGreaterThan(of("quarter", 512));
    expect(of("full", 1024)).toBeGreaterThan(of("full", 512));
  });
});

test("tiles save memory where a picture is large", () => {
  for (const padding of ["reflect", "mean"] as const)
    for (const norm of ["instance", "batch"] as const) {
      const architecture = { ...defaultArchitecture, padding, norm };
      const [tiled, atOnce] = [512, null].map((tile) => networkMemory(architecture, large, tile));
      expect(tiled).toBeLessThan(atOnce!);
    }
});

// Measured by bench/tiles.ts, at 12 megapixels in 4000×3000, in MB.
test.each([
  ["still", "full", "nearest", null, 4495],
  ["still", "full", "nearest", 512, 1817],
  ["still", "half", "nearest", null, 2574],
  ["still", "half", "nearest", 512, 1221],
  ["still", "half", "bilinear", null, 5714],
  ["still", "half", "bilinear", 512, 1247],
  ["video", "half", "nearest", null, 1983],
  ["video", "half", "nearest", 512, 887],
] as const)(
  "a %s network of %s width, %s enlargement, with tiles of %s px is foretold",
  (kind, width, upsample, tile, peak) => {
    const separable = kind === "video";
    const architecture = { ...defaultArchitecture, kind, width, upsample, separable };
    const ratio = networkMemory(architecture, large, tile) / (peak * 1e6);
    // Too much is careful, too little is out of memory.
    expect(ratio).toBeGreaterThan(0.95);
    expect(ratio).toBeLessThan(1.35);
  },
);

describe("tiles by the memory that there is", () => {
  const needs = (tile: number | null, size = large): number =>
    networkMemory(defaultArchitecture, size, tile);
  const chosen = (memory: number, more = {}): number | null =>
    tileWithin(defaultArchitecture, large, { memory, ...more });

  test("none where the whole fits, then the largest that fit", () => {
    expect(chosen(needs(null))).toBeNull();
    expect(chosen(needs(null) - 1)).toBe(512);
    expect(chosen(needs(256))).toBe(256);
    expect(chosen(needs(256) - 1)).toBe(192);
  });

  test("what is spared is used where it cannot be done without, and what is taken besides counts", () => {
    expect(chosen(needs(256) + 1e8, { spare: 1e8 })).toBe(256);
    expect(chosen(needs(64), { spare: 1e8 })).toBe(64);
    expect(chosen(needs(256) + 1e8, { besides: 1e8 })).toBe(256);
  });

  test("where not even small ones fit, the size that is offered does", () => {
    const memory = 5e8;
    const message = messageOf(() => chosen(memory));
    expect(message).toMatch(
      /^size 4000 needs 1\.\d GB of memory for 4000 × 3000 px even in tiles; expected at most the 0\.5 GB that may be used\. Choose a size of at most \d+ px\.$/,
    );
    const offered = Number(/at most (\d+) px/.exec(message)![1]);
    const within = (width: number) => (): unknown =>
      tileWithin(defaultArchitecture, { width, height: 0.75 * width }, { memory });
    expect(within(offered)).not.toThrow();
    expect(within(offered + 32)).toThrow("even in tiles");
    expect(messageOf(() => chosen(1e8))).toContain("Not even a small picture fits");
  });

  test("a side that was asked for is refused where it does not fit", () => {
    const expectIt = (tile: number | null, memory: number) => (): unknown =>
      expectTileFits(defaultArchitecture, large, tile, { memory });
    expect(expectIt(null, needs(null))).not.toThrow();
    expect(expectIt(null, needs(null) - 1)).toThrow(/^size 4000 needs .* px; expected/);
    expect(expectIt(1024, needs(1024) - 1)).toThrow("even in tiles");
  });
});
