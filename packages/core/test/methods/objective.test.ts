import { denseOf, evaluate, scalar, tensor, type Runtime, type Tensor } from "@deepstyle/engine";
import { afterAll, describe, expect, test } from "vitest";
import { caffePreprocessing, type Encoder } from "../../src/encoders/encoder.ts";
import { vgg19 } from "../../src/encoders/vgg19.ts";
import type { Raster } from "../../src/image/raster.ts";
import { contentLoss } from "../../src/losses/content.ts";
import { gramLoss } from "../../src/losses/gram.ts";
import { totalVariation } from "../../src/losses/totalVariation.ts";
import type { Criterion } from "../../src/methods/criterion.ts";
import {
  blendTargets,
  loadObjective,
  measureStatistics,
  objectiveGraph,
  type ObjectiveResult,
  type Targets,
} from "../../src/methods/objective.ts";
import { relativeError } from "../numbers.ts";
import { madeUpMeans, picture } from "../pictures.ts";
import { cpuRuntime } from "../runtime.ts";
import { vgg19Path, vgg19Weights } from "../vgg19Weights.ts";
import { reference, type ReferenceObjective } from "./gatysReference.ts";

describe.skipIf(vgg19Path === undefined)("an objective with VGG-19", () => {
  const runtime = cpuRuntime();
  const plain = withoutWinograd(runtime);
  const size = { width: 64, height: 48 };
  const photo = picture(size, 2);
  const painting = picture({ width: 56, height: 40 }, 3);
  afterAll(() => runtime.dispose());

  test.each(reference.objectives)(
    "has PyTorch's losses and gradient: $pooling pooling, $edge edge, normalised $normalised",
    async (expected) => {
      const encoder = encoderOf(expected);
      const criterion = criterionOf(expected.weights);
      const targets = await targetsOf(runtime, encoder, criterion, { photo, painting });
      // Winograd's rounding is another: measured 2e-6 of the gradient in place of 3e-7.
      for (const where of [plain, runtime]) {
        const objective = await loadObjective(where, encoder, criterion, size, targets);
        expectReference(await objective.evaluate(picture(size, 9).data), expected);
        await objective.dispose();
      }
    },
  );

  test("is the same in float64 by the plain meaning of each operation", async () => {
    // Three poolings and an odd size; a deeper one takes the oracle many seconds.
    const small = { width: 12, height: 8 };
    const layers = { relu1_1: 1e-4, relu2_1: 1e-7, relu3_1: 1e-8, relu4_1: 1e-11 };
    const criterion = criterionOf({ content: 1e-5, style: 2, tv: 80, styleLayers: layers });
    const encoder = encoderOf(reference.objectives[0]!);
    const targets = await targetsOf(plain, encoder, criterion, {
      photo: picture(small, 2),
      painting: picture(small, 3),
    });
    const { data } = picture(small, 9);
    const objective = await loadObjective(plain, encoder, criterion, small, targets);
    const result = await objective.evaluate(data);
    await objective.dispose();
    const feeds = { ...targets, ...weightsOf(criterion), image: tensor(data, [1, 3, 8, 12]) };
    const exact = evaluate(
      objectiveGraph(encoder, criterion, small),
      Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [name, denseOf(feed)])),
    );
    console.log(relativeError([result.total], exact["total"]!.data), relativeError(result.gradient, exact["gradient"]!.data));
    expect(relativeError([result.total], exact["total"]!.data)).toBeLessThan(1e-4);
    expect(relativeError(result.gradient, exact["gradient"]!.data)).toBeLessThan(1e-4);
  });
});

function expectReference(
  { total, terms, gradient }: ObjectiveResult,
  expected: ReferenceObjective,
): void {
  const { every, samples, norm } = expected.gradient;
  for (const [name, loss] of Object.entries({ ...terms, total }))
    expect(relativeError([loss], [expected.losses[name as "total"]]), name).toBeLessThan(1e-4);
  const sampled = samples.map((_, i) => gradient[i * every]!);
  console.log(relativeError(sampled, samples), relativeError([total],[expected.losses.total]));
  expect(relativeError(sampled, samples)).toBeLessThan(1e-4);
  expect(relativeError([Math.hypot(...gradient)], [norm])).toBeLessThan(1e-4);
}

const weights = vgg19Path === undefined ? new Map() : vgg19Weights();

function encoderOf({ pooling, edge, poolingScale, normalised }: ReferenceObjective): Encoder {
  return vgg19(weights, {
    preprocessing: caffePreprocessing,
    pooling,
    edge,
    poolingScale,
    channelMeans: normalised ? madeUpMeans : undefined,
  });
}

function criterionOf({ content, style, tv, styleLayers }: ReferenceObjective["weights"]) {
  return {
    features: [
      { name: "content", weight: content, layers: { relu4_2: 1 }, loss: contentLoss },
      { name: "style", weight: style, layers: styleLayers, loss: gramLoss },
    ],
    image: [{ name: "tv", weight: tv, build: totalVariation }],
  } as const satisfies Criterion;
}

/** Targets of a criterion of content and style. */
async function targetsOf(
  runtime: Runtime,
  encoder: Encoder,
  { features: [content, style] }: ReturnType<typeof criterionOf>,
  { photo, painting }: { photo: Raster; painting: Raster },
): Promise<Targets> {
  const ofPhoto = await measureStatistics(runtime, encoder, content, photo);
  const ofPainting = await measureStatistics(runtime, encoder, style, painting);
  return {
    ...(await blendTargets(runtime, content, [{ statistics: ofPhoto, weight: 1 }])),
    ...(await blendTargets(runtime, style, [{ statistics: ofPainting, weight: 1 }])),
  };
}

/** Inputs of the weights of a criterion, by the names that the graph gives them. */
function weightsOf({ features, image }: Criterion): Record<string, Tensor> {
  const terms = [...features, ...image].map(({ name, weight }) => [name, weight] as const);
  const layers = features.flatMap(({ name, layers }) =>
    Object.entries(layers).map(([layer, weight]) => [`${name}.${layer}`, weight] as const),
  );
  return Object.fromEntries(
    [...terms, ...layers].map(([name, weight]) => [`weight.${name}`, scalar(weight)]),
  );
}

function withoutWinograd(runtime: Runtime): Runtime {
  return {
    ...runtime,
    compile: (graph, options) => runtime.compile(graph, { ...options, winograd: false }),
  };
}
