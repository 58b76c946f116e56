import {
  constant,
  createGraph,
  input,
  ops,
  symbol,
  tensorOf,
  type Graph,
  type Runtime,
  type Tensor,
  type Value,
} from "@deepstyle/engine";
import { OptionError } from "../errors.ts";
import { holdStatistics, statisticsOf } from "../nets/heldStatistics.ts";
import type { SingleStyleNetwork } from "../nets/mixture.ts";
import { stylizedImage } from "../nets/networkFile.ts";

/** A frame of a film as decoders give it and encoders take it. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  /** Bytes of red, green and blue side by side, `[height, width, 3]`: what ffmpeg calls rgb24. */
  readonly data: Uint8Array;
}

/** Frames between two cuts of a film. */
export interface Shot {
  /**
   * Paints a frame. Frames are painted one after the other; while one is, the next can be read.
   *
   * @returns a frame of the same size, in new memory
   * @throws {OptionError} if there are not as many bytes as the size says
   */
  paint(frame: Frame): Promise<Frame>;
  /** Gives memory and threads back. Safe to call twice. */
  dispose(): Promise<void>;
}

/**
 * Makes a network ready for the frames of a shot. What it normalises with is measured once, on the first frame, and
 * held: a picture that changes in one place is painted anew in that place alone, and a network that pads with
 * zeros takes half of the time.
 *
 * Source: this project's own; see {@link holdStatistics}.
 *
 * @param network - of one style; see `mixStyles`
 * @param first - a frame that is like the others, and not one of a single colour, whose statistics say nothing of
 *   them: a black frame before a shot fades in. It is to be painted as well
 * @throws {OptionError} if there are not as many bytes as the frame's size says
 */
export async function openShot(
  runtime: Runtime,
  network: SingleStyleNetwork,
  first: Frame,
): Promise<Shot> {
  expectWhole(first);
  const held =
    network.architecture.norm === "batch" ? network : await withStatistics(runtime, network, first);
  const program = await runtime.compile(frameGraph(held));
  return {
    async paint(frame) {
      expectWhole(frame);
      const { width, height } = frame;
      const { painted } = await program.run({ frame: frameTensor(frame) });
      return { width, height, data: painted.data as Uint8Array };
    },
    dispose: () => program.dispose(),
  };
}

async function withStatistics(
  runtime: Runtime,
  network: SingleStyleNetwork,
  frame: Frame,
): Promise<SingleStyleNetwork> {
  const statistics = statisticsOf(network, imageOf(frameInput()));
  const program = await runtime.compile(createGraph(statistics));
  try {
    return holdStatistics(network, await program.run({ frame: frameTensor(frame) }));
  } finally {
    await program.dispose();
  }
}

/**
 * Bytes in and bytes out: a quarter of what floats take on the way to the runtime and back, which new memory makes
 * as slow as a part of the network.
 */
function frameGraph(network: SingleStyleNetwork): Graph<"painted"> {
  const stylized = stylizedImage(network, imageOf(frameInput()));
  // A cast cuts off.
  const rounded = ops.add(ops.mul(stylized, constant(255)), constant(0.5));
  return createGraph({ painted: ops.transpose(ops.cast(rounded, "uint8"), [0, 2, 3, 1]) });
}

function frameInput(): Value {
  return input("frame", [1, symbol("h"), symbol("w"), 3], "uint8");
}

/** RGB in [0, 1], `[1, 3, h, w]`. */
function imageOf(frame: Value): Value {
  const planes = ops.cast(ops.transpose(frame, [0, 3, 1, 2]), "float32");
  return ops.mul(planes, constant(1 / 255));
}

function frameTensor({ width, height, data }: Frame): Tensor {
  return tensorOf("uint8", data, [1, height, width, 3]);
}

function expectWhole({ width, height, data }: Frame): void {
  const isWhole = (value: number): boolean => Number.isInteger(value) && value >= 1;
  if (!isWhole(width) || !isWhole(height) || data.length !== 3 * width * height)
    throw new OptionError(
      `a frame of ${width}×${height} px: expected whole numbers from 1 and ${3 * width * height} bytes, got ${data.length}.`,
    );
}
