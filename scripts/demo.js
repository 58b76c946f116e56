/**
 * `npm run demo`: paints a photograph from a fresh clone on: by a network that ships, and, where
 * VGG-19 is at hand, by optimisation in the manner of any painting.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { installPackages, root, run } from "./install.js";

const pictures = join(root, "examples", "pictures");

process.exitCode = demo() ? 0 : 1;

/** @returns {boolean} whether the pictures are there */
function demo() {
  if (!installPackages()) return false;
  const quick = join(root, "demo-network.png");
  if (!stylize(["--style", "great-wave", "-o", quick])) return false;
  console.log(`Painted by a network that ships: ${quick}`);
  const output = join(root, "demo.png");
  const weights = join(root, "..", "shared", "weights");
  // Without the folder, deepstyle looks among the installed models, and says how to get one.
  const models = existsSync(weights) ? ["--models", weights] : [];
  const done = stylize(["--style", join(pictures, "waves.jpg"), ...models, "-o", output]);
  console.log(
    done
      ? `Painted by optimisation: ${output}`
      : "For pictures in the manner of any painting VGG-19 is needed: see above.",
  );
  return true;
}

/**
 * @param {readonly string[]} options - of `deepstyle stylize`
 * @returns {boolean} whether the landscape was painted
 */
function stylize(options) {
  const command = join(root, "packages", "node", "bin", "deepstyle.js");
  const photo = join(pictures, "landscape.jpg");
  return run(process.execPath, [command, "stylize", photo, ...options]);
}
