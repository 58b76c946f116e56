import {
  createRuntime,
  RuntimeUnavailableError,
  Session,
  type Device,
  type OrtModule,
  type Runtime,
  type RuntimeOptions,
} from "@deepstyle/engine";
import * as ort from "onnxruntime-web/webgpu";

/** Settings of {@link webRuntime}. */
export interface WebRuntimeOptions extends RuntimeOptions {
  /** Where to compute; `auto`, the default, takes webgpu where the browser has an adapter. */
  readonly device?: Device | "auto";
  /**
   * Threads of WebAssembly; all cores if left out. More than one needs a page that is cross-origin
   * isolated (headers COOP `same-origin` and COEP `require-corp`).
   */
  readonly threads?: number;
  /** Folder that the `.wasm` and `.mjs` files of onnxruntime-web are served from. */
  readonly wasmPaths?: string;
}

/**
 * A runtime on onnxruntime-web, for a page or a worker of a page. Sessions run on the calling
 * thread's side, so an application calls this from a worker of its own.
 *
 * @throws {RuntimeUnavailableError} if the browser does not offer the device
 */
export async function webRuntime({
  device = "auto",
  threads = navigator.hardwareConcurrency,
  wasmPaths,
  ...options
}: WebRuntimeOptions = {}): Promise<Runtime> {
  const chosen = await chooseDevice(device);
  const usable = crossOriginIsolated ? threads : 1;
  ort.env.wasm.numThreads = usable;
  if (wasmPaths !== undefined) ort.env.wasm.wasmPaths = wasmPaths;
  return createRuntime(
    {
      device: chosen,
      threads: usable,
      createSession: (model, carry) =>
        Session.create(ort as unknown as OrtModule, model, {
          providers: [chosen],
          threads: usable,
          carry,
        }),
      dispose: () => Promise.resolve(),
    },
    options,
  );
}

async function chooseDevice(device: Device | "auto"): Promise<Device> {
  if (device === "wasm") return device;
  const hasGpu = await hasWebGpu();
  if (device === "auto") return hasGpu ? "webgpu" : "wasm";
  if (device === "webgpu" && hasGpu) return device;
  throw new RuntimeUnavailableError(
    `device "${device}" does not work in this browser; available: ${hasGpu ? "webgpu, " : ""}wasm. Choose one of them, or auto.`,
  );
}

async function hasWebGpu(): Promise<boolean> {
  if (!("gpu" in navigator)) return false;
  const gpu = navigator.gpu as { requestAdapter(): Promise<unknown> };
  return (await gpu.requestAdapter()) !== null;
}
