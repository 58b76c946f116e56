import { createRuntime, Session, type Runtime } from "@deepstyle/engine";
import * as ort from "onnxruntime-node";

/** A runtime on onnxruntime's CPU provider in this thread: what a package above core provides. */
export function cpuRuntime(): Runtime {
  return createRuntime({
    device: "cpu",
    threads: 1,
    createSession: (model, carry) =>
      Session.create(ort, model, { providers: ["cpu"], threads: 1, carry }),
    dispose: () => Promise.resolve(),
  });
}
