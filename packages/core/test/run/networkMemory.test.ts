import { describe, expect, test } from "vitest";
import { defaultArchitecture, networkKinds } from "../../src/nets/architecture.ts";
import { networkMemory } from "../../src/run/networkMemory.ts";

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
