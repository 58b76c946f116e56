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
      expect(tiled).toBeLessThan(atOnce! / 2);
    }
});

test("12 megapixels through the widest published network fit in 4 GB by tiles, and only so", () => {
  const full = { ...defaultArchitecture, width: "full" } as const;
  expect(networkMemory(full, large, 512)).toBeLessThan(4e9);
  expect(networkMemory(full, large, null)).toBeGreaterThan(1e10);
});
