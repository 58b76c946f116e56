/**
 * The worker thread that owns the sessions: onnxruntime-node computes inside `run` without letting
 * go of its thread, so progress and Ctrl-C on the main thread need it to be another one. This is the
 * only file that imports onnxruntime-node.
 */

import { parentPort } from "node:worker_threads";
import { Session, type OrtModule } from "@deepstyle/engine";
import * as ort from "onnxruntime-node";
import type { Reply, Request } from "./messages.ts";

const port = parentPort;
if (port === null) throw new Error("sessionWorker runs as a worker thread only.");
const sessions = new Map<number, Session>();

port.on("message", (request: Request) => {
  void answer(request).then((reply) => {
    port.postMessage(reply);
  });
});

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
      sessions.set(
        request.session,
        await Session.create(ort as unknown as OrtModule, request.model, request.settings),
      );
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
