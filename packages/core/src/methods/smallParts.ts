// Parts of the picture and of paintings that are too small for the statistics of deep layers.

import type { Encoder } from "../encoders/encoder.ts";
import { opacityOf } from "../image/mask.ts";
import { fitLongSide, type Raster } from "../image/raster.ts";
import { resizePlanes } from "../image/resize.ts";
import { isSeen } from "./guide.ts";
import { modelFilter, seenAt, smallestPainting, type StyleSource } from "./paintings.ts";
import type { Plan } from "./plan.ts";
import { regionTerms, type Region, type StyleTerm } from "./regions.ts";

/** A part that has too few positions at a layer for statistics, while the picture has some size. */
export interface SmallPart {
  /** The part, in words. */
  readonly part: string;
  /** What comes of it, in words. */
  readonly effect: string;
  readonly layer: string;
  /** Longer side of the picture in pixels. */
  readonly longSide: number;
}

/** What {@link smallParts} looks at. */
interface Parts {
  readonly encoder: Encoder;
  readonly plan: Pick<Plan, "criterion" | "stages">;
  readonly content: Raster;
  readonly styles: readonly StyleSource[];
  readonly regions?: readonly Region<StyleSource>[];
}

/**
 * The parts that are too small at the stages of a plan: of the picture, as regions divide it, and of
 * paintings, by what is opaque of them.
 *
 * @param first - index of the first stage that is worked on
 */
export function smallParts(
  { encoder, plan, content, styles, regions = [] }: Parts,
  first = 0,
): SmallPart[] {
  return plan.stages.slice(first).flatMap(({ longSide }) => {
    const size = fitLongSide(content, longSide);
    const photo = {
      ...size,
      ...(content.alpha && { alpha: resizePlanes(content.alpha, content, size, modelFilter) }),
    };
    const { styleTerms, leftOut } = regionTerms(plan.criterion, {
      ...{ encoder, photo, styles, regions },
    });
    return [
      ...leftOut.map(({ region, layer }) => ({
        part: region === undefined ? "what no region covers" : `region ${region}`,
        effect: "its style is not compared there",
        ...{ layer, longSide },
      })),
      ...styleTerms.flatMap((styleTerm) =>
        smallPaintings(encoder, styleTerm, longSide).map((small) => ({
          ...small,
          effect: "it has no more than a colour there",
          longSide,
        })),
      ),
    ];
  });
}

function smallPaintings(
  encoder: Encoder,
  { term, styles, region }: StyleTerm<StyleSource>,
  longSide: number,
): Pick<SmallPart, "part" | "layer">[] {
  const layers = Object.keys(term.layers);
  return styles.flatMap((style, i) => {
    if (opacityOf(style.picture) === undefined) return [];
    const opacity = opacityOf(seenAt(longSide, smallestPainting(encoder, layers), style));
    if (opacity === undefined) return [];
    const of = region === undefined ? `painting ${i + 1}` : `the painting of region ${region}`;
    return layers
      .filter((layer) => !isSeen(opacity, encoder.stride(layer)))
      .map((layer) => ({ part: `what is opaque of ${of}`, layer }));
  });
}

/**
 * One warning for each part, with the largest size at which it is too small for each layer:
 * `region 1 is too small for relu4_1 up to 181 px, relu5_1 up to 362 px: its style is not compared there.`
 */
export function warningsOf(found: readonly SmallPart[]): string[] {
  const parts = new Map<string, { effect: string; layers: Map<string, number> }>();
  for (const { part, effect, layer, longSide } of found) {
    const { layers } = parts.get(part) ?? { layers: new Map<string, number>() };
    layers.set(layer, Math.max(longSide, layers.get(layer) ?? 0));
    parts.set(part, { effect, layers });
  }
  return [...parts].map(([part, { effect, layers }]) => {
    const where = [...layers].map(([layer, longSide]) => `${layer} up to ${longSide} px`);
    return `${part} is too small for ${where.join(", ")}: ${effect}.`;
  });
}
