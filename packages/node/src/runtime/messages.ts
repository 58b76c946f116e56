import type { Feeds, SessionSettings } from "@deepstyle/engine";

/** What the main thread asks of the session worker; `session` is a number chosen by the asker. */
export type Request = { readonly id: number } & RequestBody;

/** A request without its number. */
export type RequestBody =
  | { readonly kind: "backends" }
  | {
      readonly kind: "create";
      readonly session: number;
      readonly model: Uint8Array;
      readonly settings: SessionSettings;
    }
  | { readonly kind: "bind" | "run"; readonly session: number; readonly feeds: Feeds }
  | { readonly kind: "read"; readonly session: number; readonly names: readonly string[] }
  | { readonly kind: "release"; readonly session: number };

/** The answer to the request of the same number: a value, or the message of an error. */
export type Reply =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string };
