import { arch, cpus, platform } from "node:os";
import packageJson from "../../package.json" with { type: "json" };
import { onnxRuntimeVersion } from "./onnxRuntime.ts";

/** Versions of what computes a picture. */
export interface Versions {
  /** This package. */
  readonly deepstyle: string;
  /** onnxruntime-node, which computes. */
  readonly onnxruntime: string;
  /** Node.js. */
  readonly node: string;
}

/** The versions that run now. */
export function versions(): Versions {
  return {
    deepstyle: packageJson.version,
    onnxruntime: onnxRuntimeVersion,
    node: process.versions.node,
  };
}

/** The machine in a few words: `linux x64, Intel(R) Xeon(R) Processor`. */
export function machineName(): string {
  return `${platform()} ${arch()}, ${cpus()[0]?.model.trim() ?? "unknown processor"}`;
}
