import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mixStyles, networkKinds, paint, type Network, type Raster } from "@deepstyle/core";
import { NetworkStore, nodeRuntime, readImage, type Runtime } from "../../src/index.ts";
import { drawPicture } from "../cli/drawings.ts";
import { temporaryFolder } from "../temporaryFolder.ts";

const folder = temporaryFolder();
// The networks that ship, whatever the environment says.
const store = new NetworkStore({ environment: {} });
const files = await Promise.all(networkKinds.map((kind) => store.embedded(kind)));
const networks = files.flatMap((file) => (file === undefined ? [] : [file.network]));

let runtime: Runtime;
beforeAll(async () => {
  runtime = await nodeRuntime({ device: "cpu" });
});
afterAll(async () => {
  await runtime.dispose();
});

function drawn(width: number, height: number): Promise<Raster> {
  const name = `${width}x${height}.png`;
  return drawPicture(folder, name, 2, { width, height }).then(() => readImage(join(folder, name)));
}

function largestDifference(a: Raster, b: Raster): number {
  return a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - b.data[i]!)), 0);
}

test("there are at least eight styles in each network that ships", () => {
  expect(networks.length).toBeGreaterThan(0);
  for (const { styles } of networks) expect(styles.length).toBeGreaterThanOrEqual(8);
});

describe.each(networks.map((network) => [network.architecture.kind, network] as const))(
  "the network %s",
  (_, network) => {
    describe.each(network.styles.map(({ name }) => name))("paints %s", (name) => {
      const style = mixStyles(network, { [name]: 1 });

      test.each([
        [1, 1],
        [7, 5],
        [8, 8],
        [333, 517],
      ])("over %i×%i px", async (width, height) => {
        const { picture } = await paint(runtime, style, await drawn(width, height));
        expect(picture).toMatchObject({ width, height });
        expect(picture.data).toHaveLength(3 * width * height);
        // What is not finite is not between.
        expect(picture.data.every((value) => value >= 0 && value <= 1)).toBe(true);
      });
    });

    test("paints in tiles what it paints at once, to a step of 1/255", async () => {
      const photo = await drawn(333, 517);
      const style = mixStyles(network, { [network.styles[0]!.name]: 1 });
      const [whole, tiled] = await Promise.all(
        [null, 160].map(async (tile) => (await paint(runtime, style, photo, { tile })).picture),
      );
      expect(largestDifference(whole!, tiled!)).toBeLessThan(1 / 255);
    });
  },
);

describe("4000×3000 px", () => {
  const [width, height] = [4000, 3000];
  const tile = 512;
  const limit = 4e9;

  test("are painted in less than 4 GB, and no seam shows", async () => {
    const [network] = networks as [Network];
    const style = mixStyles(network, { [network.styles[0]!.name]: 1 });
    const photo = waves(width, height);
    // All at once it takes 2.4 GB.
    const { picture, tile: taken } = await paint(runtime, style, photo, { memory: 2e9 });
    expect(taken).toBe(tile);
    expect(process.resourceUsage().maxRSS * 1000).toBeLessThan(limit);
    expect(picture).toMatchObject({ width, height });
    expect(picture.data.every((value) => value >= 0 && value <= 1)).toBe(true);
    // Where two tiles meet, neighbours differ as they do elsewhere.
    const steps = stepsBetweenColumns(picture);
    const mean = steps.reduce((sum, step) => sum + step, 0) / steps.length;
    for (let column = tile; column < width; column += tile)
      expect(steps[column]! / mean).toBeLessThan(1.5);
  }, 600_000);
});

/** Waves of no simple period: each tile has another mean, and no column stands out. */
function waves(width: number, height: number): Raster {
  const across = Float32Array.from({ length: width }, (_, x) => Math.sin(x / 31.7));
  const down = Float32Array.from({ length: height }, (_, y) => Math.cos(y / 17.3));
  const data = new Float32Array(3 * width * height);
  for (let c = 0, i = 0; c < 3; c++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++, i++)
        data[i] = 0.5 + 0.3 * across[x]! * down[y]! + 0.1 * across[(x * 7 + y * (c + 2)) % width]!;
  return { width, height, data };
}

/** For each column, how much its pixels differ from those to the left, on average. */
function stepsBetweenColumns({ width, data }: Raster): Float64Array {
  const sums = new Float64Array(width);
  for (let i = 1; i < data.length; i++)
    if (i % width > 0) sums[i % width]! += Math.abs(data[i]! - data[i - 1]!);
  return sums.map((sum) => (sum * width) / data.length);
}
