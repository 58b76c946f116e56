/**
 * deepstyle in pages: onnxruntime-web behind the engine's Runtime interface, pictures from and to canvases.
 *
 * @packageDocumentation
 */

export * from "./webRuntime.ts";
export * from "./canvas.ts";
