import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { poolings, writeSafetensors, type WeightsTensor } from "@deepstyle/core";
import { expect, test } from "vitest";
import { ModelStore } from "../../src/models/modelStore.ts";
import { temporaryFolder } from "../temporaryFolder.ts";

const folder = temporaryFolder();
const options = { pooling: "max", edge: "zero" } as const;

/** A folder with a vgg19.safetensors of these bytes, or without one. */
function modelFolder(name: string, content?: Uint8Array | string): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  if (content !== undefined) writeFileSync(join(path, "vgg19.safetensors"), content);
  return path;
}

function tensorFile(shape: readonly number[]): Uint8Array {
  const data = new Float32Array(shape.reduce((product, length) => product * length, 1));
  const tensor: WeightsTensor = { dtype: "F32", shape, data };
  return writeSafetensors({ tensors: new Map([["features.0.weight", tensor]]) });
}

test("folders are looked into in order: the one given, the variable's, the cache", async () => {
  const given = modelFolder("given");
  const variable = modelFolder("variable", "x");
  const cache = modelFolder(join("cache", "deepstyle"), "x");
  const environment = {
    DEEPSTYLE_MODELS: variable,
    XDG_CACHE_HOME: join(folder, "cache"),
    LOCALAPPDATA: join(folder, "cache"),
  };
  const store = new ModelStore({ models: given, environment });
  expect(store.folders.map(({ source }) => source)).toEqual([
    "--models",
    "DEEPSTYLE_MODELS",
    "cache",
  ]);
  if (process.platform === "linux") expect(store.folders[2]!.path).toBe(cache);
  expect(await store.find("vgg19")).toBe(join(variable, "vgg19.safetensors"));
  modelFolder("given", "x");
  expect(await store.find("vgg19")).toBe(join(given, "vgg19.safetensors"));
});

test.runIf(process.platform === "linux")("a relative XDG_CACHE_HOME is ignored", () => {
  const store = new ModelStore({ environment: { XDG_CACHE_HOME: "relative" } });
  expect(store.folders[0]!.path).toMatch(/^\/.*\/\.cache\/deepstyle$/);
});

test("a missing model says where it was looked for and how to get it", async () => {
  const environment = { XDG_CACHE_HOME: join(folder, "nowhere") };
  const store = new ModelStore({ models: modelFolder("bare"), environment });
  await expect(store.read("vgg19")).rejects.toThrow(
    /^vgg19\.safetensors was not found; looked in .*bare, .*Copy VGG-19 as safetensors with torchvision's names .*, or name its folder with --models DIR\.$/,
  );
});

test("lite comes with the program, in at most 8 MB, and loads with every pooling", async () => {
  const environment = { XDG_CACHE_HOME: join(folder, "nowhere") };
  const store = new ModelStore({ models: modelFolder("without"), environment });
  const path = await store.find("lite");
  expect(path).toMatch(/core.embedded.lite\.safetensors$/);
  expect(statSync(path!).size).toBeLessThanOrEqual(8e6);
  for (const pooling of poolings) {
    const { layers } = await store.loadEncoder("lite", { pooling, edge: "replicate" });
    expect(layers).toEqual(["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu4_2", "relu5_1"]);
  }
});

test("an unknown encoder is refused with the nearest known one", async () => {
  await expect(new ModelStore().find("vgg91")).rejects.toThrow('Did you mean "vgg19"?');
});

test("a truncated file is named", async () => {
  const bytes = tensorFile([64, 3, 3, 3]);
  const models = modelFolder("truncated", bytes.subarray(0, bytes.length - 100));
  const reading = new ModelStore({ models }).loadEncoder("vgg19", options);
  await expect(reading).rejects.toThrow(
    /truncated.vgg19\.safetensors: safetensors: .*get it again\.$/,
  );
});

test("weights of another shape are named with what was expected", async () => {
  const models = modelFolder("shape", tensorFile([32, 3, 3, 3]));
  const reading = new ModelStore({ models }).loadEncoder("vgg19", options);
  await expect(reading).rejects.toThrow(
    /vgg19\.safetensors: VGG-19 expects "features\.0\.weight" of shape \[64, 3, 3, 3\]; got \[32, 3, 3, 3\]/,
  );
});

test("a file that was missing is found once it is there", async () => {
  const environment = { XDG_CACHE_HOME: join(folder, "nowhere") };
  const models = modelFolder("later");
  const store = new ModelStore({ models, environment });
  await expect(store.read("vgg19")).rejects.toThrow("was not found");
  modelFolder("later", tensorFile([64, 3, 3, 3]));
  const { path, sha256 } = await store.read("vgg19");
  expect(sha256).toBe(createHash("sha256").update(readFileSync(path)).digest("hex"));
});
