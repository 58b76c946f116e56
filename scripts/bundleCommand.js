/**
 * Bundles the `deepstyle` command from the sources, the last step of `npm run build`: Node takes a millisecond to
 * load a module, and the command has two hundred. Each subcommand, and the worker thread, loads its share only.
 */
import { build } from "esbuild";
import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./install.js";

const home = join(root, "packages", "node");
const folder = join(home, "dist", "command");
/** @type {{ dependencies: Record<string, string> }} */
const { dependencies } = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));

rmSync(folder, { recursive: true, force: true });
await build({
  // The command starts its worker by the name sessionWorker.js, beside itself, and so the program that looks for devices.
  entryPoints: ["cli/main.ts", "runtime/sessionWorker.ts", "runtime/probeDevices.ts"].map((file) =>
    join(home, "src", file),
  ),
  entryNames: "[name]",
  outdir: folder,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  conditions: ["deepstyle-src"],
  // What the package itself depends on stays as npm has installed it.
  external: Object.keys(dependencies).filter((name) => !name.startsWith("@deepstyle/")),
  logLevel: "warning",
});
// What core depends on is in the bundle, and so its licence is, too.
copyFileSync(join(root, "node_modules/valibot/LICENSE.md"), join(folder, "valibot-LICENSE.md"));
// bin/deepstyle.js is checked by the compiler, too.
writeFileSync(join(folder, "main.d.ts"), 'export { main } from "../cli/main.js";\n');
