import { readFileSync } from "node:fs";
import type { Pooling } from "../../src/encoders/encoder.ts";
import type { RulerResult } from "../../src/ruler/ruler.ts";

/** An objective that PyTorch computed in float64. */
export interface ReferenceObjective {
  readonly styleLoss: "gram" | "wasserstein";
  readonly pooling: Pooling;
  readonly edge: "zero" | "replicate";
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
  /** Every so many-th number of the gradient. */
  readonly gradient: {
    readonly norm: number;
    readonly every: number;
    readonly samples: readonly number[];
  };
}

/** Made by scripts/reference/gatys.py. */
export const { objectives, ruler } = JSON.parse(
  readFileSync(new URL("./gatysReference.json", import.meta.url), "utf8"),
) as { readonly objectives: readonly ReferenceObjective[]; readonly ruler: RulerResult };
