/**
 * Frames of a film, bytes in and bytes out: a slow pan over a landscape, painted by the `video` network. Bytes come
 * from a decoder as they are, here sharp, for a film ffmpeg with `-f rawvideo -pix_fmt rgb24`.
 */
import { mixStyles, NetworkStore, nodeRuntime, openShot, type Frame } from "deepstyle";
import sharp from "sharp";
import { examplePicture } from "./support/models.ts";

const [width, height, count] = [320, 180, 24];
const photo = sharp(examplePicture("landscape.jpg")).removeAlpha();

async function frameAt(i: number): Promise<Frame> {
  const area = { left: 8 * i, top: 120, width, height };
  return { width, height, data: await photo.clone().extract(area).raw().toBuffer() };
}

const { network } = await new NetworkStore().findStyles("video", ["starry-night"]);
const runtime = await nodeRuntime();
const first = await frameAt(0);
const shot = await openShot(runtime, mixStyles(network, { "starry-night": 1 }), first);
const started = performance.now();
const pages: Buffer[] = [];
for (let i = 0; i < count; i++) {
  const { data } = await shot.paint(await frameAt(i));
  pages.push(
    await sharp(data, { raw: { width, height, channels: 3 } })
      .png()
      .toBuffer(),
  );
}
const seconds = (performance.now() - started) / 1000;
await runtime.dispose();

await sharp(pages, { join: { animated: true } })
  .webp({ quality: 85, delay: pages.map(() => 42) })
  .toFile("example-shot.webp");
console.log(`example-shot.webp: ${count} frames, ${(count / seconds).toFixed(0)} a second`);
