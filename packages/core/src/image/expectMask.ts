import { OptionError } from "../errors.ts";
import { maskOf } from "./mask.ts";
import { expectRaster, hasProportions, type Raster } from "./raster.ts";

/**
 * Refuses a mask that is no picture, is empty or does not lie over its picture.
 *
 * @param name - what the mask is called in messages, and the picture
 * @throws {OptionError} in one line
 */
export function expectMask(mask: Raster, of: Raster, name: string, ofName: string): void {
  expectRaster(mask, name);
  if (!hasProportions(mask, of))
    throw new OptionError(
      `${name} of ${mask.width}×${mask.height} px has not the proportions of ${ofName}, ${of.width}×${of.height} px. Draw it over ${ofName}.`,
    );
  if (!maskOf(mask).data.some((weight) => weight > 0))
    throw new OptionError(`${name} is empty, black everywhere: expected white where it is.`);
}
