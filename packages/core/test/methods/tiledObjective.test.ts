import { afterAll, describe, expect, test } from "vitest";
import { caffePreprocessing, type Encoder } from "../../src/encoders/encoder.ts";
import { vgg19 } from "../../src/encoders/vgg19.ts";
import type { Mask } from "../../src/image/mask.ts";
import type { Raster, Size } from "../../src/image/raster.ts";
import { contentLoss } from "../../src/losses/content.ts";
import { dreamLoss } from "../../src/losses/dream.ts";
import { gramLoss, relativeGramLoss } from "../../src/losses/gram.ts";
import { laplacianLoss } from "../../src/losses/laplacian.ts";
import type { FeatureLoss } from "../../src/losses/loss.ts";
import { relativeMomentsLoss } from "../../src/losses/moments.ts";
import { pixelLoss } from "../../src/losses/pixel.ts";
import { totalVariation } from "../../src/losses/totalVariation.ts";
import { wassersteinLoss } from "../../src/losses/wasserstein.ts";
import type { Criterion, FeatureTerm } from "../../src/methods/criterion.ts";
import { guidedCriterion } from "../../src/methods/guide.ts";
import {
  blendTargets,
  loadObjective,
  measureStatistics,
  modelName,
  type ObjectiveResult,
  type Targets,
} from "../../src/methods/objective.ts";
import { loadTiledObjective, measureInTiles } from "../../src/methods/tiledObjective.ts";
import { tensor } from "@deepstyle/engine";
import { tinyEncoder } from "../encoders/tinyEncoder.ts";
import { relativeError } from "../numbers.ts";
import { picture } from "../pictures.ts";
import { cpuRuntime } from "../runtime.ts";
import { vgg19Path, vgg19Weights } from "../vgg19Weights.ts";

const runtime = cpuRuntime();
afterAll(() => runtime.dispose());

const styleLosses = { gramLoss, relativeGramLoss, relativeMomentsLoss, wassersteinLoss };

/** Everything that a recipe can ask for, each term heavy enough to be seen in the total. */
function criterionOf(
  styleLoss: FeatureLoss,
  { styleLayers, contentLayer }: { styleLayers: readonly string[]; contentLayer: string },
): Criterion {
  return {
    features: [
      { name: "content", weight: 1, layers: { [contentLayer]: 2 }, loss: contentLoss },
      {
        name: "style",
        weight: 10,
        layers: Object.fromEntries(styleLayers.map((layer, i) => [layer, 0.3 + i])),
        loss: styleLoss,
      },
      { name: "dream", weight: 0.1, layers: { [contentLayer]: 1 }, loss: dreamLoss() },
    ],
    image: [
      { name: "tv", weight: 3, build: totalVariation },
      {
        name: "pixel",
        weight: 2,
        model: "reference",
        build: (image, mean, model) => pixelLoss(image, model!, mean),
      },
      {
        name: "detail",
        weight: 4,
        model: "content",
        build: (image, mean, model) => laplacianLoss(image, model!, { pool: 2, mean }),
      },
    ],
  };
}

interface Scene {
  readonly encoder: Encoder;
  readonly criterion: Criterion;
  readonly photo: Raster;
  readonly reference: Raster;
  readonly painting: Raster;
}

function scene(encoder: Encoder, criterion: Criterion, size: Size): Scene {
  const painting = contrasty({ width: size.width - 5, height: size.height + 8 }, 3);
  // Far from the photo: the difference of statistics that nearly agree is rounding, in tiles or not.
  const dark = { ...painting, data: painting.data.map((value) => 0.4 * value) };
  return {
    encoder,
    criterion,
    photo: picture(size, 2),
    reference: picture(size, 4),
    painting: dark,
  };
}

/** A picture without a level, next to which its covariance would be rounding. */
function contrasty(size: Size, seed: number): Raster {
  const { data, ...sides } = picture(size, seed);
  return { ...sides, data: data.map((value) => 3 * value - 1.5) };
}

type Measure = (term: FeatureTerm, model: Raster, guide?: Mask) => Promise<Targets>;

async function targetsOf(
  { criterion, photo, painting }: Scene,
  measure: Measure,
  terms = criterion.features,
): Promise<Targets> {
  const targets: Record<string, Targets[string]> = {};
  for (const term of terms) {
    const model = term.name === "style" ? painting : photo;
    const guide = term.name === "style" ? undefined : term.guide;
    const models = [{ statistics: await measure(term, model, guide), weight: 1 }];
    Object.assign(targets, await blendTargets(runtime, term, models));
  }
  return targets;
}

async function untiled(scene: Scene, pixels: Float32Array): Promise<ObjectiveResult> {
  const { encoder, criterion, photo, reference } = scene;
  const measure: Measure = (term, model, guide) =>
    measureStatistics(runtime, encoder, term, model, guide);
  const targets = { ...(await targetsOf(scene, measure)) };
  for (const term of criterion.image) {
    if (term.model === undefined) continue;
    const { data } = term.model === "content" ? photo : reference;
    targets[modelName(term)] = tensor(data, [1, 3, photo.height, photo.width]);
  }
  const objective = await loadObjective(runtime, encoder, criterion, photo, targets);
  const { total, terms, gradient } = await objective.evaluate(pixels);
  await objective.dispose();
  return { total, terms, gradient: gradient.slice() };
}

async function tiled(
  scene: Scene,
  pixels: Float32Array,
  { side, keepsFeatures }: { side: number; keepsFeatures: boolean },
): Promise<ObjectiveResult> {
  const { encoder, criterion, photo, reference } = scene;
  const pooled = criterion.features.filter(({ loss }) => loss.isLocal !== true);
  const measure: Measure = (term, model, guide) =>
    measureInTiles(runtime, encoder, term, model, { side }, guide);
  const targets = await targetsOf(scene, measure, pooled);
  const objective = await loadTiledObjective(
    runtime,
    encoder,
    criterion,
    photo,
    { targets, photo, reference },
    { side, keepsFeatures },
  );
  // Nothing of an evaluation may be left over for the next one.
  await objective.evaluate(photo.data);
  const { total, terms, gradient } = await objective.evaluate(pixels);
  await objective.dispose();
  return { total, terms, gradient: gradient.slice() };
}

function expectSame(found: ObjectiveResult, expected: ObjectiveResult): void {
  expect(Object.keys(found.terms)).toEqual(Object.keys(expected.terms));
  for (const [name, loss] of Object.entries({ ...expected.terms, total: expected.total }))
    expect(
      relativeError([{ ...found.terms, total: found.total }[name]!], [loss]),
      name,
    ).toBeLessThan(1e-5);
  expect(relativeError(found.gradient, expected.gradient)).toBeLessThan(1e-5);
}

describe.each(["zero", "replicate"] as const)("an objective on tiles, %s edge", (edge) => {
  const encoder = tinyEncoder({ edge });
  const layers = { styleLayers: ["relu1_1", "relu2_1"], contentLayer: "relu2_1" };

  test.each(Object.entries(styleLosses))(
    "has the losses and the gradient of the whole: %s",
    async (_, loss) => {
      for (const size of [
        { width: 53, height: 37 },
        { width: 40, height: 61 },
      ]) {
        const made = scene(encoder, criterionOf(loss, layers), size);
        const pixels = contrasty(size, 9).data;
        const expected = await untiled(made, pixels);
        for (const [i, side] of [14, 21, 40].entries())
          expectSame(await tiled(made, pixels, { side, keepsFeatures: i !== 1 }), expected);
      }
    },
  );
});

test("where not all of the picture counts, an objective on tiles has those of the whole", async () => {
  const size = { width: 53, height: 37 };
  const mask = {
    ...size,
    data: Float32Array.from({ length: 53 * 37 }, (_, i) => Number((i % 53) + i / 53 < 50) * 0.9),
  };
  const layers = { styleLayers: ["relu1_1", "relu2_1"], contentLayer: "relu2_1" };
  const criterion = guidedCriterion(criterionOf(relativeMomentsLoss, layers), mask);
  const made = scene(tinyEncoder({ edge: "replicate" }), criterion, size);
  const pixels = contrasty(size, 9).data;
  const expected = await untiled(made, pixels);
  for (const keepsFeatures of [true, false])
    expectSame(await tiled(made, pixels, { side: 21, keepsFeatures }), expected);
  // What does not count has no gradient where nothing that counts looks at it.
  expect(expected.gradient.at(-1)).toBe(0);
  expect(expected.gradient[0]).not.toBe(0);
});

test.skipIf(vgg19Path === undefined)(
  "VGG-19 on tiles has the losses and the gradient of the whole (needs weights/vgg19.safetensors in ../shared)",
  async () => {
    const encoder = vgg19(vgg19Weights(), {
      preprocessing: caffePreprocessing,
      edge: "replicate",
      poolingScale: 1,
    });
    const styleLayers = ["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"];
    const size = { width: 263, height: 189 };
    const criterion = criterionOf(relativeMomentsLoss, { styleLayers, contentLayer: "relu4_2" });
    const made = scene(encoder, criterion, size);
    const pixels = contrasty(size, 9).data;
    expectSame(
      await tiled(made, pixels, { side: 240, keepsFeatures: true }),
      await untiled(made, pixels),
    );
  },
  240_000,
);

test("tiles too small for the encoder are refused", async () => {
  const layers = { styleLayers: ["relu2_1"], contentLayer: "relu2_1" };
  const made = scene(tinyEncoder(), criterionOf(gramLoss, layers), { width: 30, height: 20 });
  await expect(tiled(made, made.photo.data, { side: 8, keepsFeatures: true })).rejects.toThrow(
    "tiles of 8 px are smaller than what the layers of tiny see around them. Choose larger ones.",
  );
});

test("work on tiles ends where it is called off", async () => {
  const { encoder, criterion, photo, painting } = scene(
    tinyEncoder(),
    {
      features: [{ name: "style", weight: 1, layers: { relu1_1: 1 }, loss: gramLoss }],
      image: [],
    },
    { width: 53, height: 37 },
  );
  const targets = await measureInTiles(runtime, encoder, criterion.features[0]!, painting, {
    side: 16,
  });
  const controller = new AbortController();
  const objective = await loadTiledObjective(
    runtime,
    encoder,
    criterion,
    photo,
    { targets, photo },
    { side: 16, keepsFeatures: true, signal: controller.signal },
  );
  const evaluation = objective.evaluate(photo.data);
  controller.abort(new Error("enough"));
  await expect(evaluation).rejects.toThrow("enough");
  await objective.dispose();
});
