import { measure, type Raster, type RulerResult } from "@deepstyle/core";
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
    [options.picture, options.content, options.style].map(asRaster),
  );
  const store = models instanceof ModelStore ? models : new ModelStore({ models });
  const encoder = await store.loadEncoder("vgg19", { pooling: "max", edge: "zero" });
  return await withRuntime(options, (runtime) =>
    measure(runtime, encoder, { picture: picture!, content: content!, style: style! }),
  );
}

async function asRaster(given: string | Raster): Promise<Raster> {
  return typeof given === "string" ? await readImage(given) : given;
}
