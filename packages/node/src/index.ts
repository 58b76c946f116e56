/**
 * Neural style transfer for Node: {@link stylize} and everything to build one's own.
 *
 * All of `@deepstyle/core` is here (encoders, statistics, losses, optimisers, methods), and so is
 * what `@deepstyle/engine` offers to those who write graphs of their own.
 *
 * @packageDocumentation
 */

export * from "@deepstyle/core";
export {
  constant,
  createGraph,
  DeepstyleError,
  devices,
  gradient,
  GraphError,
  input,
  ops,
  printGraph,
  RuntimeUnavailableError,
  scalar,
  seededRandom,
  ShapeError,
  tensor,
  UnsupportedOpError,
} from "@deepstyle/engine";
export type {
  CompileOptions,
  Device,
  Feeds,
  Graph,
  Program,
  Rng,
  Runtime,
  Tensor,
  Value,
} from "@deepstyle/engine";
export * from "./errors.ts";
export { checkImageWritable, encodeImage, readImage, writeImage } from "./media/imageFile.ts";
export type { BitDepth, ReadImageOptions, WriteImageOptions } from "./media/imageFile.ts";
export { leftOutOf, listImages } from "./media/imageFolder.ts";
export * from "./models/modelStore.ts";
export * from "./networks/networkStore.ts";
export * from "./jobs/stylizeWithNetwork.ts";
export { availableDevices, nodeRuntime } from "./runtime/nodeRuntime.ts";
export type { NodeRuntimeOptions } from "./runtime/nodeRuntime.ts";
export type { MachineOptions } from "./runtime/withRuntime.ts";
export { availableMemory } from "./system/memory.ts";
export type {
  NetworkRegion,
  NetworkRegionOrigin,
  PaintedRegion,
  RegionOrigin,
} from "./jobs/regions.ts";
export type { PictureInput, Source } from "./media/source.ts";
export * from "./jobs/stylize.ts";
export * from "./jobs/dream.ts";
export { removePictureCheckpoint } from "./checkpoint/pictureCheckpoint.ts";
export * from "./jobs/evaluate.ts";
export * from "./record/trace.ts";
export * from "./record/record.ts";
export * from "./record/rerun.ts";
export { Timelapse } from "./watch/timelapse.ts";
export { WatchPage, type WatchState } from "./watch/watchPage.ts";
export * from "./training/trainStyles.ts";
export * from "./training/distilEncoder.ts";
export type { Versions } from "./runtime/versions.ts";
