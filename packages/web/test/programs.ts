// What tests do inside a page. Arguments and results are JSON.
import { readSafetensors, toFloat32 } from "@deepstyle/core";
import { constant, createGraph, input, ops, scalar, tensor, type Tensor } from "@deepstyle/engine";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-web/wasm";
import { outcomeOf, smallNetwork, type Outcome } from "../../node/test/runtime/smallNetwork.ts";
import { drawPicture, imageDataOf, readPicture } from "../src/canvas.ts";
import { webRuntime, type WebRuntimeOptions } from "../src/webRuntime.ts";
import { encoderOf, loadGatys } from "./gatysObjective.ts";

/** Losses and gradient of the objective of Gatys et al. at a picture. */
export interface GatysOutcome {
  readonly total: number;
  readonly terms: Readonly<Record<string, number>>;
  readonly gradient: readonly number[];
}

/** Which device and how many threads a runtime has. */
export async function describeRuntime(
  options: WebRuntimeOptions,
): Promise<{ device: string; threads: number }> {
  const runtime = await webRuntime(options);
  await runtime.dispose();
  return { device: runtime.device, threads: runtime.threads };
}

/** Runs the small network once, and counts the shaders that the GPU is given for it. */
export async function runSmallNetwork(
  options: WebRuntimeOptions,
): Promise<{ outcome: Outcome; shaders: number }> {
  let shaders = 0;
  const { prototype } = GPUDevice;
  const name = "createShaderModule";
  const create: (this: GPUDevice, descriptor: GPUShaderModuleDescriptor) => GPUShaderModule =
    Reflect.get(prototype, name);
  prototype[name] = function (descriptor) {
    shaders++;
    return create.call(this, descriptor);
  };
  const runtime = await webRuntime(options);
  const { graph, feeds } = smallNetwork();
  const program = await runtime.compile(graph);
  const outcome = outcomeOf(await program.run(feeds));
  await runtime.dispose();
  return { outcome, shaders };
}

/** Runs two programs at once, a few times each: what they answer, in the order of the calls. */
export async function runAtOnce(options: WebRuntimeOptions): Promise<number[]> {
  const runtime = await webRuntime(options);
  const x = input("x", []);
  const programs = await Promise.all(
    [ops.exp(x), ops.mul(x, constant(2))].map((y) => runtime.compile(createGraph({ y }))),
  );
  const answers = await Promise.all(
    [0, 1, 2, 3].map((i) => programs[i % 2]!.run({ x: scalar(i) })),
  );
  await runtime.dispose();
  return answers.map(({ y }) => Number(y.data[0]));
}

/** A number that is counted up in the program: what it is after a number of steps of one. */
export async function count(options: WebRuntimeOptions, steps: number): Promise<number> {
  const runtime = await webRuntime(options);
  const next = ops.add(input("count", []), input("step", []));
  const program = await runtime.compile(createGraph({ next }), { carry: { next: "count" } });
  await program.bind({ count: scalar(0), step: scalar(1) });
  for (let i = 0; i < steps; i++) await program.run();
  const { count: counted } = await program.read(["count"]);
  await runtime.dispose();
  return Number(counted!.data[0]);
}

/** The objective of Gatys et al. with weights, targets and picture from the server. */
export async function runGatys(options: WebRuntimeOptions): Promise<GatysOutcome> {
  const [weights, feeds] = await Promise.all([
    download("/data/weights.safetensors"),
    download("/data/feeds.safetensors"),
  ]);
  const { image, ...targets } = tensorsOf(feeds);
  const runtime = await webRuntime(options);
  const objective = await loadGatys(runtime, encoderOf(weights), targets);
  const { gradient, ...losses } = await objective.evaluate(image!.data as Float32Array);
  await runtime.dispose();
  return { ...losses, gradient: [...gradient] };
}

/** A network's file from the server as it is, without any of our own code, on a picture in one of its styles. */
export async function runNetworkFile(
  name: string,
  image: { readonly data: readonly number[]; readonly dims: readonly number[] },
  mixture: readonly number[],
): Promise<number[]> {
  const session = await InferenceSession.create(await download(`/data/${name}.onnx`));
  const { stylized } = await session.run({
    image: new OrtTensor("float32", Float32Array.from(image.data), image.dims),
    mixture: new OrtTensor("float32", Float32Array.from(mixture), [1, mixture.length]),
  });
  await session.release();
  return [...(stylized!.data as Float32Array)];
}

async function download(path: string): Promise<Uint8Array> {
  return new Uint8Array(await (await fetch(path)).arrayBuffer());
}

function tensorsOf(file: Uint8Array): Record<string, Tensor> {
  const entries = [...readSafetensors(file).tensors].map(
    ([name, stored]) => [name, tensor(toFloat32(stored), stored.shape)] as const,
  );
  return Object.fromEntries(entries);
}

/** Pixels through {@link readPicture} and {@link imageDataOf}, and what was between them. */
export function throughRaster(
  pixels: readonly number[],
  width: number,
): { pixels: number[]; alpha: number[] | undefined } {
  const picture = readPicture(new ImageData(Uint8ClampedArray.from(pixels), width));
  return { pixels: [...imageDataOf(picture).data], alpha: picture.alpha && [...picture.alpha] };
}

/** What is read of an image file from the server, as a page holds it. */
export async function readFile(
  name: string,
  kind: "image" | "bitmap" | "canvas",
): Promise<{ width: number; height: number; data: number[]; alpha: number[] | undefined }> {
  const image = new Image(3, 3);
  image.src = `/data/${name}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  const bitmap = await createImageBitmap(image);
  const source = { image, bitmap, canvas }[kind];
  if (kind === "canvas") drawPicture(canvas, readPicture(bitmap));
  const { data, alpha, ...size } = readPicture(source);
  return { ...size, data: [...data], alpha: alpha && [...alpha] };
}
