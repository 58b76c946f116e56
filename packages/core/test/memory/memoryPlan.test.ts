import { expect, test } from "vitest";
import { messageOf } from "../messageOf.ts";
import { memoryNeeded } from "../../src/memory/memory.ts";
import { stageMemory, stagesWithin } from "../../src/memory/memoryPlan.ts";

const content = { width: 4000, height: 3000 };
const options = { content, optimizer: "lbfgs", encoders: ["vgg19"] } as const;
const stages = [1024, 2048, 4096, 8192].map((longSide) => ({ longSide, iterations: 5 }));

test("what fits at once is not cut", () => {
  const memory = memoryNeeded({ width: 8192, height: 6144 });
  expect(stagesWithin(stages, { ...options, memory })).toEqual(stages);
});

test("what does not fit is cut into tiles that do, and the optimiser is the last thing to give way", () => {
  const memory = 8e9;
  const planned = stagesWithin(stages, { ...options, memory });
  for (const stage of planned) expect(stageMemory(stage, options)).toBeLessThanOrEqual(memory);
  expect(planned.map(({ isSmooth }) => isSmooth)).toEqual([undefined, undefined, undefined, true]);
  const [, second, third] = planned.map(({ tiles }) => tiles?.side);
  expect(second!).toBeGreaterThan(third!);
  // Nothing is given away: a tile 2 px wider would be too much.
  for (const stage of planned.filter(({ tiles }) => tiles !== undefined)) {
    const wider = { ...stage, tiles: { ...stage.tiles!, side: stage.tiles!.side + 2 } };
    expect(stageMemory(wider, options)).toBeGreaterThan(memory);
  }
});

test("an optimiser of few vectors is not taken where it makes tiles no larger", () => {
  const [stage] = stagesWithin([{ longSide: 700, iterations: 1 }], { ...options, memory: 2.5e9 });
  expect(stage!.tiles).toBeDefined();
  expect(stage!.isSmooth).toBeUndefined();
});

test("where nothing fits, the message says what would", () => {
  const memory = 4e9;
  const refuse = (longSide: number) => (): unknown =>
    stagesWithin([{ longSide, iterations: 1 }], { ...options, memory });
  expect(refuse(16384)).toThrow(
    /^size 16384 needs [\d.]+ GB of memory for 16384 × 12288 px even in tiles; expected at most the 4.0 GB that may be used\. Choose a size of at most \d+ px\.$/,
  );
  const offered = Number(/at most (\d+) px/.exec(messageOf(refuse(16384)))![1]);
  expect(refuse(offered)).not.toThrow();
  expect(refuse(offered + 64)).toThrow("even in tiles");
});

test("where only a picture without tiles fits, that is offered", () => {
  const memory = 2e9;
  const refuse = (longSide: number) => (): unknown =>
    stagesWithin([{ longSide, iterations: 1 }], { ...options, memory });
  const offered = Number(/at most (\d+) px/.exec(messageOf(refuse(1024)))![1]);
  expect(refuse(offered)).not.toThrow();
  expect(refuse(offered + 32)).toThrow("even in tiles");
});

test("regions take memory: what fits without them is cut", () => {
  const stages = [{ longSide: 1024, iterations: 1 }];
  const memory = memoryNeeded({ width: 1024, height: 768 });
  expect(stagesWithin(stages, { ...options, memory })).toEqual(stages);
  const looks = { ...options, regions: 2 };
  const planned = stagesWithin(stages, { ...looks, memory });
  expect(planned[0]!.tiles).toBeDefined();
  expect(stageMemory(planned[0]!, looks)).toBeLessThanOrEqual(memory);
});
