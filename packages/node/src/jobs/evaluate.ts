import { measure, rulerLongSide, type RulerResult } from "@deepstyle/core";
import { ModelStore, type ModelOptions } from "../models/modelStore.ts";
import { withRuntime, type MachineOptions } from "../runtime/withRuntime.ts";
import { loadPicture, type PictureInput } from "../media/source.ts";

/** What {@link evaluate} works with. */
export interface EvaluateOptions extends MachineOptions, ModelOptions {
  /** The result to be measured: an image file, or a picture in memory. */
  readonly picture: PictureInput;
  /** The photo that it was made from. */
  readonly content: PictureInput;
  /** The painting that it should look like. */
  readonly style: PictureInput;
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
  const reading = { size: rulerLongSide, onWarning: options.onWarning };
  const [picture, content, style] = await Promise.all([
    loadPicture(options.picture, "the picture", reading),
    loadPicture(options.content, "the photo", reading),
    loadPicture(options.style, "the painting", reading),
  ]);
  const store = models instanceof ModelStore ? models : new ModelStore({ models });
  const encoder = await store.loadEncoder("vgg19", { pooling: "max", edge: "zero" });
  return await withRuntime(options, (runtime) =>
    measure(runtime, encoder, {
      picture: picture.picture,
      content: content.picture,
      style: style.picture,
    }),
  );
}
