// What is derived from the definitions of encoders.
import { describe, expect, test } from "vitest";
import { encoderNamed, encoderNames, encoders, encodersOf } from "../../src/encoders/index.ts";

test("layers tell the encoders that are needed, the chosen one first", () => {
  expect(encodersOf(["relu1_1", "relu4_2"], "vgg19")).toEqual(["vgg19"]);
  expect(encodersOf(["inception_4c/output", "conv2/3x3"], "vgg19")).toEqual(["googlenet"]);
  expect(encodersOf(["inception_4c/output", "relu1_1"], "lite")).toEqual(["lite", "googlenet"]);
  expect(encodersOf(["fire5", "relu5_4"], "squeezenet")).toEqual(["squeezenet", "vgg19"]);
});

test("a layer that no encoder has is asked of the chosen one, which says what it has", () => {
  expect(encodersOf(["relu9_9"], "lite")).toEqual(["lite"]);
});

test("an unknown encoder is named with those that there are", () => {
  expect(() => encoderNamed("vgg18")).toThrow(
    `"vgg18" is no encoder: expected one of ${encoderNames.join(", ")}. Did you mean "vgg19"?`,
  );
});

describe.each(encoders.map((encoder) => [encoder.name, encoder] as const))("%s", (_, encoder) => {
  test("names layers of its own as defaults", () => {
    const defaults = [
      ...Object.keys(encoder.contentLayers),
      ...encoder.styleLayers,
      encoder.trainingContentLayer,
    ];
    for (const layer of defaults) expect(encoder.layers).toContain(layer);
  });

  test("says how to get its weights", () => {
    expect(encoder.howToGet("/models/file")).toMatch(/^[A-Z].*\.$/);
  });
});
