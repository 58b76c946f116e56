import type { Runtime } from "@deepstyle/engine";
import { maskOf, resizeMask, type Mask } from "../image/mask.ts";
import { expectRaster, fitLongSide, type Raster } from "../image/raster.ts";
import { resizePlanes } from "../image/resize.ts";
import { divided } from "../methods/regions.ts";
import type { SingleStyleNetwork } from "../nets/mixture.ts";
import { expectMask } from "../image/expectMask.ts";
import { paint, type PaintOptions, type PaintResult } from "./paint.ts";

/** A part of a photo, and the network of one style that paints it. */
export interface NetworkArea {
  /** White where it is, of the photo's proportions; grey and transparent parts count in part. */
  readonly mask: Raster;
  readonly network: SingleStyleNetwork;
}

/** For each pixel: the blended picture, and the mask of each part, before and after it was softened. */
const bytesBesides = { picture: 12, mask: 8 };

/** Pixels over which the edge of a mask is softened, or else it would be cut through brush strokes. */
const feather = 8;

/**
 * Paints a photo with a network in a style for each region. The whole picture is painted in every style,
 * in tiles where memory is short, and the pictures are blended by softened masks.
 *
 * @param network - paints what no region covers
 * @param options - as for {@link paint}
 * @throws {OptionError} if an option is out of its range, a mask is empty or of other proportions, or the
 *   picture does not fit in memory even in tiles
 * @throws what `signal` was aborted with
 */
export async function paintRegions(
  runtime: Runtime,
  network: SingleStyleNetwork,
  areas: readonly NetworkArea[],
  photo: Raster,
  options: PaintOptions = {},
): Promise<PaintResult> {
  if (areas.length === 0) return paint(runtime, network, photo, options);
  expectRaster(photo, "the photo");
  for (const [i, { mask }] of areas.entries())
    expectMask(mask, photo, `the mask of region ${i + 1}`, "the photo");
  const size =
    options.size === undefined ? photo : fitLongSide(photo, Math.max(1, Math.round(options.size)));
  const { masks, rest } = divided(
    areas.map(({ mask }) => softened(maskOf(mask), size)),
    size,
  );
  const layers = [
    ...areas.map((area, i) => ({ network: area.network, mask: masks[i]! })),
    { network, mask: rest },
  ].filter(({ mask }) => mask.data.some((weight) => weight > 0));
  const taken = bytesBesides.picture + bytesBesides.mask * layers.length;
  const besides = (options.besides ?? 0) + taken * size.width * size.height;
  let blended: PaintResult | undefined;
  for (const layer of layers) {
    const result = await paint(runtime, layer.network, photo, { ...options, besides });
    addWeighted((blended ??= emptied(result)).picture.data, result.picture, layer.mask);
    blended = { ...blended, seconds: blended.seconds + result.seconds };
  }
  return blended!;
}

/** A mask at a size, its edges as soft as a blend of pixels needs. */
function softened(mask: Mask, { width, height }: Omit<Mask, "data">): Mask {
  const blocks = (pixels: number): number => Math.max(1, Math.round(pixels / feather));
  const coarse = resizeMask(mask, { width: blocks(width), height: blocks(height) });
  return { width, height, data: resizePlanes(coarse.data, coarse, { width, height }, "triangle") };
}

function emptied({ picture, ...result }: PaintResult): PaintResult {
  const data = new Float32Array(picture.data.length);
  return { ...result, picture: { ...picture, data }, seconds: 0 };
}

function addWeighted(sum: Float32Array, { data }: Raster, mask: Mask): void {
  const pixels = mask.data.length;
  for (let i = 0; i < sum.length; i++) sum[i]! += mask.data[i % pixels]! * data[i]!;
}
