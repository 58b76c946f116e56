import { dot } from "./vector.ts";

/** Whether all entries of a vector are finite. */
export function isFiniteVector(vector: Float32Array): boolean {
  // The square of a float32 is finite in float64, and so is the sum of as many as memory can hold.
  return Number.isFinite(dot(vector, vector));
}
