import sharp from "sharp";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumPath } from "../../node/test/runtime/chromium.ts";
import { callInPage, launch, noGpu } from "./browser.ts";
import { startServer, type TestServer } from "./testServer.ts";

const [width, height] = [8, 5];

/** Colours and opacities, from 0 to 255, of which none is like another. */
const pixels = Array.from({ length: width * height * 4 }, (_, i) =>
  i % 4 === 3 ? 255 - ((i * 7) % 256) : (i * 37) % 256,
);
/** The same without what premultiplied colours cannot hold. */
const opaque = pixels.map((value, i) => (i % 4 === 3 ? 255 : value));
const halfOpaque = pixels.map((value, i) => (i % 4 === 3 ? [255, 128, 0][(i >> 2) % 3]! : value));

const png = (values: readonly number[]): Promise<Buffer> =>
  sharp(Uint8Array.from(values), { raw: { width, height, channels: 4 } })
    .png()
    .toBuffer();

const channel = (values: readonly number[], c: number): number[] =>
  values.filter((_, i) => i % 4 === c).map((value) => value / 255);

describe.skipIf(chromiumPath() === undefined)(
  "pictures of a page (needs the Chromium that DEEPSTYLE_CHROMIUM names, or Debian's)",
  () => {
    let server: TestServer;
    let browser: Browser;
    let page: Page;

    beforeAll(async () => {
      const files = { "opaque.png": await png(opaque), "half.png": await png(halfOpaque) };
      server = await startServer(new Map(Object.entries(files)));
      browser = await launch(noGpu);
      page = await browser.newPage();
      await page.goto(server.url);
    });

    afterAll(async () => {
      await browser.close();
      server.close();
    });

    test("ImageData comes back as it was, opacity and hidden colours included", async () => {
      const found = await callInPage(page, "throughRaster", pixels, width);
      expect(found.pixels).toEqual(pixels);
      expect(found.alpha).toEqual(channel(pixels, 3).map(Math.fround));
    });

    test("what is opaque has no alpha", async () => {
      const found = await callInPage(page, "throughRaster", opaque, width);
      expect(found).toEqual({ pixels: opaque, alpha: undefined });
    });

    test.each(["image", "bitmap", "canvas"] as const)(
      "of an %s every colour is read, at the size of its file",
      async (kind) => {
        const found = await callInPage(page, "readFile", "opaque.png", kind);
        const planes = [0, 1, 2].flatMap((c) => channel(opaque, c).map(Math.fround));
        expect(found).toEqual({ width, height, data: planes, alpha: undefined });
      },
    );

    test.each(["image", "bitmap", "canvas"] as const)(
      "of a transparent %s opacity is kept, and colours where they show, to a step of 1/255",
      async (kind) => {
        const found = await callInPage(page, "readFile", "half.png", kind);
        expect(found.alpha).toEqual(channel(halfOpaque, 3).map(Math.fround));
        for (let c = 0; c < 3; c++)
          for (const [i, value] of channel(halfOpaque, c).entries())
            if (found.alpha![i]! > 0)
              expect(Math.abs(found.data[c * width * height + i]! - value)).toBeLessThan(
                1.01 / 255,
              );
      },
    );
  },
);
