/**
 * `npm test`: everything that must hold, on a fresh clone too. Installs what is missing, then runs
 * the checks, the tests and the examples. All of them run even if one fails; the last line counts
 * the tests.
 */
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installPackages, installPrograms, root, run } from "./install.js";

const scratch = mkdtempSync(join(tmpdir(), "deepstyle-test-"));
try {
  process.exitCode = main() ? 0 : 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** @returns {boolean} whether all is well */
function main() {
  if (!installPackages()) return false;
  installPrograms({
    chromium: "chromium",
    python3: "python3",
    ffmpeg: "ffmpeg",
    strace: "strace",
  });

  const failed = [];
  if (!run("npm", ["run", "check"])) failed.push("npm run check");
  const tests = runTests();
  if (!tests.ok) failed.push("vitest run");
  for (const example of examples()) if (!runExample(example)) failed.push(example);

  if (tests.skipped.length > 0) console.log(`\nSkipped:\n  ${tests.skipped.join("\n  ")}`);
  if (failed.length > 0) console.error(`\nFailed: ${failed.join(", ")}`);
  console.log(`${tests.passed} passed, ${tests.failed} failed`);
  return failed.length === 0;
}

/**
 * What is read of vitest's JSON report.
 * @typedef {object} Report
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {{ status: string, assertionResults: { status: string, fullName: string }[] }[]} testResults -
 *   one per test file
 */

/**
 * @returns {{ passed: number, failed: number, skipped: string[], ok: boolean }} how many tests passed
 *   and failed, and the names of those that were skipped, which say what they need
 */
function runTests() {
  const file = join(scratch, "vitest.json");
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const ok = run(process.execPath, [vitest, "run", ...reporters]);
  if (!existsSync(file)) return { passed: 0, failed: 0, skipped: [], ok: false };
  const report = /** @type {Report} */ (JSON.parse(readFileSync(file, "utf8")));
  // A file that does not load has no tests to count; it counts as one that failed.
  const unloaded = report.testResults.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
  );
  // A hook that fails skips its tests and fails none: still a failure to be counted.
  const failed = report.numFailedTests + unloaded.length;
  const skipped = report.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .flatMap(({ status, fullName }) =>
      status === "skipped" || status === "pending" ? [fullName] : [],
    );
  return { passed: report.numPassedTests, failed: ok ? failed : Math.max(failed, 1), skipped, ok };
}

/** @returns {string[]} the examples that run by themselves: the programs directly in examples/ */
function examples() {
  return readdirSync(join(root, "examples"))
    .filter((file) => file.endsWith(".ts"))
    .sort();
}

/**
 * Runs an example as its reader would, on the built packages; what it writes goes to a scratch
 * folder.
 *
 * @param {string} example - a file name in examples/
 * @returns {boolean} whether it ended well
 */
function runExample(example) {
  console.log(`\nexamples/${example}`);
  const tsx = import.meta.resolve("tsx");
  return run(process.execPath, ["--import", tsx, join(root, "examples", example)], {
    cwd: scratch,
  });
}
