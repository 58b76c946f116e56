import type { Raster } from "../image/raster.ts";
import type { Stage } from "./plan.ts";

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
  /** Mean squared difference from the reference before its weight; 0 without one. */
  readonly pixelLoss: number;
  /** Difference from the photo's detail before its weight; 0 where it has none. */
  readonly detailLoss: number;
  /** Dream loss, the sum over layers and channels with their weights; below 0, or 0 for no dream. */
  readonly dreamLoss: number;
  /** Euclidean norm of the gradient of the total by the pixels. */
  readonly gradientNorm: number;
}

/** Shares of several styles did not sum to 1, and were scaled to. */
export interface SharesEvent {
  readonly kind: "shares";
  /** In the order in which the styles were given; their sum is 1. */
  readonly shares: readonly number[];
}

/**
 * What is to be told about shares.
 *
 * @param weights - as given, all from 0, one at least above 0
 * @returns nothing where they sum to 1 already
 */
export function sharesEvent(weights: readonly number[]): SharesEvent | undefined {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (Math.abs(sum - 1) < 1e-6) return undefined;
  return { kind: "shares", shares: weights.map((weight) => weight / sum) };
}

/** Something is not done as it may have been expected. */
export interface WarningEvent {
  readonly kind: "warning";
  /** One line. */
  readonly message: string;
  /** The file that was asked for and could not be written, where the warning is about one. */
  readonly notWritten?: string;
}

/** What happens while a picture is made: data for progress lines, traces and pages. */
export type StylizeEvent =
  | SharesEvent
  | {
      /** What is going to be done, once a first step has been timed. */
      readonly kind: "plan";
      readonly stages: readonly Stage[];
      readonly iterations: number;
      /** Expected time of the whole work. */
      readonly seconds: number;
      /** Expected peak of memory in bytes. */
      readonly bytes: number;
    }
  | {
      /** A painting is being given the strokes of another, before the work on the picture starts. */
      readonly kind: "fineStrokes";
      /** Counts from 1. */
      readonly painting: number;
      readonly paintings: number;
      readonly iteration: number;
      /** Iterations for this painting. */
      readonly of: number;
    }
  | {
      readonly kind: "iteration";
      readonly record: TraceRecord;
      /** Iterations in all. */
      readonly of: number;
      readonly secondsLeft: number;
      /** Makes the picture so far; to be called at once, as it is gone with the next iteration. */
      picture(): Raster;
    }
  | {
      /** The picture after an iteration that was asked for. */
      readonly kind: "snapshot";
      readonly iteration: number;
      readonly picture: Raster;
    }
  | WarningEvent;
