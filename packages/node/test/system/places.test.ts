import * as fs from "node:fs";
import { join } from "node:path";
import { OptionError } from "@deepstyle/core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { checkpointFile } from "../../src/checkpoint/checkpointFiles.ts";
import { expectPlaces, type Place, type WrittenPlace } from "../../src/system/places.ts";
import { asOrdinaryUser, temporaryFolder } from "../temporaryFolder.ts";

const root = temporaryFolder();
let folder = "";
const inFolder = (name: string): string => join(folder, name);
beforeEach(() => {
  folder = fs.mkdtempSync(join(root, "places-"));
  fs.chmodSync(folder, 0o777);
  fs.mkdirSync(inFolder("deep"));
  fs.writeFileSync(inFolder("cat.jpg"), "a cat");
});
afterEach(() => {
  vi.restoreAllMocks();
});

const read = (name: string, role: string): Place => ({ path: inFolder(name), role });
const write = (name: string, role: string, older?: WrittenPlace["older"]): WrittenPlace => ({
  ...{ path: inFolder(name), role, older, remedy: `Choose another ${role}.` },
});

async function refusal(
  reads: readonly Place[],
  writes: readonly WrittenPlace[],
): Promise<string | undefined> {
  const before = fs.readdirSync(folder, { recursive: true });
  try {
    await expectPlaces({ reads, writes });
    return undefined;
  } catch (error) {
    return (error as Error).message.replaceAll(`${folder}/`, "./");
  } finally {
    expect(fs.readdirSync(folder, { recursive: true })).toEqual(before);
  }
}

describe("a file that is read is not written", () => {
  const photo = (): Place => read("cat.jpg", "the photo");

  test("by the same path, however it is spelt", async () => {
    const line = "--record would overwrite ./cat.jpg, the photo. Choose another --record.";
    expect(await refusal([photo()], [write("cat.jpg", "--record")])).toBe(line);
    const long = { ...write("cat.jpg", "--record"), path: `${folder}/deep/.././cat.jpg` };
    expect(await refusal([photo()], [long])).toBe(
      "--record would overwrite ./deep/.././cat.jpg, the photo. Choose another --record.",
    );
  });

  test("through a symbolic link, a link of its folder and a hard link", async () => {
    fs.symlinkSync("cat.jpg", inFolder("link.jpg"));
    fs.symlinkSync(".", inFolder("same"));
    fs.linkSync(inFolder("cat.jpg"), inFolder("hard.jpg"));
    for (const name of ["link.jpg", "same/cat.jpg", "hard.jpg"])
      expect(await refusal([photo()], [write(name, "--film")])).toBe(
        `--film (./${name}) would overwrite ./cat.jpg, the photo. Choose another --film.`,
      );
    expect(await refusal([read("link.jpg", "the photo")], [write("cat.jpg", "--film")])).toBe(
      "--film (./cat.jpg) would overwrite ./link.jpg, the photo. Choose another --film.",
    );
  });

  test("nor is it where it is read twice, and the first role is named", async () => {
    const twice = [photo(), read("cat.jpg", "the painting")];
    expect(await refusal(twice, [write("cat.jpg", "--trace")])).toContain("cat.jpg, the photo.");
  });
});

describe("two files do not become one", () => {
  test("where they are there and where they are not", async () => {
    const line = "--trace and --record would both become ./x.json. Choose another --record.";
    const both = [write("x.json", "--trace"), write("x.json", "--record")];
    expect(await refusal([], both)).toBe(line);
    fs.writeFileSync(inFolder("x.json"), "{}");
    expect(await refusal([], both)).toBe(line);
  });

  test("through links that lead to what is not there yet", async () => {
    fs.symlinkSync("deep", inFolder("same"));
    fs.symlinkSync(join("deep", "later.json"), inFolder("dangling.json"));
    for (const name of ["same/later.json", "dangling.json"])
      expect(
        await refusal([], [write("deep/later.json", "--trace"), write(name, "--record")]),
      ).toBe(
        `--trace (./deep/later.json) and --record would both become ./${name}. Choose another --record.`,
      );
  });

  test("where names that differ in case alone are one, as on a Mac", async () => {
    const both = [write("X.json", "--trace"), write("x.json", "--record")];
    expect(await refusal([], both)).toBeUndefined();
    vi.spyOn(process, "platform", "get").mockReturnValue("darwin");
    expect(await refusal([], both)).toContain("would both become");
  });
});

test("different files are let through, whatever is there already", async () => {
  fs.writeFileSync(inFolder("out.png"), "an older picture");
  const writes = [write("out.png", "the picture"), write("deep/out.png", "--film")];
  expect(await refusal([read("cat.jpg", "the photo")], writes)).toBeUndefined();
  expect(fs.readFileSync(inFolder("out.png"), "utf8")).toBe("an older picture");
});

test("a file that cannot be written is refused, unless it may not be needed", async () => {
  const nowhere = write("none/x.json", "--record");
  expect(await refusal([], [nowhere])).toMatch(/none\/x\.json cannot be written: the folder/);
  expect(await refusal([], [{ ...nowhere, ifNeeded: true }])).toBeUndefined();
  fs.chmodSync(inFolder("deep"), 0o555);
  await asOrdinaryUser(async () => {
    expect(await refusal([], [write("deep/x.json", "--record")])).toMatch(/permission denied/);
  });
});

test("a file of another kind is not taken for a checkpoint", async () => {
  const place = write("job", "--checkpoint", checkpointFile("picture"));
  expect(await refusal([], [place])).toBeUndefined();
  fs.writeFileSync(inFolder("job"), "");
  expect(await refusal([], [place])).toBeUndefined();
  for (const content of ["x", "my notes of two years", '12345678{"__metadata__":{"other":']) {
    fs.writeFileSync(inFolder("job"), content);
    await expect(expectPlaces({ reads: [], writes: [place] })).rejects.toThrow(OptionError);
    expect(await refusal([], [place])).toBe(
      "--checkpoint would overwrite ./job, which is no checkpoint of a picture. Choose another --checkpoint.",
    );
  }
  fs.writeFileSync(inFolder("job"), '12345678{"__metadata__":{"deepstyle.picture":"cut off');
  expect(await refusal([], [place])).toBeUndefined();
});
