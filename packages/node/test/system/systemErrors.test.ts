import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { constant, createGraph, input, ops, ShapeError, tensor } from "@deepstyle/engine";
import { expect, test } from "vitest";
import { describeFailure } from "../../src/cli/failure.ts";
import { MemoryError } from "../../src/errors.ts";
import { withRuntime } from "../../src/runtime/withRuntime.ts";
import { inOurWords, readFailure } from "../../src/system/systemErrors.ts";

const pictures =
  "memory ran out: the work needs more than there is. Choose a smaller size, or close other programs.";

function thrownBy(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

test("an array that cannot be had", () => {
  const error = thrownBy(() => new ArrayBuffer(2 ** 52));
  expect((error as Error).message).toContain("rray buffer");
  expect(inOurWords(error)).toBeInstanceOf(MemoryError);
  expect(describeFailure(error, false)).toBe(pictures);
});

test("a tensor that ONNX Runtime cannot have", async () => {
  const enormous = 2 ** 43;
  const graph = createGraph({ y: ops.expand(ops.add(input("x", [1]), constant(1)), [enormous]) });
  const work = withRuntime({ device: "cpu", threads: 1 }, async (runtime) => {
    const program = await runtime.compile(graph);
    return await program.run({ x: tensor([1], [1]) });
  });
  await expect(work).rejects.toThrow(pictures);
  await expect(work).rejects.toBeInstanceOf(MemoryError);
});

test("a thread whose heap is full", async () => {
  const worker = new Worker("const all = []; for (;;) all.push(new Array(1000).fill({}));", {
    eval: true,
    resourceLimits: { maxOldGenerationSizeMb: 8 },
  });
  const [error] = (await once(worker, "error")) as [Error];
  expect(inOurWords(error)).toBeInstanceOf(MemoryError);
});

test.each([
  ["C++", "Exception during initialization: std::bad_alloc"],
  [
    "ONNX Runtime",
    "bfc_arena.cc:360 void* onnxruntime::BFCArena::AllocateRawInternal(size_t, bool)",
  ],
  ["libvips", "out of memory --- size == 12MB"],
  ["libjpeg", "VipsJpeg: Insufficient memory (case 4)"],
  ["GLib", "glib: Error creating thread: Resource temporarily unavailable"],
  [
    "threads",
    "posix/env.cc:251 onnxruntime::{anonymous}::PosixThread::PosixThread(const char*, int)",
  ],
])("what %s says", (_, message) => {
  expect(describeFailure(new Error(message), false)).toBe(pictures);
});

test("a file for which there is no memory is not called damaged", () => {
  const error = Object.assign(new Error("ENOMEM: not enough memory, read"), { code: "ENOMEM" });
  expect(readFailure("photo.jpg", error)).toBeInstanceOf(MemoryError);
});

test("everything else stays what it is", () => {
  const others = [new Error("something else"), new ShapeError("out of memory of shapes"), "text"];
  for (const error of others) expect(inOurWords(error)).toBe(error);
});
