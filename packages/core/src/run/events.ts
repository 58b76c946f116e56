import type { Raster } from "../image/raster.ts";

/** The state of the work at one iterate, as it is written to traces. */
export interface TraceRecord {
  /** 0 is the initial picture; counts on through the scales. */
  readonly iteration: number;
  /** Longer side of the picture in pixels. */
  readonly scale: number;
  /** Since the work started. */
  readonly seconds: number;
  /** What is minimised. */
  readonly totalLoss: number;
  /** Content loss before its weight. */
  readonly contentLoss: number;
  /** Style loss, the sum over layers with their weights, before its own weight. */
  readonly styleLoss: number;
  /** Total variation before its weight. */
  readonly tvLoss: number;
  /** Dream loss, the sum over layers and channels with their weights; below 0, or 0 for no dream. */
  readonly dreamLoss: number;
  /** Euclidean norm of the gradient of the total by the pixels. */
  readonly gradientNorm: number;
}

/** What happens while a picture is made: data for progress lines, traces and pages. */
export type StylizeEvent =
  | {
      /** What is going to be done, once a first step has been timed. */
      readonly kind: "plan";
      readonly stages: readonly { readonly longSide: number; readonly iterations: number }[];
      readonly iterations: number;
      /** Expected time of the whole work. */
      readonly seconds: number;
      /** Expected peak of memory in bytes. */
      readonly bytes: number;
    }
  | {
      readonly kind: "iteration";
      readonly record: TraceRecord;
      /** Iterations in all. */
      readonly of: number;
      readonly secondsLeft: number;
    }
  | {
      /** The picture after an iteration that was asked for. */
      readonly kind: "snapshot";
      readonly iteration: number;
      readonly picture: Raster;
    }
  | { readonly kind: "warning"; readonly message: string };
