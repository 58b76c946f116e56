// What the fields of a record must be: records are files, and anybody may have written them.

import { largestGrain, largestSize } from "@deepstyle/core";
import { devices } from "@deepstyle/engine";
import { isObject, isText, type Fields } from "../system/json.ts";
import { largestThreads } from "../runtime/withRuntime.ts";

/** Refuses a field by its name, and says what was expected. */
type Fail = (field: string, expected: string) => never;

const sourceFields = "an object with path and sha256";
const pictureFields = "an object with path, sha256, width and height";

/**
 * Looks whether a record has what is needed to make its picture again. Its options are looked at where they are
 * parsed.
 *
 * @param fail - told about the first field that is not as it should be
 */
export function expectRecordFields(value: unknown, fail: Fail): void {
  if (!isObject(value)) return fail("record", "an object");
  const { content, output, device, threads } = value;
  if (!isPicture(content)) return fail("content", pictureFields);
  if ("network" in value) expectNetworkFields(value, fail);
  else if ("dream" in value) expectDreamFields(value, fail);
  else expectOptimisedFields(value, fail);
  if (!isPicture(output) || !isFile(output)) return fail("output", pictureFields);
  const { bitDepth = 8 } = output;
  if (bitDepth !== 8 && bitDepth !== 16) return fail("output.bitDepth", "8 or 16");
  if (!devices.some((name) => name === device))
    return fail("device", `one of ${devices.join(", ")}`);
  if (!isWhole(threads, 1, largestThreads))
    return fail("threads", `a whole number from 1 to ${largestThreads}`);
  const { versions, machine } = value;
  if (!isObject(versions) || ![versions["deepstyle"], versions["onnxruntime"]].every(isText))
    return fail("versions", "an object with deepstyle and onnxruntime");
  if (!isText(machine)) return fail("machine", "text");
}

function expectOptimisedFields(fields: Fields, fail: Fail): void {
  const { recipe, styles, regions, fineStyle, initial, reference } = fields;
  const { memory } = fields;
  if (memory !== undefined && !isWhole(memory, 1, Number.MAX_SAFE_INTEGER))
    fail("memory", "a whole number of bytes, above 0");
  if (!isObject(recipe)) fail("recipe", "an object");
  if (!Array.isArray(styles) || !styles.every(isWeightedPicture))
    fail("styles", `a list of ${pictureFields}, and weight`);
  if (regions !== undefined && !(Array.isArray(regions) && regions.every(isRegion)))
    fail("regions", `a list of mask, picture and perhaps styleMask, each ${pictureFields}`);
  for (const [field, picture] of Object.entries({ fineStyle, initial, reference }))
    if (picture !== undefined && !isPicture(picture)) fail(field, pictureFields);
  expectWeights(fields, fail);
}

function expectDreamFields(fields: Fields, fail: Fail): void {
  if (!isObject(fields["dream"])) fail("dream", "an object");
  expectWeights(fields, fail);
}

function expectWeights({ weights }: Fields, fail: Fail): void {
  if (isObject(weights) && Object.values(weights).every(isFile)) return;
  fail("weights", `an object that has ${sourceFields} for each encoder`);
}

function expectNetworkFields(fields: Fields, fail: Fail): void {
  const { network, styles, regions, strength, grain, size, tile } = fields;
  if (!isFile(network)) fail("network", sourceFields);
  if (!isObject(styles) || !Object.values(styles).every(isShare))
    fail("styles", "an object with the share of each style, above 0");
  if (regions !== undefined && !(Array.isArray(regions) && regions.every(isNetworkRegion)))
    fail("regions", `a list of style and mask, ${pictureFields}`);
  if (!isWithin(strength, 0, 1)) fail("strength", "a number from 0 to 1");
  if (grain !== undefined && !isWithin(grain, 0, largestGrain))
    fail("grain", `a number from 0 to ${largestGrain}`);
  for (const [field, side] of Object.entries({ size, tile }))
    if (side !== null && !isWhole(side, 1, largestSize))
      fail(field, `a whole number from 1 to ${largestSize}, or null`);
}

function isWithin(value: unknown, min: number, max: number): boolean {
  return typeof value === "number" && value >= min && value <= max;
}

function isWhole(value: unknown, min: number, max: number): boolean {
  return Number.isInteger(value) && isWithin(value, min, max);
}

function isShare(value: unknown): boolean {
  return isWithin(value, Number.MIN_VALUE, Number.MAX_VALUE);
}

function isSource(value: unknown): value is Fields {
  if (!isObject(value)) return false;
  const { path, sha256 } = value;
  const isHash = isText(sha256) && /^[0-9a-f]{64}$/.test(sha256);
  return (path === null || isText(path)) && isHash;
}

function isFile(value: unknown): value is Fields {
  return isSource(value) && value["path"] !== null;
}

function isPicture(value: unknown): value is Fields {
  if (!isSource(value)) return false;
  return [value["width"], value["height"]].every((side) =>
    isWhole(side, 1, Number.MAX_SAFE_INTEGER),
  );
}

function isWeightedPicture(value: unknown): boolean {
  return isPicture(value) && isShare(value["weight"]);
}

function isRegion(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { mask, picture, styleMask } = value;
  return isPicture(mask) && isPicture(picture) && (styleMask === undefined || isPicture(styleMask));
}

function isNetworkRegion(value: unknown): boolean {
  return isObject(value) && isPicture(value["mask"]) && typeof value["style"] === "string";
}
