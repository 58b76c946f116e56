import { colourMoments, gaussianDistance, type ColourMoments } from "../../src/colour/moments.ts";
import type { Raster } from "../../src/image/raster.ts";

/** Distance of two pictures' chroma alone, as Gaussians in OKLab. */
export function chromaDistance(a: Raster, b: Raster): number {
  return gaussianDistance(chromaMoments(a), chromaMoments(b));
}

function chromaMoments(picture: Raster): ColourMoments {
  const { mean, covariance } = colourMoments(picture, "oklab");
  const [, , , , aa, ab, , , bb] = covariance;
  return { mean: [0, mean[1], mean[2]], covariance: [0, 0, 0, 0, aa, ab, 0, ab, bb] };
}
