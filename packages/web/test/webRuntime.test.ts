import { readFileSync } from "node:fs";
import { measureStatistics, writeSafetensors } from "@deepstyle/core";
import { nodeRuntime } from "deepstyle";
import * as ort from "onnxruntime-node";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { picture } from "../../core/test/pictures.ts";
import { chromiumPath } from "../../node/test/runtime/chromium.ts";
import { relativeError } from "../../node/test/runtime/relativeError.ts";
import {
  outcomeOf,
  smallNetwork,
  type Outcome,
  type SmallOutput,
} from "../../node/test/runtime/smallNetwork.ts";
import { sharedPath } from "../../node/test/shared.ts";
import { callInPage, launch, noGpu, swiftShader } from "./browser.ts";
import { content, encoderOf, loadGatys, size, style } from "./gatysObjective.ts";
import type { GatysOutcome } from "./programs.ts";
import { startServer, wasmPaths, type TestServer } from "./testServer.ts";

const weightsPath = sharedPath("weights", "vgg19.safetensors");
const needs = "needs the Chromium that DEEPSTYLE_CHROMIUM names, or Debian's";
const patience = 120_000;

describe.skipIf(chromiumPath() === undefined)(`the runtime of a page (${needs})`, () => {
  const data = new Map<string, Uint8Array>();
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer(data);
  });

  afterAll(() => server.close());

  async function openPage(browser: Browser, path = "/"): Promise<Page> {
    const page = await browser.newPage();
    await page.goto(server.url + path);
    return page;
  }

  describe("without a GPU", () => {
    let browser: Browser;

    beforeAll(async () => {
      browser = await launch(noGpu);
    });

    afterAll(() => browser.close());

    test("takes wasm, with the threads that were asked for", async () => {
      const page = await openPage(browser);
      const found = await callInPage(page, "describeRuntime", { threads: 2 });
      expect(found).toEqual({ device: "wasm", threads: 2 });
    });

    test("has one thread where the page is not cross-origin isolated, and works", async () => {
      const page = await openPage(browser, "/plain");
      const found = await callInPage(page, "describeRuntime", { threads: 2 });
      expect(found).toEqual({ device: "wasm", threads: 1 });
      expect(await callInPage(page, "count", {}, 3)).toBe(3);
    });

    test.each(["webgpu", "cpu", "cuda"] as const)(
      "refuses %s with a list of what there is",
      async (device) => {
        const page = await openPage(browser);
        await expect(callInPage(page, "describeRuntime", { device })).rejects.toThrow(
          `device "${device}" does not work in this browser; available: wasm. Choose one of them, or auto.`,
        );
      },
    );

    test("downloads the small WebAssembly, from where wasmPaths says", async () => {
      const page = await openPage(browser);
      const before = server.requests.length;
      expect(await callInPage(page, "count", { wasmPaths: server.url + wasmPaths }, 5)).toBe(5);
      const downloads = server.requests.slice(before).filter((path) => path.endsWith(".wasm"));
      expect(downloads).toEqual([`${wasmPaths}ort-wasm-simd-threaded.wasm`]);
    });

    test("runs two programs at once", async () => {
      const page = await openPage(browser);
      const answers = await callInPage(page, "runAtOnce", {});
      expect(answers).toEqual([1, 2, expect.closeTo(Math.exp(2), 5), 6]);
    });

    test.each(["still", "video"])("runs the file of %s as it is, as Node does", async (name) => {
      const file = readFileSync(new URL(`../../core/embedded/${name}.onnx`, import.meta.url));
      data.set(`${name}.onnx`, file);
      const dims = [1, 3, 37, 51];
      const image = picture({ width: 51, height: 37 }, 4).data;
      const mixture = [0.7, 0.3, ...new Array<number>(8).fill(0)];
      const session = await ort.InferenceSession.create(file);
      const { stylized } = await session.run({
        image: new ort.Tensor("float32", image, dims),
        mixture: new ort.Tensor("float32", mixture, [1, 10]),
      });
      const page = await openPage(browser);
      const found = await callInPage(
        page,
        "runNetworkFile",
        name,
        { data: [...image], dims },
        mixture,
      );
      expect(found).toHaveLength(3 * 37 * 51);
      expect(relativeError(found, stylized!.data as Float32Array)).toBeLessThan(1e-4);
    });

    describe.skipIf(weightsPath === undefined)(
      "with VGG-19 (needs weights/vgg19.safetensors in ../shared)",
      () => {
        let actual: GatysOutcome;
        let expected: GatysOutcome;

        beforeAll(async () => {
          const weights = readFileSync(weightsPath!);
          const encoder = encoderOf(weights);
          const image = picture(size, 3).data;
          const runtime = await nodeRuntime({ device: "cpu" });
          const targets = {
            ...(await measureStatistics(runtime, encoder, content, picture(size, 1))),
            ...(await measureStatistics(runtime, encoder, style, picture(size, 2))),
          };
          const objective = await loadGatys(runtime, encoder, targets);
          const { gradient, ...losses } = await objective.evaluate(image);
          expected = { ...losses, gradient: [...gradient] };
          await runtime.dispose();

          const feeds = { ...targets, image: { shape: [1, 3, 64, 64], data: image } };
          const stored = Object.entries(feeds).map(
            ([name, { shape, data }]) => [name, { dtype: "F32", shape, data }] as const,
          );
          data.set("weights.safetensors", weights);
          data.set("feeds.safetensors", writeSafetensors({ tensors: new Map(stored) }));
          actual = await callInPage(await openPage(browser), "runGatys", { threads: 2 });
        }, patience);

        test.each(["content", "style"])("finds the same %s loss as Node, to 1e-4", (name) => {
          expect(relativeError([actual.terms[name]!], [expected.terms[name]!])).toBeLessThan(1e-4);
        });

        test("finds the same gradient as Node, to 1e-4 of its length", () => {
          expect(relativeError(actual.gradient, expected.gradient)).toBeLessThan(1e-4);
        });
      },
    );
  });

  describe("with SwiftShader as its GPU", () => {
    let browser: Browser;
    let page: Page;

    beforeAll(async () => {
      browser = await launch(swiftShader);
      page = await openPage(browser);
    });

    afterAll(() => browser.close());

    test("has webgpu for who asks, but auto takes wasm, which is faster than a GPU in software", async () => {
      expect(await callInPage(page, "describeRuntime", {})).toMatchObject({ device: "wasm" });
      const asked = await callInPage(page, "describeRuntime", { device: "webgpu" });
      expect(asked).toMatchObject({ device: "webgpu" });
      await expect(callInPage(page, "describeRuntime", { device: "cpu" })).rejects.toThrow(
        'device "cpu" does not work in this browser; available: webgpu, wasm. Choose one of them, or auto.',
      );
    });

    test("runs two programs at once", async () => {
      const answers = await callInPage(page, "runAtOnce", { device: "webgpu" });
      expect(answers).toEqual([1, 2, expect.closeTo(Math.exp(2), 5), 6]);
    });

    test("keeps what is carried", async () => {
      expect(await callInPage(page, "count", { device: "webgpu" }, 4)).toBe(4);
    });

    describe("and a small network", () => {
      let actual: Outcome;
      let shaders: number;
      let expected: Outcome;

      beforeAll(async () => {
        const runtime = await nodeRuntime({ device: "cpu" });
        const { graph, feeds } = smallNetwork();
        const program = await runtime.compile(graph);
        expected = outcomeOf(await program.run(feeds));
        await runtime.dispose();
        const inPage = await callInPage(page, "runSmallNetwork", { device: "webgpu" });
        ({ outcome: actual, shaders } = inPage);
      }, patience);

      test("computes it there: the GPU is given shaders", () => {
        expect(shaders).toBeGreaterThan(10);
      });

      test.each<SmallOutput>(["style", "content", "smoothness", "total", "gradient"])(
        "computes %s as Node's CPU does, to 1e-3",
        (name) => {
          expect(relativeError(actual[name], expected[name])).toBeLessThan(1e-3);
        },
      );
    });
  });
});
