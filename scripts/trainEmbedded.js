/**
 * Trains the networks that ship, with the settings that they were made with; goes on where it was
 * stopped. `node scripts/trainEmbedded.js NAME --paintings DIR --photos DIR --models DIR`
 *
 * Each network starts from the one before it: sketch, still, still-unwoven, still-broad, still-broader,
 * still-smooth, still-smoother, still-etching, still-together, still-carceri, still-wave; video-sketch, video-broad,
 * video, video-carceri, video-zeros; wave, wave-calm. State lies in training/NAME/; what is finished is copied to packages/core/embedded/ by hand,
 * after a look at the pictures.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "./install.js";

/** The paintings, all in the public domain; training/styles.json says more of each. */
const styles = [
  "great-wave",
  "starry-night",
  "the-scream",
  "composition-vii",
  "udnie",
  "la-calanque",
  "the-kiss",
  "carceri",
  "delaunay-portrait",
  "water-lilies",
];

/** What all networks for pictures have in common. */
const picture = {
  width: "half",
  size: 160,
  "photo-size": 256,
  "style-size": 512,
  "style-weight": 15,
  "tv-weight": 1,
  "learning-rate": 0.001,
  schedule: "cosine",
  validation: 20,
};

/** Broad strokes are seen by deeper layers. */
const strokes = {
  "style-weight": 60,
  "style-layers": "relu1_1:0.06,relu2_1:0.14,relu3_1:0.4,relu4_1:0.4",
};

/** What those have in common that learn broad strokes. */
const broad = { ...picture, ...strokes, "weave-weight": 5000 };

/** What the last ones have in common. */
const last = {
  ...broad,
  upsample: "bilinear",
  size: 224,
  "photo-size": 340,
  "style-size": 1300,
  "tv-weight": 60,
};

/** What those have in common that learn one style on; the file tells the size of the others as well. */
const alone = { ...last, "learning-rate": 0.004, iterations: 250 };

/** What networks for film have in common. */
const film = {
  kind: "video",
  padding: "reflect",
  width: "half",
  blocks: 5,
  separable: true,
  "style-size": 1600,
  "style-weight": 60,
  "style-layers": "relu1_1:0.03,relu2_1:0.08,relu3_1:0.42,relu4_1:0.47",
  "tv-weight": 150,
  "stability-weight": 100,
  schedule: "cosine",
  validation: 20,
};

/** What networks of one style have in common: what a network comes to at a layer, the other way round. */
const single = {
  width: "half",
  upsample: "bilinear",
  "photo-size": 288,
  // Shorter side of the file of great-wave.
  "style-size": 514,
  "style-weight": 30,
  "style-layers": "relu1_1:0.32,relu2_1:0.32,relu3_1:0.2,relu4_1:0.12,relu5_1:0.04",
  "content-layers": "relu4_2",
  "tv-weight": 10,
  "learning-rate": 0.001,
  schedule: "cosine",
  validation: 20,
};

/**
 * Options of each network, as of `deepstyle train`. Small crops show most of a style in a quarter of the time,
 * larger ones its broad strokes.
 * @type {Record<string, Record<string, string | number | boolean>>}
 */
const networks = {
  sketch: {
    width: "half",
    size: 128,
    "photo-size": 256,
    "style-size": 384,
    "style-weight": 15,
    "tv-weight": 1,
    // Stopped by hand at 4,710.
    iterations: 24000,
    "learning-rate": 0.001,
    schedule: "cosine",
    validation: 20,
  },
  still: {
    ...picture,
    "weave-weight": 0,
    iterations: 2400,
    "warm-start": "training/sketch/sketch.onnx",
  },
  // What `still` came to wove, too.
  "still-unwoven": {
    ...picture,
    "weave-weight": 5000,
    iterations: 1500,
    "warm-start": "training/still/still.onnx",
  },
  // Paintings at about their own size have strokes in place of a mesh.
  "still-broad": {
    ...picture,
    size: 192,
    "photo-size": 300,
    "style-size": 800,
    "style-weight": 40,
    "style-layers": "relu1_1:0.1,relu2_1:0.2,relu3_1:0.35,relu4_1:0.35",
    "tv-weight": 5,
    "weave-weight": 5000,
    iterations: 1000,
    "warm-start": "training/still-unwoven/still-unwoven.onnx",
  },
  "still-broader": {
    ...broad,
    size: 256,
    "photo-size": 360,
    "style-size": 1100,
    "tv-weight": 30,
    iterations: 1500,
    "warm-start": "training/still-broad/still-broad.onnx",
  },
  // Nearest enlargement left a faint grid in calm parts.
  "still-smooth": {
    ...broad,
    upsample: "bilinear",
    size: 192,
    "photo-size": 300,
    "style-size": 1100,
    "tv-weight": 30,
    iterations: 400,
    "warm-start": "training/still-broader/still-broader.onnx",
  },
  "still-smoother": {
    ...broad,
    upsample: "bilinear",
    size: 256,
    "photo-size": 360,
    "style-size": 1300,
    "tv-weight": 150,
    iterations: 1200,
    "warm-start": "training/still-smooth/still-smooth.onnx",
  },
  // The lines of an etching are 3 to 4 px apart at its own size, too close for a network to draw one by one.
  "still-etching": {
    ...broad,
    size: 224,
    "photo-size": 340,
    "style-size": 2400,
    "tv-weight": 30,
    "learning-rate": 0.01,
    iterations: 300,
    base: "training/still-smoother/still-smoother.onnx",
  },
  "still-together": {
    ...last,
    iterations: 700,
    "warm-start": "training/still-etching/still-etching.onnx",
  },
  "still-carceri": { ...alone, base: "training/still-together/still-together.onnx" },
  // Far beyond its own 514 px the painting has no contours.
  "still-wave": { ...alone, base: "training/still-carceri/still-carceri.onnx" },
  "video-sketch": {
    ...film,
    size: 128,
    "photo-size": 256,
    "learning-rate": 0.002,
    iterations: 3000,
  },
  "video-broad": {
    ...film,
    size: 192,
    "photo-size": 340,
    "learning-rate": 0.0015,
    iterations: 1800,
    "warm-start": "training/video-sketch/video-sketch.onnx",
  },
  // The shapes of the photo had faded.
  video: {
    ...film,
    "content-weight": 1.5,
    size: 192,
    "photo-size": 340,
    "learning-rate": 0.002,
    iterations: 1800,
    "warm-start": "training/video-broad/video-broad.onnx",
  },
  // Lines closer than about 10 px become a lattice of the maps at a quarter of the size.
  "video-carceri": {
    ...film,
    size: 192,
    "photo-size": 340,
    "tv-weight": 300,
    "learning-rate": 0.004,
    iterations: 300,
    base: "training/video/video.onnx",
  },
  // Mirrored borders, which a runtime copies maps for, took a fifth of a frame's time.
  "video-zeros": {
    ...film,
    padding: "zero",
    "content-weight": 1.5,
    size: 192,
    "photo-size": 340,
    "tv-weight": 200,
    "learning-rate": 0.001,
    iterations: 600,
    "warm-start": "training/video-carceri/video-carceri.onnx",
  },
  // A base for networks of one style. What is known of this one already spares the coarse part.
  wave: {
    ...single,
    size: 256,
    batch: 1,
    iterations: 6000,
    "warm-start": "packages/core/embedded/still.onnx",
  },
  // Dots 3 to 4 px apart lay over skies.
  "wave-calm": {
    ...single,
    "weave-weight": 5000,
    size: 256,
    batch: 1,
    "learning-rate": 0.0005,
    iterations: 800,
    "warm-start": "training/wave/wave.onnx",
  },
};

/**
 * All paintings, some at sizes of their own.
 *
 * @param {Record<string, number>} sizes
 */
const allAt = (sizes) =>
  styles.map((style) => (style in sizes ? `${style}:${sizes[style]}` : style));

const filmSizes = { carceri: 3000, "great-wave": 800, "the-kiss": 2400 };

/**
 * Paintings where they are not all as they come, with sizes of their own.
 * @type {Record<string, string[]>}
 */
const paintingsOf = {
  "still-etching": ["carceri"],
  "still-together": allAt({ carceri: 2400 }),
  "still-carceri": ["carceri:2400"],
  "still-wave": ["great-wave:640"],
  wave: ["great-wave"],
  "wave-calm": ["great-wave"],
  "video-sketch": allAt(filmSizes),
  "video-broad": allAt(filmSizes),
  video: allAt({ ...filmSizes, "water-lilies": 2400 }),
  "video-carceri": ["carceri:4096"],
  "video-zeros": allAt({ ...filmSizes, "water-lilies": 2400, carceri: 4096 }),
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    paintings: { type: "string", default: "../shared/examples/styles" },
    photos: { type: "string", default: "../shared/photos/train" },
    models: { type: "string", default: "../shared/weights" },
  },
});
const [name = ""] = positionals;
const settings = networks[name];
if (settings === undefined) {
  console.error(`Name a network: ${Object.keys(networks).join(", ")}.`);
  process.exit(2);
}
const paintings = paintingsOf[name] ?? styles;
const folder = join(root, "training", name);
mkdirSync(folder, { recursive: true });
const output = join(folder, `${name}.onnx`);
const resumes = existsSync(join(folder, `${name}.checkpoint.safetensors`));
const { status } = spawnSync(
  process.execPath,
  [
    join(root, "packages", "node", "bin", "deepstyle.js"),
    "train",
    ...paintings.map((painting) => {
      const [style = "", size] = painting.split(":");
      return join(values.paintings, `${style}.jpg`) + (size === undefined ? "" : `:${size}`);
    }),
    ...["--photos", values.photos, "--models", values.models],
    ...["--about", join(root, "training", "styles.json")],
    ...Object.entries(settings).flatMap(([option, value]) => [`--${option}`, String(value)]),
    ...["--output", output],
    ...(resumes ? ["--resume"] : []),
  ],
  { stdio: "inherit", cwd: root },
);
process.exit(status ?? 1);
