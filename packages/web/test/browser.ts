import { chromium, type Browser, type Page } from "playwright-core";
import { chromiumPath } from "../../node/test/runtime/chromium.ts";
import type * as Programs from "./programs.ts";

const quiet = [
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A GPU in software, as slow as it is exact. */
export const swiftShader = [
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--enable-features=Vulkan",
];

/** No GPU at all: `navigator.gpu` is there and has no adapter. */
export const noGpu = ["--disable-gpu"];

/** Starts Chromium without a window. */
export function launch(flags: readonly string[]): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath()!,
    headless: true,
    args: [...quiet, ...flags],
  });
}

/**
 * Calls a function of `programs.ts` inside a page.
 *
 * @throws what the function throws, its message intact
 */
export function callInPage<Name extends keyof typeof Programs>(
  page: Page,
  name: Name,
  ...args: Parameters<(typeof Programs)[Name]>
): Promise<Awaited<ReturnType<(typeof Programs)[Name]>>> {
  // A text, as the test runner would translate the import of a function.
  const call = `import("/packages/web/test/programs.ts")
    .then((programs) => programs.${name}(...${JSON.stringify(args)}))`;
  return page.evaluate(call);
}
