import type { Graph, TensorType } from "../graph/value.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Where programs can run. In Node: cpu, cuda, dml, coreml, webgpu. In a page: wasm, webgpu. */
export const devices = ["cpu", "cuda", "dml", "coreml", "webgpu", "wasm"] as const;

/** A place where programs can run. */
export type Device = (typeof devices)[number];

/** Settings of one program. */
export interface CompileOptions<Output extends string = string> {
  /**
   * Outputs that become inputs of the next run, output name → input name. They stay where the
   * program runs: how training keeps its weights on the device. `run` does not return them;
   * {@link Program.read} does.
   */
  readonly carry?: Readonly<Partial<Record<Output, string>>>;
  /**
   * Whether 3×3 convolutions with many channels are computed by Winograd's method: a quarter
   * faster on CPUs and twice as fast in WebAssembly, for half as much memory again. True on cpu
   * and wasm if left out.
   */
  readonly winograd?: boolean;
  /**
   * Whether convolutions of enlarged maps, and large kernels to few channels, are computed in phases
   * (see `polyphase`): for networks that paint. True on cpu and wasm if left out.
   */
  readonly polyphase?: boolean;
}

/** Named tensors. */
export type Feeds = Readonly<Record<string, Tensor>>;

/** A graph made ready for a device. */
export interface Program<Output extends string = string> {
  /** What must be fed. */
  readonly inputs: Readonly<Record<string, TensorType>>;
  /**
   * Gives inputs that stay the same for many runs, so that they are handed over once. They can be
   * bound again.
   *
   * @throws {GraphError} if a name, dtype or shape is not the program's
   */
  bind(feeds: Feeds): Promise<void>;
  /**
   * Runs the graph once. Calls are carried out one after the other; what is fed must stay as it is
   * until its call has ended.
   *
   * @param feeds - all inputs that are not bound or carried
   * @throws {GraphError} if an input is missing, unknown, or of another dtype or shape
   */
  run(feeds?: Feeds): Promise<Record<Output, Tensor>>;
  /** The present value of bound or carried inputs. */
  read(names: readonly string[]): Promise<Record<string, Tensor>>;
  /** Gives everything back; the program cannot run again. Safe to call twice. */
  dispose(): Promise<void>;
}

/** Compiles graphs for one device. */
export interface Runtime {
  readonly device: Device;
  /** Threads that one program computes with; 1 where the device has its own way. */
  readonly threads: number;
  /**
   * Makes a graph ready to run. A program that was disposed stays loaded for a while, and the same
   * graph asked for again takes it over; one that is in use is not shared.
   *
   * @throws {GraphError} if `carry` names what is not there, or the runtime was disposed
   */
  compile<Output extends string>(
    graph: Graph<Output>,
    options?: CompileOptions<Output>,
  ): Promise<Program<Output>>;
  /** Gives back all programs and threads. Safe to call twice. */
  dispose(): Promise<void>;
}
