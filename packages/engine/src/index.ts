/**
 * Differentiable ONNX graphs: build, differentiate, write, read and run them.
 *
 * @packageDocumentation
 */

export * from "./errors.ts";
export * from "./tensor/dim.ts";
export * from "./tensor/dtype.ts";
export * from "./tensor/tensor.ts";
export * from "./tensor/dense.ts";
export * from "./tensor/float16.ts";
export * from "./tensor/rng.ts";
export * from "./graph/value.ts";
export * from "./graph/op.ts";
export * from "./graph/print.ts";
export * from "./graph/receptiveField.ts";
export type { ConvAttributes } from "./graph/convolution.ts";
export type { NormalizationAttributes } from "./graph/normalization.ts";
export type { PoolAttributes, PoolOptions } from "./graph/pooling.ts";
export type { ReductionAttributes, ReductionOptions } from "./graph/reduction.ts";
export * from "./ops/index.ts";
export * from "./grad/gradient.ts";
export * from "./compositions/batchNormalizationTraining.ts";
export * from "./oracle/evaluate.ts";
export * from "./passes/polyphase.ts";
export * from "./passes/scales.ts";
export * from "./passes/simplify.ts";
export * from "./passes/sums.ts";
export * from "./passes/winograd.ts";
export * from "./onnx/emit.ts";
export * from "./onnx/model.ts";
export * from "./onnx/read.ts";
export * from "./runtime/runtime.ts";
export * from "./runtime/session.ts";
export * from "./runtime/turns.ts";
export * from "./runtime/program.ts";
