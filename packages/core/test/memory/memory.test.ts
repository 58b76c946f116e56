import { expect, test } from "vitest";
import { largestLongSide, memoryNeeded } from "../../src/memory/memory.ts";

test("memory grows with the pixels, from what the process and the weights need", () => {
  const [none, one, four] = [0, 512, 1024].map((side) =>
    memoryNeeded({ width: side, height: side }),
  );
  expect(four! - none!).toBeCloseTo(4 * (one! - none!), 0);
  // 1,280 bytes a pixel for the feature maps of one forward pass, field notes 1.1.
  expect((one! - none!) / 512 ** 2).toBeGreaterThan(1280);
});

test("the largest picture of a proportion is the largest that fits", () => {
  for (const proportions of [
    { width: 300, height: 200 },
    { width: 100, height: 700 },
  ]) {
    const bytes = 4e9;
    const longSide = largestLongSide(proportions, bytes);
    const scaled = (side: number) => {
      const scale = side / Math.max(proportions.width, proportions.height);
      return { width: proportions.width * scale, height: proportions.height * scale };
    };
    expect(memoryNeeded(scaled(longSide))).toBeLessThanOrEqual(bytes);
    expect(memoryNeeded(scaled(longSide + 1))).toBeGreaterThan(bytes);
  }
});

test("GoogLeNet needs less than VGG-19, and both together what each needs", () => {
  const size = { width: 640, height: 480 };
  const [vgg19, googlenet, both] = [["vgg19"], ["googlenet"], ["vgg19", "googlenet"]].map(
    (encoders) => memoryNeeded(size, encoders),
  );
  expect(googlenet).toBeLessThan(vgg19!);
  expect(both).toBe(vgg19! + googlenet!);
  expect(largestLongSide(size, vgg19!, ["googlenet"])).toBeGreaterThan(640);
});

test("nothing fits where not even the weights do", () => {
  expect(largestLongSide({ width: 100, height: 100 }, 1e8)).toBe(0);
});
