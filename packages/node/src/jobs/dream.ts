import {
  dreamEncoders,
  dreamOptions,
  dreamRaster,
  expectDreamFits,
  settleDream,
  type DreamRasterResult,
  type DreamRecipeOptions,
  type EncoderName,
  type StylizeEvent,
} from "@deepstyle/core";
import type { Device } from "@deepstyle/engine";
import { usableMemory } from "../system/memory.ts";
import { ModelStore, type ModelOptions, type WeightsOrigin } from "../models/modelStore.ts";
import { withRuntime, type MachineOptions } from "../runtime/withRuntime.ts";
import { loadPicture, warningsTo, type PictureInput, type Source } from "../media/source.ts";

/** What {@link dream} works with, besides its own options. */
export interface DreamOptions extends DreamRecipeOptions, MachineOptions, ModelOptions {
  /** The photo: an image file, or a picture in memory. */
  readonly photo: PictureInput;
  /**
   * Bytes that may be used, this process included; what is free if left out. A dream that needs more is
   * refused.
   */
  readonly memory?: number | undefined;
  /** Ends the work early; the result is then the best picture so far. */
  readonly signal?: AbortSignal | undefined;
  /** Told about plan, iterations and warnings. */
  readonly onEvent?: ((event: StylizeEvent) => void) | undefined;
}

/** A finished, or interrupted, dream, and on what it was made. */
export interface DreamResult extends DreamRasterResult {
  /** The photo. */
  readonly source: Source;
  /** The weights of the networks that were looked at, by the networks' names. */
  readonly weights: Readonly<Record<string, WeightsOrigin>>;
  /** Where it was computed. */
  readonly device: Device;
  /** Threads of the CPU. */
  readonly threads: number;
}

/**
 * Deep dream: enhances in a photo what layers of a network see in it.
 *
 * @param options - the photo; any option of a dream, the rest has defaults
 * @returns the picture; write it with {@link writeImage}
 * @throws {OptionError} if an option is unknown or out of its range, a layer or channel does not
 *   exist, or the size will not fit in memory
 * @throws {MediaError} if the photo cannot be read
 * @throws {WeightsError} if the weights of a network are missing or damaged
 * @throws {RuntimeUnavailableError} if the machine does not offer the device
 */
export async function dream(options: DreamOptions): Promise<DreamResult> {
  const { photo, models, device, threads, runtime, signal, onEvent, ...others } = options;
  const { memory, ...given } = others;
  const store = models instanceof ModelStore ? models : new ModelStore({ models });
  const encoder = given.encoder ?? (await usualEncoder(store, given));
  const asked = dreamOptions.parse({ ...given, encoder });
  const { picture, source } = await loadPicture(photo, "the photo", {
    size: asked.size,
    memory,
    onWarning: warningsTo(onEvent),
  });
  const recipe = settleDream(asked, picture);
  const encoders = dreamEncoders(recipe);
  expectDreamFits(recipe.size, picture, usableMemory(memory), encoders);
  const weights = await store.origins(encoders);
  return await withRuntime({ device, threads, runtime }, async (open) => ({
    ...(await dreamRaster({
      runtime: open,
      loadEncoder: (name, encoderOptions) => store.loadEncoder(name, encoderOptions),
      photo: picture,
      recipe,
      signal,
      onEvent,
    })),
    source,
    weights,
    device: open.device,
    threads: open.threads,
  }));
}

/** GoogLeNet, which dreams best, where it is installed and nothing speaks for another. */
async function usualEncoder(
  store: ModelStore,
  { layers }: DreamRecipeOptions,
): Promise<EncoderName> {
  const isBest = layers === undefined && (await store.find("googlenet")) !== undefined;
  return isBest ? "googlenet" : await store.usualEncoder();
}
