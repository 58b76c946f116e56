// Formats that people give to the command: a sound file of each, and the command that takes it.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  architectureOf,
  initialWeights,
  networkParameters,
  settleTraining,
  trainingOptions,
  writeSafetensors,
} from "@deepstyle/core";
import type { Rng } from "@deepstyle/engine";
import sharp from "sharp";
import { writePictureCheckpoint } from "../../src/checkpoint/pictureCheckpoint.ts";
import { writeCheckpoint } from "../../src/training/trainingCheckpoint.ts";
import { drawPicture } from "../cli/drawings.ts";
import { writeNetworks } from "../networks/networkFolder.ts";
import { mutatedBytes, mutatedJson } from "./mutate.ts";

/** Runs `deepstyle`. */
export type Run = (...argv: readonly string[]) => Promise<{
  readonly status: number;
  readonly out: string;
  readonly err: string;
}>;

/** One format. */
export interface Subject {
  readonly name: string;
  /** Share of the cases, relative to the other formats. */
  readonly share: number;
  /** Files that one run of the command takes. */
  readonly batch: number;
  /** A damaged file. */
  readonly mutate: (random: Rng) => Buffer | string;
  /** Where it is to lie, in a folder of its own. */
  readonly file: (index: number) => string;
  /** The command's arguments. */
  readonly argv: (random: Rng) => readonly string[];
}

/**
 * Writes sound files into a folder.
 *
 * @returns the formats of images, and our own
 */
export async function subjectsIn(folder: string): Promise<{ images: Subject[]; own: Subject[] }> {
  const place = (...names: readonly string[]): string => join(folder, ...names);
  writeNetworks(place("networks"));
  process.env["DEEPSTYLE_NETWORKS"] = place("networks");
  mkdirSync(place("empty"));
  const size = { width: 24, height: 16 };
  const photo = await drawPicture(folder, "photo.png", 1, size);
  const painting = await drawPicture(folder, "painting.png", 2, size);
  const out = place("out.png");
  return {
    images: await imageSubjects(folder, photo),
    own: [
      await recordSubject(folder, photo),
      networkSubject(folder, photo),
      weightsSubject(folder, photo, painting),
      await pictureCheckpointSubject(folder, photo, painting, out),
      await trainingSubject(folder, painting),
      stylesSubject(folder, painting),
    ],
  };
}

async function imageSubjects(folder: string, photo: string): Promise<Subject[]> {
  const soft = sharp(photo).ensureAlpha(0.5);
  const kinds: readonly (readonly [extension: string, bytes: Buffer])[] = [
    ["png", await soft.png().toBuffer()],
    ["jpg", await sharp(photo).withMetadata({ orientation: 6 }).jpeg().toBuffer()],
    ["webp", await soft.webp({ lossless: true }).toBuffer()],
    ["tif", await sharp(photo).tiff({ compression: "lzw" }).toBuffer()],
    ["avif", await sharp(photo).avif({ effort: 0 }).toBuffer()],
    ["gif", await sharp(photo).gif().toBuffer()],
  ];
  return kinds.map(([extension, bytes]) => {
    const images = join(folder, `images-${extension}`);
    mkdirSync(images);
    return {
      name: extension,
      share: 1,
      batch: 50,
      mutate: (random) => mutatedBytes(bytes, random),
      file: (index) => join(images, `${index}.${extension}`),
      argv: () => [
        ...["stylize", images, "--style", "waves", "--size", "16", "--json", "--quiet"],
        ...["-o", join(folder, "painted"), "--bit-depth", "8", "--device", "cpu", "--threads", "1"],
      ],
    };
  });
}

/** A picture's record is run again where nothing in it asks for hours of work. */
async function recordSubject(folder: string, photo: string): Promise<Subject> {
  const { deepstyle } = await import("../cli/command.ts");
  const [output, record] = [join(folder, "recorded.png"), join(folder, "recorded.json")];
  const made = ["--style", "waves", "--style", "glass", "--size", "16", "--device", "cpu"];
  await deepstyle("stylize", photo, ...made, "--threads", "1", "-o", output, "--record", record);
  const network = JSON.parse(readFileSync(record, "utf8")) as Record<string, unknown>;
  const { network: weights, ...facts } = network;
  const { content } = facts;
  // Of other weights: what a record asks for may take hours, and is refused only after all else has been read.
  const elsewhere = { ...(weights as object), sha256: "0".repeat(64) };
  const optimised = {
    ...{ ...facts, weights: elsewhere, styles: [{ ...(content as object), weight: 1 }] },
    ...{ recipe: { encoder: "lite", size: 16, iterations: 1, styleLayers: { relu1_1: 1 } } },
    ...{ interrupted: false, losses: null, evaluations: 1, memory: 1e9 },
  };
  const dreamt = {
    ...optimised,
    weights: { lite: elsewhere },
    dream: { encoder: "lite", size: 64 },
  };
  const refused = { ...network, network: elsewhere };
  const file = join(folder, "record.json");
  const small = (text: string): boolean => !/"(size|tile)":\s*\d{3,}/.test(text);
  return {
    name: "record",
    share: 10,
    batch: 1,
    file: () => file,
    argv: () => ["rerun", file, "--json", "-o", join(folder, "again.png")],
    mutate: (random) => {
      const json = [refused, refused, optimised, optimised, dreamt, network][random.integer(6)]!;
      if (random.integer(5) === 0)
        return mutatedBytes(Buffer.from(JSON.stringify(refused)), random);
      const text = mutatedJson(json, random);
      return json === network && !small(text) ? mutatedJson(refused, random) : text;
    },
  };
}

function networkSubject(folder: string, photo: string): Subject {
  const bytes = readFileSync(join(folder, "networks", "still.onnx"));
  const marker = Buffer.from('{"format":1');
  const start = bytes.indexOf(marker);
  const about = JSON.parse(
    bytes
      .subarray(start)
      .toString("utf8")
      .replace(/\}[^}]*$/s, "}"),
  ) as unknown;
  const length = Buffer.byteLength(JSON.stringify(about));
  const file = join(folder, "network.onnx");
  return {
    name: "network",
    share: 8,
    batch: 1,
    file: () => file,
    argv: (random) =>
      random.integer(20) === 0
        ? [
            "stylize",
            photo,
            "--style",
            `${file}#waves`,
            "--size",
            "16",
            "-o",
            join(folder, "n.png"),
          ]
        : ["styles", "info", file, ...(random.integer(2) === 0 ? ["--json"] : [])],
    mutate: (random) => {
      if (random.integer(2) === 0) return mutatedBytes(bytes, random);
      // The metadata in their place, with the length that they now have.
      const text = Buffer.from(mutatedJson(about, random));
      return withMetadata(bytes, start, length, text);
    },
  };
}

/** Puts a text in the place of the value of the one entry in the metadata of an ONNX file. */
function withMetadata(bytes: Buffer, start: number, length: number, text: Buffer): Buffer {
  const [key, value] = [varintOf(length).length, varintOf(text.length)];
  const keyField = Buffer.from("\n\u0009deepstyle");
  const before =
    start - key - 1 - keyField.length - varintOf(keyField.length + 1 + key + length).length;
  const entry = Buffer.concat([keyField, Buffer.of(0x12), value, text]);
  return Buffer.concat([
    bytes.subarray(0, before),
    varintOf(entry.length),
    entry,
    bytes.subarray(start + length),
  ]);
}

function varintOf(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    bytes.push(rest >= 128 ? (rest % 128) | 128 : rest);
    if (rest < 128) return Buffer.from(bytes);
  }
}

function weightsSubject(folder: string, photo: string, painting: string): Subject {
  const data = new Float32Array(12);
  const bytes = Buffer.from(
    writeSafetensors({
      tensors: new Map([
        ["conv1.weight", { dtype: "F32", shape: [2, 3, 1, 1], data: data.subarray(0, 6) }],
        ["conv1.bias", { dtype: "F32", shape: [6], data: data.subarray(6) }],
      ]),
      metadata: new Map([["network", "lite"]]),
    }),
  );
  mkdirSync(join(folder, "models"));
  const file = join(folder, "models", "lite.safetensors");
  return {
    name: "weights",
    share: 5,
    batch: 1,
    file: () => file,
    argv: () => [
      ...["stylize", photo, "--style", painting, "--encoder", "lite", "--size", "16"],
      ...["--models", join(folder, "models"), "--device", "cpu", "-o", join(folder, "w.png")],
    ],
    mutate: (random) => withHeader(bytes, random),
  };
}

/** A safetensors file with its bytes changed, or its header as JSON, with the length that it now has. */
function withHeader(bytes: Buffer, random: Rng): Buffer {
  if (random.integer(2) === 0) return mutatedBytes(bytes, random);
  const end = 8 + Number(bytes.readBigUInt64LE(0));
  const header = Buffer.from(mutatedJson(JSON.parse(bytes.toString("utf8", 8, end)), random));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, bytes.subarray(end)]);
}

/** The JSON in an entry of the metadata of a safetensors file changed. */
function withEntry(bytes: Buffer, key: string, random: Rng): Buffer {
  const end = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString("utf8", 8, end)) as {
    __metadata__: Record<string, string>;
  };
  header.__metadata__[key] = mutatedJson(JSON.parse(header.__metadata__[key]!), random);
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, bytes.subarray(end)]);
}

async function pictureCheckpointSubject(
  folder: string,
  photo: string,
  painting: string,
  output: string,
): Promise<Subject> {
  const file = join(folder, "picture.checkpoint");
  const vector = new Float32Array(3 * 16 * 11).fill(0.5);
  const state = {
    ...{ stage: 0, step: 1, iteration: 1, evaluations: 1, seconds: 1, pixels: vector },
    ...{ optimiser: { numbers: { pairs: 0 }, vectors: { gradient: vector } } },
    recent: [{ total: 1, terms: { content: 1 } }],
  };
  // Of other work, which is found out when all of the header has been read.
  await writePictureCheckpoint(file, state, { memory: 1e9, work: { size: 16, method: "gatys" } });
  const bytes = readFileSync(file);
  return {
    name: "picture checkpoint",
    share: 3,
    batch: 1,
    file: () => file,
    argv: () => [
      ...["stylize", photo, "--style", painting, "--encoder", "lite", "--size", "16"],
      ...["--checkpoint", file, "--resume", "--device", "cpu", "-o", output],
    ],
    mutate: (random) =>
      random.integer(2) === 0
        ? withEntry(bytes, "deepstyle.picture", random)
        : withHeader(bytes, random),
  };
}

async function trainingSubject(folder: string, painting: string): Promise<Subject> {
  const options = settleTraining(trainingOptions.parse({ width: "quarter", blocks: 1 }), "lite");
  const architecture = architectureOf(options, 1);
  const weights = initialWeights(architecture, 1);
  const zeros = new Map(
    networkParameters(architecture).map(({ name }) => [
      name,
      new Float32Array(weights.get(name)!.length),
    ]),
  );
  const file = join(folder, "trained.checkpoint.safetensors");
  const progress = { iteration: 5, weights, first: zeros, second: zeros };
  await writeCheckpoint(file, progress, { options, styles: ["painting"], learns: [0] });
  const bytes = readFileSync(file);
  return {
    name: "training checkpoint",
    share: 2,
    batch: 1,
    file: () => file,
    argv: () => [
      ...["train", painting, "--photos", join(folder, "empty"), "--resume"],
      ...["-o", join(folder, "trained.onnx")],
    ],
    mutate: (random) =>
      random.integer(2) === 0
        ? withEntry(bytes, "deepstyle.training", random)
        : withHeader(bytes, random),
  };
}

function stylesSubject(folder: string, painting: string): Subject {
  const facts = { title: "Waves", artist: "A Program", year: "2024", source: "drawn", size: 64 };
  const about = { painting: facts, other: { title: "Glass" } };
  const file = join(folder, "styles.json");
  return {
    name: "styles.json",
    share: 2,
    batch: 1,
    file: () => file,
    argv: () => [
      ...["train", painting, "--photos", join(folder, "empty"), "--about", file],
      ...["-o", join(folder, "about.onnx")],
    ],
    mutate: (random) =>
      random.integer(4) === 0
        ? mutatedBytes(Buffer.from(JSON.stringify(about)), random)
        : mutatedJson(about, random),
  };
}

/** Writes the next damaged files in place of the last. */
export function writeBatch(subject: Subject, first: number, count: number, random: Rng): number {
  let bytes = 0;
  for (let i = 0; i < count; i++) {
    const content = subject.mutate(random);
    bytes = Math.max(bytes, Buffer.byteLength(content));
    writeFileSync(subject.file(first + i), content);
  }
  return bytes;
}

/** Removes the files of a batch. */
export function removeBatch(subject: Subject, first: number, count: number): void {
  for (let i = 0; i < count; i++) rmSync(subject.file(first + i), { force: true });
}
