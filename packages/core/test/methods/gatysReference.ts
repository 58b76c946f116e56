import { readFileSync } from "node:fs";
import type { EncoderOptions } from "../../src/encoders/encoder.ts";
import type { RulerResult } from "../../src/ruler/ruler.ts";

/** An objective and its gradient by a picture of 64 × 48 pixels. */
export interface ReferenceObjective extends Required<EncoderOptions> {
  readonly poolingScale: number;
  /** Whether features are divided by the made-up means of pictures.ts. */
  readonly normalised: boolean;
  readonly weights: {
    readonly content: number;
    readonly style: number;
    readonly tv: number;
    readonly styleLayers: Readonly<Record<string, number>>;
  };
  readonly losses: Readonly<Record<"content" | "style" | "tv" | "total", number>>;
  readonly gradient: {
    readonly norm: number;
    /** From one sample to the next. */
    readonly every: number;
    readonly samples: readonly number[];
  };
}

/** A Wasserstein distance of two feature maps of pictures.ts and its gradient by the first. */
export interface ReferenceDistance {
  readonly shape: readonly [1, number, number, number];
  readonly styleShape: readonly [1, number, number, number];
  /** Condition numbers of the covariances. */
  readonly conditions: readonly [number, number];
  readonly loss: number;
  readonly gradient: readonly number[];
}

/** What scripts/reference/gatys.py computed in float64 with PyTorch. */
export const reference = JSON.parse(
  readFileSync(new URL("./gatysReference.json", import.meta.url), "utf8"),
) as {
  readonly wasserstein: readonly ReferenceDistance[];
  readonly objectives: readonly ReferenceObjective[];
  readonly ruler: RulerResult;
};
