/**
 * The globals that Node, browsers and workers share and that lib.es2023 leaves out, declared for
 * the platform-free packages, which see neither `@types/node` nor the DOM. Only what they use: a
 * name that is missing here does not compile there.
 */

declare class TextEncoder {
  encode(text?: string): Uint8Array<ArrayBuffer>;
}

declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(bytes?: ArrayBuffer | ArrayBufferView): string;
}

interface AbortSignal {
  readonly aborted: boolean;
  // The platforms leave the reason open, as a thrown value is.
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

declare class AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}

/** Bytes, one a character, from base64. */
declare function atob(text: string): string;

declare const performance: {
  /** Milliseconds on a monotonic clock. */
  now(): number;
};

/** What `setTimeout` returns: a number in browsers, an object in Node. */
interface TimeoutHandle {
  readonly timeoutHandle: never;
}

declare function setTimeout(callback: () => void, ms?: number): TimeoutHandle;
declare function clearTimeout(handle: TimeoutHandle | undefined): void;
