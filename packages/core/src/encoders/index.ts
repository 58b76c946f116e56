import { nearestName, unknownName } from "../options/suggestion.ts";
import type { EncoderDefinition } from "./definition.ts";
import { googlenetEncoder } from "./googlenet.ts";
import { liteEncoder } from "./lite.ts";
import { squeezenetEncoder } from "./squeezenet.ts";
import { vgg19Encoder } from "./vgg19.ts";

/** Every encoder. Where none is asked for, the first of the {@link defaultEncoders} that is installed is taken. */
export const encoders = [vgg19Encoder, liteEncoder, googlenetEncoder, squeezenetEncoder] as const;

/** Name of an encoder. */
export type EncoderName = (typeof encoders)[number]["name"];

/** Names of all encoders. */
export const encoderNames: readonly EncoderName[] = encoders.map(({ name }) => name);

/** Encoders that are taken where none is asked for, the better one first; the last comes with the program. */
export const defaultEncoders = ["vgg19", "lite"] as const satisfies readonly EncoderName[];

/** What is said of the default in help and tables. */
export const defaultEncoderText = "vgg19 where it is installed, otherwise lite";

/** @throws {OptionError} if there is no encoder of this name */
export function encoderNamed(name: string): EncoderDefinition<EncoderName> {
  const found = encoders.find((encoder) => encoder.name === name);
  if (found === undefined) throw unknownName("encoder", name, encoderNames);
  return found;
}

/**
 * The encoders that layers belong to, by their names. A layer of the chosen encoder is its own; any other is that of the
 * first encoder that has it.
 *
 * @param layers - a name that is no layer of any counts as one of the encoder that has the most similar one, which
 *   then says that it has none such
 * @param chosen - name of the encoder that was chosen
 * @returns names of encoders, `chosen` first if it is among them
 */
export function encodersOf(layers: readonly string[], chosen: string): string[] {
  const byChoice = [encoderNamed(chosen), ...encoders.filter(({ name }) => name !== chosen)];
  const ownerOf = (layer: string): string | undefined =>
    byChoice.find((encoder) => encoder.layers.includes(layer))?.name;
  const all = byChoice.flatMap((encoder) => encoder.layers);
  const owners = layers.map(
    (layer) => ownerOf(layer) ?? ownerOf(nearestName(layer, all) ?? "") ?? chosen,
  );
  return [...new Set([...owners.filter((name) => name === chosen), ...owners])];
}
