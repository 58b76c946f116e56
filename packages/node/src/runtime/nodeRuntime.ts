import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Worker, type WorkerOptions } from "node:worker_threads";
import {
  constant,
  createGraph,
  createRuntime,
  devices,
  encodeGraph,
  input,
  ops,
  RuntimeUnavailableError,
  type Device,
  type Runtime,
  type RuntimeOptions,
  type SessionHandle,
  type SessionHost,
  type Tensor,
} from "@deepstyle/engine";
import { expectRoomForRuntime } from "../system/memory.ts";
import type { Reply, RequestBody } from "./messages.ts";
import { onnxRuntimeFolder } from "./onnxRuntime.ts";
import { disableTelemetry } from "./telemetry.ts";

/** Settings of {@link nodeRuntime}. */
export interface NodeRuntimeOptions extends RuntimeOptions {
  /** Where to compute; `auto`, the default, takes the first of cuda, dml and cpu that works. */
  readonly device?: Device | "auto";
  /** Threads on the CPU; all that the machine offers if left out. */
  readonly threads?: number;
}

// coreml and webgpu are left to those who ask: the first runs only parts of a gradient graph, the
// second may be a software driver that is slower than the CPU provider.
const automatic: readonly Device[] = ["cuda", "dml"];

/**
 * A runtime on onnxruntime-node, in a worker thread of its own.
 *
 * @throws {RuntimeUnavailableError} if the machine does not offer the device; the message lists
 *   those that it does; or if there is no ONNX Runtime for this platform
 * @throws {MemoryError} if there is not enough memory for it
 */
export async function nodeRuntime({
  device = "auto",
  threads = availableParallelism(),
  ...options
}: NodeRuntimeOptions = {}): Promise<Runtime> {
  expectRoomForRuntime();
  const worker = await SessionWorker.start();
  try {
    const chosen = device === "auto" ? await firstWorking(worker) : device;
    if (device !== "auto") await expectWorking(worker, device);
    return createRuntime(sessionHost(worker, chosen, threads), options);
  } catch (error) {
    await worker.terminate();
    throw error;
  }
}

/**
 * The devices on which this machine can run a program, found by running one on each. That is done in a process of
 * its own, as drivers write to standard error what they miss, and one that crashes takes its process with it.
 */
export async function availableDevices(): Promise<readonly Device[]> {
  const child = spawn(process.execPath, probeProgram(), { stdio: ["ignore", "pipe", "ignore"] });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => (text += part));
  await new Promise((resolve) => {
    child.on("error", resolve).on("close", resolve);
  });
  const said = text.trimEnd().split("\n").at(-1)!.split(",");
  const found = said.filter((name): name is Device => devices.some((device) => device === name));
  // It needs no driver.
  return found.length > 0 ? found : ["cpu"];
}

/** @returns names of the devices on which a worker thread of this process can run a program */
export async function probeDevices(): Promise<readonly Device[]> {
  const worker = await SessionWorker.start();
  try {
    return await workingDevices(worker);
  } finally {
    await worker.terminate();
  }
}

function sessionHost(worker: SessionWorker, device: Device, threads: number): SessionHost {
  let sessions = 0;
  return {
    device,
    threads,
    async createSession(model, carry) {
      const session = sessions++;
      const settings = { providers: [device], threads, carry };
      await worker.ask({ kind: "create", session, model, settings }, [model.buffer]);
      const handle: SessionHandle = {
        bind: async (feeds) => {
          await worker.ask({ kind: "bind", session, feeds });
        },
        run: async (feeds) =>
          (await worker.ask({ kind: "run", session, feeds })) as Record<string, Tensor>,
        read: async (names) =>
          (await worker.ask({ kind: "read", session, names })) as Record<string, Tensor>,
        release: async () => {
          await worker.ask({ kind: "release", session });
        },
      };
      return handle;
    },
    dispose: () => worker.terminate(),
  };
}

/** The worker thread with questions and answers in place of messages. */
class SessionWorker {
  readonly #worker: Worker;
  readonly #waiting = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (error: Error) => void }
  >();
  #asked = 0;
  /** Why nothing can be asked any more. */
  #end: Error | undefined;

  static async start(): Promise<SessionWorker> {
    const folder = onnxRuntimeFolder();
    await disableTelemetry();
    return new SessionWorker(folder);
  }

  private constructor(workerData: string) {
    const start = import.meta.url.endsWith(".ts") ? workerFromSource : workerFromBuild;
    this.#worker = start({ workerData });
    // A program that is done must not be kept alive by an idle worker.
    this.#worker.unref();
    this.#worker.on("message", (reply: Reply) => {
      const waiting = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if (this.#waiting.size === 0) this.#worker.unref();
      if ("error" in reply) waiting?.reject(new Error(reply.error));
      else waiting?.resolve(reply.value);
    });
    this.#worker.on("error", (error) => {
      this.#failAll(error instanceof Error ? error : new Error(String(error)));
    });
    this.#worker.on("exit", () => {
      this.#failAll(new Error("the runtime was disposed while it was working."));
    });
  }

  ask(body: RequestBody, transfer: readonly ArrayBufferLike[] = []): Promise<unknown> {
    if (this.#end !== undefined) return Promise.reject(this.#end);
    const id = this.#asked++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.ref();
      this.#worker.postMessage({ ...body, id }, transfer as ArrayBuffer[]);
    });
  }

  async terminate(): Promise<void> {
    this.#end ??= new Error("the runtime was disposed.");
    await this.#worker.terminate();
  }

  #failAll(error: Error): void {
    this.#end ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

function workerFromBuild(options: WorkerOptions): Worker {
  return new Worker(new URL("./sessionWorker.js", import.meta.url), options);
}

/** Tests and scripts run from the sources; there the worker has to learn TypeScript first. */
function workerFromSource(options: WorkerOptions): Worker {
  const file = new URL("./sessionWorker.ts", import.meta.url).href;
  const loader = import.meta.resolve("tsx/esm/api"); // wherever the process works
  const start = `import(${JSON.stringify(loader)}).then((tsx) => { tsx.register(); return import(${JSON.stringify(file)}); });`;
  return new Worker(start, { ...options, eval: true, execArgv: ["--conditions=deepstyle-src"] });
}

/** Arguments for Node that start {@link probeDevices}. */
function probeProgram(): string[] {
  if (!import.meta.url.endsWith(".ts"))
    return [fileURLToPath(new URL("./probeDevices.js", import.meta.url))];
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  const file = fileURLToPath(new URL("./probeDevices.ts", import.meta.url));
  return ["--conditions=deepstyle-src", "--import", tsx, file];
}

async function firstWorking(worker: SessionWorker): Promise<Device> {
  const backends = (await worker.ask({ kind: "backends" })) as readonly string[];
  for (const device of automatic) {
    if (backends.includes(device) && (await failureOf(worker, device)) === undefined) return device;
  }
  return "cpu";
}

async function expectWorking(worker: SessionWorker, device: Device): Promise<void> {
  const failure = await failureOf(worker, device);
  if (failure === undefined) return;
  const working = await availableDevices();
  throw new RuntimeUnavailableError(
    `device "${device}" does not work on this machine; available: ${working.join(", ")}. Choose one of them, or auto. (${failure})`,
  );
}

async function workingDevices(worker: SessionWorker): Promise<Device[]> {
  const backends = (await worker.ask({ kind: "backends" })) as readonly string[];
  const working: Device[] = [];
  for (const device of ["cuda", "dml", "coreml", "webgpu", "cpu"] as const) {
    if (backends.includes(device) && (await failureOf(worker, device)) === undefined)
      working.push(device);
  }
  return working;
}

/** Runs a tiny program on a device; the first line of the error if that fails. */
async function failureOf(worker: SessionWorker, device: Device): Promise<string | undefined> {
  const model = encodeGraph(createGraph({ y: ops.add(input("x", [1]), constant(1)) }));
  const session = -1;
  const settings = { providers: [device], threads: 1, carry: {} };
  try {
    await worker.ask({ kind: "create", session, model, settings });
    await worker.ask({ kind: "release", session });
    return undefined;
  } catch (error) {
    return (error as Error).message.split("\n", 1)[0];
  }
}
