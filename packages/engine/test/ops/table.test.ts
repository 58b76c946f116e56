import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { allOps, ops } from "../../src/ops/index.ts";

const sources = new URL("../../src/ops/", import.meta.url);
const names = readdirSync(sources)
  .filter((file) => file !== "index.ts")
  .map((file) => file.replace(/\.ts$/, ""));

test("the folder holds at least the operations that were there when this was written", () => {
  expect(names.length).toBeGreaterThanOrEqual(66);
});

test("the tables hold nothing but the folder's operations, each under a name of its own", () => {
  expect(Object.keys(ops).toSorted()).toEqual(names.toSorted());
  expect(allOps).toHaveLength(names.length);
  expect(new Set(allOps.map((op) => op.name)).size).toBe(names.length);
});

describe.each(names)("%s", (name) => {
  const opName = name.charAt(0).toUpperCase() + name.slice(1);

  test("its builder and its operation are in the tables", async () => {
    const file = (await import(`../../src/ops/${name}.ts`)) as Record<string, unknown>;
    expect(ops[name as keyof typeof ops]).toBe(file[name]);
    expect(allOps).toContain(file[opName]);
  });

  test("its gradient rule is a function or written out as none", async () => {
    const file = (await import(`../../src/ops/${name}.ts`)) as Record<
      string,
      { readonly vjp: unknown }
    >;
    const { vjp } = file[opName]!;
    expect(typeof vjp === "function" || vjp === "no gradient").toBe(true);
  });

  test("a test of the same name holds it against onnxruntime and differences", () => {
    const path = new URL(`${name}.test.ts`, import.meta.url);
    expect(existsSync(path)).toBe(true);
    const calls = readFileSync(path, "utf8").matchAll(/checkOp\(\{\s*op: (\w+),/g);
    expect(Array.from(calls, ([, op]) => op)).toContain(opName);
  });
});
