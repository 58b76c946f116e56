import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { GraphError } from "../../src/errors.ts";
import { apply, defineOp } from "../../src/graph/op.ts";
import { constant, createGraph, input, type Graph, type Value } from "../../src/graph/value.ts";
import { decodeModel } from "../../src/onnx/model.ts";
import { ops } from "../../src/ops/index.ts";
import { createRuntime } from "../../src/runtime/program.ts";
import {
  devices,
  type CompileOptions,
  type Device,
  type Program,
  type Runtime,
} from "../../src/runtime/runtime.ts";
import { elementCount, symbol } from "../../src/tensor/dim.ts";
import { int64, scalar, tensor } from "../../src/tensor/tensor.ts";
import { countingHost, type CountingHost } from "./countingHost.ts";

let host: CountingHost;
let runtime: Runtime;

beforeEach(() => {
  host = countingHost();
  runtime = createRuntime(host);
});

// Whatever a test does, disposing the runtime gives back every session.
afterEach(async () => {
  await runtime.dispose();
  expect(host.open).toBe(0);
});

/** `y = scale · x + 1` for a row of three numbers. */
function line(): Graph<"y"> {
  const scaled = ops.mul(input("x", [1, 3]), input("scale", []));
  return createGraph({ y: ops.add(scaled, constant(1)) });
}

/** `next = count + step`, and ten times that. */
function counter(): Graph<"next" | "tenfold"> {
  const next = ops.add(input("count", []), input("step", []));
  return createGraph({ next, tenfold: ops.mul(next, constant(10)) });
}

const row = tensor([1, 2, 3], [1, 3]);

describe("a program", () => {
  test("computes its graph and returns tensors by name", async () => {
    const program = await runtime.compile(line());
    expect(await program.run({ x: row, scale: scalar(2) })).toEqual({
      y: tensor([3, 5, 7], [1, 3]),
    });
  });

  test("says what it wants: its inputs with element type and shape", async () => {
    const { inputs } = await runtime.compile(line());
    expect(inputs["x"]).toMatchObject({ dtype: "float32", shape: [1, 3] });
    expect(inputs["scale"]).toMatchObject({ dtype: "float32", shape: [] });
  });

  test("takes any size where the graph has a symbolic one", async () => {
    const y = ops.mul(input("x", [1, symbol("w")]), constant(2));
    const program = await runtime.compile(createGraph({ y }));
    for (const width of [1, 4]) {
      const x = tensor(new Float32Array(width).fill(3), [1, width]);
      expect((await program.run({ x })).y.data).toEqual(new Float32Array(width).fill(6));
    }
  });

  test("keeps bound inputs from run to run, until they are bound again", async () => {
    const program = await runtime.compile(line());
    await program.bind({ scale: scalar(2) });
    expect((await program.run({ x: row })).y.data).toEqual(Float32Array.of(3, 5, 7));
    expect((await program.run({ x: row })).y.data).toEqual(Float32Array.of(3, 5, 7));
    await program.bind({ scale: scalar(-1) });
    expect((await program.run({ x: row })).y.data).toEqual(Float32Array.of(0, -1, -2));
    expect(await program.read(["scale"])).toEqual({ scale: scalar(-1) });
  });
});

describe("a feed that does not fit is refused before anything is computed", () => {
  let program: Program;

  beforeEach(async () => {
    program = await runtime.compile(line());
  });

  afterEach(() => {
    expect(host.runs).toBe(0);
  });

  test("by name", async () => {
    const message = 'there is no input "y"; the program has x, scale.';
    const feeds = { x: row, scale: scalar(1), y: row };
    await expect(program.run(feeds)).rejects.toThrow(new GraphError(message));
    await expect(program.bind({ y: row })).rejects.toThrow(new GraphError(message));
  });

  test("by element type", async () => {
    const message = 'input "x" expects float32[1, 3]; got int64[1, 3].';
    const x = int64([1, 2, 3], [1, 3]);
    await expect(program.run({ x, scale: scalar(1) })).rejects.toThrow(new GraphError(message));
    await expect(program.bind({ x })).rejects.toThrow(new GraphError(message));
  });

  test.each([
    [[3], "[3]"],
    [[3, 1], "[3, 1]"],
    [[1, 3, 1], "[1, 3, 1]"],
  ])("by shape: %j", async (shape, text) => {
    const x = tensor([1, 2, 3], shape);
    const message = `input "x" expects float32[1, 3]; got float32${text}.`;
    await expect(program.run({ x, scale: scalar(1) })).rejects.toThrow(new GraphError(message));
    await expect(program.bind({ x })).rejects.toThrow(new GraphError(message));
  });

  test("by being absent", async () => {
    await expect(program.run({ x: row })).rejects.toThrow(
      new GraphError('input "scale", [], is neither fed nor bound.'),
    );
    await program.bind({ scale: scalar(1) });
    await expect(program.run()).rejects.toThrow(
      new GraphError('input "x", [1, 3], is neither fed nor bound.'),
    );
  });
});

describe("an output that is carried", () => {
  const carry = { next: "count" } as const;

  test("is the input of the next run: a counter counts", async () => {
    const program = await runtime.compile(counter(), { carry });
    await program.bind({ count: scalar(0) });
    const seen: unknown[] = [];
    for (const step of [1, 1, 5]) seen.push((await program.run({ step: scalar(step) })).tenfold);
    expect(seen).toEqual([scalar(10), scalar(20), scalar(70)]);
  });

  test("stays where it is: run does not return it, read does", async () => {
    const program = await runtime.compile(counter(), { carry });
    await program.bind({ count: scalar(3), step: scalar(4) });
    expect(Object.keys(await program.run())).toEqual(["tenfold"]);
    expect(await program.read(["count", "step"])).toEqual({ count: scalar(7), step: scalar(4) });
  });

  test("can start from a feed and be set anew", async () => {
    const program = await runtime.compile(counter(), { carry });
    await program.run({ count: scalar(1), step: scalar(1) });
    await program.run({ step: scalar(1) });
    expect(await program.read(["count"])).toEqual({ count: scalar(3) });
    await program.bind({ count: scalar(100) });
    await program.run({ step: scalar(1) });
    expect(await program.read(["count"])).toEqual({ count: scalar(101) });
  });

  test("must be an output, and what it becomes an input", async () => {
    const place = "but the graph has outputs next, tenfold and inputs count, step.";
    const wrong = { sum: "count" } as never;
    await expect(runtime.compile(counter(), { carry: wrong })).rejects.toThrow(
      new GraphError(`carry takes output "sum" to input "count", ${place}`),
    );
    await expect(runtime.compile(counter(), { carry: { next: "total" } })).rejects.toThrow(
      new GraphError(`carry takes output "next" to input "total", ${place}`),
    );
    expect(host.made).toBe(0);
  });

  test("can be read once it is there", async () => {
    const program = await runtime.compile(counter(), { carry });
    await program.bind({ step: scalar(1) });
    await expect(program.read(["count"])).rejects.toThrow(
      new GraphError('"count" is neither bound nor carried; there are step.'),
    );
  });
});

describe("calls that nobody awaits", () => {
  test("are carried out one after the other: each run sees what the last one carried", async () => {
    const program = await runtime.compile(counter(), { carry: { next: "count" } });
    await program.bind({ count: scalar(0) });
    const runs = [1, 2, 3].map((step) => program.run({ step: scalar(step) }));
    expect(await program.read(["count"])).toEqual({ count: scalar(6) });
    expect(await Promise.all(runs)).toEqual([10, 30, 60].map((n) => ({ tenfold: scalar(n) })));
  });

  test("go on after one that failed", async () => {
    const y = ops.gather(input("x", [3]), input("index", [1], "int64"), { axis: 0 });
    const program = await runtime.compile(createGraph({ y }));
    const results = await Promise.allSettled(
      [3, 2].map((i) => program.run({ x: tensor([5, 6, 7]), index: int64([i]) })),
    );
    expect(results).toMatchObject([
      { status: "rejected" },
      { status: "fulfilled", value: { y: tensor([7]) } },
    ]);
  });

  test("are finished before the program is given back", async () => {
    runtime = createRuntime(host, { keepIdle: 0 });
    const program = await runtime.compile(line());
    const run = program.run({ x: row, scale: scalar(0) });
    await program.dispose();
    expect(host.open).toBe(0);
    expect((await run).y.data).toEqual(Float32Array.of(1, 1, 1));
  });
});

describe("a disposed program", () => {
  const message = "this program was disposed. Compile the graph again.";

  test("does nothing any more, and says so", async () => {
    const program = await runtime.compile(line());
    await program.bind({ scale: scalar(1) });
    await program.dispose();
    await expect(program.run({ x: row })).rejects.toThrow(new GraphError(message));
    await expect(program.bind({ x: row })).rejects.toThrow(new GraphError(message));
    await expect(program.read(["scale"])).rejects.toThrow(new GraphError(message));
    expect(host.runs).toBe(0);
  });

  test("can be disposed again, which does not touch who has its session now", async () => {
    const first = await runtime.compile(line());
    await first.dispose();
    const second = await runtime.compile(line());
    await first.dispose();
    const { y } = await second.run({ x: row, scale: scalar(0) });
    expect(y.data).toEqual(Float32Array.of(1, 1, 1));
  });
});

describe("loaded programs", () => {
  /** How many sessions it takes to use these graphs one after the other. */
  async function sessionsFor(...graphs: readonly Graph[]): Promise<number> {
    for (const graph of graphs) await (await runtime.compile(graph)).dispose();
    return host.made;
  }

  /** `x` times a table of numbers. */
  function scaled(x: Value, factors: readonly number[]): Graph {
    return createGraph({ y: ops.mul(x, constant(tensor(factors))) });
  }

  test("are used again for the same graph, also when it was built anew", async () => {
    expect(await sessionsFor(line(), line(), line())).toBe(1);
  });

  test("are used again from a clean state: nothing is bound", async () => {
    const first = await runtime.compile(counter(), { carry: { next: "count" } });
    await first.bind({ count: scalar(0), step: scalar(1) });
    await first.run();
    await first.dispose();
    const second = await runtime.compile(counter(), { carry: { next: "count" } });
    expect(host.made).toBe(1);
    await expect(second.run()).rejects.toThrow('input "count", [], is neither fed nor bound.');
    await expect(second.read(["step"])).rejects.toThrow('"step" is neither bound nor carried');
    await second.run({ count: scalar(41), step: scalar(1) });
    expect(await second.read(["count"])).toEqual({ count: scalar(42) });
  });

  test("are not shared by two users at once", async () => {
    const [first, second] = [await runtime.compile(line()), await runtime.compile(line())];
    expect(host.made).toBe(2);
    await first.bind({ scale: scalar(1) });
    await second.bind({ scale: scalar(10) });
    expect((await first.run({ x: row })).y.data).toEqual(Float32Array.of(2, 3, 4));
    expect((await second.run({ x: row })).y.data).toEqual(Float32Array.of(11, 21, 31));
  });

  test("are not used for another shape, other numbers or other names", async () => {
    const x = input("x", [2]);
    const factors = tensor([1, 2]);
    const twice = (name: string): Graph => createGraph({ [name]: ops.mul(x, constant(factors)) });
    expect(
      await sessionsFor(
        twice("y"),
        twice("z"),
        scaled(x, [1, 2]),
        scaled(x, [1, 3]),
        scaled(input("x", [1, 2]), [1, 3]),
        scaled(input("image", [1, 2]), [1, 3]),
      ),
    ).toBe(6);
  });

  test("are not used for a graph that differs only in which of two equal-looking constants is where", async () => {
    const [a, b] = [constant(tensor([1, 2])), constant(tensor([3, 4]))];
    const product = ops.mul(ops.add(input("x", [2]), a), b);
    const graphs = [a, b].map((last) => createGraph({ y: ops.add(product, last) }));
    const results = [];
    for (const graph of graphs) {
      const program = await runtime.compile(graph);
      results.push(...(await program.run({ x: tensor([0, 0]) })).y.data);
      await program.dispose();
    }
    expect(results).toEqual([3 + 1, 8 + 2, 3 + 3, 8 + 4]);
  });

  test("are not used for other settings", async () => {
    const settings = [{}, { carry: { next: "count" } }, { winograd: false }, { winograd: true }];
    for (const options of settings) await (await runtime.compile(counter(), options)).dispose();
    expect(host.made).toBe(4);
  });

  test.each([
    { keepIdle: 0, open: 0, made: 4 },
    { keepIdle: 1, open: 1, made: 4 },
    { keepIdle: 2, open: 2, made: 3 },
  ])("stay loaded up to keepIdle, $keepIdle, the longest idle given up first", async (kept) => {
    runtime = createRuntime(host, { keepIdle: kept.keepIdle });
    const x = input("x", [2]);
    const [a, b] = [constant(tensor([1, 2])), constant(tensor([3, 4]))];
    const graphs = [a, b, a].map((factors) => createGraph({ y: ops.mul(x, factors) }));
    await sessionsFor(createGraph({ y: ops.exp(x) }), ...graphs);
    expect(host).toMatchObject({ open: kept.open, made: kept.made });
  });

  test("are all given back with the runtime, whether in use or not, once", async () => {
    await runtime.compile(line());
    await (await runtime.compile(counter())).dispose();
    expect(host.open).toBe(2);
    await runtime.dispose();
    expect(host.open).toBe(0);
    await runtime.dispose();
    expect(host.open).toBe(0);
  });
});

describe("a disposed runtime", () => {
  const message = "this runtime was disposed. Create another one.";

  test("compiles nothing, and its programs do nothing any more", async () => {
    const program = await runtime.compile(line());
    await runtime.dispose();
    await expect(runtime.compile(line())).rejects.toThrow(new GraphError(message));
    await expect(program.run({ x: row, scale: scalar(1) })).rejects.toThrow(
      new GraphError(message),
    );
    expect(host).toMatchObject({ made: 1, runs: 0 });
  });

  test("has given back the session of a program that is disposed after it", async () => {
    runtime = createRuntime(host, { keepIdle: 0 });
    const program = await runtime.compile(line());
    await runtime.dispose();
    await program.dispose();
    expect(host.open).toBe(0);
  });

  test("gives back a program that was still loading, whose compile fails", async () => {
    const compiling = expect(runtime.compile(line())).rejects.toThrow(new GraphError(message));
    await runtime.dispose();
    await compiling;
    expect(host).toMatchObject({ made: 1, open: 0 });
  });
});

test("a graph that ONNX Runtime refuses is an error of compile and leaves nothing behind", async () => {
  const Unheard = defineOp({
    name: "UnheardOf",
    infer: ([x]) => x!,
    vjp: "no gradient",
    meaning: ([x]) => x!,
  });
  const graph = createGraph({ y: apply(Unheard, [input("x", [2])], {}) });
  await expect(runtime.compile(graph)).rejects.toThrow("UnheardOf");
  expect(host).toMatchObject({ made: 0, open: 0 });
});

test("an error of a run leaves the program usable", async () => {
  const y = ops.gather(input("x", [3]), input("index", [1], "int64"), { axis: 0 });
  const program = await runtime.compile(createGraph({ y }));
  await program.bind({ x: tensor([5, 6, 7]) });
  await expect(program.run({ index: int64([3]) })).rejects.toThrow("out of data bounds");
  expect((await program.run({ index: int64([2]) })).y.data).toEqual(Float32Array.of(7));
});

describe("convolutions are computed in another form", () => {
  const x = input("x", [1, 256, 4, 4]);
  const kernels = (...shape: readonly number[]): Value =>
    constant(tensor(new Float32Array(elementCount(shape)), shape));

  /** The name of the pass, a graph that it changes, and an operator that only then is there. */
  const cases: readonly (readonly ["winograd" | "polyphase", Value, string])[] = [
    ["winograd", ops.conv(x, kernels(256, 256, 3, 3), { pads: [1, 1, 1, 1] }), "MatMul"],
    ["polyphase", ops.conv(x, kernels(3, 256, 9, 9), { pads: [4, 4, 4, 4] }), "DepthToSpace"],
  ];

  /** Operators of the model that a device is given for the graph. */
  async function operatorsOn(device: Device, y: Value, options: CompileOptions): Promise<string[]> {
    let operators: string[] = [];
    const recording = createRuntime({
      device,
      threads: 1,
      createSession: (model) => {
        operators = decodeModel(model).graph.nodes.map(({ type }) => type);
        return Promise.reject(new Error("nothing is run here"));
      },
      dispose: () => Promise.resolve(),
    });
    const compiling = recording.compile(createGraph({ y }), options);
    await expect(compiling).rejects.toThrow("nothing is run here");
    return operators;
  }

  describe.each(cases)("%s", (pass, y, operator) => {
    test.each(devices)("on %s if it is a CPU, and where it is asked for", async (device) => {
      const isProcessor = device === "cpu" || device === "wasm";
      expect((await operatorsOn(device, y, {})).includes(operator)).toBe(isProcessor);
      expect(await operatorsOn(device, y, { [pass]: true })).toContain(operator);
      expect(await operatorsOn(device, y, { [pass]: false })).not.toContain(operator);
    });
  });
});
