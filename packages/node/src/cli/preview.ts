import { extname } from "node:path";
import { fitLongSide, OptionError, resize, type Raster } from "@deepstyle/core";

/** Longer side of a preview in pixels: what is optimised, and what a network has painted and is made small. */
const [optimisedSize, shownSize] = [256, 400];

/** Steps of the optimiser: enough to tell colours, forms and strokes, and over in seconds. */
const iterations = 60;

/**
 * Longer side that a network paints at most. Strokes of a network have a size of their own in pixels: at that of a
 * large photo a preview would take as long as the picture.
 */
const paintedSize = 1600;

/** What a preview changes of the options of a picture. */
interface PreviewedFlags {
  readonly preview?: true;
  readonly size?: number;
  readonly quality?: string;
  readonly iterations?: number;
  readonly snapshots?: readonly number[];
  readonly checkpoint?: string;
  readonly resume?: true;
  readonly record?: string;
}

/** Options of a preview, and what is to be said about them. */
interface Previewed<Flags> {
  readonly flags: Flags;
  /** Options that were given and do not count. */
  readonly ignored: readonly string[];
}

/** Options that say how long to work, which a preview settles itself, and what only long work needs. */
const settled = ["quality", "iterations", "snapshots", "checkpoint", "resume"] as const;

/**
 * The options of a small picture that foretells the one that was asked for, where it is to be a preview.
 * The painting is seen relative to the picture at every size, so that strokes keep their place in it; a few
 * steps are enough to tell.
 *
 * @param kind - what paints
 * @throws {OptionError} if what is asked for belongs to the picture itself
 */
export function previewed<Flags extends PreviewedFlags>(
  flags: Flags,
  kind: "network" | "paintings",
): Previewed<Flags> {
  if (flags.preview === undefined) return { flags, ignored: [] };
  if (flags.record !== undefined)
    throw new OptionError(
      "--record tells how the picture itself is made, and --preview makes another. Leave one of them out.",
    );
  // Strokes of a network are of its own size: see paintedAt.
  if (kind === "network") return { flags, ignored: [] };
  const size = Math.min(flags.size ?? Infinity, optimisedSize);
  const ignored = settled.filter((name) => flags[name] !== undefined);
  const without = Object.fromEntries(settled.map((name) => [name, undefined]));
  return { flags: { ...flags, ...without, size, quality: "draft", iterations }, ignored };
}

/**
 * At what size a network paints the preview of a photo: that of the picture, up to a limit.
 *
 * @param asked - longer side of the picture; the photo's own if left out
 */
export function paintedAt(
  { width, height }: Pick<Raster, "width" | "height">,
  asked = Math.max(width, height),
): { readonly size: number; readonly warning?: string } {
  if (asked <= paintedSize) return { size: asked };
  return {
    size: paintedSize,
    warning: `the preview is painted at ${paintedSize} px and made small: in the picture, of ${asked} px, strokes are finer.`,
  };
}

/** `out-preview.png` for `out.png`, so that a preview never takes the place of the picture. */
export function previewPath(output: string): string {
  const extension = extname(output);
  return `${output.slice(0, output.length - extension.length)}-preview${extension}`;
}

/** What a network has painted, as small as a preview is. */
export function previewOf(picture: Raster): Raster {
  return Math.max(picture.width, picture.height) <= shownSize
    ? picture
    : resize(picture, fitLongSide(picture, shownSize), "triangle");
}
