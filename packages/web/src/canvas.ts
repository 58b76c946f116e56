import type { Raster } from "@deepstyle/core";

/** What a picture can be read from: pixels, or anything that a canvas can draw. */
export type PictureSource =
  | ImageData
  | ImageBitmap
  | HTMLImageElement
  | HTMLVideoElement
  | HTMLCanvasElement
  | OffscreenCanvas
  | VideoFrame;

/**
 * A picture from a page, in sRGB, with its transparency.
 *
 * A canvas keeps colours multiplied by opacity, in 8 bits: what is nearly transparent comes back
 * coarser. `ImageData` is read as it is.
 *
 * @param source - an image must have been loaded (`await image.decode()`)
 * @throws {DOMException} `SecurityError` if it came from another site that does not allow reading it
 */
export function readPicture(source: PictureSource): Raster {
  const { width, height, data } =
    source instanceof ImageData && source.colorSpace === "srgb" ? source : drawn(source);
  const size = width * height;
  const picture = new Float32Array(3 * size);
  const alpha = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    for (let c = 0; c < 3; c++) picture[c * size + i] = data[4 * i + c]! / 255;
    alpha[i] = data[4 * i + 3]! / 255;
  }
  const isOpaque = alpha.every((opacity) => opacity === 1);
  return { width, height, data: picture, ...(!isOpaque && { alpha }) };
}

/** A picture as pixels for `putImageData` or `createImageBitmap`: 8 bits, sRGB, with its transparency. */
export function imageDataOf({ width, height, data, alpha }: Raster): ImageData {
  const size = width * height;
  const pixels = new ImageData(width, height, { colorSpace: "srgb" });
  for (let i = 0; i < size; i++) {
    // The array rounds and clamps.
    for (let c = 0; c < 3; c++) pixels.data[4 * i + c] = data[c * size + i]! * 255;
    pixels.data[4 * i + 3] = (alpha?.[i] ?? 1) * 255;
  }
  return pixels;
}

/**
 * Shows a picture on a canvas, which takes on the picture's size.
 *
 * @throws {TypeError} if the canvas has a context of another kind already
 */
export function drawPicture(canvas: HTMLCanvasElement | OffscreenCanvas, picture: Raster): void {
  canvas.width = picture.width;
  canvas.height = picture.height;
  contextOf(canvas).putImageData(imageDataOf(picture), 0, 0);
}

function drawn(source: PictureSource): ImageData {
  const { width, height } = sizeOf(source);
  const context = contextOf(new OffscreenCanvas(width, height));
  if (source instanceof ImageData) context.putImageData(source, 0, 0);
  else context.drawImage(source, 0, 0, width, height);
  return context.getImageData(0, 0, width, height, { colorSpace: "srgb" });
}

/** Elements say elsewhere how large their picture is, which a page may show at any size. */
function sizeOf(source: PictureSource): { width: number; height: number } {
  if ("naturalWidth" in source) return { width: source.naturalWidth, height: source.naturalHeight };
  if ("videoWidth" in source) return { width: source.videoWidth, height: source.videoHeight };
  if ("displayWidth" in source) return { width: source.displayWidth, height: source.displayHeight };
  return { width: source.width, height: source.height };
}

function contextOf(
  canvas: HTMLCanvasElement | OffscreenCanvas,
): CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D {
  const context = canvas.getContext("2d", { colorSpace: "srgb" });
  if (context === null) throw new TypeError("the canvas has a context already that is not 2d.");
  return context;
}
