/**
 * The runtime for pages: onnxruntime-web behind the engine's Runtime interface.
 *
 * @packageDocumentation
 */

export * from "./webRuntime.ts";
