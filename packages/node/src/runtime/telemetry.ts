import { isMainThread } from "node:worker_threads";
import { RuntimeUnavailableError } from "@deepstyle/engine";

/** ONNX Runtime asks the process for it, as C does, in the moment in which it is loaded. */
const variable = "ORT_DISABLE_TELEMETRY";

/**
 * Turns off that ONNX Runtime reports to its maker and numbers the machine, unless the variable
 * `ORT_DISABLE_TELEMETRY` says what the user wants. Must be done before the library is loaded.
 *
 * @throws {RuntimeUnavailableError} if a worker thread cannot do it
 */
export async function disableTelemetry(): Promise<void> {
  if (isMainThread) process.env[variable] ??= "1";
  else await disableFromWorker();
}

/** The variables of a worker thread are a copy that C does not see: only the main thread can set them. */
async function disableFromWorker(): Promise<void> {
  try {
    const { Session } = await import("node:inspector/promises");
    const mainThread = new Session();
    mainThread.connectToMainThread();
    const value = JSON.stringify(process.env[variable] ?? "1");
    await mainThread.post("Runtime.evaluate", {
      expression: `process.env.${variable} ??= ${value}`,
    });
    mainThread.disconnect();
  } catch (error) {
    throw new RuntimeUnavailableError(
      `ONNX Runtime's telemetry cannot be turned off from this worker thread. Set ${variable}=1 before the program starts. (${(error as Error).message})`,
    );
  }
}
