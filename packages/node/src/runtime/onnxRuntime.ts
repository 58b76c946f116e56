import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { RuntimeUnavailableError } from "@deepstyle/engine";
import packageJson from "../../package.json" with { type: "json" };

const require = createRequire(import.meta.url);

/** The version of onnxruntime-node that computes. */
export const onnxRuntimeVersion = packageJson.optionalDependencies["onnxruntime-node"];

/**
 * The folder of onnxruntime-node. npm leaves the package out where its install step, which fetches CUDA
 * libraries, reaches no host but npm's registry; the part of it that computes on the CPU comes with this package.
 *
 * @throws {RuntimeUnavailableError} if there is none for this platform
 */
export function onnxRuntimeFolder(): string {
  const installed = installedFolder();
  if (installed !== undefined) return installed;
  const own = join(dirname(require.resolve("deepstyle/package.json")), "onnxruntime");
  const { platform, arch } = process;
  if (existsSync(join(own, "bin", "napi-v6", platform, arch))) return own;
  throw new RuntimeUnavailableError(
    `onnxruntime-node is not installed. Install it without its optional libraries: ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node@${onnxRuntimeVersion}`,
  );
}

/** A version that another package brought would make other pictures. */
function installedFolder(): string | undefined {
  try {
    const file = require.resolve("onnxruntime-node/package.json");
    const { version } = require(file) as { version: string };
    return version === onnxRuntimeVersion ? dirname(file) : undefined;
  } catch {
    return undefined;
  }
}
