import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  NetworkStore,
  nodeRuntime,
  readImage,
  stylizeWithNetwork,
  withGrain,
  type NetworkOptions,
  type NetworkResult,
  type PaintEvent,
  type Raster,
  type Runtime,
} from "../../src/index.ts";
import { drawPicture } from "../cli/drawings.ts";
import { temporaryFolder } from "../temporaryFolder.ts";
import { writeNetworks } from "./networkFolder.ts";

const folder = temporaryFolder();
const networks = new NetworkStore({ folder: writeNetworks(join(folder, "networks")) });
let photo: string;
let runtime: Runtime;

beforeAll(async () => {
  photo = await drawPicture(folder, "photo.png", 1);
  runtime = await nodeRuntime({ device: "cpu" });
});
afterAll(async () => {
  await runtime.dispose();
});

function paint(options: Partial<NetworkOptions> = {}): Promise<NetworkResult> {
  return stylizeWithNetwork({ content: photo, styles: ["waves"], networks, runtime, ...options });
}

test("the result has the photo's size and says what went in", async () => {
  const result = await paint({ styles: ["waves", { name: "glass", weight: 3 }] });
  expect(result.picture).toMatchObject({ width: 64, height: 48 });
  expect(result).toMatchObject({
    content: { path: photo, width: 64, height: 48 },
    network: { path: join(folder, "networks", "still.onnx") },
    styles: { waves: 1, glass: 3 },
    strength: 1,
    grain: 2,
    size: null,
    tile: null,
    device: "cpu",
  });
});

test("files and pictures in memory give the same picture", async () => {
  const { picture, content } = await paint({ content: await readImage(photo) });
  expect(picture).toEqual((await paint()).picture);
  expect(content.path).toBeNull();
});

test("every style, mixture and network is another picture; only proportions of shares count", async () => {
  const shares = (waves: number, glass: number) => ({
    styles: [
      { name: "waves", weight: waves },
      { name: "glass", weight: glass },
    ],
  });
  const [waves, glass, mixed, same, video] = await Promise.all(
    [{}, { styles: ["glass"] }, shares(1, 3), shares(0.25, 0.75), { network: "video" }].map(
      async (options) => (await paint(options)).picture,
    ),
  );
  expect(mixed).toEqual(same);
  for (const other of [glass, mixed, video]) expect(other).not.toEqual(waves);
});

test("a network of one style needs no name", async () => {
  const { styles } = await paint({
    network: join(folder, "networks", "one.onnx"),
    styles: undefined,
  });
  expect(styles).toEqual({ waves: 1 });
});

test("calm parts have the grain that is told, by themselves that of 2/255", async () => {
  const content: Raster = { width: 48, height: 32, data: new Float32Array(3 * 48 * 32).fill(0.6) };
  const of = async (grain?: number) => (await paint({ content, grain })).picture.data;
  const [usual, two, none] = [await of(), await of(2), await of(0)];
  expect(two).toEqual(usual);
  expect(none).not.toEqual(usual);
  const { data } = (await paint({ content: withGrain(content, 2), grain: 0 })).picture;
  expect(data).toEqual(usual);
});

test("strength and size are carried out, tiles as told", async () => {
  const { data } = await readImage(photo);
  expect((await paint({ strength: 0 })).picture.data).toEqual(data);
  expect((await paint({ size: 32 })).picture).toMatchObject({ width: 32, height: 24 });
  const events: PaintEvent[] = [];
  const { tile } = await paint({ tile: 16, onEvent: (event) => void events.push(event) });
  expect(tile).toBe(16);
  expect(events[0]).toMatchObject({ kind: "paint", tile: 16 });
});

describe("in one line it is said", () => {
  test.each<[string, Partial<NetworkOptions>, string | RegExp]>([
    ["that a share is wrong", { styles: [{ name: "waves", weight: -1 }] }, "got -1."],
    ["that a style is unknown", { styles: ["wave"] }, 'Did you mean "waves"?'],
    ["that no style is named", { styles: [] }, "name at least one"],
    [
      "that a file has several styles",
      { styles: [], network: join(folder, "networks", "video.onnx") },
      /video\.onnx has several styles: expected at least one of waves, glass\. Name it, as in FILE\.onnx#waves\.$/,
    ],
    ["that the photo is absent", { content: "absent.jpg" }, "absent.jpg does not exist"],
    ["that the strength is out of range", { strength: 2 }, "strength must be a number from 0 to 1"],
    ["that the grain is out of range", { grain: NaN }, "grain must be a number from 0 to 64"],
  ])("%s", async (_, options, message) => {
    await expect(paint(options)).rejects.toThrow(message);
  });
});

test("what is called off throws what it was called off with", async () => {
  const signal = AbortSignal.abort(new Error("enough"));
  await expect(paint({ signal })).rejects.toThrow("enough");
});
