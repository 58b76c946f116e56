import { afterAll, describe, expect, test } from "vitest";
import { networkPaddings, type Architecture } from "../../src/nets/architecture.ts";
import type { Raster } from "../../src/image/raster.ts";
import { paint } from "../../src/paint/paint.ts";
import { openShot, type Frame } from "../../src/paint/shot.ts";
import { randomNetwork } from "../nets/networks.ts";
import { picture } from "../pictures.ts";
import { cpuRuntime } from "../runtime.ts";

const runtime = cpuRuntime();
afterAll(() => runtime.dispose());

const architectures: readonly Partial<Architecture>[] = [
  {},
  { norm: "batch" },
  { kind: "video", norm: "batch" },
  { upsample: "bilinear" },
  ...networkPaddings.map((padding) => ({ kind: "video" as const, separable: true, padding })),
];

/** Bytes side by side of a picture that holds multiples of 1/255, and back. */
function frameOf({ width, height, data }: Raster): Frame {
  const pixels = width * height;
  const bytes = Uint8Array.from({ length: 3 * pixels }, (_, i) =>
    Math.round(255 * data[(i % 3) * pixels + Math.floor(i / 3)]!),
  );
  return { width, height, data: bytes };
}

function rasterOf({ width, height, data }: Frame): Raster {
  const pixels = width * height;
  const planes = Float32Array.from(
    { length: 3 * pixels },
    (_, i) => data[3 * (i % pixels) + Math.floor(i / pixels)]! / 255,
  );
  return { width, height, data: planes };
}

describe.each(architectures)("%o", (options) => {
  const network = randomNetwork(options);

  test.each([
    { width: 61, height: 43 },
    { width: 7, height: 5 },
    { width: 16, height: 9 },
  ])("the first frame of a shot is the picture that the network paints: %o", async (size) => {
    const frame = frameOf(picture(size, 1));
    const shot = await openShot(runtime, network, frame);
    const painted = await shot.paint(frame);
    await shot.dispose();
    const settings = { tile: null, grain: 0 };
    const { picture: expected } = await paint(runtime, network, rasterOf(frame), settings);
    expect(painted).toMatchObject(size);
    expect(painted.data).toHaveLength(3 * size.width * size.height);
    const wanted = frameOf(expected).data;
    // Rounding to bytes can fall to either side.
    for (const [i, byte] of painted.data.entries())
      expect(Math.abs(byte - wanted[i]!)).toBeLessThanOrEqual(1);
    const different = painted.data.filter((byte, i) => byte !== wanted[i]).length;
    expect(different).toBeLessThanOrEqual(Math.ceil(0.02 * painted.data.length));
  });
});

test("what changes in one place is painted anew in that place alone", async () => {
  const network = randomNetwork({ kind: "video", padding: "zero" });
  const size = { width: 256, height: 32 };
  const first = frameOf(picture(size, 1));
  const changed = { ...first, data: first.data.slice() };
  for (let y = 0; y < size.height; y++)
    changed.data.fill(255, 3 * (y * size.width + 200), 3 * (y * size.width + 256));
  const shot = await openShot(runtime, network, first);
  const before = await shot.paint(first);
  const after = await shot.paint(changed);
  await shot.dispose();
  const differs = Array.from({ length: size.width }, (_, x) =>
    Array.from({ length: size.height }, (_, y) => 3 * (y * size.width + x)).some((at) =>
      [0, 1, 2].some((c) => before.data[at + c] !== after.data[at + c]),
    ),
  );
  // Kernels of 8 in steps of 4, four of 3 and what paints see 32 px at most.
  expect(differs.slice(0, 168)).not.toContain(true);
  expect(differs.slice(200)).toContain(true);
});

test("frames of a shot may have other sizes", async () => {
  const network = randomNetwork({ kind: "video" });
  const shot = await openShot(runtime, network, frameOf(picture({ width: 40, height: 24 }, 1)));
  const other = frameOf(picture({ width: 33, height: 51 }, 2));
  expect(await shot.paint(other)).toMatchObject({ width: 33, height: 51 });
  await shot.dispose();
});

test.each([
  { width: 4, height: 4, data: new Uint8Array(47) },
  { width: 0, height: 4, data: new Uint8Array(0) },
  { width: 1.5, height: 2, data: new Uint8Array(9) },
])("a frame that is not whole is refused", async (frame) => {
  const network = randomNetwork({ kind: "video" });
  await expect(openShot(runtime, network, frame)).rejects.toThrow(/^a frame of .*px: expected/);
  const shot = await openShot(runtime, network, frameOf(picture({ width: 8, height: 8 }, 1)));
  await expect(shot.paint(frame)).rejects.toThrow(/^a frame of .*px: expected/);
  await shot.dispose();
});
