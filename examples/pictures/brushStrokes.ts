import {
  blendPixel,
  type Canvas,
  colourAt,
  createCanvas,
  hex,
  shrink,
  writeJpeg,
} from "./canvas.ts";
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
import { add, blend, normalise, scale, type Vec3 } from "./vector.ts";

const WIDTH = 768;
const HEIGHT = 560;
const FINE = 2;

/**
 * The motif, in picture widths from the top left: a low sun that sets the whole sky turning, hills,
 * a village of a few roofs, a wheat field with a path, dark poplars on the left.
 */
const SUN = { x: 0.7, y: 0.19 } as const;

/** Whirls of the sky: centre, strength (its sign is the sense of rotation) and radius. */
const WHIRLS = [
  { x: 0.7, y: 0.19, turn: 1.5, radius: 0.15 },
  { x: 0.36, y: 0.17, turn: -1.35, radius: 0.12 },
  { x: 0.52, y: 0.34, turn: 1, radius: 0.07 },
  { x: 0.95, y: 0.38, turn: -1, radius: 0.09 },
  { x: 0.08, y: 0.3, turn: 1.1, radius: 0.1 },
] as const;

/** Poplars: foot, height and half width. */
const POPLARS = [
  { x: 0.105, foot: 0.74, height: 0.66, width: 0.05 },
  { x: 0.19, foot: 0.7, height: 0.47, width: 0.038 },
  { x: 0.875, foot: 0.55, height: 0.14, width: 0.014 },
  { x: 0.91, foot: 0.55, height: 0.11, width: 0.012 },
] as const;

type Part = "sky" | "hills" | "field" | "path" | "tree" | "wall" | "roof";

function hillLine(x: number): number {
  return 0.475 - 0.05 * Math.sin(x * 5.2 + 0.4) - 0.02 * Math.sin(x * 13 + 2);
}

function fieldLine(x: number): number {
  return 0.535 + 0.02 * Math.sin(x * 6 + 1.5);
}

/** Distance from the middle of the path, in its own half widths, at row y. */
function pathOffset(x: number, y: number): number {
  const depth = (y - 0.53) / 0.27;
  const middle = 0.6 - 0.2 * depth + 0.1 * Math.sin(depth * 4.2);
  return Math.abs(x - middle) / (0.006 + 0.062 * depth);
}

/** Houses: left edge, right edge, eaves, ridge height above the eaves. */
const HOUSES = [
  { left: 0.625, right: 0.672, eaves: 0.522, foot: 0.55, ridge: 0.022 },
  { left: 0.685, right: 0.76, eaves: 0.512, foot: 0.553, ridge: 0.03 },
  { left: 0.775, right: 0.82, eaves: 0.522, foot: 0.556, ridge: 0.022 },
] as const;

function houseAt(x: number, y: number): "wall" | "roof" | undefined {
  for (const house of HOUSES) {
    if (x < house.left - 0.006 || x > house.right + 0.006 || y > house.foot) continue;
    if (y > house.eaves && x > house.left && x < house.right) return "wall";
    const middle = (house.left + house.right) / 2;
    const rise = 1 - Math.abs(x - middle) / (middle - house.left + 0.006);
    if (y <= house.eaves && y > house.eaves - house.ridge * Math.min(1, rise * 2)) return "roof";
  }
  return undefined;
}

function inPoplar(x: number, y: number): boolean {
  return POPLARS.some(({ x: middle, foot, height, width }) => {
    const up = (foot - y) / height;
    if (up < 0 || up > 1) return false;
    const sway = 0.012 * Math.sin(up * 9 + middle * 40) * up;
    const outline = 1.1 * (1 - up) ** 0.75 * (0.3 + 0.7 * smoothstep(0, 0.2, up));
    const flame = 1 + 0.3 * noise2(y * 26, middle * 50, 7);
    return Math.abs(x - middle - sway) < width * outline * flame;
  });
}

function partAt(x: number, y: number): Part {
  if (inPoplar(x, y)) return "tree";
  const house = houseAt(x, y);
  if (house) return house;
  if (y > fieldLine(x)) return pathOffset(x, y) < 1 ? "path" : "field";
  return y > hillLine(x) ? "hills" : "sky";
}

/** Direction of the brush at a point, as an angle in the plane of the picture. */
function strokeAngle(x: number, y: number, part: Part): number {
  const wobble = 0.35 * noise2(x * 9, y * 9, 3);
  switch (part) {
    case "sky":
      return skyAngle(x, y) + 0.5 * wobble;
    case "hills":
      return -0.26 * Math.cos(x * 5.2 + 0.4) + 0.5 * Math.sin((y - hillLine(x)) * 90) + wobble;
    case "field": {
      const away = Math.atan2(y - 0.42, x - 0.58);
      return away + 0.55 * Math.sin(x * 11 + y * 8) + wobble;
    }
    case "path":
      return Math.atan2(0.3, -0.16 + 0.35 * Math.cos(((y - 0.53) / 0.27) * 4.2)) + wobble;
    case "tree":
      return -Math.PI / 2 + 0.75 * Math.sin(y * 30 + x * 40) + wobble;
    case "wall":
      return Math.PI / 2;
    case "roof":
      return 0.25 * wobble;
  }
}

/** Wind from the left, bent round the whirls. */
function skyAngle(x: number, y: number): number {
  let vx = 0.55;
  let vy = 0.28 * Math.sin(x * 7 + 1) - 0.1;
  for (const whirl of WHIRLS) {
    const dx = x - whirl.x;
    const dy = y - whirl.y;
    const pull = whirl.turn * Math.exp(-(dx * dx + dy * dy) / (2 * whirl.radius ** 2));
    const r = Math.hypot(dx, dy) + 0.004;
    vx += (-dy / r) * pull * 1.6;
    vy += (dx / r) * pull * 1.6;
  }
  return Math.atan2(vy, vx);
}

const SKY = ["#0e1f5c", "#16357f", "#1f4fa3", "#2f72bf", "#5b9fd4", "#9cc7dc"].map(hex);
const GLOW = ["#fff3b0", "#ffe066", "#fcc52c", "#f29f1d", "#d9b64a", "#8fb59a"].map(hex);
const HILLS = ["#14386b", "#1f5f86", "#2f8577", "#86b56c", "#1a2f6b"].map(hex);
const WHEAT = ["#8a5a12", "#c98a14", "#eeb21f", "#ffd84d", "#fff0a0", "#7d8f2a"].map(hex);
const GRASS = ["#7d8f2a", "#4f7a35", "#a9a83a", "#2f5f58"].map(hex);
const POPPY = hex("#c7361d");
const PATH = ["#b98a5a", "#d9b27c", "#8f6f7a", "#e9d3a4"].map(hex);
const TREE = ["#06181c", "#0f3a30", "#1f5a34", "#5a8a35", "#a07a26", "#15306b"].map(hex);
const WALL = ["#e8e0c0", "#cfd6cf", "#9fb6cc"].map(hex);
const ROOF = ["#b8431f", "#d9682a", "#7a2a26"].map(hex);

/** A colour from a palette read as a continuous scale, t in [0, 1]. */
function along(palette: readonly Vec3[], t: number): Vec3 {
  const at = clamp(t, 0, 0.9999) * (palette.length - 1);
  const i = Math.floor(at);
  return blend(palette[i]!, palette[i + 1]!, at - i);
}

function pick(palette: readonly Vec3[], random: Random): Vec3 {
  return palette[Math.floor(random() * palette.length)]!;
}

/** The colour the brush is loaded with for one stroke. */
function strokeColour(x: number, y: number, part: Part, random: Random): Vec3 {
  switch (part) {
    case "sky":
      return skyColour(x, y, random);
    case "hills":
      return blend(along(HILLS, 0.5 + fbm2(x * 12, y * 16, 3, 5)), pick(HILLS, random), 0.4);
    case "field": {
      const near = smoothstep(0.53, 0.8, y);
      const tone = 0.56 - 0.16 * near + 0.9 * fbm2(x * 7 + y * 5, y * 14, 3, 6);
      const row = noise2(x * 5 + y * 4, y * 22, 12);
      if (random() < 0.7 * smoothstep(0.25, 0.6, row)) return pick(GRASS, random);
      if (random() < 0.3 * smoothstep(0.35, 0.6, noise2(x * 9, y * 20, 13))) return POPPY;
      return blend(along(WHEAT.slice(0, 5), tone), pick(WHEAT, random), 0.38);
    }
    case "path":
      return pick(PATH, random);
    case "tree":
      return blend(
        along(TREE.slice(0, 4), 0.35 + 0.9 * fbm2(x * 30, y * 9, 2, 8)),
        pick(TREE, random),
        0.4,
      );
    case "wall":
      return pick(WALL, random);
    case "roof":
      return pick(ROOF, random);
  }
}

function skyColour(x: number, y: number, random: Random): Vec3 {
  const toSun = Math.hypot(x - SUN.x, y - SUN.y);
  if (toSun < 0.052) return along(GLOW, random() * 0.3);
  const rings = 0.5 + 0.5 * Math.sin(toSun * 95 + 3 * noise2(x * 6, y * 6, 9));
  const halo = smoothstep(0.21, 0.06, toSun + 0.03 * (random() - 0.5));
  const band = bandTone(x, y);
  const low = smoothstep(0.2, 0.5, y);
  let colour = along(SKY, 0.16 + 0.55 * band + 0.22 * low + 0.22 * (random() - 0.5));
  if (random() < 0.05 + 0.12 * low) colour = blend(colour, GLOW[4]!, 0.65);
  if (random() < 0.05) colour = hex("#e9efe2");
  return random() < halo * (0.35 + 0.75 * rings)
    ? along(GLOW, toSun * 5.2 * random() + 0.12)
    : colour;
}

/** Light and dark bands that follow the turning of the sky, 0 dark to 1 light. */
function bandTone(x: number, y: number): number {
  let phase = 30 * y + 3 * Math.sin(6 * x) + 3 * fbm2(x * 4, y * 4, 3, 4);
  let weight = 0;
  let ring = 0;
  for (const whirl of WHIRLS) {
    const d = Math.hypot(x - whirl.x, y - whirl.y);
    const near = Math.exp(-((d / (whirl.radius * 1.5)) ** 2));
    const turn = Math.atan2(y - whirl.y, x - whirl.x) * Math.sign(whirl.turn);
    ring += near * Math.sin((d / whirl.radius) * 7 - turn);
    weight += near;
  }
  phase = Math.sin(phase) * Math.max(0, 1 - weight) + ring;
  return 0.5 + 0.5 * clamp(phase, -1, 1);
}

/** Wet paint: what colour lies where, and how thick. */
interface Paint {
  readonly colour: Canvas;
  readonly thickness: Float32Array;
}

interface Brush {
  readonly width: number;
  readonly length: number;
  readonly load: number;
}

/** One stroke: the centre line follows the flow, bristles leave ridges and carry uneven colour. */
function drawStroke(
  paint: Paint,
  random: Random,
  startX: number,
  startY: number,
  brush: Brush,
): void {
  const size = paint.colour.width;
  const part = partAt(startX / size, startY / size);
  const colour = strokeColour(startX / size, startY / size, part, random);
  const second = strokeColour(startX / size, startY / size, part, random);
  const width = brush.width * (part === "wall" || part === "roof" ? 0.6 : 1);
  const identity = Math.floor(random() * 1e6);
  const half = brush.length / 2;
  const sense = random() < 0.5 ? 1 : -1;
  let { x, y } = walk(startX, startY, -half * sense, size, part);
  for (let s = 0; s < brush.length; s += 0.7) {
    const here = partAt(x / size, y / size);
    const angle = strokeAngle(x / size, y / size, part);
    if (here === part) {
      const u = s / brush.length;
      stampRow(paint, { x, y, angle, width, u, identity, colour, second, load: brush.load });
    }
    x += Math.cos(angle) * 0.7 * sense;
    y += Math.sin(angle) * 0.7 * sense;
  }
}

function walk(x: number, y: number, distance: number, size: number, part: Part) {
  const step = Math.sign(distance) * 2;
  for (let s = 0; s < Math.abs(distance); s += 2) {
    const angle = strokeAngle(x / size, y / size, part);
    x += Math.cos(angle) * step;
    y += Math.sin(angle) * step;
  }
  return { x, y };
}

interface Stamp {
  readonly x: number;
  readonly y: number;
  readonly angle: number;
  readonly width: number;
  /** How far along the stroke, 0 to 1. */
  readonly u: number;
  readonly identity: number;
  readonly colour: Vec3;
  readonly second: Vec3;
  readonly load: number;
}

/** The line of bristles laid across the stroke at one moment. */
function stampRow(paint: Paint, stamp: Stamp): void {
  const { u, identity } = stamp;
  const taper = Math.min(1, Math.sqrt(u * 9), Math.sqrt((1 - u) * 5));
  const radius = (stamp.width / 2) * taper;
  for (let across = -radius; across <= radius; across += 0.6) {
    const v = across / (stamp.width / 2);
    const bristle = Math.floor((across + stamp.width) / 2.5);
    const grain = hash(bristle, identity) ** 0.8;
    // Late in the stroke the brush runs dry: bristles lift one by one.
    if (u > 0.55 + 0.6 * grain) continue;
    const x = Math.round(stamp.x - Math.sin(stamp.angle) * across);
    const y = Math.round(stamp.y + Math.cos(stamp.angle) * across);
    if (x < 0 || y < 0 || x >= paint.colour.width || y >= paint.colour.height) continue;
    const streak = clamp(0.5 * grain + 0.25 * noise2(u * 5, bristle * 3.7, identity % 89));
    const mixed = blend(stamp.colour, stamp.second, streak * 0.75);
    blendPixel(paint.colour, x, y, scale(mixed, 0.93 + 0.14 * grain), 0.7);
    const ridge = 0.45 + 0.55 * grain + 0.5 * Math.abs(v) ** 6 + 0.35 * smoothstep(0.25, 0, u);
    const i = y * paint.colour.width + x;
    paint.thickness[i] = mix(
      paint.thickness[i]!,
      0.45 * paint.thickness[i]! + stamp.load * ridge,
      0.7,
    );
  }
}

/** Layers of strokes, broad ones first; each layer has its own density. */
const LAYERS = [
  { spacing: 12, width: 22, length: 110, load: 0.5 },
  { spacing: 8.5, width: 13, length: 80, load: 0.9 },
  { spacing: 9, width: 10, length: 62, load: 1.3 },
] as const;

function layPaint(random: Random): Paint {
  const width = WIDTH * FINE;
  const height = HEIGHT * FINE;
  const paint: Paint = {
    colour: createCanvas(width, height),
    thickness: new Float32Array(width * height),
  };
  paint.colour.pixels.fill(0.25);
  for (const layer of LAYERS) {
    const strokes = Math.round((width * height) / layer.spacing ** 2 / 2);
    for (let i = 0; i < strokes; i++) {
      const brush: Brush = {
        width: layer.width * between(random, 0.7, 1.3),
        length: layer.length * between(random, 0.5, 1.3),
        load: layer.load * between(random, 0.6, 1.4),
      };
      drawStroke(paint, random, random() * width, random() * height, brush);
    }
  }
  return paint;
}

const LAMP: Vec3 = normalise([-0.55, -0.62, 0.75]);

/** Lights the relief of the paint from the upper left, with a wet glint on the ridges. */
function lightRelief(paint: Paint): Canvas {
  const { width, height } = paint.colour;
  const lit = createCanvas(width, height);
  const thick = (x: number, y: number) =>
    paint.thickness[clamp(y, 0, height - 1) * width + clamp(x, 0, width - 1)]!;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [gx, gy] = slope(thick, x, y);
      const canvasWeave = 0.06 * (Math.sin(x * 0.9) + Math.sin(y * 0.9));
      const normal = normalise([-0.5 * gx, -0.5 * gy, 1 + canvasWeave * 0.3]);
      const facing = normal[0] * LAMP[0] + normal[1] * LAMP[1] + normal[2] * LAMP[2];
      const glint = Math.max(0, facing) ** 30 * 0.13 - 0.01;
      const colour = scale(colourAt(paint.colour, x, y), 0.46 + 0.8 * Math.max(0, facing));
      lit.pixels.set(add(colour, [glint, glint, glint * 0.9]), (y * width + x) * 3);
    }
  }
  return lit;
}

/** Slope of a relief at (x, y), by the Sobel filter. */
function slope(relief: (x: number, y: number) => number, x: number, y: number) {
  const column = (dx: number) =>
    relief(x + dx, y - 1) + 2 * relief(x + dx, y) + relief(x + dx, y + 1);
  const row = (dy: number) => relief(x - 1, y + dy) + 2 * relief(x, y + dy) + relief(x + 1, y + dy);
  return [(column(1) - column(-1)) / 4, (row(1) - row(-1)) / 4] as const;
}

/** Paints a wind-blown wheat field under a turning sky in thick strokes, 768 x 560. */
export function drawBrushStrokes(): Canvas {
  return shrink(lightRelief(layPaint(createRandom(1889))), FINE);
}

if (process.argv[1] === import.meta.filename) {
  await writeJpeg(drawBrushStrokes(), "brush-strokes.jpg");
}
