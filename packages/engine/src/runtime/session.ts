import type { DType } from "../tensor/dtype.ts";
import { tensorOf, type Tensor } from "../tensor/tensor.ts";

/** A tensor of onnxruntime-node or onnxruntime-web, as far as it is used here. */
export interface OrtTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: unknown;
  /** Fetches the elements from where they were computed. */
  getData?(): Promise<unknown>;
  /** Frees the memory. */
  dispose?(): void;
}

/** A session of onnxruntime-node or onnxruntime-web, as far as it is used here. */
export interface OrtSession {
  /** Computes all outputs. */
  run(feeds: Record<string, OrtTensor>): Promise<Readonly<Record<string, OrtTensor>>>;
  /** Frees the memory. */
  release(): Promise<void>;
}

/** What both ONNX Runtime packages have in common, so that one wrapper serves Node and pages. */
export interface OrtModule {
  readonly Tensor: new (type: never, data: never, dims: readonly number[]) => OrtTensor;
  readonly InferenceSession: {
    /** Loads a model. */
    create(model: Uint8Array, options: Readonly<Record<string, unknown>>): Promise<OrtSession>;
  };
}

/** How a session is made, whatever the platform. */
export interface SessionSettings {
  /** Execution providers, as ONNX Runtime calls them. */
  readonly providers: readonly string[];
  readonly threads: number;
  /** Output name → input name, see CompileOptions. */
  readonly carry: Readonly<Record<string, string>>;
}

/**
 * One ONNX Runtime session with its bound and carried tensors: the part of a program that lives
 * where the computing happens, in a worker thread or in the page.
 */
export class Session {
  readonly #ort: OrtModule;
  readonly #session: OrtSession;
  readonly #carry: Readonly<Record<string, string>>;
  readonly #bound = new Map<string, OrtTensor>();

  private constructor(
    ort: OrtModule,
    session: OrtSession,
    carry: Readonly<Record<string, string>>,
  ) {
    this.#ort = ort;
    this.#session = session;
    this.#carry = carry;
  }

  /** Loads a model. The bytes are not needed afterwards. */
  static async create(
    ort: OrtModule,
    model: Uint8Array,
    { providers, threads, carry }: SessionSettings,
  ): Promise<Session> {
    const session = await ort.InferenceSession.create(model, {
      executionProviders: providers,
      intraOpNumThreads: threads,
      // Lower levels lose the blocked layout, a quarter of the speed.
      graphOptimizationLevel: "all",
      executionMode: "sequential",
      // Patterns nearly double the memory at 1024² for no speed.
      enableMemPattern: false,
      // What goes wrong is thrown; printing it as well is the caller's choice.
      logSeverityLevel: 4,
      // Idle sessions that spin slow the working one down 2.4 times.
      extra: { session: { intra_op: { allow_spinning: "0" } } },
    });
    return new Session(ort, session, carry);
  }

  /** Keeps inputs for the runs to come. */
  bind(feeds: Readonly<Record<string, Tensor>>): Promise<void> {
    for (const [name, tensor] of Object.entries(feeds)) this.#keep(name, this.#toOrt(tensor));
    return Promise.resolve();
  }

  /** Runs once and returns the outputs that are not carried. */
  async run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
    const given = Object.entries(feeds).map(
      ([name, tensor]) => [name, this.#toOrt(tensor)] as const,
    );
    const results = await this.#session.run(Object.fromEntries([...this.#bound, ...given]));
    const outputs: Record<string, Tensor> = {};
    for (const [name, result] of Object.entries(results)) {
      const next = this.#carry[name];
      if (next !== undefined) this.#keep(next, result);
      else outputs[name] = await fromOrt(result);
    }
    return outputs;
  }

  /** Bound or carried tensors as they are now. */
  async read(names: readonly string[]): Promise<Record<string, Tensor>> {
    const entries = await Promise.all(
      names.map(async (name) => [name, await fromOrt(this.#bound.get(name)!)] as const),
    );
    return Object.fromEntries(entries);
  }

  /** Frees the session and what it keeps. */
  async release(): Promise<void> {
    for (const tensor of this.#bound.values()) tensor.dispose?.();
    this.#bound.clear();
    await this.#session.release();
  }

  #keep(name: string, tensor: OrtTensor): void {
    this.#bound.get(name)?.dispose?.();
    this.#bound.set(name, tensor);
  }

  #toOrt({ dtype, data, shape }: Tensor): OrtTensor {
    return new this.#ort.Tensor(dtype as never, data as never, shape);
  }
}

async function fromOrt(tensor: OrtTensor): Promise<Tensor> {
  const data = tensor.getData === undefined ? tensor.data : await tensor.getData();
  return tensorOf(tensor.type as DType, data as never, tensor.dims);
}
