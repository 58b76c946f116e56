import { createGraph, input, tensor, type Runtime, type Tensor } from "@deepstyle/engine";
import type { Encoder } from "../encoders/encoder.ts";
import { expectRaster, fitLongSide, type Raster } from "../image/raster.ts";
import { resize } from "../image/resize.ts";
import { ssim } from "../image/ssim.ts";

import { gramMatrix } from "../statistics/gramMatrix.ts";

/** Longer side in pixels at which pictures are measured. */
export const rulerLongSide = 512;

/** Layers whose Gram matrices are compared. */
export const rulerStyleLayers = ["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"] as const;

/** The layer whose features are compared. */
export const rulerContentLayer = "relu4_2";

/** One of {@link rulerStyleLayers}. */
export type RulerStyleLayer = (typeof rulerStyleLayers)[number];

/** How far a picture is from its photo and its painting, on a scale that does not change. */
export interface RulerResult {
  /** ‖F − P‖² / ‖P‖² at relu4_2; 0 for the photo itself. */
  readonly content: number;
  /** ‖G − A‖² / ‖A‖² by layer, and the mean of the five. */
  readonly style: Readonly<Record<RulerStyleLayer | "total", number>>;
  /**
   * 1 − S(picture) / S(photo): 0 where nothing was done, 1 where the statistics are the painting's; null where
   * those of the photo are the painting's already, and there is no gap.
   */
  readonly gapClosed: Readonly<Record<RulerStyleLayer | "total", number | null>>;
  /** Structural similarity of picture and photo in luminance. */
  readonly ssim: number;
}

/**
 * Measures a picture with the fixed ruler.
 *
 * Its encoder is VGG-19 with max pooling and the frozen channel means; what it says depends on the
 * training of the weights, so figures made with Caffe's release and with torchvision's are two
 * different rulers.
 *
 * @param encoder - VGG-19, max pooling, zero padding, normalised channels
 * @throws {OptionError} if one of the pictures is none
 */
export async function measure(
  runtime: Runtime,
  encoder: Encoder,
  { picture, content, style }: { picture: Raster; content: Raster; style: Raster },
): Promise<RulerResult> {
  expectRaster(picture, "the picture");
  expectRaster(content, "the photo");
  expectRaster(style, "the painting");
  const size = fitLongSide(picture, rulerLongSide);
  const shape = { width: Math.max(size.width, 32), height: Math.max(size.height, 32) };
  const output = resize(onWhite(picture), shape);
  const photo = resize(onWhite(content), shape);
  const painting = resize(onWhite(style), fitLongSide(style, rulerLongSide));
  const [of, ofPhoto, ofPainting] = [
    await statisticsOf(runtime, encoder, output),
    await statisticsOf(runtime, encoder, photo),
    await statisticsOf(runtime, encoder, painting),
  ];
  const distances = styleDistances(of, ofPainting);
  const before = styleDistances(ofPhoto, ofPainting);
  const gapClosed = Object.fromEntries(
    Object.entries(distances).map(([layer, distance]) => [
      layer,
      shareClosed(distance, before[layer as RulerStyleLayer]),
    ]),
  );
  return {
    content: relativeDistance(of["content"]!, ofPhoto["content"]!),
    style: distances,
    gapClosed: gapClosed as RulerResult["gapClosed"],
    ssim: ssim(output, photo),
  };
}

async function statisticsOf(
  runtime: Runtime,
  encoder: Encoder,
  { width, height, data }: Raster,
): Promise<Record<string, Tensor>> {
  const image = input("image", [1, 3, height, width]);
  const features = encoder.features(image, [...rulerStyleLayers, rulerContentLayer]);
  const grams = rulerStyleLayers.map((layer) => [layer, gramMatrix(features[layer])] as const);
  const program = await runtime.compile(
    createGraph({ ...Object.fromEntries(grams), content: features[rulerContentLayer] }),
    { winograd: false },
  );
  try {
    return await program.run({ image: tensor(data, [1, 3, height, width]) });
  } finally {
    await program.dispose();
  }
}

function styleDistances(
  a: Readonly<Record<string, Tensor>>,
  b: Readonly<Record<string, Tensor>>,
): RulerResult["style"] {
  const layers = rulerStyleLayers.map(
    (layer) => [layer, relativeDistance(a[layer]!, b[layer]!)] as const,
  );
  const total = layers.reduce((sum, [, distance]) => sum + distance, 0) / layers.length;
  return { ...Object.fromEntries(layers), total } as RulerResult["style"];
}

function shareClosed(after: number, before: number): number | null {
  const share = 1 - after / before;
  return Number.isFinite(share) ? share : null;
}

/** ‖a − b‖² / ‖b‖², summed in float64; 0 for equal ones, zeros included. */
function relativeDistance(a: Tensor, b: Tensor): number {
  const [x, y] = [a.data as Float32Array, b.data as Float32Array];
  let difference = 0;
  let size = 0;
  for (let i = 0; i < y.length; i++) {
    difference += (x[i]! - y[i]!) ** 2;
    size += y[i]! ** 2;
  }
  return difference === 0 ? 0 : difference / size;
}

/** The picture as it looks on white paper. */
function onWhite({ width, height, data, alpha }: Raster): Raster {
  if (alpha === undefined) return { width, height, data };
  const composed = data.map((value, i) => {
    const opacity = alpha[i % alpha.length]!;
    return value * opacity + 1 - opacity;
  });
  return { width, height, data: composed };
}
