/**
 * What the choices of a network are worth: small trainings that differ in one setting each, same
 * seed, same photos. Writes networks, a table and one picture of each into docs/trainings; networks
 * that are there already are not trained again, so an interrupted run goes on where it was.
 *
 * `npm run ts -- bench/smallTrainings.ts --painting FILE --photos DIR --held-out DIR --show FILE
 * --models DIR [--iterations 1500] [--out docs/trainings]`
 */

import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { tensor, type Program, type Runtime } from "@deepstyle/engine";
import {
  checkerboard,
  decodeNetwork,
  fitLongSide,
  listImages,
  networkGraph,
  nodeRuntime,
  powerSpectrum,
  readImage,
  resize,
  sideBySide,
  trainStyles,
  writeImage,
  type Raster,
  type TrainingOptions,
} from "deepstyle";

const { values: options } = parseArgs({
  options: {
    painting: { type: "string" },
    photos: { type: "string" },
    "held-out": { type: "string" },
    show: { type: "string" },
    models: { type: "string" },
    iterations: { type: "string", default: "1500" },
    out: { type: "string", default: "docs/trainings" },
  },
});

/** What all trainings have in common. */
const common: Partial<TrainingOptions> = {
  width: "quarter",
  size: 128,
  photoSize: 192,
  styleSize: 256,
  styleWeight: 15,
  iterations: Number(options.iterations),
};

const variants: Readonly<Record<string, Partial<TrainingOptions>>> = {
  base: {},
  "norm-batch": { norm: "batch" },
  "upsample-transposed": { upsample: "transposed" },
  "upsample-bilinear": { upsample: "bilinear" },
  "padding-zero": { padding: "zero" },
  "padding-replicate": { padding: "replicate" },
  "style-5": { styleWeight: 5 },
  "style-45": { styleWeight: 45 },
};

/** Paints at the picture's own size. */
async function paint(program: Program<"stylized">, picture: Raster): Promise<Raster> {
  const { width, height, data } = picture;
  const { stylized } = await program.run({ image: tensor(data, [1, 3, height, width]) });
  return { width, height, data: stylized.data as Float32Array };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Standard deviation of a picture's numbers. */
function contrast({ data }: Raster): number {
  const average = data.reduce((sum, value) => sum + value, 0) / data.length;
  return Math.sqrt(data.reduce((sum, value) => sum + (value - average) ** 2, 0) / data.length);
}

function lessContrast(picture: Raster, share: number): Raster {
  return { ...picture, data: picture.data.map((value) => 0.5 + share * (value - 0.5)) };
}

/** How much of the photo's contrast the result follows: the slope of one in the other. */
async function contrastKept(program: Program<"stylized">, photo: Raster): Promise<number> {
  const full = contrast(await paint(program, photo));
  const quarter = contrast(await paint(program, lessContrast(photo, 0.25)));
  return (full - quarter) / (0.75 * full);
}

/** Deviation, in 0 to 255, of the 16 phases of 4×4 px in what becomes of a grey picture. */
async function greyPhases(program: Program<"stylized">): Promise<number> {
  const [size, border] = [192, 64];
  const grey = { width: size, height: size, data: new Float32Array(3 * size * size).fill(0.5) };
  const { data } = await paint(program, grey);
  const deviations = [0, 1, 2].map((c) => {
    const phases = Array.from({ length: 16 }, () => [] as number[]);
    for (let y = border; y < size - border; y++)
      for (let x = border; x < size - border; x++)
        phases[(y % 4) * 4 + (x % 4)]!.push(data[(c * size + y) * size + x]!);
    const means = phases.map(mean);
    return Math.sqrt(mean(means.map((value) => (value - mean(means)) ** 2)));
  });
  return 255 * Math.max(...deviations);
}

/** Steps between neighbours in the outer 8 px over those inside, relative to the same in the photo. */
function frame(picture: Raster, photo: Raster): number {
  const ratio = ({ width, height, data }: Raster): number => {
    const [outer, inner] = [[0, 0] as [number, number], [0, 0] as [number, number]];
    for (let y = 0; y + 1 < height; y++)
      for (let x = 0; x + 1 < width; x++) {
        const at = y * width + x;
        const step = Math.abs(data[at]! - data[at + 1]!) + Math.abs(data[at]! - data[at + width]!);
        const isOuter = Math.min(x, y, width - 1 - x, height - 1 - y) < 8;
        const sums = isOuter ? outer : inner;
        sums[0] += step;
        sums[1]++;
      }
    return outer[0] / outer[1] / (inner[0] / inner[1]);
  };
  return ratio(picture) / ratio(photo);
}

/** The spectrum as a picture: no frequency in the middle, ½ cycle a pixel at the edges, 60 dB from black to white. */
function spectrumOf(pictures: readonly Raster[]): Raster {
  const power = powerSpectrum(pictures);
  const side = Math.sqrt(power.length);
  const highest = Math.max(...power);
  const brightness = Float32Array.from(power, (_, i) => {
    const [row, column] = [Math.floor(i / side), i % side].map((at) => (at + side / 2) % side) as [
      number,
      number,
    ];
    const decibel = 10 * Math.log10(power[row * side + column]! / highest);
    return Math.max(0, 1 + decibel / 60);
  });
  const data = new Float32Array(3 * power.length);
  for (let c = 0; c < 3; c++) data.set(brightness, c * power.length);
  return { width: side, height: side, data };
}

async function trained(name: string, change: Partial<TrainingOptions>): Promise<string> {
  const folder = join(options.out, "networks");
  await mkdir(folder, { recursive: true });
  const output = join(folder, `${name}.onnx`);
  if (!existsSync(output))
    await trainStyles({
      styles: [options.painting!],
      photos: options.photos!,
      models: options.models,
      output,
      options: { ...common, ...change },
      device: "cpu",
      onEvent: (event) => {
        if (event.kind === "validation")
          console.error(`${name} ${event.iteration} ${event.validation.total.toFixed(3)}`);
      },
    });
  return output;
}

const spectra = new Map<string, Raster>();

async function row(runtime: Runtime, name: string, photos: readonly Raster[]): Promise<string> {
  const network = decodeNetwork(await readFile(await trained(name, variants[name]!)));
  const losses = network.training["losses"] as Record<string, number>;
  const program = await runtime.compile(networkGraph(network));
  const results: Raster[] = [];
  const [kept, frames]: [number[], number[]] = [[], []];
  for (const photo of photos) {
    const result = await paint(program, photo);
    results.push(result);
    kept.push(await contrastKept(program, photo));
    frames.push(frame(result, photo));
  }
  const board = checkerboard(results);
  spectra.set(name, spectrumOf(results));
  const shown = await readImage(options.show!);
  const picture = await paint(program, resize(shown, fitLongSide(shown, 384), "lanczos3"));
  await writeImage(join(options.out, `${name}.jpg`), picture, { quality: 85 });
  const cells = [
    name,
    losses["content"]!.toFixed(2),
    losses["style"]!.toFixed(3),
    board.mean.toFixed(1),
    board.max.toFixed(1),
    (await greyPhases(program)).toFixed(2),
    mean(kept).toFixed(2),
    mean(frames).toFixed(2),
  ];
  await program.dispose();
  return `| ${cells.join(" | ")} |`;
}

const runtime = await nodeRuntime({ device: "cpu" });
const paths = (await listImages(options["held-out"]!)).slice(0, 10);
const photos = await Promise.all(paths.map((path) => readImage(path)));
const rows: string[] = [];
for (const name of Object.keys(variants)) rows.push(await row(runtime, name, photos));
await runtime.dispose();

const compared = ["base", "upsample-transposed"].map((name) => spectra.get(name)!);
await writeImage(join(options.out, "spectra.png"), sideBySide(compared));

const command = `npm run ts -- bench/smallTrainings.ts --painting ${basename(options.painting!)} --photos DIR --held-out DIR --show ${basename(options.show!)} --models DIR --iterations ${options.iterations}`;
const pictures = Object.keys(variants).map(
  (name) => `### ${name}\n\n![The portrait](${name}.jpg)\n`,
);
await writeFile(
  join(options.out, "README.md"),
  [
    "# Small trainings",
    "",
    `Made by \`${command}\`. ${options.iterations} iterations each, a quarter of the channels, crops of 128 px, same seed. \`base\` has instance normalisation, nearest upsampling, reflected borders and style weight 15; the others differ from it in what their name says.`,
    "",
    "Content and style: the best losses on validation photos, before their weights. Checkerboard: power at ¼ and ½ cycle a pixel over its surroundings on ten photos never trained on, mean and highest peak, in dB. Grey: deviation of the 16 phases of 4×4 px in a grey picture, in steps of 255. Contrast kept: 0 where the result does not depend on the photo's contrast, 1 where it follows it. Frame: roughness of the outer 8 px over that inside, relative to the photo's; 1 shows no frame.",
    "",
    "| network | content | style | checkerboard | highest | grey | contrast kept | frame |",
    "|---|---|---|---|---|---|---|---|",
    ...rows,
    "",
    "Power by frequency of what `base` and `upsample-transposed` make of the ten photos, no frequency in the middle, ½ cycle a pixel at the edges: a transposed convolution leaves the lattice of its stride, at multiples of ¼ cycle.",
    "",
    "![Two spectra; the right one has bright dots on a lattice](spectra.png)",
    "",
    pictures.join("\n"),
    "",
  ].join("\n"),
);
