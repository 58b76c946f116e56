import { type Canvas, createCanvas, develop, linearHex, shrink, writeJpeg } from "./canvas.ts";
import {
  between,
  clamp,
  createRandom,
  fbm2,
  hash,
  mix,
  noise2,
  type Random,
  smoothstep,
} from "./noise.ts";
import { add, blend, scale, type Vec3 } from "./vector.ts";

const WIDTH = 576;
const HEIGHT = 768;
const FINE = 2;
/** Height of the window when its width is 1: the unit of all lengths below. */
const TALL = HEIGHT / WIDTH;

/** The window's design: which pane of glass each pixel belongs to. */
interface Design {
  readonly width: number;
  readonly height: number;
  /** Pane of each pixel. */
  readonly panes: Int32Array;
  /** Part of the picture each pixel belongs to; parts are parted by broader leads. */
  readonly parts: Uint8Array;
  readonly colours: Map<number, Vec3>;
}

const SUN = { x: 0.635, y: 0.4 } as const;

const PALETTES = {
  core: ["#fff4b8", "#ffe375"],
  petals: ["#ffb81f", "#ff9a12", "#ffd23d"],
  nearSky: ["#ffcf57", "#ff9d3c", "#ff7a3a", "#ffe08a"],
  midSky: ["#f2557a", "#d9417f", "#ff7d6b", "#b13fa0", "#f79a5f"],
  farSky: ["#2d3fc4", "#3d2aa8", "#1f6fd6", "#5a34b8", "#1b4fb0", "#2b93d9"],
  hills: ["#0f8a4a", "#3aa845", "#0b6e5c", "#86bf3a", "#14996e", "#c2c93a"],
  river: ["#19b5d8", "#0d86c9", "#7fe0e0", "#2fa2ee", "#c3f2ea"],
  bark: ["#7a3b14", "#5c2a12", "#96521c"],
  leaves: ["#1fa33f", "#5cc02f", "#b7d12b", "#ffb01e", "#e8452a", "#0e8f5e", "#d92b3a"],
  border: ["#b30d2a", "#16339a"],
  jewel: ["#ffb829", "#ffd257", "#ff9a1f"],
  fillet: ["#fff0c0", "#ffe39a"],
} as const;

type Palette = keyof typeof PALETTES;

/** A place in the design: its part, a number for the pane within it, and the glass to cut it from. */
interface Place {
  readonly part: number;
  readonly pane: number;
  readonly glass: Palette;
}

/** Pane index of a curved grid whose columns are staggered row by row. */
function brick(u: number, v: number, seed: number): number {
  const row = Math.floor(v);
  const column = Math.floor(u + hash(row, seed) * 3);
  return ((row + 64) * 256 + ((column + 128) & 255)) | 0;
}

/** Border of the window: ruby and blue panes with amber lozenges between, then a pale fillet. */
function borderAt(x: number, y: number): Place | undefined {
  const edge = Math.min(x, 1 - x, y, TALL - y);
  if (edge > 0.07) return undefined;
  const vertical = Math.min(x, 1 - x) < Math.min(y, TALL - y);
  const along = vertical ? y / (TALL / 16) : x / (1 / 12);
  const side = (vertical ? (x < 0.5 ? 0 : 1) : y < TALL / 2 ? 2 : 3) * 64;
  if (edge > 0.058) return { part: 1, pane: side + Math.floor(along / 2), glass: "fillet" };
  const joint = Math.round(along);
  const lozenge = Math.abs(along - joint) * 2.6 + Math.abs(edge / 0.029 - 1) < 0.8;
  if (lozenge) return { part: 13, pane: side + joint, glass: "jewel" };
  return { part: 2, pane: side + Math.floor(along), glass: "border" };
}

/** Sun and sky: rings and rays round the sun, broken into panes of growing size. */
function skyAt(x: number, y: number): Place {
  const dx = x - SUN.x;
  const dy = y - SUN.y;
  const r = Math.hypot(dx, dy);
  const angle = Math.atan2(dy, dx) / (2 * Math.PI) + 0.5;
  if (r < 0.062) return { part: 3, pane: 0, glass: "core" };
  if (r < 0.128 + 0.014 * Math.cos(angle * 12 * 2 * Math.PI)) {
    return { part: 4, pane: Math.floor(angle * 12 + 0.5) % 12, glass: "petals" };
  }
  const swirl = angle + 0.035 * Math.sin(r * 14) + 0.006 * noise2(x * 9, y * 9, 3);
  const sector = ((Math.floor(swirl * 26) % 26) + 26) % 26;
  const reach = Math.log(r / 0.128) * 3.3 + 0.9 * hash(sector, 7);
  const ring = Math.floor(reach);
  const fade = r + 0.1 * (hash(sector, ring, 9) - 0.5);
  const glass = fade < 0.25 ? "nearSky" : fade < 0.41 ? "midSky" : "farSky";
  return { part: 5, pane: ring * 32 + sector, glass };
}

const HILLS = [
  { base: 0.86, swell: 0.045, wave: 5.5, phase: 0.4 },
  { base: 0.96, swell: 0.06, wave: 4.2, phase: 2.6 },
  { base: 1.1, swell: 0.05, wave: 5, phase: 5.2 },
] as const;

function hillTop(index: number, x: number): number {
  const { base, swell, wave, phase } = HILLS[index]!;
  return base + swell * Math.sin(x * wave + phase);
}

/** Hills in three rows, with a river that winds down between them. */
function landAt(x: number, y: number): Place | undefined {
  let row = HILLS.length - 1;
  while (row >= 0 && y < hillTop(row, x)) row--;
  if (row < 0) return undefined;
  const depth = (y - 0.86) / 0.4;
  const middle = 0.7 - 0.28 * depth + 0.11 * Math.sin(depth * 6.5);
  const offset = (x - middle) / (0.018 + 0.11 * depth);
  if (Math.abs(offset) < 1) {
    const ripple = depth * 13 + 0.55 * Math.sin(offset * 2.2 + depth * 9);
    return { part: 6, pane: brick(offset * 0.75 + 0.5, ripple, 4), glass: "river" };
  }
  const below = (y - hillTop(row, x)) / 0.062;
  const slant = x * (9 - row) + below * 0.55 + 0.3 * Math.sin(below * 2);
  return {
    part: 7 + row,
    pane: brick(slant, below + 0.25 * Math.sin(x * 20), 11 + row),
    glass: "hills",
  };
}

/** A bough: a curve from (x0, y0) to (x1, y1), bent sideways, tapering from w0 to w1. */
interface Bough {
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
  readonly bend: number;
  readonly width: readonly [number, number];
}

const BOUGHS: readonly Bough[] = [
  { from: [0.31, 1.3], to: [0.274, 0.845], bend: 0.03, width: [0.056, 0.03] },
  { from: [0.275, 0.84], to: [0.13, 0.4], bend: -0.05, width: [0.026, 0.006] },
  { from: [0.275, 0.8], to: [0.36, 0.2], bend: 0.06, width: [0.027, 0.006] },
  { from: [0.285, 0.86], to: [0.6, 0.66], bend: 0.05, width: [0.022, 0.006] },
  { from: [0.165, 0.65], to: [0.22, 0.18], bend: -0.03, width: [0.015, 0.005] },
  { from: [0.375, 0.47], to: [0.62, 0.17], bend: -0.06, width: [0.014, 0.005] },
  { from: [0.452, 0.282], to: [0.82, 0.17], bend: -0.04, width: [0.009, 0.004] },
  { from: [0.47, 0.8], to: [0.8, 0.72], bend: -0.05, width: [0.011, 0.004] },
];

function boughPoint(bough: Bough, t: number): readonly [number, number] {
  const [x0, y0] = bough.from;
  const [x1, y1] = bough.to;
  const sag = bough.bend * Math.sin(Math.PI * t);
  const length = Math.hypot(x1 - x0, y1 - y0);
  return [mix(x0, x1, t) + (sag * (y0 - y1)) / length, mix(y0, y1, t) + (sag * (x1 - x0)) / length];
}

/** One disc of a bough's outline: a bough is drawn as a row of them. */
interface Disc {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly pane: number;
}

const BOUGH_DISCS: readonly Disc[] = BOUGHS.flatMap((bough, index) =>
  Array.from({ length: 61 }, (_, i) => {
    const t = i / 60;
    const [x, y] = boughPoint(bough, t);
    const radius = mix(bough.width[0], bough.width[1], t);
    return { x, y, radius, pane: index * 16 + Math.floor(t * (index === 0 ? 4 : 3)) * 2 };
  }),
);

function boughAt(x: number, y: number): Place | undefined {
  let nearest = 1;
  let place: Place | undefined;
  for (const disc of BOUGH_DISCS) {
    const dx = x - disc.x;
    const dy = y - disc.y;
    const reach = (dx * dx + dy * dy) / (disc.radius * disc.radius);
    if (reach >= nearest) continue;
    nearest = reach;
    // The trunk is wide enough to be split lengthwise.
    const right = disc.radius > 0.03 && dx > 0.012 * Math.sin(y * 30) ? 1 : 0;
    place = { part: 11, pane: disc.pane + right, glass: "bark" };
  }
  return place;
}

interface Leaf {
  readonly x: number;
  readonly y: number;
  readonly angle: number;
  readonly length: number;
}

/** Leaves along the boughs, turned outwards, none too close to another. */
function growLeaves(random: Random): Leaf[] {
  const leaves: Leaf[] = [];
  for (let attempt = 0; attempt < 900; attempt++) {
    const bough = BOUGHS[1 + Math.floor(random() * (BOUGHS.length - 1))]!;
    const t = between(random, 0.25, 1.04);
    const [bx, by] = boughPoint(bough, t);
    const [ax, ay] = boughPoint(bough, t - 0.05);
    const side = random() < 0.5 ? -1 : 1;
    const angle = Math.atan2(by - ay, bx - ax) + side * between(random, 0.4, 1.3);
    const length = between(random, 0.034, 0.052);
    const x = bx + Math.cos(angle) * length * 1.05;
    const y = by + Math.sin(angle) * length * 1.05;
    const shadesSun = Math.hypot(x - SUN.x, y - SUN.y) < 0.19;
    const free = leaves.every((leaf) => Math.hypot(leaf.x - x, leaf.y - y) > 0.052);
    const inside = x > 0.115 && x < 0.885 && y > 0.115;
    if (free && inside && !shadesSun) leaves.push({ x, y, angle, length });
  }
  return leaves;
}

/** Leaf outlines are two arcs meeting in points; each leaf is one pane. */
function leafAt(leaves: readonly Leaf[], x: number, y: number): Place | undefined {
  for (let i = 0; i < leaves.length; i++) {
    const leaf = leaves[i]!;
    const dx = x - leaf.x;
    const dy = y - leaf.y;
    if (Math.abs(dx) > 0.06 || Math.abs(dy) > 0.06) continue;
    const u = (dx * Math.cos(leaf.angle) + dy * Math.sin(leaf.angle)) / leaf.length;
    const v = (dy * Math.cos(leaf.angle) - dx * Math.sin(leaf.angle)) / leaf.length;
    if (Math.abs(u) < 1 && Math.abs(v) < 0.52 * (1 - u * u)) {
      return { part: 12, pane: i, glass: "leaves" };
    }
  }
  return undefined;
}

function createDesign(): Design {
  const width = WIDTH * FINE;
  const height = HEIGHT * FINE;
  const leaves = growLeaves(createRandom(12));
  const panes = new Int32Array(width * height);
  const parts = new Uint8Array(width * height);
  const colours = new Map<number, Vec3>();
  for (let j = 0; j < height; j++) {
    for (let i = 0; i < width; i++) {
      // A hand that cuts glass is never quite steady.
      const x = (i + 3 * noise2(i / 50, j / 50, 1)) / width;
      const y = (j + 3 * noise2(i / 50, j / 50, 2)) / width;
      const place =
        borderAt(x, y) ?? leafAt(leaves, x, y) ?? boughAt(x, y) ?? landAt(x, y) ?? skyAt(x, y);
      const pane = place.part * 65536 + place.pane;
      panes[j * width + i] = pane;
      parts[j * width + i] = place.part;
      if (!colours.has(pane)) colours.set(pane, glassColour(place));
    }
  }
  return { width, height, panes, parts, colours };
}

/** The sheet a pane is cut from: a palette colour, a little lighter or darker. */
function glassColour(place: Place): Vec3 {
  const palette = PALETTES[place.glass];
  const ordered = place.glass === "border";
  const draw = ordered ? place.pane % 64 : Math.floor(hash(place.pane, place.part, 21) * 997);
  const colour = linearHex(palette[draw % palette.length]!);
  return scale(colour, mix(0.55, 1.25, hash(place.pane, place.part, 22)));
}

/** Distance of every pixel to the nearest change of label, in pixels (chamfer, two passes). */
function edgeDistance(labels: ArrayLike<number>, width: number, height: number): Float32Array {
  const distance = new Float32Array(width * height).fill(1e6);
  for (let i = 0; i < width * height; i++) {
    const right = (i + 1) % width !== 0 && labels[i] !== labels[i + 1];
    const below = i + width < width * height && labels[i] !== labels[i + width];
    if (right || below) distance[i] = 0.5;
  }
  const relax = (i: number, from: number, cost: number) => {
    if (distance[from]! + cost < distance[i]!) distance[i] = distance[from]! + cost;
  };
  const sweep = (i: number, sense: 1 | -1) => {
    relax(i, i - sense, 1);
    relax(i, i - sense * width, 1);
    relax(i, i - sense * (width + 1), Math.SQRT2);
    relax(i, i - sense * (width - 1), Math.SQRT2);
  };
  for (let i = width + 1; i < width * height; i++) sweep(i, 1);
  for (let i = width * (height - 1) - 2; i >= 0; i--) sweep(i, -1);
  return distance;
}

/** Light through one pane: streaks in the melt, seeds and ripples, dirt towards the lead. */
function throughGlass(x: number, y: number, pane: number, colour: Vec3, edge: number): Vec3 {
  const turn = hash(pane, 31) * Math.PI;
  const u = x * Math.cos(turn) + y * Math.sin(turn);
  const v = y * Math.cos(turn) - x * Math.sin(turn);
  const streak = fbm2(u / 130 + 0.4 * noise2(u / 60, v / 60, pane & 31), v / 16, 4, pane & 63);
  const ripple = noise2(u / 9, v / 22, 33) * 0.5 + fbm2(x / 5, y / 5, 2, 34);
  const tilt = 0.25 * Math.sin(u / 55 + hash(pane, 32) * 6);
  const density = Math.exp(0.75 * streak + 0.22 * ripple + tilt);
  // Thicker glass is not only darker but purer in colour.
  const tinted = colour.map((c) => (c + 0.006) ** (1 / Math.sqrt(density))) as unknown as Vec3;
  const dirt = 0.35 + 0.65 * smoothstep(2, 20, edge + 5 * noise2(x / 14, y / 14, 35));
  const lit = scale(tinted, dirt * (0.75 + 0.4 * ripple * 0.5));
  return add(lit, scale([1, 0.97, 0.9], seedGlint(x, y) * 0.22));
}

/** Air bubbles ("seeds") caught in the glass: small bright points, now and then. */
function seedGlint(x: number, y: number): number {
  const i = Math.floor(x / 17);
  const j = Math.floor(y / 17);
  if (hash(i, j, 41) > 0.1) return 0;
  const dx = x / 17 - i - 0.2 - 0.6 * hash(i, j, 42);
  const dy = y / 17 - j - 0.2 - 0.6 * hash(i, j, 43);
  const radius = 0.06 + 0.09 * hash(i, j, 44);
  return smoothstep(radius, radius * 0.4, Math.hypot(dx, dy * 0.7));
}

/** Brightness of the day behind the window. */
function daylight(x: number, y: number): number {
  const fromSun = Math.hypot(x - SUN.x, y - SUN.y);
  const clouds = 1 + 0.5 * fbm2(x * 3, y * 3, 4, 51);
  return (1 + 1.1 * Math.exp(-((fromSun / 0.3) ** 2))) * clouds * 1.25;
}

/** A strip of lead seen from inside: nearly black, a soft gleam along its rounded back. */
function leadColour(x: number, y: number, across: number): Vec3 {
  const back = Math.sqrt(Math.max(0, 1 - across * across));
  const wear = 0.6 + 0.8 * fbm2(x / 10, y / 10, 3, 61);
  return scale([0.032, 0.034, 0.042], 0.25 + 0.75 * back * wear);
}

function lightWindow(design: Design): Canvas {
  const { width, height, panes, parts, colours } = design;
  const toPane = edgeDistance(panes, width, height);
  const toPart = edgeDistance(parts, width, height);
  const canvas = createCanvas(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const waver = 1 + 0.45 * noise2(x / 40, y / 40, 62);
      const narrow = 2.7 * waver;
      const broad = 5.2 * waver;
      const across = Math.min(toPane[i]! / narrow, toPart[i]! / broad);
      const cover = smoothstep(1.12, 0.88, across);
      const edge = Math.min(toPane[i]! - narrow, toPart[i]! - broad);
      const glass = throughGlass(x, y, panes[i]!, colours.get(panes[i]!)!, edge);
      const lit = scale(glass, daylight(x / width, y / width));
      canvas.pixels.set(blend(lit, leadColour(x, y, across), cover), i * 3);
    }
  }
  return canvas;
}

/** Mean over a sliding window of 2 * radius + 1 pixels, along rows (stride 1) or columns. */
function boxBlur(canvas: Canvas, radius: number, vertical: boolean): Canvas {
  const { width, height, pixels } = canvas;
  const out = createCanvas(width, height);
  const lines = vertical ? width : height;
  const size = vertical ? height : width;
  const stride = (vertical ? width : 1) * 3;
  for (let n = 0; n < lines; n++) {
    for (let c = 0; c < 3; c++) {
      const start = n * (vertical ? 1 : width) * 3 + c;
      const at = (k: number) => pixels[start + clamp(k, 0, size - 1) * stride]!;
      let sum = 0;
      for (let k = -radius; k <= radius; k++) sum += at(k);
      for (let k = 0; k < size; k++) {
        out.pixels[start + k * stride] = sum / (2 * radius + 1);
        sum += at(k + radius + 1) - at(k - radius);
      }
    }
  }
  return out;
}

function blur(canvas: Canvas, radius: number): Canvas {
  const once = boxBlur(boxBlur(canvas, radius, false), radius, true);
  return boxBlur(boxBlur(once, radius, false), radius, true);
}

/** Adds the glow of bright glass over the lead, then develops the light like film. */
function developWindow(light: Canvas): Canvas {
  const close = blur(light, 5).pixels;
  const wide = blur(light, 30).pixels;
  const pixels = light.pixels.map((v, i) => develop(0.86 * v + 0.11 * close[i]! + 0.09 * wide[i]!));
  return { ...light, pixels };
}

/** Draws a leaded window: a tree before the rising sun, 576 x 768. */
export function drawStainedGlass(): Canvas {
  return shrink(developWindow(lightWindow(createDesign())), FINE);
}

if (process.argv[1] === import.meta.filename) {
  await writeJpeg(drawStainedGlass(), "stained-glass.jpg");
}
