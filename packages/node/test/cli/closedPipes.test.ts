import { closeSync, copyFileSync, mkdirSync, openSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { writeNetworks } from "../networks/networkFolder.ts";
import { temporaryFolder } from "../temporaryFolder.ts";
import { ended, startCommand } from "./commandProcess.ts";
import { drawPicture } from "./drawings.ts";

const folder = temporaryFolder();
const inFolder = (name: string): string => join(folder, name);
const env = { DEEPSTYLE_NETWORKS: inFolder("networks"), XDG_CACHE_HOME: inFolder("cache") };

beforeAll(async () => {
  writeNetworks(inFolder("networks"));
  mkdirSync(inFolder("photos"));
  await drawPicture(folder, "waves.png", 2);
  await drawPicture(folder, "photos/a.png", 1);
  copyFileSync(inFolder("photos/a.png"), inFolder("photos/b.png"));
});

const byNetwork = (output: string): string[] => [
  ...["stylize", inFolder("photos"), "--style", "waves", "--device", "cpu"],
  ...["-o", inFolder(output)],
];

describe.skipIf(process.platform === "win32")("nobody reads", () => {
  test.each([["--help"], ["styles", "--json"]])(
    "standard output of deepstyle %s %s: it ends quietly",
    async (...argv) => {
      const child = startCommand(argv, { stdio: ["ignore", "pipe", "pipe"], env });
      // Long before the process has started: its first write finds nobody.
      child.stdout!.destroy();
      expect(await ended(child)).toEqual({ code: 0, signal: null, err: "" });
    },
  );

  test("standard output of a folder's results: the rest is painted", async () => {
    const argv = [...byNetwork("results"), "--json", "--quiet"];
    const child = startCommand(argv, { stdio: ["ignore", "pipe", "pipe"], env });
    child.stdout!.destroy();
    expect(await ended(child)).toEqual({ code: 0, signal: null, err: "" });
    expect(readdirSync(inFolder("results"))).toEqual(["a.png", "b.png"]);
  });

  test("standard error, where progress and warnings go: the work goes on", async () => {
    const argv = [
      ...["stylize", inFolder("photos/a.png"), "--style", inFolder("waves.png")],
      ...["-o", inFolder("unheard.png"), "--encoder", "lite", "--size", "32"],
      ...["--iterations", "3", "--device", "cpu"],
    ];
    const results = openSync(inFolder("out.txt"), "w");
    const child = startCommand(argv, { stdio: ["ignore", results, "pipe"], env });
    closeSync(results);
    child.stderr!.destroy();
    expect(await ended(child)).toMatchObject({ code: 0, signal: null });
    expect(readFileSync(inFolder("out.txt"), "utf8")).toBe(`${inFolder("unheard.png")}\n`);
  });
});

test.skipIf(process.platform !== "linux")(
  "results that a full disk does not take are told, and by the status, and all is painted",
  async () => {
    const full = openSync("/dev/full", "w");
    const child = startCommand([...byNetwork("untold"), "--json", "--quiet"], {
      stdio: ["ignore", full, "pipe"],
      env,
    });
    closeSync(full);
    const { code, err } = await ended(child);
    expect(err).toMatch(/^deepstyle: standard output cannot be written: .*no space left.*\n$/i);
    expect(code).toBe(3);
    expect(readdirSync(inFolder("untold"))).toEqual(["a.png", "b.png"]);
  },
);
