import { encodeGraph, Session, tensor } from "@deepstyle/engine";
import * as ort from "onnxruntime-node";
import { afterAll, describe, expect, test } from "vitest";
import {
  networkKinds,
  networkNorms,
  networkPaddings,
  upsamplings,
  type Architecture,
} from "../../src/nets/architecture.ts";
import { blend } from "../../src/image/blend.ts";
import { resize } from "../../src/image/resize.ts";
import { networkGraph } from "../../src/nets/networkFile.ts";
import { recoloured, settleColours } from "../../src/colour/colouring.ts";
import { networkMemory } from "../../src/paint/networkMemory.ts";
import { paint, type PaintEvent } from "../../src/paint/paint.ts";
import { randomNetwork } from "../nets/networks.ts";
import { picture } from "../pictures.ts";
import { cpuRuntime } from "../runtime.ts";

const runtime = cpuRuntime();
afterAll(() => runtime.dispose());

const architectures: readonly Partial<Architecture>[] = [
  ...networkPaddings.map((padding) => ({ padding })),
  ...networkPaddings.map((padding) => ({ kind: "video" as const, padding })),
  ...upsamplings.map((upsample) => ({ upsample })),
  ...upsamplings.map((upsample) => ({ upsample, separable: true })),
  ...networkKinds.map((kind) => ({ kind, norm: "batch" as const })),
  ...networkKinds.map((kind) => ({ kind, separable: true })),
];
const sizes = [
  { width: 1, height: 1 },
  { width: 7, height: 5 },
  { width: 8, height: 8 },
  { width: 333, height: 517 },
];

test.each(architectures)("pictures of every size come out whole: %o", async (options) => {
  const network = randomNetwork(options);
  for (const size of sizes) {
    const { picture: result, tile } = await paint(runtime, network, picture(size, 1));
    expect(result).toMatchObject(size);
    expect(result.data).toHaveLength(3 * size.width * size.height);
    expect(result.data.every((value) => value >= 0 && value <= 1)).toBe(true);
    expect(tile).toBeNull();
  }
});

// Runtimes rewrite graphs: here is what they make of one beside the file as others run it.
test.each(architectures)("a runtime paints what the file says, to 1e-4: %o", async (options) => {
  const graph = networkGraph(randomNetwork(options));
  const settings = { providers: ["cpu"], threads: 1, carry: {} };
  const file = await Session.create(ort, encodeGraph(graph), settings);
  const program = await runtime.compile(graph);
  for (const { width, height } of [...sizes.slice(0, 3), { width: 33, height: 51 }]) {
    const image = tensor(picture({ width, height }, 2).data, [1, 3, height, width]);
    const [expected, actual] = await Promise.all([file.run({ image }), program.run({ image })]);
    expect(actual.stylized.shape).toEqual(expected["stylized"]!.shape);
    const numbers = expected["stylized"]!.data as Float32Array;
    for (const [i, value] of (actual.stylized.data as Float32Array).entries())
      if (!(Math.abs(value - numbers[i]!) < 1e-4)) expect(value).toBe(numbers[i]);
  }
  await Promise.all([file.release(), program.dispose()]);
});

describe("tiles make the picture that there is without them", () => {
  /** Largest difference of two pictures, as a share of the range. */
  async function difference(
    options: Partial<Architecture>,
    size: { width: number; height: number },
    tile: number,
  ): Promise<number> {
    const network = randomNetwork(options);
    const photo = picture(size, 3);
    const { picture: whole } = await paint(runtime, network, photo, { tile: null });
    const { picture: tiled } = await paint(runtime, network, photo, { tile });
    expect(tiled).toMatchObject(size);
    return tiled.data.reduce((most, v, i) => Math.max(most, Math.abs(v - whole.data[i]!)), 0);
  }

  // The networks' float32 rounding, two to three powers of ten below what can be seen.
  const closeness = 2e-5;

  test.each(architectures.flatMap((options) => networkNorms.map((norm) => ({ ...options, norm }))))(
    "of every build: %o",
    async (options) => {
      expect(await difference(options, { width: 75, height: 58 }, 32)).toBeLessThan(closeness);
    },
  );

  test.each([16, 20, 37, 64, 1000])("of any size: %i px", async (tile) => {
    for (const kind of networkKinds)
      expect(await difference({ kind }, { width: 101, height: 83 }, tile)).toBeLessThan(closeness);
  });

  test.each(sizes.slice(0, 3))("in pictures of any size: %o", async (size) => {
    for (const padding of networkPaddings)
      expect(await difference({ padding }, size, 4)).toBeLessThan(closeness);
  });

  // Where hardly anything varies, normalisation multiplies rounding by up to 1/√(1e-3) a layer.
  test("in a pale picture to a tenth of a step of 1/255", async () => {
    const network = randomNetwork();
    const pale = picture({ width: 66, height: 50 }, 3);
    const photo = { ...pale, data: pale.data.map((value) => 0.99 + 0.01 * value) };
    const { picture: whole } = await paint(runtime, network, photo, { tile: null });
    const { picture: tiled } = await paint(runtime, network, photo, { tile: 24 });
    const most = tiled.data.reduce((m, v, i) => Math.max(m, Math.abs(v - whole.data[i]!)), 0);
    expect(most).toBeLessThan(0.1 / 255);
  });
});

describe("tiles are taken", () => {
  const photo = picture({ width: 1200, height: 900 }, 1);

  test("where the memory is too small, and events say so", async () => {
    const events: PaintEvent[] = [];
    const network = randomNetwork({ width: "full", blocks: 1 });
    const { tile } = await paint(runtime, network, photo, {
      memory: networkMemory(network.architecture, photo, 512),
      onEvent: (event) => void events.push(event),
    });
    expect(tile).toBe(512);
    expect(events[0]).toMatchObject({ kind: "paint", width: 1200, height: 900, tile: 512 });
    const tiles = events.filter((event) => event.kind === "tile");
    expect(tiles.map(({ done }) => done)).toEqual(tiles.map((_, i) => i + 1));
    expect(tiles.every(({ of }) => of === tiles.length)).toBe(true);
  });

  test("nowhere else", async () => {
    expect((await paint(runtime, randomNetwork(), photo, { memory: 1e12 })).tile).toBeNull();
  });

  test("one after the other, until it is called off", async () => {
    const controller = new AbortController();
    const onEvent = (event: PaintEvent): void => {
      if (event.kind === "tile") controller.abort();
    };
    const options = { tile: 16, signal: controller.signal, onEvent };
    await expect(paint(runtime, randomNetwork(), photo, options)).rejects.toThrow("aborted");
  });
});

describe("strength", () => {
  const photo = picture({ width: 12, height: 9 }, 1);
  const network = randomNetwork();

  test("0 is the photo, 1 the network's picture, and between they are mixed", async () => {
    const [none, half, all] = await Promise.all(
      [0, 0.5, 1].map(async (strength) => paint(runtime, network, photo, { strength })),
    );
    expect(none!.picture).toEqual(photo);
    const middle = photo.data.map((value, i) => (value + all!.picture.data[i]!) / 2);
    for (const [i, value] of half!.picture.data.entries()) expect(value).toBeCloseTo(middle[i]!, 6);
  });

  test("transparency is the photo's", async () => {
    const alpha = Float32Array.from({ length: 108 }, (_, i) => i / 107);
    for (const strength of [0, 0.3, 1]) {
      const result = await paint(runtime, network, { ...photo, alpha }, { strength });
      expect(result.picture.alpha).toEqual(alpha);
    }
  });
});

describe("colours", () => {
  const photo = picture({ width: 24, height: 18 }, 1);
  const network = randomNetwork();

  test.each(["luminance", "match", "chroma"] as const)(
    "are the photo's by %s",
    async (preserveColor) => {
      const { picture: plain } = await paint(runtime, network, photo);
      const { picture: kept } = await paint(runtime, network, photo, { preserveColor });
      expect(kept).toEqual(recoloured(plain, photo, settleColours({ preserveColor })));
      const { picture: half } = await paint(runtime, network, photo, {
        preserveColor,
        strength: 0.5,
      });
      expect(half).toEqual(blend(photo, kept, 0.5));
    },
  );

  test("are kept before strength is applied, in tiles too, with the photo's transparency", async () => {
    const alpha = Float32Array.from({ length: 24 * 18 }, (_, i) => i / 431);
    const options = { preserveColor: "match", tile: 16 } as const;
    const { picture: kept } = await paint(runtime, network, { ...photo, alpha }, options);
    expect(kept.alpha).toEqual(alpha);
  });
});

test("the longer side can be asked for", async () => {
  const photo = picture({ width: 60, height: 40 }, 1);
  const network = randomNetwork();
  const { picture: result } = await paint(runtime, network, photo, { size: 30 });
  const small = await paint(runtime, network, resize(photo, { width: 30, height: 20 }));
  expect(result).toEqual(small.picture);
});

test.each([
  [{ size: 0 }, "size must be a whole number from 1 to 16384; got 0."],
  [{ strength: 1.5 }, "strength must be a number from 0 to 1; got 1.5."],
  [{ palette: 2 }, "palette must be a number from 0 to 1; got 2."],
  [{ preserveColor: "none" as const, palette: 1 }, "a palette of 1 keeps the photo's colours"],
  [{ tile: 0.5 }, "tile must be a whole number from 1 to 16384, or null; got 0.5."],
])("%o is refused", async (options, message) => {
  const photo = picture({ width: 4, height: 4 }, 1);
  await expect(paint(runtime, randomNetwork(), photo, options)).rejects.toThrow(message);
});

describe("what is not finite is refused:", () => {
  const photo = picture({ width: 9, height: 7 }, 1);

  test("a photo", async () => {
    const broken = { ...photo, data: photo.data.with(3, NaN) };
    await expect(paint(runtime, randomNetwork({}), broken)).rejects.toThrow(
      "the photo has values such as NaN",
    );
  });

  test("weights", async () => {
    const network = randomNetwork({});
    const weights = new Map(network.weights);
    weights.set("down2.weight", weights.get("down2.weight")!.with(0, Infinity));
    await expect(paint(runtime, { ...network, weights }, photo)).rejects.toThrow(
      'tensor "down2.weight" of the network has numbers that are not finite',
    );
  });

  test("what weights that are too large make of a photo", async () => {
    const network = randomNetwork({});
    const large = [...network.weights].map(
      ([name, numbers]) =>
        [name, name.endsWith("weight") ? numbers.map((x) => x * 3e37) : numbers] as const,
    );
    const painting = paint(runtime, { ...network, weights: new Map(large) }, photo);
    await expect(painting).rejects.toThrow("the network paints values that are not finite");
  });
});
