import { createGraph, input, printGraph } from "@deepstyle/engine";
import { expect, test } from "vitest";
import type { Encoder } from "../../src/encoders/encoder.ts";
import { jointEncoder } from "../../src/encoders/joint.ts";
import { tinyEncoder } from "./tinyEncoder.ts";

const tiny = tinyEncoder();
const other: Encoder = {
  name: "other",
  layers: ["a/1", "a/2"],
  stride: (layer) => (layer === "a/1" ? 4 : 8),
  features: () => {
    throw new Error("nobody asked for it");
  },
};
const joint = jointEncoder([tiny, other]);

test("it has the layers of all, each with the stride it has there", () => {
  expect(joint.layers).toEqual(["relu1_1", "relu2_1", "a/1", "a/2"]);
  expect(joint.layers.map((layer) => joint.stride(layer))).toEqual([1, 2, 4, 8]);
});

test("it builds nothing of a network whose layers are not asked for", () => {
  const image = input("image", [1, 3, 16, 16]);
  const alone = createGraph(tiny.features(image, ["relu2_1"]));
  expect(printGraph(createGraph(joint.features(image, ["relu2_1"])))).toBe(printGraph(alone));
});

test("it names all networks where a layer is none of theirs", () => {
  expect(() => joint.features(input("image", [1, 3, 16, 16]), ["relu2_2"])).toThrow(
    /^"relu2_2" is no layer of tiny and other: expected one of relu1_1, relu2_1, a\/1, a\/2\./,
  );
});

test("one network alone is itself", () => {
  expect(jointEncoder([tiny])).toBe(tiny);
});
