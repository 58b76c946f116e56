import { constant, ops, type Runtime, type Value } from "@deepstyle/engine";
import { afterAll, describe, expect, test, vi } from "vitest";
import type { Raster } from "../../src/image/raster.ts";
import { resize } from "../../src/image/resize.ts";
import { contentLoss } from "../../src/losses/content.ts";
import { gramLoss } from "../../src/losses/gram.ts";
import { relativeMomentsLoss } from "../../src/losses/moments.ts";
import { pixelLoss } from "../../src/losses/pixel.ts";
import type { Criterion, ImageTerm } from "../../src/methods/criterion.ts";
import { loadObjective, measureStatistics } from "../../src/methods/objective.ts";
import { optimise, type OptimiseOptions } from "../../src/methods/optimise.ts";
import type { Plan } from "../../src/methods/plan.ts";
import { optimisers, type Optimiser, type OptimiserName } from "../../src/optimisers/index.ts";
import type { TraceRecord } from "../../src/methods/events.ts";
import { tinyEncoder } from "../encoders/tinyEncoder.ts";
import { picture } from "../pictures.ts";
import { cpuRuntime } from "../runtime.ts";

const runtime = cpuRuntime();
afterAll(() => runtime.dispose());

const encoder = tinyEncoder();
const photo = picture({ width: 48, height: 32 }, 2);
const painting = picture({ width: 40, height: 30 }, 3);

const content = { name: "content", weight: 1, layers: { relu2_1: 1 }, loss: contentLoss };
const style = { name: "style", weight: 10, layers: { relu1_1: 1, relu2_1: 1 }, loss: gramLoss };
const criterion: Criterion = { features: [content, style], image: [] };

const bounds = { lower: 0, upper: 1 };
const create: Record<OptimiserName, () => Optimiser> = {
  lbfgs: () => optimisers.lbfgs({ bounds }),
  adam: () => optimisers.adam({ lr: 0.02, bounds }),
  sgd: () => optimisers.sgd({ lr: 1, bounds }),
  adagrad: () => optimisers.adagrad({ lr: 0.05, bounds }),
};

const plan: Plan = {
  stages: [{ longSide: 48, iterations: 6 }],
  criterion,
  createOptimiser: create.lbfgs,
  keepsState: false,
};

const ladder: Plan["stages"] = [
  { longSide: 24, iterations: 3 },
  { longSide: 33, iterations: 3 },
  { longSide: 48, iterations: 2 },
];

/** What one record came with. */
interface Iterate {
  readonly record: TraceRecord;
  readonly secondsLeft: number;
  readonly picture: Raster;
}

/** Runs an optimisation and keeps what it tells. */
async function run(options: Partial<OptimiseOptions> = {}) {
  const iterates: Iterate[] = [];
  const warnings: string[] = [];
  const result = await optimise({
    runtime,
    encoder,
    plan,
    content: photo,
    styles: [{ picture: painting, weight: 1 }],
    initial: photo,
    onWarning: (message) => warnings.push(message),
    ...options,
    onIterate(record, secondsLeft, pictureNow) {
      iterates.push({ record, secondsLeft, picture: pictureNow() });
      options.onIterate?.(record, secondsLeft, pictureNow);
    },
  });
  return { ...result, iterates, warnings, records: iterates.map(({ record }) => record) };
}

/** Losses of a picture by the plan's criterion, without `optimise`. */
async function lossesOf({ width, height, data }: Raster) {
  const targets = {
    ...(await measureStatistics(runtime, encoder, content, photo)),
    ...(await measureStatistics(runtime, encoder, style, painting)),
  };
  const objective = await loadObjective(runtime, encoder, criterion, { width, height }, targets);
  const { total, terms } = await objective.evaluate(data);
  await objective.dispose();
  return { totalLoss: total, contentLoss: terms["content"]!, styleLoss: terms["style"]! };
}

describe("with one scale", () => {
  test.each(Object.entries(create))("%s lowers the loss", async (_, createOptimiser) => {
    const { records } = await run({ plan: { ...plan, createOptimiser } });
    expect(records.at(-1)!.totalLoss).toBeLessThan(0.9 * records[0]!.totalLoss);
  });

  test("the first record speaks of the initial picture, the last of the result", async () => {
    const { picture: result, records } = await run();
    expect(records.map(({ iteration }) => iteration)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(records[0]).toMatchObject(await lossesOf(photo));
    expect(records.at(-1)).toMatchObject(await lossesOf(result));
  });

  test("the total is the weighted sum of the terms, a term that is not there is 0", async () => {
    const { records } = await run();
    for (const { totalLoss, contentLoss: c, styleLoss: s, tvLoss } of records) {
      expect(totalLoss).toBeCloseTo(c + 10 * s, 4);
      expect(tvLoss).toBe(0);
    }
  });

  test("the same input gives the same bytes", async () => {
    const [a, b] = [await run(), await run()];
    expect(a.picture).toEqual(b.picture);
    expect(a.records.map(({ totalLoss }) => totalLoss)).toEqual(
      b.records.map(({ totalLoss }) => totalLoss),
    );
  });

  test("the initial picture is left alone and may have another size", async () => {
    const initial = picture({ width: 20, height: 30 }, 5);
    const before = initial.data.slice();
    const { picture: result } = await run({ initial });
    expect([result.width, result.height]).toEqual([48, 32]);
    expect(initial.data).toEqual(before);
  });

  test("a pull out of the range of colours ends at its edge", async () => {
    const brighter: ImageTerm = {
      name: "tv",
      weight: 1e4,
      build: (image) => ops.neg(ops.reduceMean(image)),
    };
    const pulled = { ...plan, criterion: { features: [content, style], image: [brighter] } };
    const { picture: result } = await run({ plan: pulled });
    expect(result.data.every((value) => value === 1)).toBe(true);
  });

  test("several paintings count by their weights", async () => {
    const other = picture({ width: 36, height: 36 }, 6);
    const sources = (first: number) => [
      { picture: painting, weight: first },
      { picture: other, weight: 1 - first },
    ];
    const [mixed, whole] = [await run({ styles: sources(0.5) }), await run({ styles: sources(1) })];
    expect(whole.picture).toEqual((await run()).picture);
    expect(mixed.picture).not.toEqual(whole.picture);
  });

  test("evaluations are counted, those of a line search too", async () => {
    let runs = 0;
    const counting = watched((program, graph) => {
      if (!("gradient" in graph.outputs)) return program;
      return { ...program, run: (feeds) => (runs++, program.run(feeds)) };
    });
    const { evaluations } = await run({ runtime: counting });
    expect(evaluations).toBe(runs);
    expect(evaluations).toBeGreaterThanOrEqual(7);
  });

  test("the time it takes is announced once, and none is left in the end", async () => {
    const announced: number[] = [];
    const { iterates } = await run({ onTimed: (seconds) => announced.push(seconds) });
    expect(announced).toHaveLength(1);
    expect(announced[0]).toBeGreaterThan(0);
    expect(iterates[3]!.secondsLeft).toBeGreaterThan(0);
    expect(iterates.at(-1)!.secondsLeft).toBe(0);
  });

  test.each([
    ["many steps a scale", [40, 30, 20], "lbfgs"],
    ["one step a scale, which its line search dominates", [10, 1, 1], "lbfgs"],
    ["one evaluation a step", [30, 10, 5], "adam"],
  ] as const)("what is announced comes true: %s", async (_, steps, name) => {
    let milliseconds = 0;
    const clock = vi.spyOn(performance, "now").mockImplementation(() => milliseconds);
    // A machine without other work: a tenth of a second to compile, and to run some time and more by the pixel.
    const machine = watched((program, graph) => {
      milliseconds += 100;
      const [, , height = 0, width = 0] = program.inputs["image"]!.shape as readonly number[];
      const cost = "gradient" in graph.outputs ? 3 : 1;
      return {
        ...program,
        run: (feeds) => (
          (milliseconds += cost * (1 + (height * width) / 7000)),
          program.run(feeds)
        ),
      };
    });
    const announced: number[] = [];
    const stages = steps.map((iterations, i) => ({ longSide: [24, 33, 48][i]!, iterations }));
    await run({
      runtime: machine,
      plan: { ...plan, stages, createOptimiser: create[name] },
      onTimed: (seconds) => announced.push(seconds),
    });
    clock.mockRestore();
    const ratio = announced[0]! / (milliseconds / 1000);
    expect(ratio).toBeGreaterThan(0.85);
    expect(ratio).toBeLessThan(1.15);
  });
});

describe("called off", () => {
  test("after some iterations, it hands over the picture at hand and evaluates no more", async () => {
    const controller = new AbortController();
    const {
      picture: result,
      interrupted,
      iterates,
      evaluations,
    } = await run({
      plan: { ...plan, stages: [{ longSide: 48, iterations: 1000 }] },
      signal: controller.signal,
      onIterate: ({ iteration }) => {
        if (iteration === 3) controller.abort();
      },
    });
    expect(interrupted).toBe(true);
    expect(iterates).toHaveLength(4);
    expect(result).toEqual(iterates.at(-1)!.picture);
    expect(evaluations).toBeLessThan(12);
    expect((await lossesOf(result)).totalLoss).toBeLessThan(iterates[3]!.record.totalLoss);
  });

  test("in the middle of a ladder, the picture has the size of the scale", async () => {
    const controller = new AbortController();
    const { picture: result, interrupted } = await run({
      plan: { ...plan, stages: ladder },
      signal: controller.signal,
      onIterate: ({ scale }) => {
        if (scale === 33) controller.abort();
      },
    });
    expect(interrupted).toBe(true);
    expect([result.width, result.height]).toEqual([33, 22]);
  });

  test("before it began, it hands over what it started from", async () => {
    const {
      picture: result,
      interrupted,
      evaluations,
    } = await run({
      signal: AbortSignal.abort(),
    });
    expect({ interrupted, evaluations }).toEqual({ interrupted: true, evaluations: 0 });
    expect(result).toEqual(photo);
  });

  test("an error that is no calling off is passed on", async () => {
    const broken = watched((program) => ({
      ...program,
      run: () => Promise.reject(new Error("out of memory")),
    }));
    await expect(run({ runtime: broken })).rejects.toThrow("out of memory");
  });
});

describe("with several scales", () => {
  test("iterations count on, and the picture grows to the last size", async () => {
    const { picture: result, records } = await run({ plan: { ...plan, stages: ladder } });
    expect([result.width, result.height]).toEqual([48, 32]);
    expect(records.map(({ iteration }) => iteration)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(records.map(({ scale }) => scale)).toEqual([24, 24, 24, 33, 33, 33, 48, 48, 48]);
    const seconds = records.map((record) => record.seconds);
    expect(seconds).toEqual([...seconds].sort((a, b) => a - b));
  });

  test("each scale starts from the result of the one before", async () => {
    const one = await run({ plan: { ...plan, stages: ladder.slice(0, 1) } });
    const two = await run({ plan: { ...plan, stages: ladder.slice(0, 2) } });
    const next = await run({
      plan: { ...plan, stages: ladder.slice(1, 2) },
      initial: one.picture,
    });
    expect(two.picture).toEqual(next.picture);
  });

  test("the optimiser starts anew where the picture grows", async () => {
    const told: string[] = [];
    await run({ plan: { ...plan, stages: ladder, createOptimiser: () => spy("lbfgs", told) } });
    expect(told).toEqual(["step 24", "reset", "step 33", "reset", "step 48"]);
  });

  test("or its state grows with it, sums of squares never below 0", async () => {
    const told: string[] = [];
    const adam = { ...plan, stages: ladder, createOptimiser: () => spy("adam", told) };
    const { records } = await run({ plan: { ...adam, keepsState: true } });
    expect(told).toEqual(["step 24", "resample", "step 33", "resample", "step 48"]);
    expect(records.at(-1)!.totalLoss).toBeLessThan(records[6]!.totalLoss);
  });

  test("one on which nothing is left to gain is left early", async () => {
    const lbfgs = create.lbfgs();
    const contented: Optimiser = {
      ...spy("lbfgs", []),
      step: async (x, evaluate, options) => ({
        ...(await lbfgs.step(x, evaluate, options)),
        ...(x.length === 3 * 24 * 16 && { status: "converged" as const }),
      }),
      reset: () => lbfgs.reset(),
    };
    const { records } = await run({
      plan: { ...plan, stages: ladder, createOptimiser: () => contented },
    });
    expect(records.map(({ scale }) => scale)).toEqual([24, 33, 33, 33, 48, 48, 48]);
    expect(records.map(({ iteration }) => iteration)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  test("the photo has the picture's size, a painting its scale's, and neither is enlarged", async () => {
    const sizes = new Set<string>();
    const sized = watched((program, graph) => {
      const [, , height, width] = graph.inputs["image"]!.shape as number[];
      sizes.add(`${width!} × ${height!}`);
      return program;
    });
    await run({ runtime: sized, plan: { ...plan, stages: ladder } });
    // The painting is 40 × 30, the photo 48 × 32.
    expect([...sizes]).toEqual(["24 × 16", "24 × 18", "33 × 22", "33 × 25", "48 × 32", "40 × 30"]);
    sizes.clear();
    await run({
      runtime: sized,
      plan: { ...plan, stages: ladder.slice(0, 1) },
      styles: [{ picture: painting, weight: 1, scale: 1.5 }],
    });
    expect([...sizes]).toEqual(["24 × 16", "36 × 27"]);
  });
});

describe("a term that compares with a picture", () => {
  const near = (model: "content" | "reference"): Criterion => ({
    features: [],
    image: [
      { name: "pixel", weight: 100, model, build: (image, _, other) => pixelLoss(image, other!) },
    ],
  });
  const reference = picture({ width: 96, height: 64 }, 8);
  const start = picture({ width: 48, height: 32 }, 5);

  test.each([
    ["the photo", "content", photo],
    ["the reference at the picture's size", "reference", resize(reference, photo)],
  ] as const)("comes to %s, where there is nothing else", async (_, model, expected) => {
    const { picture: result, records } = await run({
      plan: { ...plan, criterion: near(model) },
      reference,
      initial: start,
    });
    const squares = start.data.reduce((sum, v, i) => sum + (v - expected.data[i]!) ** 2, 0);
    expect(records[0]!.pixelLoss).toBeCloseTo(squares / start.data.length, 6);
    for (const [i, value] of result.data.entries())
      expect(Math.abs(value - expected.data[i]!)).toBeLessThan(1e-3);
  });
});

test("averaged iterates are what is shown and handed over", async () => {
  const adam = { ...plan, createOptimiser: create.adam };
  const plain = await run({ plan: adam });
  const averaged = await run({ plan: { ...adam, averaging: 0.5 } });
  // After k steps the average is Σ 0.5^(k − i) xᵢ / Σ 0.5^(k − i), here of what was shown unaveraged.
  const iterates = plain.iterates.slice(0, 3).map(({ picture: { data } }) => data);
  const expected = iterates[0]!.map((_, i) => {
    const [first, second, third] = iterates.map((data) => data[i]!);
    return (0.25 * first! + 0.5 * second! + third!) / 1.75;
  });
  const shown = averaged.iterates[2]!.picture.data;
  for (const [i, value] of expected.entries()) expect(shown[i]).toBeCloseTo(value, 5);
  expect(averaged.picture).toEqual(averaged.iterates.at(-1)!.picture);
});

test("a schedule has its say on every step of a scale", async () => {
  const asked: string[] = [];
  await run({
    plan: {
      ...plan,
      stages: [
        { longSide: 24, iterations: 2 },
        { longSide: 48, iterations: 1 },
      ],
      createOptimiser: create.adam,
      schedule: (step, total) => {
        asked.push(`${step} of ${total}`);
        return 1;
      },
    },
  });
  expect(asked).toEqual(["0 of 2", "1 of 2", "0 of 1"]);
});

describe("an objective that is not a number", () => {
  const mean = (image: Value) => ops.reduceMean(image);
  /** Falls with brightness and ends where that is 0.4, short of its minimum. */
  const cliff: ImageTerm = {
    name: "tv",
    weight: 500,
    build: (image) => ops.add(mean(image), ops.sqrt(ops.sub(mean(image), constant(0.4)))),
  };
  const nowhere: ImageTerm = {
    name: "tv",
    weight: 1,
    build: (image) => ops.sqrt(ops.sub(mean(image), constant(2))),
  };
  const grey: Raster = { ...photo, data: photo.data.map(() => 0.5) };

  test.each(Object.entries(create))(
    "beyond a cliff, %s comes to its edge",
    async (_, optimiser) => {
      let falls = 0;
      const counting = watched((program) => ({
        ...program,
        run: async (feeds) => {
          const result = await program.run(feeds);
          if (Number.isNaN(result["total"]!.data[0])) falls++;
          return result;
        },
      }));
      const { picture: result, warnings } = await run({
        runtime: counting,
        plan: {
          ...plan,
          stages: [{ longSide: 48, iterations: 30 }],
          criterion: { features: [], image: [cliff] },
          createOptimiser: optimiser,
        },
        initial: grey,
      });
      expect(falls).toBeGreaterThan(0);
      expect(warnings.length).toBeGreaterThan(0);
      for (const value of result.data) expect(value).toBeCloseTo(0.4, 4);
    },
  );

  test.each(Object.entries(create))(
    "everywhere, %s gives up with a warning",
    async (_, optimiser) => {
      const { picture: result, warnings } = await run({
        plan: {
          ...plan,
          criterion: { features: [], image: [nowhere] },
          createOptimiser: optimiser,
        },
        initial: grey,
      });
      expect(result).toEqual(grey);
      expect(warnings).toHaveLength(1);
    },
  );
});

/** The runtime with a look at, or a change of, every program. */
function watched(
  change: (
    program: Awaited<ReturnType<Runtime["compile"]>>,
    graph: Parameters<Runtime["compile"]>[0],
  ) => Awaited<ReturnType<Runtime["compile"]>>,
): Runtime {
  return {
    ...runtime,
    compile: async (graph, options) => change(await runtime.compile(graph, options), graph),
  };
}

/** An optimiser that tells when it begins with a size and what it is told between sizes. */
function spy(name: "lbfgs" | "adam", told: string[]): Optimiser {
  const optimiser = create[name]();
  let length = 0;
  return {
    name,
    step: (x, evaluate, options) => {
      if (x.length !== length) told.push(`step ${Math.sqrt(x.length / 2)}`);
      length = x.length;
      return optimiser.step(x, evaluate, options);
    },
    reset: () => {
      told.push("reset");
      optimiser.reset();
    },
    resample: (resample) => {
      told.push("resample");
      optimiser.resample((vector, kind) => {
        const resampled = resample(vector, kind);
        if (kind === "nonNegative") expect(Math.min(...resampled)).toBeGreaterThanOrEqual(0);
        return resampled;
      });
    },
    save: () => optimiser.save(),
    restore: (state, x) => optimiser.restore(state, x),
  };
}

describe("in tiles", () => {
  const tiles = { side: 20, keepsFeatures: true };
  const stages = [
    { longSide: 33, iterations: 5 },
    { longSide: 47, iterations: 20 },
  ];

  // With Gram matrices that nearly agree already, a change of 1e-6 in the first picture moves the last
  // one by 10/255, in tiles or not; moments are better conditioned.
  const moments = { ...style, loss: relativeMomentsLoss };

  test.each(["lbfgs", "adam"] as const)(
    "the picture after 20 steps of %s is that of the whole within 1/255",
    async (name) => {
      const twenty: Plan = {
        ...plan,
        criterion: { features: [content, moments], image: [] },
        createOptimiser: create[name],
      };
      const stage = { longSide: 47, iterations: 20 };
      const whole = await run({ plan: { ...twenty, stages: [stage] } });
      const made = await run({ plan: { ...twenty, stages: [{ ...stage, tiles }] } });
      const furthest = made.picture.data.reduce(
        (most, value, i) => Math.max(most, Math.abs(value - whole.picture.data[i]!)),
        0,
      );
      expect(furthest).toBeLessThan(1 / 255);
      expect(made.records.at(-1)!.totalLoss).toBeCloseTo(whole.records.at(-1)!.totalLoss, 3);
    },
  );

  test("where steps are few, another optimiser takes over, and small steps end the scale", async () => {
    const { records } = await run({
      plan: {
        ...plan,
        stages: [stages[0]!, { ...stages[1]!, isSmooth: true, tiles }],
        createSmoothOptimiser: create.adam,
      },
    });
    const ofScale = records.filter(({ scale }) => scale === 47).map(({ totalLoss }) => totalLoss);
    expect(ofScale.at(-1)!).toBeLessThan(ofScale[0]!);
    expect(Math.abs(ofScale.at(-1)! - ofScale.at(-2)!)).toBeLessThan(0.01 * ofScale[0]!);
  });

  test("what is called off while a scale is loaded is the picture so far", async () => {
    const controller = new AbortController();
    const slow = tinyEncoder();
    const { interrupted, picture: soFar } = await run({
      signal: controller.signal,
      encoder: {
        ...slow,
        features: (image, layers) => {
          controller.abort();
          return slow.features(image, layers);
        },
      },
      plan: { ...plan, stages: [{ longSide: 48, iterations: 6, tiles }] },
    });
    expect(interrupted).toBe(true);
    expect(soFar.data).toEqual(photo.data);
  });
});
