import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { decodeNetwork, mixStyles, paint } from "@deepstyle/core";
import { nodeRuntime, readImage } from "deepstyle";
import type { Browser } from "playwright-core";
import sharp from "sharp";
import { build, createServer, preview, type InlineConfig } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumPath } from "../../node/test/runtime/chromium.ts";
import { temporaryFolder } from "../../node/test/temporaryFolder.ts";
import { launch, noGpu } from "./browser.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const isBuilt = existsSync(join(root, "packages/web/dist/index.js"));
const canRun = chromiumPath() !== undefined && (isBuilt || process.env["CI"] === "true");
const photo = join(root, "examples/pictures/landscape.jpg");

/** The folder of someone who has installed the packages and copied the example. */
const folder = temporaryFolder();
const vite: InlineConfig = {
  configFile: false,
  logLevel: "error",
  root: join(folder, "web"),
  cacheDir: join(folder, "cache"),
  // Packages that are linked here lie elsewhere.
  server: { host: "127.0.0.1", port: 0, fs: { strict: false } },
  preview: { host: "127.0.0.1", port: 0 },
};

describe.skipIf(!canRun)("the example of a page (needs Chromium and a build)", () => {
  let browser: Browser;
  let expected: Float32Array;

  beforeAll(async () => {
    const modules = join(folder, "node_modules");
    mkdirSync(join(modules, "@deepstyle"), { recursive: true });
    // Copied, not linked: Vite treats what is linked as the project's own code.
    for (const name of ["engine", "core", "web"])
      for (const part of ["package.json", "dist", "embedded"])
        if (existsSync(join(root, "packages", name, part)))
          cpSync(join(root, "packages", name, part), join(modules, "@deepstyle", name, part), {
            recursive: true,
          });
    for (const name of ["onnxruntime-web", "valibot"])
      symlinkSync(join(root, "node_modules", name), join(modules, name));
    cpSync(join(root, "examples/web"), join(folder, "web"), { recursive: true });
    cpSync(photo, join(folder, "pictures/landscape.jpg"));

    const file = readFileSync(join(root, "packages/core/embedded/video.onnx"));
    const runtime = await nodeRuntime({ device: "cpu" });
    const network = mixStyles(decodeNetwork(file), { "great-wave": 1 });
    const { picture } = await paint(runtime, network, await readImage(photo), { size: 512 });
    expected = picture.data;
    await runtime.dispose();
    browser = await launch(noGpu);
  });

  afterAll(() => browser.close());

  /** Mean difference between what the page paints and what Node paints. */
  async function differenceAt(address: string): Promise<number> {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    await page.goto(address);
    const painted = page.waitForFunction(`document.querySelector("canvas").width === 512`);
    await painted.catch((error: unknown) => {
      throw new Error(`nothing was painted: ${errors.join("; ")}`, { cause: error });
    });
    const url: string = await page.evaluate(`document.querySelector("canvas").toDataURL()`);
    const png = Buffer.from(url.split(",")[1]!, "base64");
    const pixels = await sharp(png).removeAlpha().raw().toBuffer();
    const size = expected.length / 3;
    const sum = expected.reduce(
      (total, value, i) =>
        total + Math.abs(value - pixels[3 * (i % size) + Math.floor(i / size)]! / 255),
      0,
    );
    expect(pixels).toHaveLength(expected.length);
    return sum / expected.length;
  }

  test("paints as Node does, served by Vite's dev server as it comes", async () => {
    const server = await createServer(vite);
    await server.listen();
    const { port } = server.httpServer!.address() as AddressInfo;
    expect(await differenceAt(`http://127.0.0.1:${port}`)).toBeLessThan(1 / 255);
    await server.close();
  });

  test("paints as Node does, built by vite build", async () => {
    await build(vite);
    const server = await preview(vite);
    const { port } = server.httpServer.address() as AddressInfo;
    expect(await differenceAt(`http://127.0.0.1:${port}`)).toBeLessThan(1 / 255);
    await server.close();
  });
});
