import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import packageJson from "../package.json" with { type: "json" };
import { readImage } from "../src/media/imageFile.ts";
import { drawPicture } from "./cli/drawings.ts";
import { temporaryFolder } from "./temporaryFolder.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const require = createRequire(import.meta.url);
const execute = promisify(execFile);
/** The oldest that reads our declarations, says the README. */
const oldestTypeScript = "5.0.4";

const packages = ["engine", "core", "node", "web"];

const folder = temporaryFolder();
const [tarballs, project, elsewhere] = ["tarballs", "project", "elsewhere"].map((name) =>
  join(folder, name),
) as [string, string, string];

/** Variables of a user's shell: none that the npm or the tests above us have set. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(npm_|VITEST|NODE_ENV|INIT_CWD)/i.test(name)),
);

/** Runs a program in a folder; rejects with what it printed where it fails. */
async function run(
  cwd: string,
  program: string,
  args: readonly string[],
  env = {},
): Promise<string> {
  const options = { cwd, env: { ...environment, ...env }, shell: process.platform === "win32" };
  const { stdout } = await execute(program, args, options);
  return stdout;
}

/** The program under a heading of the repository's README. */
function programOfReadme(heading: string): string {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  return readme.split(`\n## ${heading}\n`)[1]!.split("```ts\n")[1]!.split("```")[0]!;
}

/**
 * Installs as a user does, from nothing but the tarballs and npm's registry. Of the minute that this file takes, half is
 * packing and installing.
 */
beforeAll(async () => {
  for (const made of [tarballs, project, elsewhere]) mkdirSync(made);
  const workspaces = packages.flatMap((name) => ["-w", `packages/${name}`]);
  await run(root, "npm", ["pack", ...workspaces, "--pack-destination", tarballs]);
  const files = readdirSync(tarballs).filter((name) => !name.includes("web"));
  await run(
    project,
    "npm",
    [
      "install",
      "--prefer-offline",
      "--no-audit",
      "--no-fund",
      `typescript@${oldestTypeScript}`,
      ...files.map((file) => join(tarballs, file)),
    ],
    // An install step that fails, as it does without a network: this CUDA is too old for it.
    process.platform === "linux" && process.arch === "x64"
      ? { ONNXRUNTIME_NODE_INSTALL_CUDA: "v11" }
      : {},
  );
  await drawPicture(project, "photo.jpg", 1);
  await drawPicture(project, "painting.jpg", 2);
  await drawPicture(elsewhere, "photo.jpg", 1);
}, 300_000);

describe("a package as it is packed", () => {
  test.each(packages)("%s holds what was built, its README, licence and notice", async (name) => {
    const [file] = readdirSync(tarballs).filter((tarball) =>
      tarball.startsWith(name === "node" ? "deepstyle-0" : `deepstyle-${name}-`),
    );
    const list = (await run(tarballs, "tar", ["-tzf", file!])).split("\n");
    expect(list).toEqual(
      expect.arrayContaining(
        ["dist/index.js", "dist/index.d.ts", "README.md", "LICENSE", "NOTICE"].map(
          (entry) => `package/${entry}`,
        ),
      ),
    );
  });
});

describe("installed from tarballs in an empty folder", () => {
  test.runIf(process.platform === "linux" && process.arch === "x64")(
    "it is there though onnxruntime-node's own install step failed (Linux x64)",
    () => expect(existsSync(join(project, "node_modules/onnxruntime-node"))).toBe(false),
  );

  test("npx deepstyle paints, from another working folder", async () => {
    const command = join(project, "node_modules/.bin/deepstyle");
    expect(await run(elsewhere, command, ["--version"])).toBe(`${packageJson.version}\n`);
    await run(elsewhere, command, [
      "stylize",
      "photo.jpg",
      "--style",
      "great-wave",
      "-o",
      "out.png",
    ]);
    expect(await readImage(join(elsewhere, "out.png"))).toMatchObject({ width: 64, height: 48 });
  });

  test.each([
    [`TypeScript ${oldestTypeScript}`, join(project, "node_modules/typescript")],
    ["the newest TypeScript", dirname(require.resolve("typescript/package.json"))],
  ])("the README's program passes %s, and paints", async (_, typescript) => {
    const program = programOfReadme("As a library");
    writeFileSync(
      join(project, "program.mts"),
      program.replace('"draft",', '"draft",\n  size: 48,'),
    );
    const tsc = join(typescript, "bin/tsc");
    const flags = ["--strict", "--skipLibCheck", "--target", "es2022", "--module", "nodenext"];
    await run(project, process.execPath, [tsc, ...flags, "program.mts"]);
    await run(project, process.execPath, ["program.mjs"]);
    expect(await readImage(join(project, "out.png"))).toMatchObject({ width: 48, height: 36 });
  });
});

test("no package of the repository runs an install script, with any npm", () => {
  // npm before 11 does not know allowScripts, but runs only scripts of which the lock file says that they exist.
  // Where an update of packages has written that again: delete the lines.
  expect(readFileSync(join(root, "package-lock.json"), "utf8")).not.toContain("hasInstallScript");
});
