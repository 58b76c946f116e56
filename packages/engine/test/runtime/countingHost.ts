import * as ort from "onnxruntime-node";
import type { SessionHandle, SessionHost } from "../../src/runtime/program.ts";
import { Session } from "../../src/runtime/session.ts";

/** A host of onnxruntime-node's CPU sessions that counts them. */
export interface CountingHost extends SessionHost {
  /** Sessions ever made. */
  readonly made: number;
  /** Sessions made and not released. */
  readonly open: number;
  /** Calls of `run`, all sessions together. */
  readonly runs: number;
}

/** One thread of onnxruntime-node, without a worker in between. */
export function countingHost(): CountingHost {
  const count = { made: 0, open: 0, runs: 0 };
  const settings = { providers: ["cpu"], threads: 1 };
  return {
    device: "cpu",
    threads: 1,
    get made() {
      return count.made;
    },
    get open() {
      return count.open;
    },
    get runs() {
      return count.runs;
    },
    async createSession(model, carry): Promise<SessionHandle> {
      const session = await Session.create(ort, model, { ...settings, carry });
      count.made++;
      count.open++;
      return {
        bind: (feeds) => session.bind(feeds),
        run: (feeds) => {
          count.runs++;
          return session.run(feeds);
        },
        read: (names) => session.read(names),
        release: async () => {
          await session.release();
          count.open--;
        },
      };
    },
    dispose: () => Promise.resolve(),
  };
}
