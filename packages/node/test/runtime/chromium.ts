import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * The Chromium that tests may use: `DEEPSTYLE_CHROMIUM`, or where Debian's package puts it.
 *
 * @returns undefined where it is absent, so that a test can skip
 * @throws Error if it is absent under continuous integration (`CI=true`), where nothing may be skipped
 */
export function chromiumPath(): string | undefined {
  const path = process.env["DEEPSTYLE_CHROMIUM"] ?? "/usr/bin/chromium";
  if (existsSync(path)) return path;
  expectNoContinuousIntegration(path);
  return undefined;
}

/**
 * Variables for a process that is to find SwiftShader, the Vulkan driver in software that comes
 * with Chromium: the GPU path without a GPU. They must be set before the process starts.
 *
 * @param runtimeFolder - a folder of its own, which Vulkan wants to know
 * @returns undefined where Chromium is absent, so that a test can skip
 * @throws Error if it is absent under continuous integration (`CI=true`), where nothing may be skipped
 */
export function swiftShaderEnvironment(runtimeFolder: string): Record<string, string> | undefined {
  const browser = chromiumPath();
  if (browser === undefined) return undefined;
  // Debian's /usr/bin/chromium is a script; the browser and its libraries lie elsewhere.
  const folders = [dirname(realpathSync(browser)), "/usr/lib/chromium"];
  const driver = folders
    .map((folder) => join(folder, "vk_swiftshader_icd.json"))
    .find((file) => existsSync(file));
  if (driver === undefined) {
    expectNoContinuousIntegration(`vk_swiftshader_icd.json beside ${browser}`);
    return undefined;
  }
  return {
    VK_ICD_FILENAMES: driver,
    VK_DRIVER_FILES: driver,
    // Chromium brings its own libvulkan.so.1, too.
    LD_LIBRARY_PATH: [dirname(driver), process.env["LD_LIBRARY_PATH"]].filter(Boolean).join(":"),
    XDG_RUNTIME_DIR: runtimeFolder,
  };
}

function expectNoContinuousIntegration(absent: string): void {
  if (process.env["CI"] === "true")
    throw new Error(
      `${absent} is absent: with CI=true it must exist. Install Debian's package chromium.`,
    );
}
