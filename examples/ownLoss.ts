/**
 * A loss of one's own, without any network: the picture that has the colours of a painting (mean and
 * covariance of RGB) and the edges of a photo. The loss is a graph, `gradient` derives it, a runtime
 * compiles it, and any optimiser minimises it.
 */
import {
  constant,
  createGraph,
  fitLongSide,
  gradient,
  input,
  moments,
  nodeRuntime,
  ops,
  optimisers,
  readImage,
  resize,
  tensor,
  writeImage,
  type Raster,
  type Value,
} from "deepstyle";
import { examplePicture } from "./support/models.ts";

/** Squared distance of two values, summed. */
function distance(a: Value, b: Value): Value {
  const difference = ops.sub(a, b);
  return ops.reduceSum(ops.mul(difference, difference));
}

/** Differences of neighbouring pixels along one axis. */
function edges(image: Value, axis: 2 | 3): Value {
  const length = image.shape[axis] as number;
  const from = (start: number, end: number) =>
    ops.slice(image, { starts: [start], ends: [end], axes: [axis] });
  return ops.sub(from(1, length), from(0, length - 1));
}

/** A picture as a constant of the graph, `[1, 3, h, w]`. */
function constantOf({ width, height, data }: Raster): Value {
  return constant(tensor(data, [1, 3, height, width]));
}

const photo = await readImage(examplePicture("landscape.jpg"));
const painting = await readImage(examplePicture("waves.jpg"));
const content = resize(photo, fitLongSide(photo, 192));
const style = resize(painting, fitLongSide(painting, 192));
const { width, height } = content;

const image = input("image", [1, 3, height, width]);
const [has, wants] = [moments(image), moments(constantOf(style))];
const colours = ops.add(distance(has.mean, wants.mean), distance(has.second, wants.second));
const shapes = ([2, 3] as const)
  .map((axis) => distance(edges(image, axis), edges(constantOf(content), axis)))
  .reduce((sum, term) => ops.add(sum, term));
const loss = ops.add(ops.mul(colours, constant(1000)), ops.mul(shapes, constant(0.01)));
const [slope] = gradient(loss, [image]);

const runtime = await nodeRuntime({ device: "cpu" });
const program = await runtime.compile(createGraph({ loss, slope: slope! }));
const optimiser = optimisers.lbfgs({ bounds: { lower: 0, upper: 1 } });
const pixels = content.data.slice();

for (let i = 0; i < 30; i++) {
  const step = await optimiser.step(pixels, async (x) => {
    const result = await program.run({ image: tensor(x, [1, 3, height, width]) });
    return { loss: Number(result.loss.data[0]), gradient: result.slope.data as Float32Array };
  });
  if (i % 5 === 0) console.log(`${i}: loss ${step.loss.toPrecision(4)}`);
  if (step.status !== "running") break;
}

await writeImage("example-own-loss.png", { width, height, data: pixels });
console.log("example-own-loss.png");
await runtime.dispose();
