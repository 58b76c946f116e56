// A network as small as a test can afford that has everything a style objective is made of. Free of
// any platform: pages load this file, too.
import {
  constant,
  createGraph,
  elementCount,
  gradient,
  input,
  ops,
  seededRandom,
  tensor,
  type Feeds,
  type Graph,
  type Tensor,
  type Value,
} from "@deepstyle/engine";

/** What {@link smallNetwork} computes. */
export type SmallOutput = "style" | "content" | "smoothness" | "total" | "gradient";

/**
 * Losses of an image and their gradient: replicated edges, convolutions with ReLU, average and max
 * pooling on a size that is not a multiple, Gram matrices, a content loss and total variation.
 */
export function smallNetwork(): { graph: Graph<SmallOutput>; feeds: Feeds } {
  const random = seededRandom(7);
  const draw = (shape: readonly number[], standardDeviation: number): Tensor => {
    const data = new Float32Array(elementCount(shape));
    random.fillNormal(data, { standardDeviation });
    return tensor(data, shape);
  };
  const layer = (x: Value, filters: number): Value => {
    const channels = x.shape[1] as number;
    const kernels = constant(draw([filters, channels, 3, 3], Math.sqrt(2 / (9 * channels))));
    const bias = constant(draw([filters], 0.1));
    const framed = ops.pad(x, { pads: [1, 1, 1, 1], mode: "replicate" });
    return ops.relu(ops.conv(framed, kernels, { bias }));
  };

  const image = input("image", [1, 3, 21, 18]);
  const first = layer(image, 8);
  const second = layer(ops.averagePool(first, { kernel: [2, 2] }), 12);
  const third = layer(ops.maxPool(second, { kernel: [2, 2] }), 16);

  const style = ops.add(gramLoss(first), gramLoss(third));
  const content = meanSquare(ops.sub(second, input("target", second.shape)));
  const smoothness = ops.add(roughness(image, 2), roughness(image, 3));
  const total = ops.add(ops.add(style, content), smoothness);
  const [slope] = gradient(total, [image]);
  return {
    graph: createGraph({ style, content, smoothness, total, gradient: slope! }),
    feeds: {
      image: draw(image.shape as number[], 1),
      target: draw(second.shape as number[], 1),
    },
  };
}

/** Numbers of a device beside those of the CPU. */
export type Outcome = Readonly<Record<SmallOutput, readonly number[]>>;

/** What came out of a run, as plain numbers that can travel between processes. */
export function outcomeOf(outputs: Readonly<Record<SmallOutput, Tensor>>): Outcome {
  const entries = Object.entries(outputs).map(([name, { data }]) => [name, [...data].map(Number)]);
  return Object.fromEntries(entries) as Outcome;
}

function gramLoss(features: Value): Value {
  const [n, c, h, w] = features.shape as readonly [number, number, number, number];
  const gram = ops.gram(ops.reshape(features, [n, c, h * w]));
  return meanSquare(ops.mul(gram, constant(1 / (h * w))));
}

function meanSquare(x: Value): Value {
  return ops.reduceMean(ops.mul(x, x));
}

/** Mean square of differences between neighbours along an axis. */
function roughness(image: Value, axis: number): Value {
  const after = ops.slice(image, { starts: [1], ends: [Infinity], axes: [axis] });
  const before = ops.slice(image, { starts: [0], ends: [-1], axes: [axis] });
  return meanSquare(ops.sub(after, before));
}
