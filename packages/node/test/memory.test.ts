import { freemem, totalmem } from "node:os";
import { largestLongSide, memoryNeeded } from "@deepstyle/core";
import { expect, test } from "vitest";
import { availableMemory, expectFits } from "../src/memory.ts";

const photo = { width: 4000, height: 3000 };

test("a picture that needs exactly what is there fits", () => {
  const needed = memoryNeeded({ width: 1024, height: 768 });
  expect(() => expectFits(1024, photo, needed)).not.toThrow();
  expect(() => expectFits(1024, photo, needed - 1)).toThrow("size 1024 needs");
});

test("the size that is offered fits, and is within 16 px of the largest that does", () => {
  const available = 4e9;
  const message = messageOf(() => expectFits(16384, photo, available));
  const offered = Number(/at most (\d+) px/.exec(message)?.[1]);
  expect(() => expectFits(offered, photo, available)).not.toThrow();
  expect(largestLongSide(photo, available) - offered).toBeLessThan(16);
});

test("where nothing fits, no size is offered", () => {
  expect(messageOf(() => expectFits(256, photo, 1e6))).toContain("close other programs");
});

test("available memory is what is free and what this process holds, within the machine's", () => {
  const available = availableMemory();
  expect(available).toBeGreaterThan(0);
  expect(available).toBeLessThanOrEqual(totalmem() + process.memoryUsage.rss());
  expect(available).toBeLessThanOrEqual(1.5 * freemem() + 2 * process.memoryUsage.rss());
});

function messageOf(work: () => void): string {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("nothing was thrown");
}
