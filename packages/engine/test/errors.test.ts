import { describe, expect, test } from "vitest";
import {
  DeepstyleError,
  FormatError,
  GraphError,
  RuntimeUnavailableError,
  ShapeError,
  UnsupportedOpError,
} from "../src/errors.ts";

const classes = [
  [ShapeError, "ShapeError", "ERR_SHAPE"],
  [GraphError, "GraphError", "ERR_GRAPH"],
  [UnsupportedOpError, "UnsupportedOpError", "ERR_UNSUPPORTED_OP"],
  [FormatError, "FormatError", "ERR_FORMAT"],
  [RuntimeUnavailableError, "RuntimeUnavailableError", "ERR_RUNTIME_UNAVAILABLE"],
] as const;

describe.each(classes)("an error of class %o", (Class, name, code) => {
  test("is told apart by class, name and code", () => {
    const error = new Class("what was wrong.");
    expect(error).toBeInstanceOf(DeepstyleError);
    expect(error).toBeInstanceOf(Error);
    expect([error.name, error.code, String(error)]).toEqual([
      name,
      code,
      `${name}: what was wrong.`,
    ]);
  });

  test("keeps its cause, and has none where none was given", () => {
    const cause = new TypeError("underneath");
    expect(new Class("on top", { cause }).cause).toBe(cause);
    expect("cause" in new Class("alone")).toBe(false);
  });
});
