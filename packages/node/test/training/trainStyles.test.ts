import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { decodeNetwork, networkParameters, OptionError } from "@deepstyle/core";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { FileError, MediaError } from "../../src/errors.ts";
import { writeImage } from "../../src/media/imageFile.ts";
import { readCheckpoint } from "../../src/training/trainingCheckpoint.ts";
import { sha256 } from "../../src/system/sha256.ts";
import { readLog } from "../../src/training/trainingLog.ts";
import {
  trainStyles,
  type StyleToLearn,
  type TrainStylesEvent,
  type TrainStylesOptions,
} from "../../src/training/trainStyles.ts";
import { blobs, tinyEncoder } from "../../../core/test/train/tinyPlan.ts";
import { asOrdinaryUser, temporaryFolder } from "../temporaryFolder.ts";

vi.mock("node:fs/promises", { spy: true });
const system = await vi.importActual<typeof import("node:fs/promises")>("node:fs/promises");
afterEach(() => {
  vi.resetAllMocks();
});

const folder = temporaryFolder();
const photos = join(folder, "photos");
const paintings = ["waves", "glass"].map((name) => join(folder, `${name}.png`));

beforeAll(async () => {
  fs.mkdirSync(photos);
  for (let i = 0; i < 8; i++) await writeImage(join(photos, `${i}.png`), blobs(26, 22, i));
  fs.writeFileSync(join(photos, "broken.png"), "no picture at all");
  for (const [i, painting] of paintings.entries())
    await writeImage(painting, blobs(30, 24, 50 + i));
});

let runs = 0;

/** Options of a training that takes moments, each in a folder of its own. */
function quick(change: Partial<TrainStylesOptions> = {}): TrainStylesOptions {
  const place = join(folder, `run${runs++}`);
  fs.mkdirSync(place, { mode: 0o777 });
  const { options, ...rest } = change;
  return {
    styles: [paintings[0]!],
    photos,
    output: join(place, "style.onnx"),
    lossNetwork: tinyEncoder(),
    device: "cpu",
    threads: 1,
    validation: 2,
    validateEvery: 2,
    ...rest,
    options: {
      width: "quarter",
      blocks: 1,
      size: 32,
      batch: 2,
      iterations: 4,
      contentLayers: { coarse: 1 },
      styleLayers: { fine: 1, coarse: 1 },
      ...options,
    },
  };
}

const beside = ({ output }: TrainStylesOptions, name: string): string =>
  join(output, "..", `style.${name}`);

/** Every file in the folder of a training: its name, and the hash of its bytes. */
function filesBeside({ output }: TrainStylesOptions): Record<string, string> {
  const place = join(output, "..");
  const names = fs.readdirSync(place).sort();
  return Object.fromEntries(
    names.map((name) => [name, sha256(fs.readFileSync(join(place, name)))]),
  );
}

describe("a training", () => {
  test("leaves the network, and beside it checkpoint, log, plot and preview", async () => {
    const options = quick({ styles: [{ picture: paintings[0]!, artist: "Hokusai" }] });
    const result = await trainStyles(options);
    expect(result).toMatchObject({ iterations: 4, interrupted: false });
    const network = decodeNetwork(fs.readFileSync(options.output));
    expect(network.styles).toEqual([{ name: "waves", artist: "Hokusai" }]);
    expect(network.training).toMatchObject({ iterations: 4, kept: result.best.iteration });
    expect(fs.readdirSync(join(options.output, "..")).sort()).toEqual([
      "style.checkpoint.safetensors",
      "style.log.jsonl",
      "style.losses.svg",
      "style.onnx",
      "style.preview.jpg",
    ]);
    const log = await readLog(beside(options, "log.jsonl"));
    expect(log.map(({ kind, iteration }) => `${kind} ${iteration}`)).toEqual([
      "validation 2",
      "validation 4",
    ]);
  });

  test("learns by the encoder that comes with the program where VGG-19 is not installed", async () => {
    const models = join(folder, "no-models");
    fs.mkdirSync(models);
    const options = { contentLayers: undefined, styleLayers: undefined, iterations: 2 } as never;
    const given = quick({ lossNetwork: undefined, models, options });
    await trainStyles(given);
    expect(decodeNetwork(fs.readFileSync(given.output)).training["options"]).toMatchObject({
      encoder: "lite",
      contentLayers: { relu2_1: 1 },
    });
    const [first] = (await readLog(beside(given, "log.jsonl"))) as { terms: object }[];
    expect(Object.keys(first!.terms)).toContain("style");
  });

  test("learns what is visible of paintings and photos", async () => {
    const weightsWith = async (hidden: number): Promise<Record<string, number[]>> => {
      const folderOfHidden = join(folder, `hidden${hidden}`);
      fs.mkdirSync(folderOfHidden);
      const holed = async (path: string, seed: number): Promise<void> => {
        const { width, height, data } = blobs(30, 24, seed);
        const alpha = Float32Array.from({ length: 30 * 24 }, (_, i) => Number(i % 30 < 20));
        const colours = data.map((value, i) => (alpha[i % alpha.length] === 0 ? hidden : value));
        await writeImage(path, { width, height, data: colours, alpha });
      };
      for (let i = 0; i < 4; i++) await holed(join(folderOfHidden, `${i}.png`), i);
      const painting = join(folder, `hidden${hidden}.png`);
      await holed(painting, 50);
      const options = quick({ styles: [painting], photos: folderOfHidden });
      await trainStyles(options);
      const { weights } = decodeNetwork(fs.readFileSync(options.output));
      return Object.fromEntries([...weights].map(([name, numbers]) => [name, [...numbers]]));
    };
    expect(await weightsWith(0)).toEqual(await weightsWith(1));
  });

  test("keeps the network that is best on the validation photos", async () => {
    const validations: { iteration: number; total: number }[] = [];
    const onEvent = (event: TrainStylesEvent): void => {
      if (event.kind === "validation")
        validations.push({ iteration: event.iteration, total: event.validation.total });
    };
    // Steps far too large: the loss goes up and down.
    const { best } = await trainStyles(
      quick({ onEvent, validateEvery: 1, options: { learningRate: 0.3, iterations: 6 } }),
    );
    const lowest = validations.reduce((a, b) => (b.total < a.total ? b : a));
    expect(best).toEqual(lowest);
  });

  test("counts photos that cannot be read and names them once", async () => {
    const named: string[] = [];
    const onEvent = (event: TrainStylesEvent): void => {
      if (event.kind === "unreadable") named.push(event.path);
    };
    const { unreadable } = await trainStyles(quick({ onEvent, options: { iterations: 8 } }));
    expect(unreadable).toBe(1);
    expect(named).toEqual([join(photos, "broken.png")]);
  });

  test("ends early with a usable network when it is called off", async () => {
    const controller = new AbortController();
    const onEvent = (event: TrainStylesEvent): void => {
      if (event.kind === "update" && event.iteration === 3) controller.abort();
    };
    const options = quick({ onEvent, signal: controller.signal, options: { iterations: 1000 } });
    const result = await trainStyles(options);
    expect(result).toMatchObject({ interrupted: true, iterations: 3 });
    expect(decodeNetwork(fs.readFileSync(options.output)).training).toMatchObject({
      iterations: 3,
    });
  });
});

describe("going on from a checkpoint", () => {
  test("leaves the bytes that a training without a break leaves, in every file", async () => {
    const whole = quick({ options: { iterations: 5 } });
    await trainStyles(whole);
    const broken = quick({ options: { iterations: 5 } });
    const controller = new AbortController();
    // Stopped where no look at the validation photos is due: what it then takes must leave no trace.
    const onEvent = (event: TrainStylesEvent): void => {
      if (event.kind === "update" && event.iteration === 3) controller.abort();
    };
    await trainStyles({ ...broken, onEvent, signal: controller.signal });
    await trainStyles({ ...broken, resume: true });
    expect(filesBeside(broken)).toEqual(filesBeside(whole));
  });

  test("makes of the last state what a killed process may not have written", async () => {
    const options = quick();
    await trainStyles(options);
    const before = filesBeside(options);
    fs.rmSync(options.output);
    fs.rmSync(beside(options, "losses.svg"));
    await trainStyles({ ...options, resume: true });
    expect(filesBeside(options)).toEqual(before);
  });

  test("forgets what was logged after the checkpoint", async () => {
    const options = quick();
    await trainStyles(options);
    fs.appendFileSync(
      beside(options, "log.jsonl"),
      `{"iteration":5,"kind":"train","total":1,"terms":{}}\n{"cut of`,
    );
    await trainStyles({ ...options, resume: true, options: { iterations: 6 } });
    const log = await readLog(beside(options, "log.jsonl"));
    expect(log.map(({ iteration }) => iteration)).toEqual([2, 4, 6]);
  });

  test("refuses other settings, naming them", async () => {
    const options = quick();
    await trainStyles(options);
    await expect(
      trainStyles({ ...options, resume: true, options: { learningRate: 0.5 } }),
    ).rejects.toThrow(
      "learningRate was 0.001 in the training that is resumed; got 0.5. Leave it out, or start anew without resume.",
    );
  });

  test("refuses other paintings", async () => {
    const options = quick();
    await trainStyles(options);
    await expect(
      trainStyles({ ...options, resume: true, styles: [paintings[1]!] }),
    ).rejects.toThrow("learns waves; got glass");
  });

  test("says so where there is none", async () => {
    await expect(trainStyles({ ...quick(), resume: true })).rejects.toThrow(OptionError);
  });
});

test("a process that is killed leaves what training goes on from to the same bytes", async () => {
  const whole = quick({ options: { iterations: 5 } });
  await trainStyles(whole);
  const killed = quick({ options: { iterations: 5 } });
  const here = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
  const script = `
    const { trainStyles } = await import(${here("../../src/training/trainStyles.ts")});
    const { tinyEncoder } = await import(${here("../../../core/test/train/tinyPlan.ts")});
    const fs = await import("node:fs");
    const given = ${JSON.stringify({ ...killed, lossNetwork: undefined, checkpointSeconds: 0 })};
    await trainStyles({ ...given, lossNetwork: tinyEncoder(), onEvent: (event) => {
      if (event.kind !== "update" || event.iteration !== 4) return;
      fs.writeSync(1, "four");
      process.kill(process.pid, "SIGSTOP");
    } });`;
  const node = ["--import", "tsx", "--conditions=deepstyle-src", "--input-type=module"];
  const child = spawn(process.execPath, [...node, "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  // As long as it lives, nobody else trains there.
  for (const resume of [false, true])
    await expect(trainStyles({ ...killed, resume })).rejects.toThrow(
      `is worked on by another run, process ${child.pid} on`,
    );
  child.kill("SIGKILL");
  expect(await once(child, "close")).toEqual([null, "SIGKILL"]);
  const { header } = await readCheckpoint(beside(killed, "checkpoint.safetensors"));
  expect(header.iteration).toBe(3);
  await trainStyles({ ...killed, resume: true });
  expect(filesBeside(killed)).toEqual(filesBeside(whole));
}, 30_000);

describe("more styles", () => {
  test("one network learns several", async () => {
    const options = quick({ styles: paintings });
    await trainStyles(options);
    const { architecture, styles } = decodeNetwork(fs.readFileSync(options.output));
    expect(architecture.styles).toBe(2);
    expect(styles.map(({ name }) => name)).toEqual(["waves", "glass"]);
  });

  test("a trained network learns another one and keeps those that it has", async () => {
    const first = quick();
    await trainStyles(first);
    const second = quick({ base: first.output, styles: [paintings[1]!] });
    await trainStyles(second);
    const [before, after] = [first, second].map(({ output }) =>
      decodeNetwork(fs.readFileSync(output)),
    );
    expect(after!.styles.map(({ name }) => name)).toEqual(["waves", "glass"]);
    for (const { name, role, shape } of networkParameters(before!.architecture)) {
      const [old, now] = [before!.weights.get(name)!, after!.weights.get(name)!];
      const isTable = role === "scale" || role === "shift";
      expect(isTable ? now.slice(0, shape[1]) : now).toEqual(old);
    }
  });

  test("a painting can be looked at in a size of its own", async () => {
    const firstLoss = async (style: StyleToLearn, styleSize = 24): Promise<number> => {
      const losses: number[] = [];
      const onEvent = (event: TrainStylesEvent): void => {
        if (event.kind === "update") losses.push(event.losses.terms["style"]!);
      };
      const given = quick({ styles: [style], onEvent, options: { iterations: 1, styleSize } });
      await trainStyles(given);
      const { styles } = decodeNetwork(fs.readFileSync(given.output));
      expect(styles[0]!.size).toBe(style.size);
      return losses[0]!;
    };
    const [picture] = paintings as [string];
    const large = await firstLoss({ picture }, 96);
    expect(await firstLoss({ picture, size: 96 })).toBe(large);
    expect(await firstLoss({ picture })).not.toBe(large);
    await expect(firstLoss({ picture, size: 15 })).rejects.toThrow(
      `the size of ${picture} must be a whole number of pixels from 16 to 4096; got 15.`,
    );
    const begun = quick({ styles: [{ picture, size: 96 }] });
    await trainStyles(begun);
    await expect(
      trainStyles({ ...begun, resume: true, styles: [{ picture, size: 97 }] }),
    ).rejects.toThrow("the training that is resumed learns waves:96; got waves:97.");
  });

  test("two paintings of one name are refused", async () => {
    const styles = [paintings[0]!, { picture: paintings[1]!, name: "waves" }];
    await expect(trainStyles(quick({ styles }))).rejects.toThrow(
      'two paintings are called "waves"; expected a name for each. Rename one of the files.',
    );
  });

  test("a style that a trained network has is learnt on in its place, and others stay", async () => {
    const first = quick({ styles: paintings });
    await trainStyles(first);
    const second = quick({ base: first.output, styles: [paintings[0]!] });
    await trainStyles(second);
    const [before, after] = [first, second].map(({ output }) =>
      decodeNetwork(fs.readFileSync(output)),
    );
    expect(after!.styles.map(({ name }) => name)).toEqual(["waves", "glass"]);
    const changed = new Set<string>();
    for (const { name, role, shape } of networkParameters(before!.architecture)) {
      const [old, now] = [before!.weights.get(name)!, after!.weights.get(name)!];
      const isTable = role === "scale" || role === "shift";
      expect(isTable ? now.slice(shape[1]) : now).toEqual(isTable ? old.slice(shape[1]) : old);
      if (now.some((value, i) => value !== old[i])) changed.add(role);
    }
    expect([...changed].sort()).toEqual(["scale", "shift"]);
  });

  test("a training can start from another network's weights", async () => {
    const first = quick();
    await trainStyles(first);
    const losses: number[] = [];
    const onEvent = (event: TrainStylesEvent): void => {
      if (event.kind === "update") losses.push(event.losses.terms["content"]!);
    };
    const warm = quick({ warmStart: first.output, onEvent, options: { iterations: 1 } });
    await trainStyles(warm);
    await trainStyles(quick({ onEvent, options: { iterations: 1 } }));
    expect(losses[0]).not.toBe(losses[1]);
    await expect(
      trainStyles(quick({ warmStart: first.output, options: { blocks: 2 } })),
    ).rejects.toThrow("a network of another build");
    const enlarging = { iterations: 1, learningRate: 1e-9, upsample: "bilinear" } as const;
    const smoother = quick({ warmStart: first.output, options: enlarging });
    await trainStyles(smoother);
    const [before, after] = [first, smoother].map(({ output }) =>
      decodeNetwork(fs.readFileSync(output)),
    );
    expect(after!.architecture.upsample).toBe("bilinear");
    expect(after!.weights).toEqual(before!.weights);
  });

  test("a start from another network knows the styles of the same name, in any order", async () => {
    const first = quick({ styles: paintings, options: { iterations: 4 } });
    await trainStyles(first);
    const still = { iterations: 1, learningRate: 1e-9 };
    const second = quick({
      warmStart: first.output,
      styles: paintings.toReversed(),
      options: still,
    });
    await trainStyles(second);
    const [before, after] = [first, second].map(({ output }) =>
      decodeNetwork(fs.readFileSync(output)),
    );
    const tables = networkParameters(before!.architecture).filter(({ role }) => role === "scale");
    for (const { name, shape } of tables) {
      const [old, now] = [before!.weights.get(name)!, after!.weights.get(name)!];
      expect(now.subarray(0, shape[1])).toEqual(old.subarray(shape[1]));
      expect(now.subarray(shape[1])).toEqual(old.subarray(0, shape[1]));
    }
  });
});

describe("refused in one line", () => {
  test("a folder without photos", async () => {
    const empty = fs.mkdtempSync(join(folder, "empty-"));
    await expect(trainStyles(quick({ photos: empty }))).rejects.toThrow(MediaError);
  });

  test("a folder in which no more photos are than are put aside", async () => {
    await expect(trainStyles(quick({ validation: 8 }))).rejects.toThrow(
      /has 9 photos, of which 1 cannot be read: expected more than the 8/,
    );
  });

  test("a name that is not that of a network", async () => {
    await expect(trainStyles({ ...quick(), output: "style.png" })).rejects.toThrow(
      "style.png cannot hold a network: expected a name that ends in .onnx.",
    );
  });

  test("a place that cannot be written to, before any work is done", async () => {
    const options = quick();
    fs.chmodSync(join(options.output, ".."), 0o555);
    const onEvent = vi.fn();
    await asOrdinaryUser(async () => {
      await expect(trainStyles({ ...options, onEvent })).rejects.toThrow(FileError);
    });
    expect(onEvent).not.toHaveBeenCalled();
  });
});

test("a disk that is full for the log ends training with one line, and the last checkpoint stays", async () => {
  const options = quick();
  await trainStyles(options);
  const before = fs.readFileSync(beside(options, "checkpoint.safetensors"));
  vi.mocked(open).mockImplementation(async (file, flags, mode) => {
    const handle = await system.open(file, flags, mode);
    if (flags === "a") handle.appendFile = (text) => system.appendFile("/dev/full", text);
    return handle;
  });
  const log = beside(options, "log.jsonl");
  await expect(
    trainStyles({ ...options, resume: true, options: { iterations: 6 } }),
  ).rejects.toThrow(
    `${log} cannot be written: the disk is full. Make room, or choose another place.`,
  );
  expect(fs.readFileSync(beside(options, "checkpoint.safetensors"))).toEqual(before);
});

test("a full disk ends training with one line, and the last checkpoint stays", async () => {
  const options = quick();
  await trainStyles(options);
  const before = fs.readFileSync(beside(options, "checkpoint.safetensors"));
  vi.mocked(open).mockImplementation(async (file, flags, mode) => {
    const handle = await system.open(file, flags, mode);
    if (flags === "wx")
      handle.writeFile = async (content) => {
        await system.writeFile("/dev/full", content);
      };
    return handle;
  });
  await expect(
    trainStyles({ ...options, resume: true, options: { iterations: 8 } }),
  ).rejects.toThrow(/the disk is full/);
  expect(fs.readFileSync(beside(options, "checkpoint.safetensors"))).toEqual(before);
});
