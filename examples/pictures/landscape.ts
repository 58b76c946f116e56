import { type Canvas, develop, paint, shrink, writeJpeg } from "./canvas.ts";
import { clamp, createRandom, fbm2, mix, noise2, type Random, smoothstep } from "./noise.ts";
import { drawPine } from "./pines.ts";
import { createSky, type Sky, SKYLIGHT, skyAt, SUN, SUNLIGHT } from "./sky.ts";
import {
  createTerrain,
  groundHeight,
  groundNormal,
  type Terrain,
  type Tree,
  treeAt,
} from "./terrain.ts";
import {
  add,
  addScaled,
  blend,
  dot,
  multiply,
  normalise,
  reflect,
  scale,
  type Vec3,
} from "./vector.ts";

const WIDTH = 768;
const HEIGHT = 512;
const EYE: Vec3 = [0, 62, 0];
const FIELD_OF_VIEW = 0.8;
const PITCH = 0.045;
const FARTHEST = 11_000;

interface World {
  readonly terrain: Terrain;
  readonly sky: Sky;
  readonly random: Random;
}

interface Hit {
  readonly point: Vec3;
  readonly distance: number;
}

/** Unit direction through the image point (x, y), in pixels from the top left. */
function viewDirection(x: number, y: number): Vec3 {
  const focal = WIDTH / 2 / Math.tan(FIELD_OF_VIEW / 2);
  const u = (x - WIDTH / 2) / focal;
  const v = (HEIGHT / 2 - y) / focal;
  const cos = Math.cos(PITCH);
  const sin = Math.sin(PITCH);
  return normalise([u, v * cos + sin, cos - v * sin]);
}

/** Height of whatever stands at (x, z), forest included. */
function surfaceHeight(terrain: Terrain, x: number, y: number, z: number): number {
  const ground = groundHeight(terrain, x, z);
  return y > ground + 26 ? ground : ground + treeAt(x, z, ground).height;
}

/** Where the ray from `origin` along `d` first meets land, or undefined. */
function marchLand(
  terrain: Terrain,
  origin: Vec3,
  d: Vec3,
  start: number,
  end: number,
): Hit | undefined {
  let last = start;
  let t = start;
  while (t < end) {
    const y = origin[1] + d[1] * t;
    if (y > 2900 && d[1] > 0) return undefined;
    const gap = y - surfaceHeight(terrain, origin[0] + d[0] * t, y, origin[2] + d[2] * t);
    if (gap < 0) return refine(terrain, origin, d, last, t);
    last = t;
    t += Math.max(0.9 + t * 0.0007, (gap > 30 ? gap - 20 : gap * 0.2) * 0.55);
  }
  return undefined;
}

/** Bisects a stretch of ray that begins above the surface and ends below it. */
function refine(terrain: Terrain, origin: Vec3, d: Vec3, above: number, below: number): Hit {
  for (let i = 0; i < 6; i++) {
    const t = (above + below) / 2;
    const y = origin[1] + d[1] * t;
    const gap = y - surfaceHeight(terrain, origin[0] + d[0] * t, y, origin[2] + d[2] * t);
    if (gap < 0) below = t;
    else above = t;
  }
  return { point: addScaled(origin, d, below), distance: below };
}

/** The part of the sun's disc seen from a point: 0 in full shadow. */
function sunVisibility(world: World, point: Vec3): number {
  const spread = 0.012;
  const d = normalise([
    SUN[0] + spread * (world.random() - 0.5),
    SUN[1] + spread * (world.random() - 0.5),
    SUN[2] + spread * (world.random() - 0.5),
  ]);
  return marchLand(world.terrain, point, d, 3, 4500) ? 0 : 1;
}

const ROCK: Vec3 = [0.125, 0.112, 0.103];
const ROCK_DARK: Vec3 = [0.05, 0.046, 0.046];
const SNOW: Vec3 = [0.86, 0.88, 0.92];
const MEADOW: Vec3 = [0.115, 0.115, 0.035];
const SCREE: Vec3 = [0.17, 0.152, 0.135];

/** Reflectance of open ground: meadow low down, then scree and banded rock, snow where it can lie. */
function groundColour(point: Vec3, normal: Vec3): Vec3 {
  const [x, y, z] = point;
  const strata = noise2(y / 26 + 2 * fbm2(x / 300, z / 300, 3, 60), x / 900, 61);
  const blotch = fbm2(x / 60, z / 60, 4, 62);
  let colour = blend(ROCK, ROCK_DARK, smoothstep(-0.3, 0.6, strata * 0.6 + blotch));
  const flat = smoothstep(0.62, 0.86, normal[1] + 0.12 * blotch);
  colour = blend(colour, SCREE, 0.7 * flat);
  const meadow = flat * smoothstep(900, 420, y + 260 * fbm2(x / 500, z / 500, 3, 63));
  colour = blend(colour, blend(MEADOW, [0.16, 0.12, 0.05], clamp(0.5 + blotch)), meadow);
  colour = blend(SCREE, colour, smoothstep(0.5, 5, y));
  const line = y + 330 * fbm2(x / 420, z / 420, 5, 64) - 690;
  const lies = smoothstep(0.5, 0.72, normal[1] + 0.1 * blotch + line / 4200);
  return blend(colour, SNOW, lies * smoothstep(-60, 190, line));
}

const NEEDLES: readonly Vec3[] = [
  [0.022, 0.046, 0.014],
  [0.042, 0.064, 0.016],
  [0.014, 0.032, 0.016],
];
const LARCH: Vec3 = [0.3, 0.17, 0.028];

/** Reflectance of a tree's foliage: dark conifers, here and there a larch in autumn gold. */
function treeColour(tree: Tree, point: Vec3): Vec3 {
  const stand = fbm2(point[0] / 260, point[2] / 260, 3, 70);
  if (tree.identity * 0.7 + 1.7 * stand > 0.95) {
    return blend(LARCH, [0.16, 0.12, 0.03], (tree.identity * 13) % 1);
  }
  return NEEDLES[Math.floor(tree.identity * 977) % NEEDLES.length]!;
}

/** Light leaving a land point towards the viewer, before the air between. */
function shadeLand(world: World, hit: Hit): Vec3 {
  const { point } = hit;
  const ground = groundHeight(world.terrain, point[0], point[2]);
  const tree = treeAt(point[0], point[2], ground);
  const bare = groundNormal(world.terrain, point[0], point[2], 5 + hit.distance * 0.001);
  const wooded = tree.height > 0.8;
  const normal = wooded ? treeNormal(world.terrain, point, ground) : bare;
  const albedo = wooded ? treeColour(tree, point) : groundColour(point, bare);
  const facing = Math.max(0, dot(normal, SUN));
  const sun = facing > 0 ? facing * sunVisibility(world, addScaled(point, normal, 1)) : 0;
  const open = wooded ? 0.3 + 0.7 * smoothstep(0, 16, tree.height) : 0.9;
  const sky = (0.55 + 0.45 * normal[1]) * open;
  const bounce = 0.1 * Math.max(0, 0.6 - normal[1] * 0.5) + 0.03;
  const light = add(scale(SUNLIGHT, sun + bounce * 0.4), scale(SKYLIGHT, sky));
  return multiply(albedo, light);
}

function treeNormal(terrain: Terrain, point: Vec3, ground: number): Vec3 {
  const [x, , z] = point;
  const h = (dx: number, dz: number) => treeAt(x + dx, z + dz, ground).height;
  const slope = groundNormal(terrain, x, z, 20);
  const gx = (h(1, 0) - h(-1, 0)) / 2;
  const gz = (h(0, 1) - h(0, -1)) / 2;
  return normalise([-gx * 0.35 + slope[0], 0.9, -gz * 0.35 + slope[2]]);
}

/** Dims light by the air in front of it and adds the blue the air scatters in. */
function throughAir(light: Vec3, d: Vec3, distance: number, altitude: number): Vec3 {
  const haze = distance * Math.exp(-Math.max(0, altitude) / 1500);
  const towardsSun = Math.max(0, dot(d, normalise([SUN[0], 0, SUN[2]])));
  const veil: Vec3 = blend([0.55, 0.74, 1.05], [1.25, 1.05, 0.85], 0.5 * towardsSun + 0.1);
  const keep = (beta: number) => Math.exp(-beta * (0.2 * distance + 0.8 * haze));
  const kept: Vec3 = [keep(3.2e-5), keep(4.6e-5), keep(8e-5)];
  return add(multiply(light, kept), multiply(veil, [1 - kept[0], 1 - kept[1], 1 - kept[2]]));
}

/** A bank of mist that lies on the far water, with a ragged top. */
function throughMist(light: Vec3, hit: Hit): Vec3 {
  const [x, y, z] = hit.point;
  const top = 70 + 130 * fbm2(x / 600, z / 1400, 4, 140);
  const thickness = smoothstep(1500, 3600, hit.distance) * smoothstep(top, 0, y);
  return blend(light, [1.15, 1.12, 1.15], 0.42 * thickness);
}

/** Light seen along a ray that may meet land or sky, but not water. */
function seeAbove(world: World, origin: Vec3, d: Vec3, start: number): Vec3 {
  const hit = marchLand(world.terrain, origin, d, start, FARTHEST);
  if (!hit) return skyAt(world.sky, d);
  const lit = throughAir(shadeLand(world, hit), d, hit.distance, hit.point[1]);
  return throughMist(lit, hit);
}

/** Unit normal of the lake: long swells, ripples, and calm lanes between the gusts. */
function waterNormal(point: Vec3, distance: number, random: Random): Vec3 {
  const [x, , z] = point;
  const gust = smoothstep(-0.25, 0.4, fbm2(x / 260, z / 700, 4, 80));
  const strength = mix(0.012, 0.05, gust);
  const detail = clamp(350 / distance);
  const gx = fbm2(x / 5, z / 3.2, 3, 81) * detail + (random() - 0.5) * (1 - detail) * 0.8;
  const gz = fbm2(x / 4.2, z / 2.2, 3, 82) * detail + (random() - 0.5) * (1 - detail) * 0.8;
  return normalise([gx * strength, 1, gz * strength * 1.3]);
}

const DEEP_WATER: Vec3 = [0.008, 0.052, 0.062];

function seeWater(world: World, d: Vec3, distance: number): Vec3 {
  const point = addScaled(EYE, d, distance);
  const normal = waterNormal(point, distance, world.random);
  const cosine = Math.max(0.02, -dot(d, normal));
  const fresnel = 0.02 + 0.98 * (1 - cosine) ** 5;
  const mirrored = reflect(d, normal);
  const up: Vec3 = normalise([mirrored[0], Math.max(0.01, mirrored[1]), mirrored[2]]);
  const reflected = seeAbove(world, point, up, 2);
  const shallow = smoothstep(-9, -0.5, groundHeight(world.terrain, point[0], point[2]));
  const body = blend(scale(DEEP_WATER, 2.2), [0.12, 0.3, 0.26], shallow);
  return throughAir(blend(body, reflected, fresnel), d, distance, 0);
}

function see(world: World, d: Vec3): Vec3 {
  const toWater = d[1] < 0 ? -EYE[1] / d[1] : Infinity;
  const hit = marchLand(world.terrain, EYE, d, 60, Math.min(toWater, FARTHEST));
  if (hit) {
    const lit = throughAir(shadeLand(world, hit), d, hit.distance, hit.point[1]);
    return throughMist(lit, hit);
  }
  return d[1] < 0 ? seeWater(world, d, toWater) : skyAt(world.sky, d);
}

/** Renders the view, `samples` x `samples` rays to a pixel, as display-ready colours. */
function renderView(samples: number): Canvas {
  const world: World = { terrain: createTerrain(), sky: createSky(), random: createRandom(5) };
  const fine = paint(WIDTH * samples, HEIGHT * samples, (x, y) => {
    const d = viewDirection((x + 0.5) / samples, (y + 0.5) / samples);
    const light = see(world, d);
    return [develop(light[0] * 0.62), develop(light[1] * 0.62), develop(light[2] * 0.62)];
  });
  drawForeground(fine, samples);
  return shrink(fine, samples);
}

/** The great trees that frame the view: place of the tip and height, in picture widths. */
const FRAME: readonly (readonly [number, number, number])[] = [
  [0.925, 0.2, 0.62],
  [0.145, 0.265, 0.5],
  [0.985, 0.31, 0.5],
  [0.045, 0.045, 0.8],
  [0.845, 0.4, 0.36],
  [0.222, 0.43, 0.32],
];

/** Rows of tree tops along the lower edge, the far and hazy ones first, then the framing trees. */
function drawForeground(canvas: Canvas, samples: number): void {
  const random = createRandom(23);
  const size = WIDTH * samples;
  for (let row = 0; row < 3; row++) {
    for (let i = 0; i < 26; i++) {
      const x = (i + random()) / 26;
      const clearing = 0.1 * Math.exp(-(((x - 0.58) / 0.24) ** 2));
      const top = 0.515 + row * 0.03 + clearing + 0.1 * (random() - 0.5);
      const height = 0.19 + 0.1 * row;
      const distance = 0.8 - 0.4 * row;
      drawPine(canvas, random, { x: x * size, top: top * size, height: height * size, distance });
    }
  }
  for (const [x, top, height] of FRAME) {
    drawPine(canvas, random, { x: x * size, top: top * size, height: height * size, distance: 0 });
  }
}

/** Draws a mountain lake on an autumn afternoon, 768 x 512. */
export function drawLandscape(): Canvas {
  return renderView(2);
}

if (process.argv[1] === import.meta.filename) {
  await writeJpeg(drawLandscape(), "landscape.jpg");
}
