import {
  createRuntime,
  createTurns,
  RuntimeUnavailableError,
  Session,
  type Device,
  type Runtime,
  type RuntimeOptions,
  type SessionHandle,
} from "@deepstyle/engine";

/** Settings of {@link webRuntime}. */
export interface WebRuntimeOptions extends RuntimeOptions {
  /**
   * Where to compute; `auto`, the default, takes webgpu where the browser has an adapter that is
   * no software, and wasm elsewhere.
   */
  readonly device?: Device | "auto";
  /**
   * Threads of WebAssembly; all cores if left out. More than one needs a page that is cross-origin
   * isolated (headers COOP `same-origin` and COEP `require-corp`). The first runtime of a device
   * decides for the whole page.
   */
  readonly threads?: number;
  /**
   * Folder that the `.wasm` and `.mjs` files of onnxruntime-web are served from; beside its script
   * if left out.
   */
  readonly wasmPaths?: string;
}

/**
 * A runtime on onnxruntime-web, for a page or a worker of a page. Sessions run on the calling
 * thread's side, so an application calls this from a worker of its own. What is downloaded depends
 * on the device: 14 MB for wasm, 27 MB for webgpu (before compression).
 *
 * @throws {RuntimeUnavailableError} if the browser does not offer the device; the message lists
 *   those that it does
 */
export async function webRuntime({
  device = "auto",
  threads = navigator.hardwareConcurrency,
  wasmPaths,
  ...options
}: WebRuntimeOptions = {}): Promise<Runtime> {
  const chosen = await chooseDevice(device);
  const ort = await (chosen === "webgpu"
    ? import("onnxruntime-web/webgpu")
    : import("onnxruntime-web/wasm"));
  if (wasmPaths !== undefined) ort.env.wasm.wasmPaths = wasmPaths;
  const usable = (ort.env.wasm.numThreads ??= crossOriginIsolated ? threads : 1);
  return createRuntime(
    {
      device: chosen,
      threads: usable,
      createSession: async (model, carry) => {
        const settings = { providers: [chosen], threads: usable, carry };
        return takingTurns(await inTurn(() => Session.create(ort, model, settings)));
      },
      dispose: () => Promise.resolve(),
    },
    options,
  );
}

/** A session whose calls wait for those of all others. */
function takingTurns(session: SessionHandle): SessionHandle {
  return {
    bind: (feeds) => inTurn(() => session.bind(feeds)),
    run: (feeds) => inTurn(() => session.run(feeds)),
    read: (names) => inTurn(() => session.read(names)),
    release: () => inTurn(() => session.release()),
  };
}

// Of all sessions of the page: webgpu refuses to do two things at once.
const inTurn = createTurns();

async function chooseDevice(device: Device | "auto"): Promise<Device> {
  if (device === "wasm") return device;
  const adapter = await gpuAdapter();
  if (device === "auto") return adapter?.info.isFallbackAdapter === false ? "webgpu" : "wasm";
  if (device === "webgpu" && adapter !== null) return device;
  throw new RuntimeUnavailableError(
    `device "${device}" does not work in this browser; available: ${adapter === null ? "" : "webgpu, "}wasm. Choose one of them, or auto.`,
  );
}

async function gpuAdapter(): Promise<GPUAdapter | null> {
  // Absent in older browsers and on pages that are not secure, whatever the type says.
  return "gpu" in navigator ? navigator.gpu.requestAdapter() : null;
}
