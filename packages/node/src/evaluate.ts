import { measure, rulerLongSide, type Raster, type RulerResult } from "@deepstyle/core";
import { readImage } from "./media/imageFile.ts";
import { ModelStore } from "./models/modelStore.ts";
import { withRuntime, type MachineOptions } from "./runtime/withRuntime.ts";
import type { ModelOptions } from "./stylize.ts";

/** What {@link evaluate} works with. */
export interface EvaluateOptions extends MachineOptions, ModelOptions {
  /** The result to be measured: an image file, or a picture in memory. */
  readonly picture: string | Raster;
  /** The photo that it was made from. */
  readonly content: string | Raster;
  /** The painting that it should look like. */
  readonly style: string | Raster;
  /** Told of what is left out of a file: frames and pages after the first. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/**
 * Measures a stylised picture with the fixed ruler: how far it is from its photo and its painting.
 *
 * @throws {MediaError} if an image cannot be read
 * @throws {WeightsError} if the weights of VGG-19 are missing or damaged
 * @throws {RuntimeUnavailableError} if the machine does not offer the device
 */
export async function evaluate(options: EvaluateOptions): Promise<RulerResult> {
  const { models } = options;
  const [picture, content, style] = await Promise.all(
    [options.picture, options.content, options.style].map((given) => asRaster(given, options)),
  );
  const store = models instanceof ModelStore ? models : new ModelStore({ models });
  const encoder = await store.loadEncoder("vgg19", { pooling: "max", edge: "zero" });
  return await withRuntime(options, (runtime) =>
    measure(runtime, encoder, { picture: picture!, content: content!, style: style! }),
  );
}

async function asRaster(given: string | Raster, { onWarning }: EvaluateOptions): Promise<Raster> {
  if (typeof given !== "string") return given;
  return await readImage(given, { size: rulerLongSide, onWarning });
}
