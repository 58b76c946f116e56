// Whatever options say: what a run is made from stays as it is, and as many files come out as were asked for.
// The command runs as always and writes real files; only painting itself is left out, see paintedAtOnce.ts.
// What is expected is counted from the options, and knows nothing of how names are made up or compared.

import * as fs from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { writeSafetensors } from "@deepstyle/core";
import { beforeAll, beforeEach, expect, test, vi } from "vitest";
import { distilEncoder } from "../../src/training/distilEncoder.ts";
import { trainStyles, type TrainStylesOptions } from "../../src/training/trainStyles.ts";
import { randomLite } from "../../../core/test/distil/randomLite.ts";
import { tinyEncoder } from "../../../core/test/train/tinyPlan.ts";
import { writeNetworks } from "../networks/networkFolder.ts";
import { temporaryFolder } from "../temporaryFolder.ts";
import { changed, everything, freshFolder } from "../workingFolder.ts";
import { deepstyle } from "./command.ts";
import { drawPicture } from "./drawings.ts";

vi.mock("@deepstyle/core", async (original) => {
  const { paintedAtOnce } = await import("../paintedAtOnce.ts");
  return paintedAtOnce(await original());
});
vi.mock("../../src/runtime/withRuntime.ts", async (original) => {
  const { withoutRuntime } = await import("../paintedAtOnce.ts");
  return { ...(await original<object>()), withRuntime: withoutRuntime };
});

const root = temporaryFolder();
const drawn: Buffer[] = [];
let network: Buffer;
let encoder: Uint8Array;

beforeAll(async () => {
  const models = join(root, "models");
  fs.mkdirSync(models);
  fs.writeFileSync(join(models, "vgg19.safetensors"), writeSafetensors({ tensors: new Map() }));
  vi.stubEnv("DEEPSTYLE_MODELS", models);
  vi.stubEnv("XDG_CACHE_HOME", join(root, "cache"));
  for (let kind = 0; kind < 12; kind++) {
    const file = await drawPicture(root, `${kind}.png`, kind, { width: 16, height: 12 });
    drawn.push(fs.readFileSync(file));
  }
  network = fs.readFileSync(join(writeNetworks(join(root, "networks")), "one.onnx"));
  encoder = writeSafetensors({ tensors: randomLite(2) });
});

/** Names that files have or get: few, so that they meet, and among them all that programs make up. */
const pictureNames = ["out.png", "out-1.png", "out-2.png", "out-preview.png", "film.webp"];
const otherNames = [
  ...["film.gif", "out-watch.html", "page.html", "trace.csv", "data.json", "job", "job.tmp"],
  ...["job.lock", "out.png.checkpoint", "out.png.checkpoint.tmp", "out.png.checkpoint.lock"],
];
const allNames = [...pictureNames, ...otherNames];
const among = (endings: RegExp): fc.Arbitrary<string> =>
  fc.constantFrom(...allNames.filter((name) => endings.test(name)));
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined, freq: 2 });

/** How a name that is free may lead to a file that is read: as itself, or by a link of either kind. */
const links = fc.array(fc.record({ name: fc.nat(), to: fc.nat(), isHard: fc.boolean() }), {
  maxLength: 2,
});

/** Files that are there and are no part of the run: what is asked for may take their place, nothing else. */
const bystanders = fc.subarray(["job.tmp", "job.lock", "out.png", "out-1.png", "data.json"], {
  maxLength: 2,
});

type Five = readonly [string, string, string, string, string];

interface Setting {
  /** Five of them. */
  readonly inputs: readonly string[];
  readonly links: readonly {
    readonly name: number;
    readonly to: number;
    readonly isHard: boolean;
  }[];
  readonly bystanders: readonly string[];
}

const setting: fc.Arbitrary<Setting> = fc.record({
  inputs: fc.shuffledSubarray(["cat.png", "waves.png", "mask.png", "glass.png", ...allNames], {
    minLength: 5,
    maxLength: 5,
  }),
  links,
  bystanders,
});

/** Makes the files of a setting. */
function furnish({ inputs, links: given, bystanders: others }: Setting): void {
  freshFolder(root);
  for (const [i, name] of inputs.entries()) fs.writeFileSync(name, drawn[i]!);
  const free = allNames.filter((name) => !inputs.includes(name));
  for (const { name, to, isHard } of given) {
    const path = free[name % free.length]!;
    const target = inputs[to % inputs.length]!;
    if (fs.existsSync(path)) continue;
    if (isHard) fs.linkSync(target, path);
    else fs.symlinkSync(target, path);
  }
  for (const name of others) if (!fs.existsSync(name)) fs.writeFileSync(name, `what is in ${name}`);
}

/** The file itself, whatever path leads to it; none for a link that leads nowhere. */
const fileOf = (path: string): number | undefined =>
  fs.statSync(path, { throwIfNoEntry: false })?.ino;

let passed = 0;
let refused = 0;

/**
 * Runs something and looks at what has become of the files.
 *
 * @param used - what the run is made from: these files must be as they were, by whatever path
 * @param asked - the number of files that are to be new or other than before
 */
async function observe(
  used: readonly string[],
  asked: number,
  run: () => Promise<{ status: number; err: string }>,
): Promise<void> {
  const before = everything();
  const files = new Set(used.map(fileOf));
  const read = [...before.keys()].filter((path) => files.has(fileOf(path)));
  const { status, err } = await run();
  const now = changed(before);
  if (status === 0) {
    passed++;
    expect(now.filter((path) => read.includes(path))).toEqual([]);
    expect(now.filter((path) => !fs.existsSync(path))).toEqual([]);
    // By the files themselves: a link and what it leads to are one.
    expect([...new Set(now.map(fileOf))], now.join()).toHaveLength(asked);
  } else {
    refused++;
    expect(err).toMatch(/^deepstyle: .* (Choose another|Move it|or choose another).*\n$/);
    expect(now).toEqual([]);
  }
}

/** Enough must have come of it, or nothing was shown. */
function expectShown(least: { readonly passed: number; readonly refused?: number }): void {
  expect(passed).toBeGreaterThanOrEqual(least.passed);
  expect(refused).toBeGreaterThanOrEqual(least.refused ?? 0);
}

beforeEach(() => {
  [passed, refused] = [0, 0];
});

/** A flag with its value, where it is given. */
function flag(name: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [name, String(value)];
}

const count = (...values: readonly unknown[]): number =>
  values.filter((value) => value !== undefined).length;

const watch = maybe(fc.oneof(fc.constant(true as const), among(/\.html$/)));

function watchFlag(given: string | true | undefined): string[] {
  // Last of all: what follows would be its value.
  return given === undefined ? [] : given === true ? ["--watch"] : ["--watch", given];
}

test("stylize by optimisation", async () => {
  const options = fc.record({
    output: among(/\.(png|webp)$/),
    preview: fc.boolean(),
    region: fc.boolean(),
    snapshots: fc.subarray([1, 2]),
    record: maybe(among(/./)),
    trace: maybe(among(/\.(json|csv)$/)),
    timelapse: maybe(among(/\.(webp|gif)$/)),
    checkpoint: maybe(among(/./)),
    watch,
  });
  await fc.assert(
    fc.asyncProperty(setting, options, async (given, asked) => {
      furnish(given);
      const [photo, painting, mask, other, fine] = given.inputs as Five;
      const used = [photo, painting, other, fine, ...(asked.region ? [mask] : [])];
      const { snapshots, record, trace, timelapse, checkpoint, preview } = asked;
      const command = [
        ...["stylize", photo, "--style", painting, "-o", asked.output, "--init", `./${other}`],
        ...flag("--fine-style", fine),
        ...(asked.region ? ["--region", `${mask}:${painting}`] : []),
        ...(preview ? ["--preview"] : flag("--record", record)),
        ...flag("--snapshots", snapshots.length > 0 ? snapshots.join() : undefined),
        ...flag("--trace", trace),
        ...flag("--timelapse", timelapse),
        ...flag("--checkpoint", checkpoint),
        ...watchFlag(asked.watch),
      ];
      const sides = count(preview ? undefined : record, trace, timelapse, asked.watch);
      const number = 1 + (preview ? 0 : snapshots.length) + sides;
      await observe(used, number, () => deepstyle(...command));
    }),
    { numRuns: 100 },
  );
  expectShown({ passed: 5, refused: 5 });
});

test("stylize in mixtures, and by a network", async () => {
  const options = fc.record({
    output: among(/\.(png|webp)$/),
    film: maybe(among(/\.(webp|gif)$/)),
    record: maybe(among(/./)),
    preview: fc.boolean(),
    isNetwork: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(setting, options, async (given, asked) => {
      furnish(given);
      const [photo, first, second] = given.inputs as Five;
      const { output, film, record, preview, isNetwork } = asked;
      if (isNetwork) fs.writeFileSync("net.onnx", network);
      const command = isNetwork
        ? [
            ...["stylize", photo, "--style", "net.onnx", "-o", output],
            ...["--region", `${first}:net.onnx#waves`],
            ...(preview ? ["--preview"] : flag("--record", record)),
          ]
        : [
            ...["stylize", photo, "--style", first, "--style", second, "--interpolate", "2"],
            ...["-o", output, ...flag("--film", film), ...(preview ? ["--preview"] : [])],
          ];
      const number = isNetwork ? 1 + count(preview ? undefined : record) : 3 + count(film);
      const used = [photo, first, isNetwork ? "net.onnx" : second];
      await observe(used, number, () => deepstyle(...command));
    }),
    { numRuns: 60 },
  );
  expectShown({ passed: 5 });
});

test("stylize for folders of photos", async () => {
  const names = ["a.png", "a-1.png", "a-2.png", "a.jpg", "a-preview.png", "a-waves.png", "b.webp"];
  const options = fc.record({
    photos: fc.shuffledSubarray(names, { minLength: 2, maxLength: 3 }),
    more: maybe(fc.constantFrom(...names)),
    output: fc.constantFrom(undefined, "painted", "photos", "same", "more"),
    variant: fc.constantFrom("plain", "snapshots", "interpolate", "preview", "watch"),
    isHere: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(options, async ({ photos, more, output, variant, isHere }) => {
      freshFolder(root);
      fs.mkdirSync("photos");
      fs.mkdirSync("more");
      fs.mkdirSync("painted");
      fs.symlinkSync("photos", "same");
      fs.writeFileSync("waves.png", drawn[10]!);
      fs.writeFileSync("glass.png", drawn[11]!);
      if (isHere) process.chdir("photos");
      const up = isHere ? ".." : ".";
      for (const [i, name] of photos.entries()) fs.writeFileSync(`${up}/photos/${name}`, drawn[i]!);
      const other = more === undefined ? [] : [`${up}/more/${more}`];
      for (const path of other) fs.writeFileSync(path, drawn[9]!);
      const command = [
        ...["stylize", `${up}/photos`, ...other, "--style", `${up}/waves.png`],
        ...flag("-o", output && `${up}/${output}`),
        ...(variant === "snapshots" ? ["--snapshots", "1,2"] : []),
        ...(variant === "interpolate" ? ["--style", `${up}/glass.png`, "--interpolate", "2"] : []),
        ...(variant === "preview" ? ["--preview"] : []),
        ...(variant === "watch" ? ["--watch"] : []),
      ];
      // Looked at from above, so that nothing is missed.
      const folder = process.cwd();
      process.chdir(up);
      const read = [...photos.map((name) => `photos/${name}`), "waves.png", "glass.png"];
      const number = { plain: 1, snapshots: 3, interpolate: 3, preview: 1, watch: 2 }[variant];
      const pictures = photos.length + other.length;
      await observe([...read, ...(more ? [`more/${more}`] : [])], number * pictures, async () => {
        const above = process.cwd();
        process.chdir(folder);
        try {
          return await deepstyle(...command);
        } finally {
          process.chdir(above);
        }
      });
    }),
    { numRuns: 60 },
  );
  expectShown({ passed: 5, refused: 5 });
});

test("dream", async () => {
  const options = fc.record({
    output: among(/\.(png|webp)$/),
    record: maybe(among(/./)),
    timelapse: maybe(among(/\.(webp|gif)$/)),
    watch,
  });
  await fc.assert(
    fc.asyncProperty(setting, options, async (given, asked) => {
      furnish(given);
      const { output, record, timelapse } = asked;
      // Only the photo is read; all the rest is there by chance.
      const photo = given.inputs[0]!;
      const command = [
        ...["dream", photo, "--layers", "relu4_1", "--encoder", "vgg19", "-o", output],
        ...flag("--record", record),
        ...flag("--timelapse", timelapse),
        ...watchFlag(asked.watch),
      ];
      const number = 1 + count(record, timelapse, asked.watch);
      await observe([photo], number, () => deepstyle(...command));
    }),
    { numRuns: 50 },
  );
  expectShown({ passed: 5 });
});

test("rerun", async () => {
  const options = fc.record({
    kind: fc.constantFrom("optimised", "network", "dream"),
    output: maybe(fc.constantFrom("photo.png", "waves.png", "new.png", "out.png", "link.png")),
    link: fc.constantFrom("photo.png", "waves.png", "r.json", "out.png", "net.onnx"),
    isHard: fc.boolean(),
    older: fc.constantFrom("same", "none", "other"),
  });
  await fc.assert(
    fc.asyncProperty(options, async ({ kind, output, link, isHard, older }) => {
      freshFolder(root);
      fs.writeFileSync("photo.png", drawn[0]!);
      fs.writeFileSync("waves.png", drawn[1]!);
      fs.writeFileSync("net.onnx", network);
      const made = {
        optimised: ["stylize", "photo.png", "--style", "waves.png"],
        network: ["stylize", "photo.png", "--style", "net.onnx"],
        dream: ["dream", "photo.png", "--layers", "relu4_1", "--encoder", "vgg19"],
      }[kind];
      const first = await deepstyle(...made, "-o", "out.png", "--record", "r.json");
      expect(first.status, first.err).toBe(0);
      const own = fs.readFileSync("out.png");
      if (isHard) fs.linkSync(link, "link.png");
      else fs.symlinkSync(link, "link.png");
      if (older === "none") fs.rmSync("out.png");
      if (older === "other") fs.writeFileSync("out.png", drawn[2]!);
      const inputs = { optimised: ["waves.png"], network: ["net.onnx"], dream: [] }[kind];
      const read = ["photo.png", "r.json", ...inputs];
      const target = output ?? "out.png";
      const isThere = fs.existsSync(target) && fs.readFileSync(target).equals(own);
      const number = isThere ? 0 : 1;
      await observe(read, number, () => deepstyle("rerun", "r.json", ...flag("-o", output)));
    }),
    { numRuns: 50 },
  );
  expectShown({ passed: 5, refused: 2 });
});

const trainingNames = [
  ...["w.onnx", "w.checkpoint.safetensors", "w.checkpoint.safetensors.lock", "w.log.jsonl"],
  ...["w.losses.svg", "w.preview.jpg", "w.safetensors"],
];

/** Runs a function of the library as if it were a command. */
async function called(work: () => Promise<unknown>): Promise<{ status: number; err: string }> {
  try {
    await work();
    return { status: 0, err: "" };
  } catch (error) {
    expect((error as Error).constructor.name).toMatch(/^(Option|File)Error$/);
    return { status: 1, err: `deepstyle: ${(error as Error).message}\n` };
  }
}

/** Files for a training, some of them by names that a training makes up. */
const lesson = fc.record({
  painting: usually("waves.png", ...trainingNames),
  other: usually("other", ...trainingNames),
  hardLink: fc.option(fc.constantFrom(...trainingNames), { nil: undefined, freq: 1 }),
  output: usually("w", "photos/w", "deep/../w", "same/w"),
});

function usually(usual: string, ...others: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );
}

function prepareLesson(
  {
    painting,
    other,
    hardLink,
  }: Readonly<Record<"painting" | "other", string>> & {
    readonly hardLink: string | undefined;
  },
  content: Uint8Array,
): { readonly photos: string[]; readonly hasOther: boolean } {
  freshFolder(root);
  fs.mkdirSync("photos");
  fs.mkdirSync("deep");
  fs.symlinkSync("photos", "same");
  const photos = [0, 1, 2].map((i) => `photos/${i}.png`);
  for (const [i, photo] of photos.entries()) fs.writeFileSync(photo, drawn[i]!);
  fs.writeFileSync(painting, drawn[4]!);
  const hasOther = other !== painting;
  if (hasOther) fs.writeFileSync(other, content);
  if (hardLink !== undefined && !fs.existsSync(hardLink)) fs.linkSync(photos[0]!, hardLink);
  return { photos, hasOther };
}

test("train", async () => {
  await fc.assert(
    fc.asyncProperty(lesson, async (given) => {
      const { photos, hasOther } = prepareLesson(given, network);
      const { painting, other, output } = given;
      const base = hasOther ? other : undefined;
      const training = {
        ...{ styles: [painting], photos: "photos", output: `${output}.onnx`, base },
        ...{ lossNetwork: tinyEncoder(), validation: 1 },
        options: {
          ...({ width: "quarter", blocks: 1, size: 32, batch: 1 } as const),
          ...{ contentLayers: { coarse: 1 }, styleLayers: { fine: 1 } },
        },
      } satisfies TrainStylesOptions;
      const used = [...photos, painting, ...(hasOther ? [other] : [])];
      await observe(used, 5, () => called(() => trainStyles(training)));
    }),
    { numRuns: 40 },
  );
  expectShown({ passed: 1, refused: 5 });
});

test("distil", async () => {
  await fc.assert(
    fc.asyncProperty(lesson, async (given) => {
      const { photos } = prepareLesson({ ...given, painting: "waves.png" }, encoder);
      const { other: from, output } = given;
      const teacher = { encoders: {} as never, parameters: [] };
      const files = { pictures: ["photos"], output: `${output}.safetensors`, from };
      const work = { ...files, teacher, validation: 1 };
      await observe([...photos, from], 3, () => called(() => distilEncoder(work)));
    }),
    { numRuns: 12 },
  );
  expectShown({ passed: 1 });
});
