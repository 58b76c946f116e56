import { describe, expect, test } from "vitest";
import { OptionError } from "../../src/errors.ts";
import { unknownName } from "../../src/options/suggestion.ts";

const animals = ["cat", "dog", "elephant"];

test("an unknown name is answered with what was expected", () => {
  const error = unknownName("animal", "xyz", animals);
  expect(error).toBeInstanceOf(OptionError);
  expect(error.code).toBe("ERR_OPTION");
  expect(error.message).toBe('"xyz" is no animal: expected one of cat, dog, elephant.');
});

describe("the nearest known name is suggested", () => {
  test.each([
    ["elehpant", "elephant"],
    ["elefant", "elephant"],
    ["ELEPHANT", "elephant"],
    ["cats", "cat"],
  ])("for %s: %s", (name, nearest) => {
    expect(unknownName("animal", name, animals).message).toMatch(
      new RegExp(`\\. Did you mean "${nearest}"\\?$`),
    );
  });

  test("unless more than half of its letters are others", () => {
    expect(unknownName("animal", "d", animals).message).not.toContain("Did you mean");
    expect(unknownName("animal", "", animals).message).not.toContain("Did you mean");
  });
});
