/**
 * `npm run demo`: paints a photograph in the manner of a painting, from a fresh clone on.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { installPackages, root, run } from "./install.js";

process.exitCode = demo() ? 0 : 1;

/** @returns {boolean} whether the picture is there */
function demo() {
  if (!installPackages()) return false;
  const pictures = join(root, "examples", "pictures");
  const output = join(root, "demo.png");
  const weights = join(root, "..", "shared", "weights");
  // Without the folder, deepstyle looks among the installed models, and says how to get one.
  const models = existsSync(weights) ? ["--models", weights] : [];
  const done = run(process.execPath, [
    join(root, "packages", "node", "bin", "deepstyle.js"),
    "stylize",
    join(pictures, "landscape.jpg"),
    "--style",
    join(pictures, "waves.jpg"),
    ...models,
    "-o",
    output,
  ]);
  if (done) console.log(`The picture is ${output}`);
  return done;
}
