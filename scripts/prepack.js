/**
 * What npm runs in a package's folder before it packs it: builds, and lays beside it what is kept elsewhere in the
 * repository.
 */
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { installPackages, root } from "./install.js";

const home = process.cwd();
// These are meant for the npm that packs, not for the one that builds.
delete process.env["npm_config_workspace"];
delete process.env["npm_config_workspaces"];

if (!installPackages()) process.exit(1);
copyFileSync(join(root, "NOTICE"), join(home, "NOTICE"));
if (home === join(root, "packages", "node")) packRuntime(join(home, "onnxruntime"));

/**
 * Copies the part of onnxruntime-node that computes on the CPU of Linux x64, the one platform where installing
 * onnxruntime-node takes another host than npm's registry and so can fail.
 *
 * @param {string} folder - what is in it goes
 */
function packRuntime(folder) {
  const source = join(root, "node_modules", "onnxruntime-node");
  const libraries = join("bin", "napi-v6", "linux", "x64");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "dist"), { recursive: true });
  cpSync(join(source, libraries), join(folder, libraries), { recursive: true });
  for (const file of readdirSync(join(source, "dist")).filter((name) => name.endsWith(".js")))
    copyFileSync(join(source, "dist", file), join(folder, "dist", file));
  /** @type {Record<string, unknown>} */
  const { name, version, license, main } = JSON.parse(
    readFileSync(join(source, "package.json"), "utf8"),
  );
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ name, version, license, main }, null, 2),
  );
  copyFileSync(join(home, "onnxruntime-LICENSE"), join(folder, "LICENSE"));
}
