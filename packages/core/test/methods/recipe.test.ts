import { describe, expect, test } from "vitest";
import { OptionError } from "../../src/errors.ts";
import { recipeOptions } from "../../src/methods/recipe.ts";

test("options that are given stay, and what is parsed can be parsed again", () => {
  const options = {
    method: "gatys",
    size: 300,
    styleLayers: { relu1_1: 0.5, relu2_1: 0 },
    tvWeight: 0,
    seed: 4294967295,
  };
  const recipe = recipeOptions.parse(options);
  expect(recipe).toMatchObject(options);
  expect(recipeOptions.parse(JSON.parse(JSON.stringify(recipe)))).toEqual(recipe);
});

test("without options nothing is missing that has a default of its own", () => {
  expect(recipeOptions.parse({ size: undefined })).toMatchObject(recipeOptions.parse({}));
  expect(Object.values(recipeOptions.parse({}))).not.toContain(undefined);
});

describe("in one line it is said", () => {
  const messageOf = (options: unknown): string => {
    try {
      recipeOptions.parse(options);
    } catch (error) {
      expect(error).toBeInstanceOf(OptionError);
      return (error as Error).message;
    }
    throw new Error("no error");
  };

  test("which option there is in place of a misspelt one", () => {
    expect(messageOf({ styleWieght: 3 })).toMatch(
      /^"styleWieght" is no option: expected one of method, .*\. Did you mean "styleWeight"\?$/,
    );
  });

  test("which names there are", () => {
    expect(messageOf({ optimizer: "lbgfs" })).toBe(
      '"lbgfs" is no optimizer: expected one of lbfgs, adam, sgd, adagrad. Did you mean "lbfgs"?',
    );
    expect(messageOf({ pooling: 3 })).toBe('"3" is no pooling: expected one of max, average, l2.');
  });

  test.each([
    [{ size: 15 }, "size must be a whole number from 16 to 16384; got 15."],
    [{ size: 99.5 }, "size must be a whole number from 16 to 16384; got 99.5."],
    [{ size: "512" }, 'size must be a whole number from 16 to 16384; got "512".'],
    [{ scales: 0 }, "scales must be a whole number from 1 to 12; got 0."],
    [{ seed: -1 }, "seed must be a whole number from 0 to 4294967295; got -1."],
    [{ styleScale: 0 }, "styleScale must be a number from 0.05 to 8; got 0."],
    [{ styleScale: 0.005 }, "styleScale must be a number from 0.05 to 8; got 0.005."],
    [{ styleRotate: 361 }, "styleRotate must be a number from -360 to 360; got 361."],
    [{ palette: 1.5 }, "palette must be a number from 0 to 1; got 1.5."],
    [{ pixelLoss: -1 }, "pixelLoss must be a number from 0 to 1e12; got -1."],
    [{ detailWeight: Infinity }, "detailWeight must be a number from 0 to 1e12; got Infinity."],
    [{ tvWeight: NaN }, "tvWeight must be a number from 0 to 1e12; got NaN."],
    [{ styleWeight: Infinity }, "styleWeight must be a number from 1e-12 to 1e12; got Infinity."],
    [{ contentWeight: null }, "contentWeight must be a number from 1e-12 to 1e12; got null."],
  ])("what %o should be", (options, message) => {
    expect(messageOf(options)).toBe(message);
  });

  test.each([{ relu1_1: -1 }, { relu1_1: 0 }, {}, "relu1_1", { relu1_1: NaN }])(
    "that %o are no layers with weights",
    (styleLayers) => {
      expect(messageOf({ styleLayers })).toMatch(
        /^styleLayers must be layers with weights from 0, at least one above 0, .*; got .*\.$/,
      );
    },
  );

  test("by the name that the caller knows the option by", () => {
    const flag = (name: string): string => `--${name}`;
    expect(() => recipeOptions.parse({ size: 1 }, flag)).toThrow(/^--size must be/);
    expect(() => recipeOptions.parse({ init: "x" }, flag)).toThrow(/^"x" is no --init/);
  });
});

describe("every option", () => {
  test.each(recipeOptions.names)("%s says what it means, takes, and is otherwise", (name) => {
    const {
      meaning,
      kind,
      value,
      expected,
      choices,
      default: otherwise,
    } = recipeOptions.describe(name);
    for (const text of [meaning, value, expected, otherwise]) expect(text).not.toBe("");
    expect(["name", "number", "layers"]).toContain(kind);
    expect(choices !== undefined).toBe(kind === "name");
    for (const choice of choices ?? [])
      expect(recipeOptions.parse({ [name]: choice })[name]).toBe(choice);
  });
});

test.each(["__proto__", "constructor", "prototype"])(
  "a layer called %s is not passed over",
  (name) => {
    const layers = Object.fromEntries([
      ["relu1_1", 1],
      [name, 1],
    ]) as Record<string, number>;
    for (const option of ["styleLayers", "contentLayers", "dream"])
      expect(() => recipeOptions.parse({ [option]: layers }), option).toThrow(
        /^\w+ must be layers/,
      );
  },
);

test("a name that is an object is refused as another name is", () => {
  expect(() => recipeOptions.parse({ method: { toString: 1 } })).toThrow(
    /^"\{"toString":1\}" is no method/,
  );
});
