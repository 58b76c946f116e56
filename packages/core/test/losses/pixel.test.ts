import {
  constant,
  createGraph,
  denseOf,
  evaluate,
  gradient,
  input,
  tensor,
} from "@deepstyle/engine";
import { expect, test } from "vitest";
import { pixelLoss } from "../../src/losses/pixel.ts";

test("it is the mean squared difference of two images: Σ d² / (C H W)", () => {
  const image = constant(tensor([0, 1, 0.5, 0.25, 1, 0], [1, 3, 1, 2]));
  const reference = constant(tensor([1, 1, 0, 0.25, 0.5, 0], [1, 3, 1, 2]));
  const { loss } = evaluate(createGraph({ loss: pixelLoss(image, reference) }), {});
  expect(loss.data[0]).toBe((1 + 0.25 + 0.25) / 6);
  const { same } = evaluate(createGraph({ same: pixelLoss(image, image) }), {});
  expect(same.data[0]).toBe(0);
});

test("its gradient is 2 d / (C H W)", () => {
  const image = input("image", [1, 3, 1, 2]);
  const reference = constant(tensor([1, 1, 0, 0.25, 0.5, 0], [1, 3, 1, 2]));
  const [slope] = gradient(pixelLoss(image, reference), [image]);
  const pixels = denseOf(tensor([0, 1, 0.5, 0.25, 1, 0.75], [1, 3, 1, 2]));
  const found = evaluate(createGraph({ slope: slope! }), { image: pixels }).slope.data;
  // The factor 2 / 6 is a constant in float32.
  for (const [i, d] of [-1, 0, 0.5, 0, 0.5, 0.75].entries())
    expect(found[i]).toBeCloseTo((2 * d) / 6, 7);
});
