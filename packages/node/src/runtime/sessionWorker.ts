/**
 * The worker thread that owns the sessions: onnxruntime-node computes inside `run` without letting
 * go of its thread, so progress and Ctrl-C on the main thread need it to be another one. This is the
 * only file that loads onnxruntime-node, from the folder that `workerData` names.
 */

import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { Session, type Tensor } from "@deepstyle/engine";
import type { Reply, Request } from "./messages.ts";

const port = parentPort;
if (port === null) throw new Error("sessionWorker runs as a worker thread only.");
const ort = createRequire(import.meta.url)(
  workerData as string,
) as typeof import("onnxruntime-node");
const sessions = new Map<number, Session>();
// Looking for a device prints errors about those that are absent; failures are thrown anyway.
ort.env.logLevel = "fatal";

port.on("message", (request: Request) => {
  void answer(request).then((reply) => {
    port.postMessage(reply, request.kind === "run" ? resultBuffers(reply) : []);
  });
});

/** What a run computed belongs to nobody here: it is handed over, not copied. */
function resultBuffers(reply: Reply): ArrayBuffer[] {
  if ("error" in reply) return [];
  const results = Object.values(reply.value as Record<string, Tensor>);
  return [...new Set(results.map(({ data }) => data.buffer as ArrayBuffer))];
}

async function answer(request: Request): Promise<Reply> {
  try {
    return { id: request.id, value: await carryOut(request) };
  } catch (error) {
    return { id: request.id, error: error instanceof Error ? error.message : String(error) };
  }
}

async function carryOut(request: Request): Promise<unknown> {
  switch (request.kind) {
    case "backends":
      return ort.listSupportedBackends().map(({ name }) => name);
    case "create":
      if (request.settings.providers.includes("webgpu")) expectVulkan();
      sessions.set(request.session, await Session.create(ort, request.model, request.settings));
      return undefined;
    case "bind":
      return sessions.get(request.session)!.bind(request.feeds);
    case "run":
      return sessions.get(request.session)!.run(request.feeds);
    case "read":
      return sessions.get(request.session)!.read(request.names);
    case "release":
      await sessions.get(request.session)?.release();
      sessions.delete(request.session);
      return undefined;
  }
}

/**
 * ONNX Runtime finds WebGPU on Linux by Vulkan, and prints a warning where that, or any driver for it,
 * is not installed.
 *
 * @throws the system's own words on the library that is missing, or that there is no driver
 */
function expectVulkan(): void {
  if (process.platform !== "linux") return;
  try {
    process.dlopen({ exports: {} }, "libvulkan.so.1");
  } catch (error) {
    // It is a library, but none of Node's: so it is there.
    if (!(error as Error).message.includes("did not self-register")) throw error;
  }
  if (!hasVulkanDriver()) throw new Error("no Vulkan driver is installed.");
}

/** Where drivers announce themselves. Source: Vulkan-Loader, docs/LoaderDriverInterface.md. */
const driverFolders = ["/etc", "/usr/local/share", "/usr/share"].map(
  (base) => `${base}/vulkan/icd.d`,
);

function hasVulkanDriver(): boolean {
  const { VK_DRIVER_FILES, VK_ICD_FILENAMES, XDG_DATA_HOME } = process.env;
  if (VK_DRIVER_FILES || VK_ICD_FILENAMES) return true;
  const own = join(XDG_DATA_HOME || join(homedir(), ".local", "share"), "vulkan", "icd.d");
  return [...driverFolders, own].some((folder) => {
    try {
      return readdirSync(folder).some((file) => file.endsWith(".json"));
    } catch {
      return false;
    }
  });
}
