// Inputs made by formula: those of scripts/reference/gatys.py.

import { dense, type Dense } from "@deepstyle/engine";
import { vgg19Convolutions } from "../src/encoders/vgg19.ts";
import type { Raster } from "../src/image/raster.ts";

/** Waves and grain in [0.1, 0.9]. */
export function picture(
  { width, height }: { width: number; height: number },
  seed: number,
): Raster {
  const data = Float32Array.from({ length: 3 * width * height }, (_, i) => {
    const x = i % width;
    const y = Math.floor(i / width) % height;
    const c = Math.floor(i / (width * height));
    const waves = Math.sin(0.21 * x + 0.9 * seed + c) * Math.cos(0.17 * y + 0.4 * c * seed);
    const grain = ((37 * x * x + 101 * y + (13 + seed) * x * y + 59 * c) % 256) / 255 - 0.5;
    return 0.5 + 0.3 * waves + 0.2 * grain;
  });
  return { width, height, data };
}

/** Noise from 0, `[1, c, h, w]`, channels of different sizes. */
export function featureMap(shape: readonly [1, number, number, number], seed: number): Dense {
  const [, channels, height, width] = shape;
  const positions = height * width;
  const data = Float32Array.from({ length: channels * positions }, (_, i) => {
    const p = i % positions;
    const c = Math.floor(i / positions);
    const noise = ((37 * p * p + 101 * c * c + (13 + seed) * c * p + 59 * seed) % 257) / 256;
    return noise * (1 + c / 4);
  });
  return dense(shape, Float64Array.from(data));
}

/** Any positive numbers for each channel of each ReLU of VGG-19. */
export const madeUpMeans: Readonly<Record<string, Float32Array>> = Object.fromEntries(
  vgg19Convolutions.map(({ name, block, channels }) => [
    name.replace("conv", "relu"),
    Float32Array.from({ length: channels }, (_, i) => 10 * block * (0.5 + ((37 * i) % 101) / 50)),
  ]),
);
