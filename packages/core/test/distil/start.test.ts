import { constant, createGraph, input, ops, tensor } from "@deepstyle/engine";
import { afterAll, expect, test } from "vitest";
import { channelMeans } from "../../src/encoders/channelMeans.ts";
import { caffePreprocessing } from "../../src/encoders/encoder.ts";
import { liteFeatures, liteParameters } from "../../src/encoders/lite.ts";
import { vgg19, vgg19Parameters } from "../../src/encoders/vgg19.ts";
import { Crops } from "../../src/distil/crops.ts";
import { liteStart } from "../../src/distil/start.ts";
import { picture } from "../pictures.ts";
import { cpuRuntime } from "../runtime.ts";
import { vgg19Path, vgg19Weights } from "../vgg19Weights.ts";

const runtime = cpuRuntime();
afterAll(() => runtime.dispose());

test.skipIf(vgg19Path === undefined)(
  "computed in closed form, relu1_1 is VGG-19's and relu2_1 meets nine tenths of its variance (needs weights/vgg19.safetensors in ../shared)",
  async () => {
    const options = {
      preprocessing: caffePreprocessing,
      pooling: "average",
      edge: "replicate",
      channelMeans: channelMeans("average"),
    } as const;
    const teacher = vgg19(vgg19Weights(), options);
    const sources = [
      { count: 4, read: (i: number) => Promise.resolve(picture({ width: 90, height: 80 }, i)) },
    ];
    const crops = new Crops({ sources, size: 64, seed: 1 });
    const start = await liteStart({
      runtime,
      teacher,
      parameters: vgg19Parameters(vgg19Weights(), options),
      pictures: [await crops.at(0, 4), await crops.at(4, 4)],
      layers: 3,
    });
    const values = Object.fromEntries(
      liteParameters()
        .filter(({ name }) => start.has(name))
        .map(({ name, shape }) => [name, constant(tensor(start.get(name)!, shape))]),
    );
    const image = input("image", [4, 3, 64, 64]);
    const layers = ["relu1_1", "relu2_1"] as const;
    const own = liteFeatures(image, values, layers, options);
    const wanted = teacher.features(image, layers);
    const outputs = layers.flatMap((layer) => {
      const error = ops.sub(own[layer]!, wanted[layer]);
      const mean = ops.reduceMean(wanted[layer], { axes: [0, 2, 3], keepDims: true });
      const spread = ops.sub(wanted[layer], mean);
      return [
        [`${layer}.error`, ops.reduceMean(ops.mul(error, error))] as const,
        [`${layer}.variance`, ops.reduceMean(ops.mul(spread, spread))] as const,
      ];
    });
    const program = await runtime.compile(createGraph(Object.fromEntries(outputs)));
    // Crops that the weights were not computed on.
    const found = await program.run({ image: await crops.at(8, 4) });
    const missed = (layer: string): number =>
      Number(found[`${layer}.error`]!.data[0]) / Number(found[`${layer}.variance`]!.data[0]);
    expect(missed("relu1_1")).toBeLessThan(1e-10);
    expect(missed("relu2_1")).toBeLessThan(0.1);
  },
);
