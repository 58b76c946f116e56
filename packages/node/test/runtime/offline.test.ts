import { spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { drawPicture } from "../cli/drawings.ts";
import { temporaryFolder } from "../temporaryFolder.ts";

const home = fileURLToPath(new URL("../..", import.meta.url));
const isBuilt = existsSync(join(home, "dist/command/main.js"));
const hasPrograms = ["/usr/bin/strace", "/usr/bin/unshare"].every((file) => existsSync(file));
const canRun = process.platform === "linux" && isBuilt && hasPrograms;
const needs = "needs Linux, strace, unshare and a build";

const folder = temporaryFolder();

/** What a process asked the system for, and what it left behind. */
interface Visit {
  readonly status: number | null;
  readonly said: string;
  /** System calls on networks, as strace prints them. */
  readonly network: readonly string[];
  /** Every file that it opened, or tried to. */
  readonly opened: readonly string[];
  /** Files in what were an empty home and an empty folder for temporary files. */
  readonly left: readonly string[];
}

/**
 * Runs Node without a network and with an empty home, under the eyes of strace.
 *
 * @param name - of the process's folder
 * @param argv - given to node
 */
async function visit(
  name: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Visit> {
  const [own, log] = [join(folder, name), join(folder, `${name}.strace`)];
  const [empty, temporary] = [join(own, "home"), join(own, "tmp")];
  for (const made of [empty, temporary]) mkdirSync(made, { recursive: true });
  const unshare = ["/usr/bin/unshare", process.geteuid?.() === 0 ? "-n" : "-rn"];
  const calls = ["-e", "trace=network,?open,openat", "-e", "signal=none"];
  const strace = ["/usr/bin/strace", "-f", "-qqq", "-o", log, ...calls];
  const [command, ...args] = [...unshare, ...strace, process.execPath, ...argv];
  const output = openSync(join(folder, `${name}.txt`), "w+");
  const child = spawn(command!, args, {
    cwd: folder,
    // Nothing of ours: variables of continuous integration turn telemetry off as well.
    env: { HOME: empty, TMPDIR: temporary, OUTPUT: join(own, "output.png"), ...env },
    // No pipes: to Node they are sockets, too.
    stdio: ["ignore", output, output],
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  closeSync(output);
  const said = readFileSync(join(folder, `${name}.txt`), "utf8");
  const lines = readFileSync(log, "utf8").trimEnd().split("\n");
  const opened = lines.flatMap((call) => /\bopen(?:at)?\(.*?"(.*?)"/.exec(call)?.[1] ?? []);
  return {
    status,
    said,
    network: lines.filter((line) => !/^\d+ +(<\.\.\. )?open/.test(line)),
    opened,
    left: readdirSync(own, { recursive: true, encoding: "utf8" }).sort(),
  };
}

/** Programs as users write them, in a folder where the package is installed. */
const programs = {
  // Ten seconds are long enough: telemetry looks up its first address after eight.
  "library.mjs": `
    import { stylizeWithNetwork, writeImage } from "deepstyle";
    const { picture } = await stylizeWithNetwork({ content: "photo.png", styles: ["great-wave"] });
    await writeImage(process.env.OUTPUT, picture);
    await new Promise((resolve) => setTimeout(resolve, 10_000));`,
  "worker.mjs": `
    import { Worker } from "node:worker_threads";
    new Worker(new URL("library.mjs", import.meta.url));`,
};

describe.skipIf(!canRun && process.env["CI"] !== "true")(`without a network (${needs})`, () => {
  beforeAll(async () => {
    await drawPicture(folder, "photo.png", 1, { width: 48, height: 32 });
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(home, join(folder, "node_modules", "deepstyle"));
    for (const [name, code] of Object.entries(programs)) writeFileSync(join(folder, name), code);
  });

  const command = [join(home, "bin/deepstyle.js"), "stylize", "photo.png"];

  test.concurrent.each([
    [
      "the command",
      [...command, "--style", "great-wave", "--quiet", "-o", "the command/output.png"],
    ],
    ["the library", ["library.mjs"]],
    ["the library in a worker thread of the caller's", ["worker.mjs"]],
  ])("%s asks for none, reads no number of the machine and leaves no file", async (name, argv) => {
    const visited = await visit(name, argv);
    expect(visited.status, visited.said).toBe(0);
    expect(visited.opened.some((file) => file.includes("libonnxruntime"))).toBe(true);
    expect(visited.network).toEqual([]);
    expect(visited.opened.filter((file) => file.includes("machine-id"))).toEqual([]);
    expect(visited.left).toEqual(["home", "output.png", "tmp"]);
  });

  test.concurrent("who wants ONNX Runtime's telemetry can have it", async () => {
    const { left } = await visit("telemetry", ["library.mjs"], { ORT_DISABLE_TELEMETRY: "0" });
    expect(left.filter((file) => file.startsWith(join("tmp", "mat-debug")))).toHaveLength(1);
  });
});
