import * as fs from "node:fs";
import { join } from "node:path";

/** Makes a fresh folder the working folder, so that names are as short as those that people type. */
export function freshFolder(root: string): void {
  process.chdir(fs.mkdtempSync(join(root, "run-")));
}

/** Everything in the working folder: bytes by path; a link by where it leads. */
export function everything(): Map<string, string> {
  const names = fs.readdirSync(".", { recursive: true }) as string[];
  return new Map(
    names.sort().flatMap((name) => {
      const found = fs.lstatSync(name);
      if (found.isDirectory()) return [];
      const text = found.isFile() ? fs.readFileSync(name, "latin1") : `-> ${fs.readlinkSync(name)}`;
      return [[name, text] as const];
    }),
  );
}

/** Paths whose content is another than before; those that have gone are among them. */
export function changed(before: ReadonlyMap<string, string>): string[] {
  const after = everything();
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (path) => before.get(path) !== after.get(path),
  );
}
