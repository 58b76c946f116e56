import type { Runtime } from "@deepstyle/engine";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { caffePreprocessing, type Encoder, type Weights } from "../../src/encoders/encoder.ts";
import { vgg19 } from "../../src/encoders/vgg19.ts";
import { contentLoss } from "../../src/losses/content.ts";
import { gramLoss } from "../../src/losses/gram.ts";
import { totalVariation } from "../../src/losses/totalVariation.ts";
import { wassersteinLoss } from "../../src/losses/wasserstein.ts";
import type { Criterion } from "../../src/methods/criterion.ts";
import {
  blendTargets,
  loadObjective,
  measureStatistics,
  type ObjectiveResult,
} from "../../src/methods/objective.ts";
import { madeUpMeans, picture } from "../pictures.ts";
import { cpuRuntime } from "../runtime.ts";
import { vgg19Path, vgg19Weights } from "../vgg19Weights.ts";
import { objectives, type ReferenceObjective } from "./gatysReference.ts";

describe.skipIf(vgg19Path === undefined)("an objective with VGG-19", () => {
  let weights: Weights;
  const runtime = cpuRuntime();
  beforeAll(() => {
    weights = vgg19Weights();
  });
  afterAll(() => runtime.dispose());

  const cases = objectives.flatMap((reference) =>
    [true, false].map((winograd) => ({ ...reference, winograd })),
  );

  test.each(cases)(
    "$styleLoss, $pooling pooling, $edge edge, normalised $normalised, Winograd $winograd: PyTorch's losses and gradient",
    async (reference) => {
      const t=performance.now();
      const encoder = encoderOf(weights, reference);
      const result = await evaluateWith(
        reference.winograd ? runtime : withoutWinograd(runtime),
        encoder,
        reference,
      );
      const { losses, gradient } = reference;
      const rel=(a:number,b:number)=>Math.abs(a-b)/Math.abs(b);
      console.log(reference.styleLoss, reference.pooling, reference.winograd, {c:rel(result.terms.content!,losses.content), s:rel(result.terms.style!,losses.style),tv:rel(result.terms.tv!,losses.tv),tot:rel(result.total,losses.total), g:gradientError(result.gradient,gradient), n:rel(norm(result.gradient),gradient.norm)}, performance.now()-t);
    },
  );
});

/** Euclidean distance from the samples of the reference, relative to their length. */
function gradientError(
  gradient: Float32Array,
  { every, samples }: ReferenceObjective["gradient"],
): number {
  const differences = samples.map((sample, i) => gradient[i * every]! - sample);
  return norm(differences) / norm(samples);
}

function norm(vector: ArrayLike<number>): number {
  return Math.hypot(...Array.from(vector));
}

function encoderOf(weights: Weights, reference: ReferenceObjective): Encoder {
  const { pooling, edge, poolingScale, normalised } = reference;
  return vgg19(weights, {
    preprocessing: caffePreprocessing,
    pooling,
    edge,
    poolingScale,
    channelMeans: normalised ? madeUpMeans : undefined,
  });
}

function criterionOf({ styleLoss, weights }: ReferenceObjective): Criterion {
  const { content, style, tv, styleLayers } = weights;
  return {
    features: [
      { name: "content", weight: content, layers: { relu4_2: 1 }, loss: contentLoss },
      {
        name: "style",
        weight: style,
        layers: styleLayers,
        loss: styleLoss === "gram" ? gramLoss : wassersteinLoss,
      },
    ],
    image: [{ name: "tv", weight: tv, build: totalVariation }],
  };
}

/** The whole way: photo and painting are measured, the objective is loaded and evaluated once. */
async function evaluateWith(
  runtime: Runtime,
  encoder: Encoder,
  reference: ReferenceObjective,
): Promise<ObjectiveResult> {
  const size = { width: 64, height: 48 };
  const criterion = criterionOf(reference);
  const [content, style] = criterion.features as [Criterion["features"][0], Criterion["features"][0]];
  const photo = await measureStatistics(runtime, encoder, content, picture(size, 2));
  const painting = await measureStatistics(
    runtime,
    encoder,
    style,
    picture({ width: 56, height: 40 }, 3),
  );
  const targets = {
    ...(await blendTargets(runtime, content, [{ statistics: photo, weight: 1 }])),
    ...(await blendTargets(runtime, style, [{ statistics: painting, weight: 1 }])),
  };
  const objective = await loadObjective(runtime, encoder, criterion, size, targets);
  try {
    return await objective.evaluate(picture(size, 7).data);
  } finally {
    await objective.dispose();
  }
}

function withoutWinograd(runtime: Runtime): Runtime {
  return {
    ...runtime,
    compile: (graph, options) => runtime.compile(graph, { ...options, winograd: false }),
  };
}
