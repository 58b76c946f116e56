import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { WeightsError, OptionError } from "@deepstyle/core";
import { describe, expect, test } from "vitest";
import { NetworkStore } from "../../src/networks/networkStore.ts";
import { temporaryFolder } from "../temporaryFolder.ts";
import { madeUpStyles, writeNetworks } from "./networkFolder.ts";

const folder = writeNetworks(join(temporaryFolder(), "networks"));
const store = new NetworkStore({ folder });
const empty = new NetworkStore({ folder: join(folder, "absent") });

test("the networks are those of the folder given, else of the environment, else those that ship", () => {
  const environment = { DEEPSTYLE_NETWORKS: "elsewhere" };
  expect(new NetworkStore({ folder, environment }).folder).toBe(folder);
  expect(new NetworkStore({ environment }).folder).toBe("elsewhere");
  const { folder: shipped } = new NetworkStore({ environment: {} });
  expect(shipped).toMatch(/core[\\/]embedded$/);
  expect(readFileSync(join(dirname(shipped), "package.json"), "utf8")).toContain("embedded");
});

test("a file is read once, with the hash of its bytes", async () => {
  const path = join(folder, "one.onnx");
  const file = await store.read(path);
  expect(file.path).toBe(path);
  expect(file.sha256).toBe(createHash("sha256").update(readFileSync(path)).digest("hex"));
  expect(await store.read(path)).toBe(file);
});

test("styles are listed with all that is known, and the networks that have learnt them", async () => {
  expect(await store.styles()).toEqual(
    madeUpStyles.map((style) => ({ ...style, networks: ["still", "video"] })),
  );
});

describe("without networks", () => {
  test("there are no styles", async () => {
    expect(await empty.styles()).toEqual([]);
    expect(await empty.embedded("still")).toBeUndefined();
  });

  test("who asks for a style is told where it was looked for, and what else there is", async () => {
    const asking = empty.findStyles("still", ["waves"]);
    await expect(asking).rejects.toThrow(OptionError);
    await expect(asking).rejects.toThrow(
      /^"waves" is no style: the network "still" is not installed \(.*still\.onnx\)\. A painting's image file is optimised; FILE\.onnx is a network of your own\.$/,
    );
  });
});

test("an unknown style gets the nearest known one, and is told of paintings", async () => {
  expect((await store.findStyles("video", ["waves", "glass"])).path).toMatch(/video\.onnx$/);
  await expect(store.findStyles("still", ["waves", "glas"])).rejects.toThrow(
    '"glas" is no style of the network "still": expected one of waves, glass. Did you mean "glass"? A painting\'s image file is optimised;',
  );
});

describe("a file that cannot be used is named", () => {
  test("where there is none, and it may be there later", async () => {
    const path = join(folder, "later.onnx");
    await expect(store.read(path)).rejects.toThrow(
      `${path} does not exist: expected a network made by deepstyle train. Check the name.`,
    );
    writeFileSync(path, readFileSync(join(folder, "one.onnx")));
    expect((await store.read(path)).network.styles).toHaveLength(1);
  });

  test("where it is no network", async () => {
    const path = join(folder, "text.onnx");
    writeFileSync(path, "no network");
    const reading = store.read(path);
    await expect(reading).rejects.toThrow(WeightsError);
    await expect(reading).rejects.toThrow(path);
  });

  test("also where it is one that ships, which must not pass for a missing one", async () => {
    const broken = join(temporaryFolder(), "broken");
    writeNetworks(broken);
    writeFileSync(join(broken, "still.onnx"), "cut off");
    await expect(new NetworkStore({ folder: broken }).styles()).rejects.toThrow("still.onnx");
  });
});
