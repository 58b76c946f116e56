import { readPlace, type Place } from "../system/places.ts";
import type { RegionOrigin } from "./regions.ts";

interface OriginFile {
  readonly path: string | null;
}

/** What may go into a picture by optimisation. */
interface Origins {
  readonly content: OriginFile;
  readonly styles: readonly OriginFile[];
  readonly regions?: readonly RegionOrigin[];
  readonly fineStyle?: OriginFile;
  readonly initial?: OriginFile;
  readonly reference?: OriginFile;
  readonly weights: Readonly<Record<string, OriginFile>>;
}

/** The files that a picture by optimisation is made from. */
export function sourcePlaces(origins: Origins): Place[] {
  const { content, styles, regions = [], fineStyle, initial, reference } = origins;
  return [
    ...readPlace("the photo", content.path),
    ...styles.flatMap((style) => readPlace("the painting", style.path)),
    ...regions.flatMap(({ mask, picture, styleMask }) => [
      ...readPlace("the mask of a region", mask.path),
      ...readPlace("the painting of a region", picture.path),
      ...readPlace("the style mask of a region", styleMask?.path),
    ]),
    ...readPlace("the fine style", fineStyle?.path),
    ...readPlace("the initial picture", initial?.path),
    ...readPlace("the reference", reference?.path),
    ...Object.entries(origins.weights).flatMap(([name, file]) =>
      readPlace(`the weights of ${name}`, file.path),
    ),
  ];
}
