/**
 * deepstyle for Node: image files, the runtime, and everything of `@deepstyle/core`.
 *
 * @packageDocumentation
 */

export * from "@deepstyle/core";
export * from "./errors.ts";
export * from "./media/imageFile.ts";
export * from "./media/imageFolder.ts";
export * from "./runtime/nodeRuntime.ts";
