import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { leftOutOf, listImages } from "../../src/media/imageFolder.ts";
import { temporaryFolder } from "../temporaryFolder.ts";

const root = temporaryFolder();

function folderOf(name: string, files: readonly string[]): string {
  const folder = join(root, name);
  mkdirSync(folder);
  for (const file of files) writeFileSync(join(folder, file), "");
  return folder;
}

describe("listImages", () => {
  it("lists the images of a folder as people count, and nothing else", async () => {
    const folder = folderOf("mixed", [
      "frame10.png",
      "frame2.png",
      "frame1.JPG",
      "b.webp",
      "a.tiff",
      "notes.txt",
      "Makefile",
      "._frame1.JPG",
      ".hidden.png",
    ]);
    mkdirSync(join(folder, "folder.png"));
    symlinkSync("frame2.png", join(folder, "z-link.png"));
    symlinkSync("nowhere.png", join(folder, "z-dangling.png"));
    const names = ["a.tiff", "b.webp", "frame1.JPG", "frame2.png", "frame10.png", "z-link.png"];
    expect(await listImages(folder)).toEqual(names.map((name) => join(folder, name)));
  });

  it("takes .jfif and .jpe, and counts by extension what it leaves out", async () => {
    const names = ["a.jpg", "b.bmp", "c.HEIC", "d.jfif", "e.JPE", "f.heic", "g", ".h.bmp"];
    const folder = folderOf("left", names);
    mkdirSync(join(folder, "i.bmp"));
    expect(await listImages(folder)).toEqual(
      ["a.jpg", "d.jfif", "e.JPE"].map((name) => join(folder, name)),
    );
    expect(await leftOutOf(folder)).toEqual({ ".bmp": 1, ".heic": 2, "without extension": 1 });
    expect(await leftOutOf(join(folder, "b.bmp"))).toEqual({});
  });

  it("gives a file as it is, whatever its name", async () => {
    const folder = folderOf("single", ["photo"]);
    expect(await listImages(join(folder, "photo"))).toEqual([join(folder, "photo")]);
  });

  it("refuses a folder without images", async () => {
    const folder = folderOf("texts", ["notes.txt", "a.HEIC", "b.heic"]);
    await expect(listImages(folder)).rejects.toMatchObject({
      name: "MediaError",
      code: "ERR_MEDIA_EMPTY",
      message: `${folder} holds no images: expected files that end in .jpg, .jpeg, .jpe, .jfif, .png, .webp, .tif, .tiff, .avif, .gif, got 2 .heic, 1 .txt. Name another folder.`,
    });
  });

  it("refuses what is not there", async () => {
    const path = join(root, "absent");
    await expect(listImages(path)).rejects.toMatchObject({
      code: "ERR_MEDIA_MISSING",
      message: `${path} does not exist: expected an image. Check the name and the folder.`,
    });
  });
});
