/**
 * The total table of operations. A file in this folder without its lines here is a failing test;
 * a builder that is missing in `ops` does not compile.
 */

import type { Op, Ops } from "../graph/op.ts";
import { abs, Abs } from "./abs.ts";
import { add, Add } from "./add.ts";
import { and, And } from "./and.ts";
import { averagePool, AveragePool } from "./averagePool.ts";
import { batchNormalization, BatchNormalization } from "./batchNormalization.ts";
import { cast, Cast } from "./cast.ts";
import { ceil, Ceil } from "./ceil.ts";
import { clip, Clip } from "./clip.ts";
import { concat, Concat } from "./concat.ts";
import { conv, Conv } from "./conv.ts";
import { convTranspose, ConvTranspose } from "./convTranspose.ts";
import { cos, Cos } from "./cos.ts";
import { cropLike, CropLike } from "./cropLike.ts";
import { depthToSpace, DepthToSpace } from "./depthToSpace.ts";
import { div, Div } from "./div.ts";
import { equal, Equal } from "./equal.ts";
import { exp, Exp } from "./exp.ts";
import { expand, Expand } from "./expand.ts";
import { floor, Floor } from "./floor.ts";
import { gather, Gather } from "./gather.ts";
import { gatherElements, GatherElements } from "./gatherElements.ts";
import { gram, Gram } from "./gram.ts";
import { greater, Greater } from "./greater.ts";
import { greaterOrEqual, GreaterOrEqual } from "./greaterOrEqual.ts";
import { gridSample, GridSample } from "./gridSample.ts";
import { hardSigmoid, HardSigmoid } from "./hardSigmoid.ts";
import { instanceNormalization, InstanceNormalization } from "./instanceNormalization.ts";
import { leakyRelu, LeakyRelu } from "./leakyRelu.ts";
import { less, Less } from "./less.ts";
import { lessOrEqual, LessOrEqual } from "./lessOrEqual.ts";
import {
  localResponseNormalization,
  LocalResponseNormalization,
} from "./localResponseNormalization.ts";
import { log, Log } from "./log.ts";
import { lpPool, LpPool } from "./lpPool.ts";
import { matMul, MatMul } from "./matMul.ts";
import { max, Max } from "./max.ts";
import { maxPool, MaxPool } from "./maxPool.ts";
import { min, Min } from "./min.ts";
import { mul, Mul } from "./mul.ts";
import { neg, Neg } from "./neg.ts";
import { not, Not } from "./not.ts";
import { or, Or } from "./or.ts";
import { pad, Pad } from "./pad.ts";
import { pow, Pow } from "./pow.ts";
import { reduceMax, ReduceMax } from "./reduceMax.ts";
import { reduceMean, ReduceMean } from "./reduceMean.ts";
import { reduceMin, ReduceMin } from "./reduceMin.ts";
import { reduceSum, ReduceSum } from "./reduceSum.ts";
import { relu, Relu } from "./relu.ts";
import { reshape, Reshape } from "./reshape.ts";
import { resizeBilinear, ResizeBilinear } from "./resizeBilinear.ts";
import { resizeNearest, ResizeNearest } from "./resizeNearest.ts";
import { round, Round } from "./round.ts";
import { scatterAdd, ScatterAdd } from "./scatterAdd.ts";
import { sigmoid, Sigmoid } from "./sigmoid.ts";
import { sign, Sign } from "./sign.ts";
import { sin, Sin } from "./sin.ts";
import { slice, Slice } from "./slice.ts";
import { softmax, Softmax } from "./softmax.ts";
import { softplus, Softplus } from "./softplus.ts";
import { spaceToDepth, SpaceToDepth } from "./spaceToDepth.ts";
import { sqrt, Sqrt } from "./sqrt.ts";
import { stopGradient, StopGradient } from "./stopGradient.ts";
import { sub, Sub } from "./sub.ts";
import { tanh, Tanh } from "./tanh.ts";
import { transpose, Transpose } from "./transpose.ts";
import { where, Where } from "./where.ts";

/**
 * Builders of all operations, by name. Each is documented at the function of the same name, which is
 * exported as well: `ops.relu` and `relu` are one.
 */
export const ops: Ops = {
  abs,
  add,
  and,
  averagePool,
  batchNormalization,
  cast,
  ceil,
  clip,
  concat,
  conv,
  convTranspose,
  cos,
  cropLike,
  depthToSpace,
  div,
  equal,
  exp,
  expand,
  floor,
  gather,
  gatherElements,
  gram,
  greater,
  greaterOrEqual,
  gridSample,
  hardSigmoid,
  instanceNormalization,
  leakyRelu,
  less,
  lessOrEqual,
  localResponseNormalization,
  log,
  lpPool,
  matMul,
  max,
  maxPool,
  min,
  mul,
  neg,
  not,
  or,
  pad,
  pow,
  reduceMax,
  reduceMean,
  reduceMin,
  reduceSum,
  relu,
  reshape,
  resizeBilinear,
  resizeNearest,
  round,
  scatterAdd,
  sigmoid,
  sign,
  sin,
  slice,
  softmax,
  softplus,
  spaceToDepth,
  sqrt,
  stopGradient,
  sub,
  tanh,
  transpose,
  where,
};

/** All operations. */
export const allOps: readonly Op[] = [
  Abs,
  Add,
  And,
  AveragePool,
  BatchNormalization,
  Cast,
  Ceil,
  Clip,
  Concat,
  Conv,
  ConvTranspose,
  Cos,
  CropLike,
  DepthToSpace,
  Div,
  Equal,
  Exp,
  Expand,
  Floor,
  Gather,
  GatherElements,
  Gram,
  Greater,
  GreaterOrEqual,
  GridSample,
  HardSigmoid,
  InstanceNormalization,
  LeakyRelu,
  Less,
  LessOrEqual,
  LocalResponseNormalization,
  Log,
  LpPool,
  MatMul,
  Max,
  MaxPool,
  Min,
  Mul,
  Neg,
  Not,
  Or,
  Pad,
  Pow,
  ReduceMax,
  ReduceMean,
  ReduceMin,
  ReduceSum,
  Relu,
  Reshape,
  ResizeBilinear,
  ResizeNearest,
  Round,
  ScatterAdd,
  Sigmoid,
  Sign,
  Sin,
  Slice,
  Softmax,
  Softplus,
  SpaceToDepth,
  Sqrt,
  StopGradient,
  Sub,
  Tanh,
  Transpose,
  Where,
] as readonly unknown[] as readonly Op[];

export * from "./abs.ts";
export * from "./add.ts";
export * from "./and.ts";
export * from "./averagePool.ts";
export * from "./batchNormalization.ts";
export * from "./cast.ts";
export * from "./ceil.ts";
export * from "./clip.ts";
export * from "./concat.ts";
export * from "./conv.ts";
export * from "./convTranspose.ts";
export * from "./cos.ts";
export * from "./cropLike.ts";
export * from "./depthToSpace.ts";
export * from "./div.ts";
export * from "./equal.ts";
export * from "./exp.ts";
export * from "./expand.ts";
export * from "./floor.ts";
export * from "./gather.ts";
export * from "./gatherElements.ts";
export * from "./gram.ts";
export * from "./greater.ts";
export * from "./greaterOrEqual.ts";
export * from "./gridSample.ts";
export * from "./hardSigmoid.ts";
export * from "./instanceNormalization.ts";
export * from "./leakyRelu.ts";
export * from "./less.ts";
export * from "./lessOrEqual.ts";
export * from "./localResponseNormalization.ts";
export * from "./log.ts";
export * from "./lpPool.ts";
export * from "./matMul.ts";
export * from "./max.ts";
export * from "./maxPool.ts";
export * from "./min.ts";
export * from "./mul.ts";
export * from "./neg.ts";
export * from "./not.ts";
export * from "./or.ts";
export * from "./pad.ts";
export * from "./pow.ts";
export * from "./reduceMax.ts";
export * from "./reduceMean.ts";
export * from "./reduceMin.ts";
export * from "./reduceSum.ts";
export * from "./relu.ts";
export * from "./reshape.ts";
export * from "./resizeBilinear.ts";
export * from "./resizeNearest.ts";
export * from "./round.ts";
export * from "./scatterAdd.ts";
export * from "./sigmoid.ts";
export * from "./sign.ts";
export * from "./sin.ts";
export * from "./slice.ts";
export * from "./softmax.ts";
export * from "./softplus.ts";
export * from "./spaceToDepth.ts";
export * from "./sqrt.ts";
export * from "./stopGradient.ts";
export * from "./sub.ts";
export * from "./tanh.ts";
export * from "./transpose.ts";
export * from "./where.ts";
