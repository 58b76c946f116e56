import { GraphError } from "../errors.ts";
import { printGraph } from "../graph/print.ts";
import type { Graph, TensorType } from "../graph/value.ts";
import { encodeGraph } from "../onnx/emit.ts";
import { polyphase } from "../passes/polyphase.ts";
import { foldScales } from "../passes/scales.ts";
import { rewrite, simplify } from "../passes/simplify.ts";
import { sumByAxis } from "../passes/sums.ts";
import { winograd } from "../passes/winograd.ts";
import { equalDims, formatShape } from "../tensor/dim.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { CompileOptions, Device, Feeds, Program, Runtime } from "./runtime.ts";
import { createTurns } from "./turns.ts";

/** A session as a runtime offers it: in a worker thread, in a page, or anywhere else. */
export interface SessionHandle {
  /** Keeps inputs for the runs to come. */
  bind(feeds: Feeds): Promise<void>;
  /** Runs once. */
  run(feeds: Feeds): Promise<Record<string, Tensor>>;
  /** Bound or carried tensors as they are now. */
  read(names: readonly string[]): Promise<Record<string, Tensor>>;
  /** Frees the session. */
  release(): Promise<void>;
}

/** What a platform has to provide to be a {@link Runtime}. */
export interface SessionHost {
  readonly device: Device;
  readonly threads: number;
  /** Loads a model; `model` may be transferred away. */
  createSession(model: Uint8Array, carry: Readonly<Record<string, string>>): Promise<SessionHandle>;
  /** Frees everything. */
  dispose(): Promise<void>;
}

/** Settings of {@link createRuntime}. */
export interface RuntimeOptions {
  /**
   * How many disposed programs stay loaded for the next time the same graph is compiled. They keep
   * their memory; 0 gives it back at once. 4 if left out.
   */
  readonly keepIdle?: number;
}

/** A runtime on top of a platform's sessions: compiles, checks feeds, keeps programs, cleans up. */
export function createRuntime(host: SessionHost, { keepIdle = 4 }: RuntimeOptions = {}): Runtime {
  const pool = new ProgramPool(keepIdle);
  return {
    device: host.device,
    threads: host.threads,
    async compile(graph, options = {}) {
      pool.expectOpen();
      const key = programKey(graph, options);
      const loaded = pool.take(key) ?? (await loadProgram(host, graph, options));
      await pool.lend(loaded);
      return openProgram(loaded, pool, key);
    },
    async dispose() {
      await pool.dispose();
      await host.dispose();
    },
  };
}

/** Loaded programs that nobody uses now, oldest first, and those in use. */
class ProgramPool {
  readonly #inUse = new Set<LoadedProgram>();
  readonly #keepIdle: number;
  #open = true;
  #idle: { readonly key: string; readonly loaded: LoadedProgram }[] = [];

  constructor(keepIdle: number) {
    this.#keepIdle = keepIdle;
  }

  /** @throws {GraphError} once everything was given back */
  expectOpen(): void {
    if (!this.#open) throw new GraphError("this runtime was disposed. Create another one.");
  }

  /** @throws {GraphError} if everything was given back while the program was loading */
  async lend(loaded: LoadedProgram): Promise<void> {
    if (!this.#open) await loaded.session.release();
    this.expectOpen();
    this.#inUse.add(loaded);
  }

  take(key: string): LoadedProgram | undefined {
    const found = this.#idle.find((entry) => entry.key === key);
    this.#idle = this.#idle.filter((entry) => entry !== found);
    return found?.loaded;
  }

  async giveBack(key: string, loaded: LoadedProgram): Promise<void> {
    // Disposing the pool has released it already.
    if (!this.#inUse.delete(loaded)) return;
    this.#idle.push({ key, loaded });
    const surplus = this.#idle.splice(0, this.#idle.length - this.#keepIdle);
    await Promise.all(surplus.map((entry) => entry.loaded.session.release()));
  }

  async dispose(): Promise<void> {
    this.#open = false;
    const all = [...this.#inUse, ...this.#idle.map((entry) => entry.loaded)];
    this.#inUse.clear();
    this.#idle = [];
    // If the host has died, so have its sessions.
    await Promise.allSettled(all.map((loaded) => loaded.session.release()));
  }
}

function openProgram<Output extends string>(
  loaded: LoadedProgram,
  pool: ProgramPool,
  key: string,
): Program<Output> {
  const { session, inputs, carried, checkFeeds } = loaded;
  const bound = new Set<string>();
  let open = true;
  const expectOpen = (): void => {
    pool.expectOpen();
    if (!open) throw new GraphError("this program was disposed. Compile the graph again.");
  };
  return {
    inputs,
    bind: async (feeds) => {
      expectOpen();
      checkFeeds(feeds);
      await session.bind(feeds);
      Object.keys(feeds).forEach((name) => bound.add(name));
    },
    run: async (feeds = {}) => {
      expectOpen();
      checkFeeds(feeds, bound);
      const outputs = await session.run(feeds);
      carried.forEach((name) => bound.add(name));
      return outputs;
    },
    read: async (names) => {
      expectOpen();
      const unknown = names.find((name) => !bound.has(name));
      if (unknown !== undefined)
        throw new GraphError(
          `"${unknown}" is neither bound nor carried; there are ${[...bound].join(", ")}.`,
        );
      return session.read(names);
    },
    dispose: async () => {
      if (!open) return;
      open = false;
      await pool.giveBack(key, loaded);
    },
  };
}

interface LoadedProgram {
  readonly session: SessionHandle;
  readonly inputs: Readonly<Record<string, TensorType>>;
  /** Inputs that earlier outputs become. */
  readonly carried: readonly string[];
  /** @throws {GraphError}; with `bound`, also if an input is in neither */
  readonly checkFeeds: (feeds: Feeds, bound?: ReadonlySet<string>) => void;
}

async function loadProgram(
  host: SessionHost,
  graph: Graph,
  options: CompileOptions,
): Promise<LoadedProgram> {
  const { inputs } = graph;
  const carry = checkedCarry(graph, options);
  const session = await host.createSession(encodeGraph(rewritten(graph, host, options)), carry);
  return {
    session: inTurns(session),
    inputs,
    carried: Object.values(carry),
    checkFeeds: (feeds, bound) => {
      for (const [name, tensor] of Object.entries(feeds)) checkFeed(name, tensor, inputs);
      if (bound === undefined) return;
      const missing = Object.keys(inputs).find((name) => !(name in feeds) && !bound.has(name));
      if (missing !== undefined)
        throw new GraphError(
          `input "${missing}", ${formatShape(inputs[missing]!.shape)}, is neither fed nor bound.`,
        );
    },
  };
}

/** The graph as the device computes it soonest. */
function rewritten(graph: Graph, { device }: SessionHost, options: CompileOptions): Graph {
  const isProcessor = device === "cpu" || device === "wasm";
  const passes = [
    foldScales,
    ...((options.polyphase ?? isProcessor) ? [polyphase] : []),
    ...((options.winograd ?? isProcessor) ? [winograd] : []),
  ];
  return simplify(passes.reduce<Graph>((sofar, pass) => pass(sofar), simplify(sumByAxis(graph))));
}

/** The calls of a session one after the other: a run needs what the one before it carries. */
function inTurns(session: SessionHandle): SessionHandle {
  const inTurn = createTurns();
  return {
    bind: (feeds) => inTurn(() => session.bind(feeds)),
    run: (feeds) => inTurn(() => session.run(feeds)),
    read: (names) => inTurn(() => session.read(names)),
    release: () => inTurn(() => session.release()),
  };
}

/** ONNX Runtime takes a feed of an unknown name without a word; here it is an error. */
function checkFeed(
  name: string,
  tensor: Tensor,
  inputs: Readonly<Record<string, TensorType>>,
): void {
  const type = inputs[name];
  if (type === undefined)
    throw new GraphError(
      `there is no input "${name}"; the program has ${Object.keys(inputs).join(", ")}.`,
    );
  const fits =
    tensor.dtype === type.dtype &&
    tensor.shape.length === type.shape.length &&
    type.shape.every((dim, axis) => typeof dim !== "number" || equalDims(dim, tensor.shape[axis]!));
  if (!fits)
    throw new GraphError(
      `input "${name}" expects ${type.dtype}${formatShape(type.shape)}; got ${tensor.dtype}${formatShape(tensor.shape)}.`,
    );
}

function checkedCarry(graph: Graph, { carry = {} }: CompileOptions): Record<string, string> {
  const checked: Record<string, string> = {};
  for (const [output, name] of Object.entries(carry)) {
    if (name === undefined) continue;
    if (!(output in graph.outputs) || !(name in graph.inputs))
      throw new GraphError(
        `carry takes output "${output}" to input "${name}", but the graph has outputs ${Object.keys(graph.outputs).join(", ")} and inputs ${Object.keys(graph.inputs).join(", ")}.`,
      );
    checked[output] = name;
  }
  return checked;
}

const constantIds = new WeakMap<Tensor, number>();
let constantCount = 0;

/** Graphs with the same key compute the same: same structure, same tensors as constants. */
function programKey(graph: Graph, options: CompileOptions): string {
  const named = rewrite(graph, (value) =>
    value.kind === "constant" ? { ...value, name: constantName(value.tensor) } : value,
  );
  return `${printGraph(named)}\n${JSON.stringify(options)}`;
}

/** Numbers by their value, larger tensors by who they are. */
function constantName(tensor: Tensor): string {
  const { dtype, shape, data } = tensor;
  if (data.length === 1) return `${dtype}${formatShape(shape)} ${data[0]!}`;
  const id = constantIds.get(tensor) ?? constantCount++;
  constantIds.set(tensor, id);
  return `constant ${id}`;
}
