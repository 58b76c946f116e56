import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };

const root = fileURLToPath(new URL("../../../..", import.meta.url));
const isBuilt = existsSync(new URL("../../dist/command/main.js", import.meta.url));

test.skipIf(!isBuilt && process.env["CI"] !== "true")(
  "after a build, npx deepstyle runs from the root of the repository",
  () => {
    const npx = process.platform === "win32" ? "npx.cmd" : "npx";
    const options = { cwd: root, encoding: "utf8", shell: process.platform === "win32" } as const;
    expect(execFileSync(npx, ["--no-install", "deepstyle", "--version"], options).trim()).toBe(
      packageJson.version,
    );
  },
);
