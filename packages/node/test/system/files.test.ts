import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import { open, rename } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FileError } from "../../src/errors.ts";
import { checkWritable, removePendingFiles, writeFileAtomic } from "../../src/system/files.ts";
import { asOrdinaryUser, temporaryFolder } from "../temporaryFolder.ts";

vi.mock("node:fs/promises", { spy: true });
const system = await vi.importActual<typeof import("node:fs/promises")>("node:fs/promises");

const root = temporaryFolder();
let folder: string;
let path: string;

beforeEach(() => {
  folder = fs.mkdtempSync(join(root, "case-"));
  fs.chmodSync(folder, 0o777);
  path = join(folder, "out.json");
});

afterEach(() => {
  vi.resetAllMocks();
});

async function errorOf(work: Promise<unknown>): Promise<FileError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof FileError)) throw new Error("expected a FileError", { cause: error });
  expect(error.message).not.toContain("\n");
  return error;
}

/** Sends what is written to temporary files to the device that is always full. */
function fillDisk(): void {
  vi.mocked(open).mockImplementation(async (file, flags, mode) => {
    const handle = await system.open(file, flags, mode);
    if (flags === "wx") {
      handle.writeFile = async (content) => await system.writeFile("/dev/full", content);
    }
    return handle;
  });
}

describe("writeFileAtomic", () => {
  it("writes text as UTF-8 and bytes as they are, and leaves nothing else in the folder", async () => {
    await writeFileAtomic(path, "Grüße");
    expect(fs.readFileSync(path)).toEqual(Buffer.from([71, 114, 0xc3, 0xbc, 0xc3, 0x9f, 101]));
    const bytes = randomBytes(100_000);
    await writeFileAtomic(path, bytes);
    expect(fs.readFileSync(path).equals(bytes)).toBe(true);
    expect(fs.readdirSync(folder)).toEqual(["out.json"]);
  });

  it("shows only whole files to a reader, however many write at once", async () => {
    const contents = ["a", "b", "c", "d"].map((letter) => letter.repeat(500_000));
    await writeFileAtomic(path, contents[0]!);
    const progress = { isDone: false };
    const writing = Promise.all(contents.map((each) => writeFileAtomic(path, each))).finally(() => {
      progress.isDone = true;
    });
    while (!progress.isDone) expect(contents).toContain(await system.readFile(path, "utf8"));
    await writing;
    expect(fs.readdirSync(folder)).toEqual(["out.json"]);
  });

  it("has the content on the disk before it takes the file's name, and then the name", async () => {
    const events: string[] = [];
    vi.mocked(open).mockImplementation(async (file, flags, mode) => {
      const handle = await system.open(file, flags, mode);
      handle.sync = async () => {
        events.push(flags === "wx" ? "content" : "folder");
        await handle.datasync();
      };
      return handle;
    });
    vi.mocked(rename).mockImplementation(async (from, to) => {
      events.push("rename");
      await system.rename(from, to);
    });
    await writeFileAtomic(path, "new");
    expect(events).toEqual(["content", "rename", "folder"]);
  });

  it("keeps the permissions of the file it replaces", async () => {
    fs.writeFileSync(path, "old");
    fs.chmodSync(path, 0o640);
    await writeFileAtomic(path, "new");
    expect(fs.statSync(path).mode & 0o777).toBe(0o640);
  });

  it("replaces what a symbolic link points to, not the link", async () => {
    const link = join(folder, "link.json");
    fs.mkdirSync(join(folder, "deep"));
    fs.writeFileSync(join(folder, "deep", "real.json"), "old");
    fs.symlinkSync(join("deep", "real.json"), link);
    await writeFileAtomic(link, "new");
    expect(fs.readlinkSync(link)).toBe(join("deep", "real.json"));
    expect(fs.readFileSync(join(folder, "deep", "real.json"), "utf8")).toBe("new");
    expect(fs.readdirSync(join(folder, "deep"))).toEqual(["real.json"]);
  });

  it("makes the file that a dangling link points to", async () => {
    fs.symlinkSync("later.json", path);
    await writeFileAtomic(path, "new");
    expect(fs.readFileSync(join(folder, "later.json"), "utf8")).toBe("new");
    expect(fs.lstatSync(path).isSymbolicLink()).toBe(true);
  });

  it("leaves the older file and no temporary one when the disk is full", async () => {
    fs.writeFileSync(path, "old");
    fillDisk();
    const error = await errorOf(writeFileAtomic(path, "new"));
    expect(error.code).toBe("ERR_FILE_DISK_FULL");
    expect(error.message).toBe(
      `${path} cannot be written: the disk is full. Make room, or choose another place.`,
    );
    expect(fs.readFileSync(path, "utf8")).toBe("old");
    expect(fs.readdirSync(folder)).toEqual(["out.json"]);
  });

  it("leaves the older file and no temporary one when the rename fails", async () => {
    fs.writeFileSync(path, "old");
    const busy = Object.assign(new Error("EBUSY: resource busy or locked"), { code: "EBUSY" });
    vi.mocked(rename).mockRejectedValueOnce(busy);
    const error = await errorOf(writeFileAtomic(path, "new"));
    expect(error.code).toBe("ERR_FILE_WRITE");
    expect(error.message).toContain('the system says "EBUSY: resource busy or locked"');
    expect(error.cause).toBe(busy);
    expect(fs.readFileSync(path, "utf8")).toBe("old");
    expect(fs.readdirSync(folder)).toEqual(["out.json"]);
  });

  it("does not replace a device by a file", async () => {
    const error = await errorOf(writeFileAtomic("/dev/null", "new"));
    expect(error.code).toBe("ERR_FILE_NOT_REGULAR");
    expect(fs.statSync("/dev/null").isCharacterDevice()).toBe(true);
  });
});

describe("removePendingFiles", () => {
  it("removes the temporary file of an interrupted write at once; the older file stays", async () => {
    fs.writeFileSync(path, "old");
    let interrupted: string[] = [];
    vi.mocked(rename).mockImplementationOnce(async (from, to) => {
      interrupted = fs.readdirSync(folder);
      removePendingFiles();
      expect(fs.readdirSync(folder)).toEqual(["out.json"]);
      await system.rename(from, to);
    });
    await expect(writeFileAtomic(path, "new")).rejects.toThrow(FileError);
    expect(interrupted).toHaveLength(2);
    expect(fs.readFileSync(path, "utf8")).toBe("old");
  });

  it("runs by itself when the process exits, once however much was written", async () => {
    await writeFileAtomic(path, "one");
    await writeFileAtomic(path, "two");
    const runs = process.listeners("exit").filter((listener) => listener === removePendingFiles);
    expect(runs).toHaveLength(1);
  });
});

describe.each([
  { name: "checkWritable", act: checkWritable },
  { name: "writeFileAtomic", act: async (file: string) => await writeFileAtomic(file, "new") },
])("$name refuses", ({ act }) => {
  it("a folder that does not exist", async () => {
    const error = await errorOf(act(join(folder, "absent", "out.json")));
    expect(error.code).toBe("ERR_FILE_NO_FOLDER");
    expect(error.message).toBe(
      `${join(folder, "absent", "out.json")} cannot be written: the folder ${join(folder, "absent")} does not exist. Create it first, or choose another place.`,
    );
  });

  it("a folder that is a file", async () => {
    fs.writeFileSync(path, "old");
    const error = await errorOf(act(join(path, "out.json")));
    expect(error.code).toBe("ERR_FILE_NO_FOLDER");
    expect(error.message).toContain(`the folder ${path} is not a folder`);
  });

  it("a path that is a folder", async () => {
    const error = await errorOf(act(folder));
    expect(error.code).toBe("ERR_FILE_IS_FOLDER");
    expect(error.message).toBe(
      `${folder} cannot be written: it is a folder, expected a file. Give a file name inside it.`,
    );
  });

  it("a folder that may not be written to", async () => {
    fs.chmodSync(folder, 0o555);
    const error = await errorOf(asOrdinaryUser(() => act(path)));
    expect(error.code).toBe("ERR_FILE_PROTECTED");
    expect(error.message).toBe(
      `${path} cannot be written: permission denied. Change the permissions, or choose another place.`,
    );
    fs.chmodSync(folder, 0o777);
  });

  it("a write-protected file, though the folder would let it be replaced", async () => {
    fs.writeFileSync(path, "old");
    fs.chmodSync(path, 0o444);
    const error = await errorOf(asOrdinaryUser(() => act(path)));
    expect(error.code).toBe("ERR_FILE_PROTECTED");
    expect(fs.readFileSync(path, "utf8")).toBe("old");
    expect(fs.readdirSync(folder)).toEqual(["out.json"]);
  });

  it("a link that leads to itself", async () => {
    fs.symlinkSync("out.json", path);
    expect((await errorOf(act(path))).message).toContain("ELOOP");
  });
});

describe("checkWritable", () => {
  it("leaves the folder and an older file exactly as they were", async () => {
    fs.writeFileSync(path, "old");
    fs.utimesSync(path, 1, 1);
    await checkWritable(path);
    expect(fs.readFileSync(path, "utf8")).toBe("old");
    expect(fs.statSync(path).mtimeMs).toBe(1000);
    expect(fs.readdirSync(folder)).toEqual(["out.json"]);
  });

  it("accepts a file that is not there yet, and does not make it", async () => {
    await checkWritable(path);
    expect(fs.readdirSync(folder)).toEqual([]);
  });
});
