import { extname } from "node:path";
import { fitLongSide, OptionError, resize, type Raster } from "@deepstyle/core";

/** Longer side of a preview in pixels. */
const previewSize = 400;

/** What a preview changes of the options of a picture. */
interface PreviewedFlags {
  readonly preview?: true;
  readonly size?: number;
  readonly record?: string;
}

/**
 * The options of a small picture that foretells the one that was asked for, where it is to be a preview.
 * The painting is seen relative to the picture at every size, so that strokes keep their place in it; a
 * draft's steps are enough to tell.
 *
 * @throws {OptionError} if what is asked for belongs to the picture itself
 */
export function previewed<Flags extends PreviewedFlags>(flags: Flags, kind: string): Flags {
  if (flags.preview === undefined) return flags;
  if (flags.record !== undefined)
    throw new OptionError(
      "--record tells how the picture itself is made, and --preview makes another. Leave one of them out.",
    );
  // Strokes of a network are of its own size: it has to paint at the size that is asked for.
  if (kind === "network") return flags;
  const size = Math.min(flags.size ?? Infinity, previewSize);
  return { ...flags, size, quality: "draft", iterations: undefined };
}

/** `out-preview.png` for `out.png`, so that a preview never takes the place of the picture. */
export function previewPath(output: string): string {
  const extension = extname(output);
  return `${output.slice(0, output.length - extension.length)}-preview${extension}`;
}

/** What a network has painted, as small as a preview is. */
export function previewOf(picture: Raster): Raster {
  return Math.max(picture.width, picture.height) <= previewSize
    ? picture
    : resize(picture, fitLongSide(picture, previewSize), "triangle");
}
