import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  decodeNetwork,
  encodeNetwork,
  initialWeights,
  type Network,
  type NetworkStyle,
} from "@deepstyle/core";
import { beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { processTerminal } from "../../src/cli/terminal.ts";
import { ModelStore } from "../../src/models/modelStore.ts";
import { writeNetworks } from "../networks/networkFolder.ts";
import { temporaryFolder } from "../temporaryFolder.ts";
import { deepstyle } from "./command.ts";
import { drawPicture } from "./drawings.ts";

const folder = temporaryFolder();
const inFolder = (name: string): string => join(folder, name);
const [photo, painting, output] = ["cat.png", "waves.png", "out.png"].map(inFolder) as [
  string,
  string,
  string,
];
let sound: Network;

beforeAll(async () => {
  vi.stubEnv("DEEPSTYLE_NETWORKS", inFolder("networks"));
  writeNetworks(inFolder("networks"));
  sound = decodeNetwork(readFileSync(inFolder("networks/still.onnx")));
  await drawPicture(folder, "cat.png", 1, { width: 32, height: 24 });
  await drawPicture(folder, "waves.png", 2, { width: 32, height: 24 });
});

/** A network with other styles, or other numbers. */
function network(name: string, changes: Partial<Network>): string {
  const path = inFolder(name);
  writeFileSync(path, encodeNetwork({ ...sound, ...changes }));
  return path;
}

const small = ["--size", "16", "--device", "cpu", "--threads", "1"];

describe("what is no regular file is refused at once", () => {
  const pipe = inFolder("pipe");
  beforeAll(() => {
    execFileSync("mkfifo", [pipe, `${pipe}.onnx`, `${pipe}.checkpoint.safetensors`]);
    mkdirSync(inFolder("models"));
    execFileSync("mkfifo", [inFolder("models/lite.safetensors")]);
  });
  const style = ["--style", painting, "--encoder", "lite", "-o", output, ...small];

  test.each<[what: string, argv: readonly string[]]>([
    ["a record", ["rerun", pipe]],
    ["a record without an end", ["rerun", "/dev/zero"]],
    ["a photo", ["stylize", pipe, "--style", "waves", "-o", output]],
    ["a photo without an end", ["stylize", "/dev/zero", "--style", "waves", "-o", output]],
    ["a painting", ["stylize", photo, "--style", pipe, "-o", output]],
    ["a mask", ["stylize", photo, ...style, "--region", `${pipe}:${painting}`]],
    ["a network", ["stylize", photo, "--style", `${pipe}.onnx`, "-o", output]],
    ["a network to tell of", ["styles", "info", `${pipe}.onnx`]],
    ["weights", ["stylize", photo, ...style, "--models", inFolder("models")]],
    ["a checkpoint", ["stylize", photo, ...style, "--checkpoint", pipe, "--resume"]],
    ["facts", ["train", painting, "--photos", folder, "-o", inFolder("w.onnx"), "--about", pipe]],
    ["a training", ["train", painting, "--photos", folder, "-o", `${pipe}.onnx`, "--resume"]],
    ["a start", ["train", painting, "--photos", folder, "-o", inFolder("w.onnx"), "--base", pipe]],
  ])("%s", async (_, argv) => {
    const { status, err } = await deepstyle(...argv);
    expect(status).toBeGreaterThan(0);
    expect(err).toMatch(/^deepstyle: .*is a device, pipe or socket.*\n$/);
  });

  test("and nothing else reads files of the user's", () => {
    const sources = fileURLToPath(new URL("../../src", import.meta.url));
    const readers = readdirSync(sources, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .filter((file) =>
        /\b(readFile|readFileSync|createReadStream|openSync|open)\b[^"]*from "node:fs/.test(
          readFileSync(join(sources, file), "utf8"),
        ),
      );
    // What the others open they have made themselves, do not read, or is the system's, in /proc.
    expect(readers.sort()).toEqual([
      "checkpoint/lock.ts",
      ...["files.ts", "inputFile.ts", "memory.ts", "temporaries.ts"].map(
        (name) => `system/${name}`,
      ),
    ]);
  });
});

describe("names out of files do not reach the terminal as they are", () => {
  const evil = "\u001b[31mred\u009b2J\u202eevil\u0007\r\nsecond";
  // eslint-disable-next-line no-control-regex
  const raw = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/;

  test("in lists, facts and messages, and as JSON they mean the same", async () => {
    const styles = [{ name: evil, title: evil }, { name: "x".repeat(1_000_000) }];
    const path = network("evil.onnx", { styles });
    const facts = await deepstyle("styles", "info", path);
    expect(facts.out).not.toMatch(raw);
    expect(facts.out).toContain("\\u001b[31mred\\u009b2J\\u202eevil\\u0007\\u000d\\nsecond");
    expect(facts.out.length).toBeLessThan(10_000);
    const json = await deepstyle("styles", "info", path, "--json");
    expect(json.out).not.toMatch(raw);
    const [told] = JSON.parse(json.out) as { styles: NetworkStyle[] }[];
    expect(told!.styles[0]!.name).toBe(evil);

    const { err, status } = await deepstyle(
      "stylize",
      photo,
      "--style",
      `${path}#no`,
      "-o",
      output,
    );
    expect(status).toBe(2);
    expect(err).not.toMatch(raw);
    expect(err).toMatch(/^deepstyle: .*\n$/);
    expect(err.length).toBeLessThan(2500);
  });

  test("in the list of styles", async () => {
    mkdirSync(inFolder("listed"));
    const styles = [{ name: evil }, { name: "x".repeat(1_000_000), artist: evil }];
    renameSync(network("still.onnx", { styles }), inFolder("listed/still.onnx"));
    vi.stubEnv("DEEPSTYLE_NETWORKS", inFolder("listed"));
    const { out } = await deepstyle("styles");
    vi.stubEnv("DEEPSTYLE_NETWORKS", inFolder("networks"));
    expect(out).not.toMatch(raw);
    expect(out.split("\n")).toHaveLength(4);
    expect(out.length).toBeLessThan(2000);
  });

  test("in records and names of files", async () => {
    const record = inFolder("evil.json");
    writeFileSync(record, JSON.stringify({ content: { path: evil, sha256: "0".repeat(64) } }));
    for (const argv of [
      ["rerun", record],
      ["rerun", inFolder(evil)],
      ["stylize", inFolder(`${evil}.png`), "--style", "waves", "-o", output],
      [`--${evil}`],
    ]) {
      const { err } = await deepstyle(...argv);
      expect(err).not.toMatch(raw);
      expect(err).toMatch(/^deepstyle: .*\n$/);
    }
  });
});

test("a dumb terminal is not written over", () => {
  const before = Object.getOwnPropertyDescriptor(process.stderr, "isTTY");
  onTestFinished(() => {
    Object.defineProperty(process.stderr, "isTTY", before ?? { value: false, configurable: true });
  });
  Object.defineProperty(process.stderr, "isTTY", { value: true, configurable: true });
  vi.stubEnv("TERM", "xterm");
  expect(processTerminal().isInteractive).toBe(true);
  vi.stubEnv("TERM", "dumb");
  expect(processTerminal().isInteractive).toBe(false);
});

describe("styles may be called", () => {
  test.each(["constructor", "__proto__", "toString", "hasOwnProperty"])(
    "%s",
    async (name) => {
      const path = network(`${name}.onnx`, { styles: [{ name }, { name: "other" }] });
      const [out, record] = [inFolder(`${name}.png`), inFolder(`${name}.json`)];
      const made = await deepstyle(
        ...["stylize", photo, "--style", `${path}#${name}:3`, "--style", `${path}#${name}`],
        ...["--style", `${path}#other`, ...small, "-o", out, "--record", record, "--json"],
      );
      expect(made.status, made.err).toBe(0);
      const { styles } = JSON.parse(readFileSync(record, "utf8")) as { styles: object };
      expect(Object.entries(styles)).toEqual([
        [name, 4],
        ["other", 1],
      ]);
      const again = await deepstyle("rerun", record, "--json");
      expect(JSON.parse(again.out)).toMatchObject({ identical: true });
      // Another style alone is not mixed with what objects have by that name.
      const other = await deepstyle(
        "stylize",
        photo,
        "--style",
        `${path}#other`,
        ...small,
        "-o",
        out,
      );
      expect(other.status, other.err).toBe(0);
    },
    60_000,
  );

  test("and paintings with facts about them", async () => {
    const about = inFolder("about.json");
    writeFileSync(about, '{"__proto__":{"title":5}}');
    const { err } = await deepstyle(
      ...["train", painting, "--photos", folder, "-o", inFolder("w.onnx"), "--about", about],
    );
    expect(err).toMatch(/about\.json: "title" of "__proto__" must be text/);
    // Sizes and paintings are the command line's.
    writeFileSync(about, '{"waves":{"title":"Waves","size":{"toString":1}}}');
    const told = await deepstyle(
      ...["train", painting, "--photos", folder, "-o", inFolder("w.onnx"), "--about", about],
    );
    expect(told.err).toMatch(/about\.json: "size" of "waves" is nothing that is told of a style/);
  });
});

describe("networks that are not finite are refused", () => {
  test("for their weights", async () => {
    const weights = new Map(sound.weights);
    weights.set("down1.weight", weights.get("down1.weight")!.with(7, NaN));
    const path = network("nan.onnx", {});
    // The writer refuses them, too: the bits of a float16 are put into the file.
    const file = readFileSync(path);
    const number = initialWeights(sound.architecture, 1).get("down1.weight")![7]!;
    expect(() => encodeNetwork({ ...sound, weights })).toThrow("not finite");
    const { encodeFloat16 } = await import("@deepstyle/engine");
    const first = encodeFloat16(sound.weights.get("down1.weight")!.subarray(0, 8));
    const at = file.indexOf(Buffer.from(first.buffer, first.byteOffset, first.byteLength));
    expect(at, String(number)).toBeGreaterThan(0);
    file.writeUInt16LE(0x7e00, at + 14);
    writeFileSync(path, file);
    const { status, err } = await deepstyle("stylize", photo, "--style", `${path}#waves`, ...small);
    expect(status).toBe(1);
    expect(err).toMatch(
      /^deepstyle: .*nan\.onnx: tensor "down1\.weight" of the network has numbers that are not finite/,
    );
  });
});

describe("a record", () => {
  const record = inFolder("again.json");
  type Fields = Readonly<Record<string, unknown>>;
  let fields: Fields;
  const change = (changes: Fields): void =>
    writeFileSync(record, JSON.stringify({ ...fields, ...changes }));
  beforeAll(async () => {
    const made = ["--style", "waves", ...small, "-o", output, "--record", record];
    expect((await deepstyle("stylize", photo, ...made)).status).toBe(0);
    fields = JSON.parse(readFileSync(record, "utf8")) as Fields;
  });

  test.each<[field: string, value: unknown, expected: string]>([
    ["size", 1e6, "a whole number from 1 to 16384, or null"],
    ["tile", 0, "a whole number from 1 to 16384, or null"],
    ["threads", 100_000, "a whole number from 1 to 1024"],
    ["strength", 2, "a number from 0 to 1"],
    ["grain", 1e9, "a number from 0 to"],
    ["styles", { waves: -1 }, "an object with the share of each style, above 0"],
    ["machine", {}, "text"],
  ])("obeys the bounds of the command line: %s", async (field, value, expected) => {
    change({ [field]: value });
    const { status, err } = await deepstyle("rerun", record);
    expect(status).toBe(1);
    expect(err).toContain(`"${field}" must be ${expected}`);
  });

  test("of one format that is written in another is still its picture", async () => {
    change({});
    const copy = inFolder("again.jpg");
    const { status, err, out } = await deepstyle("rerun", record, "-o", copy);
    expect(status, err).toBe(0);
    expect(out).toBe(`${copy}\n`);
    expect(err).toMatch(/in another format: JPEG, not PNG\.\n$/);
    expect(err).not.toContain("machine");
  });

  test.each<[what: string, changes: Fields, message: RegExp]>([
    [
      "other versions",
      { versions: { deepstyle: "0.0.1", onnxruntime: "1.0.0" } },
      /deepstyle was 0\.0\.1 and is [\d.]+; ONNX Runtime was 1\.0\.0 and is [\d.]+\. It was not/,
    ],
    ["another machine", { machine: "an abacus" }, /the machine was an abacus and is /],
    ["nothing else", {}, /versions and machine are as they were, so the record itself has been/],
  ])("whose picture comes out different names %s", async (_, changes, message) => {
    change({ strength: 0.5, ...changes });
    const { status, err } = await deepstyle("rerun", record);
    expect(status).toBe(1);
    expect(err).toMatch(message);
  });
});

test("a mistyped style is told before options that do not fit it", async () => {
  const flags = ["--iterations", "3", "-o", output];
  const name = await deepstyle("stylize", photo, "--style", "Wavs", ...flags);
  expect(name.status).toBe(2);
  expect(name.err).toMatch(/"Wavs" is no style of the network "still".*Did you mean "waves"\?/);
  const file = await deepstyle("stylize", photo, "--style", "absent.jpg", "--grain", "3");
  expect(file.err).toMatch(/absent\.jpg does not exist/);
});

test("--preview says what it leaves out, and is over in few steps", async () => {
  const flags = ["--iterations", "5000", "--quality", "best", "--preview", "--size", "32"];
  const lite = ["--encoder", "lite", "--scales", "1", "--device", "cpu"];
  const { status, err } = await deepstyle(
    ...["stylize", photo, "--style", painting, ...flags, ...lite, "-o", output],
  );
  expect(status, err).toBe(0);
  expect(err).toContain("Warning: --preview leaves out --quality, --iterations.\n");
  expect(err).toMatch(/ 60 iterations/);
}, 60_000);

test("a network's preview of a large photo is painted small, and that is said", async () => {
  const large = ["--style", "waves", "--preview", "--size", "3000", "--device", "cpu"];
  const { status, err } = await deepstyle("stylize", photo, ...large, "-o", output);
  expect(status, err).toBe(0);
  expect(err).toMatch(/painted at 1600 px and made small: in the picture, of 3000 px/);
  expect(err).toMatch(/1600 × 1200 px/);
}, 60_000);

test("without a home, models are not looked for in the working folder", () => {
  for (const HOME of ["", "relative"])
    for (const { path } of new ModelStore({ environment: { HOME, XDG_CACHE_HOME: "" } }).folders)
      expect(path).toMatch(/^\//);
  expect(() => new ModelStore({ environment: {} }).read("constructor")).not.toThrow();
});

test("no encoder is called as members of objects are", async () => {
  await expect(new ModelStore().read("constructor")).rejects.toThrow('"constructor" is no encoder');
});

test("names that are no UTF-8 are told in a folder", async () => {
  const odd = inFolder("odd");
  mkdirSync(odd);
  writeFileSync(join(odd, "a.png"), readFileSync(photo));
  writeFileSync(
    Buffer.concat([Buffer.from(`${odd}/`), Buffer.of(0xff), Buffer.from(".png")]),
    readFileSync(photo),
  );
  const { status, err } = await deepstyle(
    ...["stylize", odd, "--style", "waves", ...small, "-o", inFolder("painted")],
  );
  expect(status).toBe(1);
  expect(err).toContain("cannot be found by its name, which is no UTF-8 text; rename it");
  expect(readdirSync(inFolder("painted"))).toEqual(["a.png"]);
});

test("doctor speaks alone", () => {
  const program = new URL("../../src/cli/main.ts", import.meta.url).href;
  const script = `const { main } = await import(${JSON.stringify(program)}); process.exitCode = await main(["doctor"]);`;
  const node = [
    "--import",
    "tsx",
    "--conditions=deepstyle-src",
    "--input-type=module",
    "-e",
    script,
  ];
  const { stdout, stderr, status } = spawnSync(process.execPath, node, {
    cwd: fileURLToPath(new URL(".", import.meta.url)),
    encoding: "utf8",
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toMatch(/^devices +.*cpu/m);
}, 60_000);
