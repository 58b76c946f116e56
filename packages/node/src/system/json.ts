/** An object of JSON that has not been looked at yet. */
export type Fields = Readonly<Record<string, unknown>>;

/** Whether JSON is an object: no list, no text, not null. */
export function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether JSON is text. */
export function isText(value: unknown): value is string {
  return typeof value === "string";
}

/** Whether JSON is a whole number from 0. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
