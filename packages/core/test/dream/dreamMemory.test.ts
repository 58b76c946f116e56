import { expect, test } from "vitest";
import { dreamMemory, expectDreamFits } from "../../src/dream/dreamMemory.ts";
import { messageOf } from "../messageOf.ts";

const photo = { width: 4000, height: 3000 };
const looks = ["lite"];

test("a picture that needs exactly what is there fits", () => {
  const needed = dreamMemory({ width: 1024, height: 768 }, looks);
  expect(() => expectDreamFits(1024, photo, needed, looks)).not.toThrow();
  expect(() => expectDreamFits(1024, photo, needed - 1, looks)).toThrow("size 1024 needs");
});

test("the size that is offered fits, and 16 px more does not", () => {
  const memory = 4e9;
  const message = messageOf(() => expectDreamFits(16384, photo, memory, looks));
  expect(message).toMatch(
    /^size 16384 needs [\d.]+ GB of memory for 16384 × 12288 px; expected at most the 4\.0 GB that may be used\. Choose a size of at most \d+ px\.$/,
  );
  const offered = Number(/at most (\d+) px/.exec(message)![1]);
  expect(() => expectDreamFits(offered, photo, memory, looks)).not.toThrow();
  expect(() => expectDreamFits(offered + 16, photo, memory, looks)).toThrow("at most");
});

test("where nothing fits, no size is offered", () => {
  expect(messageOf(() => expectDreamFits(256, photo, 1e6, looks))).toContain(
    "Not even a small picture fits",
  );
});

// Measured with two steps at two octaves on a photo of 4:3, in MB.
test.each([
  ["vgg19", 256, 1616],
  ["vgg19", 512, 2008],
  ["lite", 256, 413],
  ["lite", 512, 654],
  ["lite", 768, 1053],
  ["googlenet", 384, 438],
  ["googlenet", 768, 883],
  ["googlenet", 1280, 2005],
])("the peak of a dream by %s at %i px is foretold", (encoder, width, peak) => {
  const ratio = dreamMemory({ width, height: 0.75 * width }, [encoder]) / (peak * 1e6);
  expect(ratio).toBeGreaterThan(0.95);
  expect(ratio).toBeLessThan(1.35);
});
