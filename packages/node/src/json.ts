/** An object of JSON that has not been looked at yet. */
export type Fields = Readonly<Record<string, unknown>>;

/** Whether JSON is an object: no list, no text, not null. */
export function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
