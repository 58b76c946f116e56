import { availableParallelism } from "node:os";
import { readdirSync } from "node:fs";
import type { Worker } from "node:worker_threads";
import {
  apply,
  constant,
  createGraph,
  defineOp,
  input,
  int64,
  ops,
  RuntimeUnavailableError,
  tensor,
  type Graph,
  type Runtime,
  type Value,
} from "@deepstyle/engine";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import {
  availableDevices,
  nodeRuntime,
  type NodeRuntimeOptions,
} from "../../src/runtime/nodeRuntime.ts";
import { runNode } from "./childProcess.ts";

const open: Runtime[] = [];

/** A runtime that is disposed after the test. */
async function start(options: NodeRuntimeOptions = {}): Promise<Runtime> {
  const runtime = await nodeRuntime(options);
  open.push(runtime);
  return runtime;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((runtime) => runtime.dispose()));
});

/** The worker of the next runtime that is started, once it runs. */
function nextWorker(): Promise<Worker> {
  return new Promise((resolve) => process.once("worker", resolve));
}

/** `y = 2 x`. */
function doubling(): Graph<"y"> {
  return createGraph({ y: ops.mul(input("x", [3]), constant(2)) });
}

/** Many convolutions one after the other: a few hundred milliseconds of work. */
function slowGraph(): Graph<"y"> {
  const kernels = constant(tensor(new Float32Array(64 * 64 * 9).fill(1e-3), [64, 64, 3, 3]));
  let y: Value = ops.expand(input("x", [1, 1, 1, 1]), [1, 64, 192, 192]);
  for (let i = 0; i < 12; i++) y = ops.conv(y, kernels, { pads: [1, 1, 1, 1] });
  return createGraph({ y: ops.reduceMean(y) });
}

describe("the device", () => {
  test("auto is the first of cuda, dml and cpu that works here", async () => {
    const available = await availableDevices();
    expect(available).toContain("cpu");
    const first = (["cuda", "dml", "cpu"] as const).find((device) => available.includes(device));
    expect((await start()).device).toBe(first);
    expect((await start({ device: "auto" })).device).toBe(first);
  });

  test("that is not there is refused with a list of those that are", async () => {
    const asked = nodeRuntime({ device: "wasm" });
    await expect(asked).rejects.toBeInstanceOf(RuntimeUnavailableError);
    const available = (await availableDevices()).join(", ");
    await expect(asked).rejects.toThrow(
      `device "wasm" does not work on this machine; available: ${available}. Choose one of them, or auto. (`,
    );
  });

  test("that is refused leaves no worker behind", async () => {
    const worker = nextWorker();
    const ended = worker.then((thread) => new Promise((resolve) => thread.once("exit", resolve)));
    await expect(nodeRuntime({ device: "wasm" })).rejects.toThrow("does not work");
    await ended;
  });
});

describe("the worker", () => {
  test("computes while the main thread's event loop goes on", async () => {
    const runtime = await start({ device: "cpu", threads: 1 });
    const program = await runtime.compile(slowGraph());
    const x = tensor([1], [1, 1, 1, 1]);
    await program.run({ x });
    const ticks = [performance.now()];
    const timer = setInterval(() => ticks.push(performance.now()), 5);
    onTestFinished(() => clearInterval(timer));
    const begin = performance.now();
    await program.run({ x });
    const duration = performance.now() - begin;
    const gaps = ticks.slice(1).map((at, i) => at - ticks[i]!);
    expect(ticks.length).toBeGreaterThan(10);
    expect(Math.max(...gaps)).toBeLessThan(duration / 2);
  });

  test("ends with the runtime, also when it is disposed twice", async () => {
    const worker = nextWorker();
    const runtime = await nodeRuntime({ device: "cpu" });
    const ended = worker.then((thread) => new Promise((resolve) => thread.once("exit", resolve)));
    await runtime.compile(doubling());
    await runtime.dispose();
    await ended;
    await runtime.dispose();
  });

  test("is not asked any more once it has ended: nobody waits for ever", async () => {
    const runtime = await nodeRuntime({ device: "cpu", keepIdle: 0 });
    const program = await runtime.compile(doubling());
    const running = program.run({ x: tensor([1, 2, 3]) });
    await runtime.dispose();
    expect((await running).y).toEqual(tensor([2, 4, 6]));
    await expect(program.run({ x: tensor([1, 2, 3]) })).rejects.toThrow("disposed");
    await expect(runtime.compile(doubling())).rejects.toThrow("disposed");
    await program.dispose();
  });

  test("says what went wrong, and goes on working", async () => {
    const runtime = await start({ device: "cpu" });
    const y = ops.gather(input("x", [3]), input("index", [1], "int64"), { axis: 0 });
    const program = await runtime.compile(createGraph({ y }));
    await program.bind({ x: tensor([5, 6, 7]) });
    await expect(program.run({ index: int64([3]) })).rejects.toThrow(
      "indices element out of data bounds, idx=3",
    );
    expect((await program.run({ index: int64([1]) })).y).toEqual(tensor([6]));
  });

  test("refuses a graph with an operator that ONNX Runtime does not know", async () => {
    const Unheard = defineOp({
      name: "UnheardOf",
      infer: ([x]) => x!,
      vjp: "no gradient",
      meaning: ([x]) => x!,
    });
    const runtime = await start({ device: "cpu" });
    const broken = createGraph({ y: apply(Unheard, [input("x", [3])], {}) });
    await expect(runtime.compile(broken)).rejects.toThrow("UnheardOf");
    const program = await runtime.compile(doubling());
    expect((await program.run({ x: tensor([1, 2, 3]) })).y).toEqual(tensor([2, 4, 6]));
  });

  test("leaves the feeds to the caller, who may change them and feed them again", async () => {
    const runtime = await start({ device: "cpu" });
    const program = await runtime.compile(doubling());
    const x = tensor([1, 2, 3]);
    await program.run({ x });
    x.data[0] = 10;
    expect((await program.run({ x })).y).toEqual(tensor([20, 4, 6]));
  });
});

describe("threads", () => {
  test("are those of the machine if left out", async () => {
    expect((await start({ device: "cpu" })).threads).toBe(availableParallelism());
  });

  test.skipIf(process.platform !== "linux")(
    "are as many as asked for, by Linux's list of threads (Linux only)",
    async () => {
      const added: number[] = [];
      for (const threads of [1, 3]) {
        const runtime = await start({ device: "cpu", threads });
        expect(runtime.threads).toBe(threads);
        const before = readdirSync("/proc/self/task").length;
        await runtime.compile(doubling());
        added.push(readdirSync("/proc/self/task").length - before);
      }
      // The worker itself is one of those that compute.
      expect(added).toEqual([0, 2]);
    },
  );
});

describe("a process", () => {
  const use = `
    import { nodeRuntime, availableDevices } from "./packages/node/src/runtime/nodeRuntime.ts";
    import { createGraph, input, ops, scalar } from "@deepstyle/engine";
    const compute = async (runtime) => {
      const program = await runtime.compile(createGraph({ y: ops.exp(input("x", [])) }));
      const { y } = await program.run({ x: scalar(0) });
      console.log(y.data[0]);
    };
  `;

  test("ends by itself when its work is done, though the runtime was not disposed", async () => {
    const { status, stdout } = await runNode(`${use} await compute(await nodeRuntime());`);
    expect({ status, stdout }).toEqual({ status: 0, stdout: "1\n" });
  });

  test("waits for work that nobody awaits", async () => {
    const { status, stdout } = await runNode(`${use} void nodeRuntime().then(compute);`);
    expect({ status, stdout }).toEqual({ status: 0, stdout: "1\n" });
  });

  test("hears nothing on stderr while devices are looked for", async () => {
    const { status, stdout, stderr } = await runNode(`${use}
      console.log((await availableDevices()).includes("cpu"));
      await compute(await nodeRuntime());
      for (const device of ["cuda", "coreml", "webgpu", "wasm"])
        await nodeRuntime({ device }).then((runtime) => runtime.dispose(), () => undefined);
    `);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "true\n1\n", stderr: "" });
  });
});
