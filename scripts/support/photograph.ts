import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import sharp from "sharp";
import { launch, noGpu } from "../../packages/web/test/browser.ts";

/**
 * Writes what a browser shows of a page, all of it, as a JPEG.
 *
 * @param page - an HTML file
 * @param width - of the window in pixels, and of the picture
 */
export async function photograph(page: string, path: string, width: number): Promise<void> {
  const browser = await launch(noGpu);
  try {
    const window = await browser.newPage({ viewport: { width, height: 1 } });
    await window.goto(pathToFileURL(resolve(page)).href);
    const shown = await window.screenshot({ fullPage: true });
    await sharp(shown).jpeg({ quality: 85 }).toFile(path);
  } finally {
    await browser.close();
  }
}
