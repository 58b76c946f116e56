import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { dream } from "../../src/jobs/dream.ts";
import { evaluate } from "../../src/jobs/evaluate.ts";
import { readImage } from "../../src/media/imageFile.ts";
import { NetworkStore } from "../../src/networks/networkStore.ts";
import { stylizeWithNetwork } from "../../src/jobs/stylizeWithNetwork.ts";
import { stylize } from "../../src/jobs/stylize.ts";
import { drawPicture } from "../cli/drawings.ts";
import { writeNetworks } from "../networks/networkFolder.ts";
import { temporaryFolder } from "../temporaryFolder.ts";

const folder = temporaryFolder();
const networks = new NetworkStore({ folder: writeNetworks(join(folder, "networks")) });
const painting = join(folder, "waves.png");
let photo: string;

beforeAll(async () => {
  photo = await drawPicture(folder, "cat.png", 1, { width: 32, height: 24 });
  await drawPicture(folder, "waves.png", 2, { width: 32, height: 24 });
});

test("a picture can be a path, a file URL, the bytes of a file, or pixels, with one result", async () => {
  const paint = (content: Parameters<typeof stylizeWithNetwork>[0]["content"]) =>
    stylizeWithNetwork({ content, styles: ["waves"], networks, size: 16, device: "cpu" });
  const bytes = readFileSync(photo);
  const results = [
    await paint(photo),
    await paint(pathToFileURL(photo)),
    await paint(bytes),
    await paint(new Uint8Array(bytes)),
    await paint(await readImage(bytes)),
  ];
  for (const { picture } of results) expect(picture).toEqual(results[0]!.picture);
  expect(results.map(({ content }) => content.path)).toEqual([photo, photo, null, null, null]);
  const [{ content }] = results as [(typeof results)[number]];
  expect(results[2]!.content.sha256).toBe(content.sha256);
});

describe("what is no picture is refused in one line by", () => {
  const size = { width: 32, height: 24 };
  const nan = { ...size, data: new Float32Array(3 * 32 * 24).fill(NaN) };
  const bytes = { ...size, data: new Float32Array(3 * 32 * 24).fill(255) };
  const strangers: readonly [unknown, RegExp][] = [
    [5, /must be the path or file: URL of an image, .*; got number\.$/],
    [null, /; got null\.$/],
    [undefined, /; got undefined\.$/],
    [new URL("https://example.org/cat.jpg"), /must be a path or a file: URL; got https:/],
    [new Uint8Array(4), /the image is no image file/],
    [nan, /has values such as NaN/],
    [bytes, /has values such as 255/],
  ];
  test.each<[string, (given: never) => Promise<unknown>]>([
    ["stylize", (content) => stylize({ content, styles: [painting], encoder: "lite" })],
    [
      "stylize as a painting",
      (style) => stylize({ content: photo, styles: [style], encoder: "lite" }),
    ],
    [
      "stylizeWithNetwork",
      (content) => stylizeWithNetwork({ content, styles: ["waves"], networks }),
    ],
    ["dream", (given) => dream({ photo: given, encoder: "lite", size: 64 })],
    ["evaluate", (picture) => evaluate({ picture, content: photo, style: painting })],
  ])("%s", async (_, work) => {
    for (const [given, message] of strangers)
      await expect(work(given as never)).rejects.toThrow(message);
  });
});
