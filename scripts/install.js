/**
 * What a fresh clone lacks: npm packages, built packages, programs of the system. Plain JavaScript
 * without dependencies, since it runs before any are installed.
 */
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root folder. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Runs a command in the repository's root, its output shown as it comes.
 *
 * @param {string} command - a program on the PATH
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {boolean} whether it ended with status 0
 */
export function run(command, args, { cwd = root, env = {} } = {}) {
  const { error, status } = spawnSync(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: "inherit",
    // On Windows npm is a batch file, which only a shell can start.
    shell: process.platform === "win32" && command === "npm",
  });
  if (error) console.error(`${command} did not start: ${error.message}`);
  return status === 0;
}

/**
 * Makes `node_modules` match the lock file, and `dist` the sources.
 *
 * @returns {boolean} whether both do now
 */
export function installPackages() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error(`deepstyle needs Node 20.19 or later, got ${process.versions.node}.`);
    return false;
  }
  // `npm ci` builds as well, through the script "prepare".
  return isInstalled() ? run("npm", ["run", "build"]) : run("npm", ["ci"]);
}

/** @returns {boolean} whether npm has installed since the lock file last changed */
function isInstalled() {
  // npm writes this copy of the lock file at the end of an installation.
  const record = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(record)) return false;
  return statSync(record).mtimeMs >= statSync(join(root, "package-lock.json")).mtimeMs;
}

/**
 * Installs Debian packages where it may (root on Debian or a descendant of it), and elsewhere
 * prints the line that does.
 *
 * @param {Readonly<Record<string, string>>} programs - each program needed, and the Debian package that holds it
 * @returns {boolean} whether all programs are there now
 */
export function installPrograms(programs) {
  const missing = Object.keys(programs).filter((program) => !isOnPath(program));
  if (missing.length === 0) return true;
  const install = [
    "install",
    "-y",
    "--no-install-recommends",
    ...missing.map((p) => programs[p] ?? p),
  ];
  if (process.getuid?.() !== 0 || !existsSync("/etc/debian_version")) {
    console.log(
      `Not installed: ${missing.join(", ")}. On Debian: sudo apt-get ${install.join(" ")}`,
    );
    return false;
  }
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  return run("apt-get", ["update"], { env }) && run("apt-get", install, { env });
}

/**
 * @param {string} program
 * @returns {boolean} whether the program can be started by its name
 */
function isOnPath(program) {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
