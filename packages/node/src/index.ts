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
export * from "./networks/stylizeWithNetwork.ts";
export { availableDevices, nodeRuntime } from "./runtime/nodeRuntime.ts";
export type { NodeRuntimeOptions } from "./runtime/nodeRuntime.ts";
export type { MachineOptions } from "./runtime/withRuntime.ts";
export { availableMemory } from "./memory.ts";
export type { NetworkRegion, NetworkRegionOrigin, PaintedRegion, RegionOrigin } from "./regions.ts";
export type { PictureInput, Source } from "./source.ts";
export * from "./stylize.ts";
export * from "./dream.ts";
export { removePictureCheckpoint } from "./pictureCheckpoint.ts";
export * from "./evaluate.ts";
export * from "./trace.ts";
export * from "./record.ts";
export * from "./rerun.ts";
export { Timelapse } from "./watch/timelapse.ts";
export { WatchPage, type WatchState } from "./watch/watchPage.ts";
export * from "./training/trainStyles.ts";
export * from "./training/distilEncoder.ts";
export type { Versions } from "./versions.ts";
