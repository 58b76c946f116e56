import { constant, ops, tensor, type Value } from "@deepstyle/engine";
import { readSafetensors, toFloat32 } from "../../src/weights/safetensors.ts";

/**
 * The forward pass of lengstrom/fast-style-transfer, as the metadata of its converted weights describe it: zeros at the
 * edges as TensorFlow's SAME.
 *
 * @param file - the weights as safetensors
 * @param image - RGB in [0, 1], `[1, 3, h, w]` with sides that are multiples of 4
 * @returns RGB, beyond [0, 1] by at most 0.09
 */
export function fastStyle(file: Uint8Array, image: Value): Value {
  const { tensors } = readSafetensors(file);
  const value = (name: string): Value => {
    const found = tensors.get(name)!;
    return constant(tensor(toFloat32(found), found.shape), name);
  };
  const normalised = (x: Value, name: string): Value =>
    ops.instanceNormalization(x, value(`${name}.scale`), value(`${name}.shift`), {
      epsilon: 1e-3,
    });
  const conv = (x: Value, name: string, stride = 1): Value => {
    const weight = value(`${name}.weight`);
    const border = (weight.shape[2] as number) - stride;
    const [before, after] = [Math.floor(border / 2), Math.ceil(border / 2)];
    const strides = [stride, stride] as const;
    return normalised(ops.conv(x, weight, { strides, pads: [before, before, after, after] }), name);
  };
  const deconv = (x: Value, name: string): Value =>
    normalised(
      ops.convTranspose(x, value(`${name}.weight`), { strides: [2, 2], pads: [0, 0, 1, 1] }),
      name,
    );
  let x: Value = ops.mul(image, constant(255));
  for (const [name, stride] of [
    ["conv1", 1],
    ["conv2", 2],
    ["conv3", 2],
  ] as const)
    x = ops.relu(conv(x, name, stride));
  for (let i = 1; i <= 5; i++)
    x = ops.add(x, conv(ops.relu(conv(x, `res${i}.conv1`)), `res${i}.conv2`));
  for (const name of ["deconv1", "deconv2"]) x = ops.relu(deconv(x, name));
  const levels = ops.add(ops.mul(ops.tanh(conv(x, "conv4")), constant(150)), constant(127.5));
  return ops.div(levels, constant(255));
}
