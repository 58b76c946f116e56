import { type Canvas, createCanvas, develop } from "./canvas.ts";
import { clamp, createRandom, type Random } from "./noise.ts";
import {
  add,
  addScaled,
  cross,
  dot,
  multiply,
  normalise,
  reflect,
  scale,
  subtract,
  type Vec3,
} from "./vector.ts";

/** How a surface answers light. */
export interface Material {
  /** Fraction of light scattered in all directions, per colour. */
  readonly albedo: Vec3;
  /** Fraction mirrored at normal incidence, per colour (about 0.04 for glaze and varnish). */
  readonly mirror: Vec3;
  /** Blur of the mirror image: 0 polished, 0.5 satin. */
  readonly roughness: number;
  /** For clear glass: the fraction of light that passes one wall met head-on. */
  readonly passes?: Vec3;
}

/** A thing in the room. */
export interface Solid {
  /** Distance along the ray to the surface, below `far`; Infinity if the ray misses. */
  intersect(origin: Vec3, direction: Vec3, far: number): number;
  /** Outward unit normal at a surface point. */
  normal(point: Vec3): Vec3;
  material(point: Vec3, normal: Vec3): Material;
}

/** A rectangular window that lights the room. */
export interface Window {
  readonly corner: Vec3;
  readonly across: Vec3;
  readonly up: Vec3;
  /** Light that leaves the window at (u, v) in [0, 1] x [0, 1]. */
  readonly radiance: (u: number, v: number) => Vec3;
}

/** Solids, the window that lights them, and the dim light of the rest of the room. */
export interface Room {
  readonly solids: readonly Solid[];
  readonly window: Window;
  readonly ambient: (direction: Vec3) => Vec3;
}

interface Hit {
  readonly distance: number;
  readonly point: Vec3;
  readonly normal: Vec3;
  readonly material: Material;
}

function nearestHit(room: Room, origin: Vec3, direction: Vec3): Hit | undefined {
  let distance = 60;
  let found = -1;
  for (let i = 0; i < room.solids.length; i++) {
    const t = room.solids[i]!.intersect(origin, direction, distance);
    if (t < distance) {
      distance = t;
      found = i;
    }
  }
  if (found < 0) return undefined;
  const solid = room.solids[found]!;
  const point = addScaled(origin, direction, distance);
  const outward = solid.normal(point);
  const material = solid.material(point, outward);
  // Glass is met from within as well.
  const within = material.passes && dot(outward, direction) > 0;
  return { distance, point, normal: within ? scale(outward, -1) : outward, material };
}

const BLACK: Vec3 = [0, 0, 0];
const WHITE: Vec3 = [1, 1, 1];

/** What of the light on the way from a point passes everything in between. */
function transmittance(room: Room, origin: Vec3, direction: Vec3, far: number): Vec3 {
  let passed = WHITE;
  for (const solid of room.solids) {
    const t = solid.intersect(origin, direction, far);
    if (t >= far) continue;
    const point = addScaled(origin, direction, t);
    const { passes } = solid.material(point, direction);
    if (!passes) return BLACK;
    passed = multiply(passed, multiply(passes, passes));
  }
  return passed;
}

/** Light of the window scattered by a matt surface of albedo 1, from one random window point. */
function windowLight(room: Room, point: Vec3, normal: Vec3, u: number, v: number): Vec3 {
  const { window } = room;
  const target = addScaled(addScaled(window.corner, window.across, u), window.up, v);
  const way = subtract(target, point);
  const squared = dot(way, way);
  const direction = scale(way, 1 / Math.sqrt(squared));
  const facing = dot(direction, normal);
  const sill = cross(window.across, window.up);
  const leaving = Math.abs(dot(direction, sill));
  if (facing <= 0) return BLACK;
  const passed = transmittance(room, point, direction, Math.sqrt(squared));
  return scale(multiply(window.radiance(u, v), passed), (facing * leaving) / (squared * Math.PI));
}

/** The window or the dim room, for a ray that meets no solid. */
function background(room: Room, origin: Vec3, direction: Vec3): Vec3 {
  const { corner, across, up, radiance } = room.window;
  const normal = cross(across, up);
  const t = dot(subtract(corner, origin), normal) / dot(direction, normal);
  if (t > 0) {
    const local = subtract(addScaled(origin, direction, t), corner);
    const u = dot(local, across) / dot(across, across);
    const v = dot(local, up) / dot(up, up);
    if (u > 0 && u < 1 && v > 0 && v < 1) return radiance(u, v);
  }
  return room.ambient(direction);
}

/** A direction over the surface, more often where matt surfaces gather more (cosine law). */
function scatter(normal: Vec3, random: Random): Vec3 {
  const z = 1 - 2 * random();
  const angle = 2 * Math.PI * random();
  const r = Math.sqrt(1 - z * z) * 0.999;
  return normalise([
    normal[0] + r * Math.cos(angle),
    normal[1] + r * Math.sin(angle),
    normal[2] + z * 0.999,
  ]);
}

/** Light scattered by a matt surface of albedo 1: the window, and one bounce off the room. */
function irradiance(room: Room, hit: Hit, random: Random, u: number, v: number): Vec3 {
  const start = addScaled(hit.point, hit.normal, 0.003);
  const direct = windowLight(room, start, hit.normal, u, v);
  // Bounced light is soft: a third of the rays can speak for all.
  if (random() > BOUNCING) return direct;
  return addScaled(direct, bounced(room, hit, start, random), 1 / BOUNCING);
}

const BOUNCING = 1 / 3;

function bounced(room: Room, hit: Hit, start: Vec3, random: Random): Vec3 {
  const direction = scatter(hit.normal, random);
  const next = nearestHit(room, start, direction);
  if (!next) return room.ambient(direction);
  const from = addScaled(next.point, next.normal, 0.003);
  const second = windowLight(room, from, next.normal, random(), random());
  const far = scale(room.ambient(next.normal), 0.35);
  return multiply(next.material.albedo, add(second, far));
}

function fresnel(mirror: Vec3, cosine: number): Vec3 {
  const grazing = (1 - clamp(cosine, 0.1)) ** 5;
  return [
    mirror[0] + (1 - mirror[0]) * grazing,
    mirror[1] + (1 - mirror[1]) * grazing,
    mirror[2] + (1 - mirror[2]) * grazing,
  ];
}

/** The mirror image in a surface, seen once more mirrored at most. */
function mirrored(room: Room, hit: Hit, direction: Vec3, random: Random): Vec3 {
  const { roughness } = hit.material;
  const blur = scale(scatter(hit.normal, random), roughness);
  const along = normalise(add(reflect(direction, hit.normal), blur));
  if (dot(along, hit.normal) <= 0) return BLACK;
  const start = addScaled(hit.point, hit.normal, 0.003);
  const next = nearestHit(room, start, along);
  if (!next) return background(room, start, along);
  const light = irradianceOnce(room, next, random);
  return multiply(next.material.albedo, light);
}

function irradianceOnce(room: Room, hit: Hit, random: Random): Vec3 {
  const start = addScaled(hit.point, hit.normal, 0.003);
  const direct = windowLight(room, start, hit.normal, random(), random());
  return add(direct, scale(room.ambient(hit.normal), 0.5));
}

/** What one camera ray gathers, kept apart so that only the noisy part is smoothed afterwards. */
interface Gathered {
  readonly albedo: Vec3;
  readonly diffuse: Vec3;
  /** The mirror image in polished surfaces. */
  readonly gloss: Vec3;
  /** The mirror image in rough ones, as noisy as the diffuse light. */
  readonly sheen: Vec3;
  readonly normal: Vec3;
  readonly distance: number;
}

/** Roughness above which a mirror image is so blurred that it may be smoothed. */
const SHARPEST_SHEEN = 0.12;

function gather(room: Room, eye: Vec3, view: Vec3, random: Random, u: number, v: number): Gathered {
  let origin = eye;
  let passed = WHITE;
  let gloss = BLACK;
  let sheen = BLACK;
  let travelled = 0;
  for (let walls = 0; walls < 6; walls++) {
    const hit = nearestHit(room, origin, view);
    if (!hit) break;
    travelled += hit.distance;
    const cosine = -dot(view, hit.normal);
    const shine = multiply(passed, fresnel(hit.material.mirror, cosine));
    const { passes, albedo, roughness } = hit.material;
    const rough = roughness > SHARPEST_SHEEN;
    const chance = rough && Math.max(...shine) < 0.2 ? 1 / 3 : 1;
    if (random() < chance) {
      const image = scale(multiply(shine, mirrored(room, hit, view, random)), 1 / chance);
      if (rough) sheen = add(sheen, image);
      else gloss = add(gloss, image);
    }
    if (!passes) {
      const seen = multiply(passed, albedo);
      const diffuse = multiply(seen, irradiance(room, hit, random, u, v));
      return { albedo: seen, diffuse, gloss, sheen, normal: hit.normal, distance: travelled };
    }
    const slant = 1 / Math.max(0.16, cosine);
    passed = multiply(passed, passes.map((p) => p ** slant) as unknown as Vec3);
    origin = addScaled(hit.point, view, 0.006);
  }
  const behind = multiply(passed, background(room, origin, view));
  return {
    albedo: BLACK,
    diffuse: BLACK,
    gloss: add(gloss, behind),
    sheen,
    normal: view,
    distance: 60,
  };
}

/** Where the picture is taken from. */
export interface Camera {
  readonly eye: Vec3;
  readonly target: Vec3;
  /** Focal length in picture widths. */
  readonly focal: number;
  /** Radius of the lens; things away from the target's distance blur with it. */
  readonly lens: number;
}

interface Film {
  readonly albedo: Canvas;
  readonly diffuse: Canvas;
  readonly gloss: Canvas;
  readonly sheen: Canvas;
  readonly normal: Canvas;
  readonly distance: Float32Array;
}

/** Size of a picture in pixels, and rays per pixel along each side of a square grid. */
export interface Exposure {
  readonly width: number;
  readonly height: number;
  readonly grid: number;
  /** Factor from scene light to film. */
  readonly gain: number;
}

function expose(room: Room, camera: Camera, exposure: Exposure): Film {
  const { width, height, grid } = exposure;
  const random = createRandom(7);
  const forward = normalise(subtract(camera.target, camera.eye));
  const right = normalise(cross([0, 1, 0], forward));
  const up = cross(forward, right);
  const focus = dot(subtract(camera.target, camera.eye), forward);
  const film: Film = {
    albedo: createCanvas(width, height),
    diffuse: createCanvas(width, height),
    gloss: createCanvas(width, height),
    sheen: createCanvas(width, height),
    normal: createCanvas(width, height),
    distance: new Float32Array(width * height),
  };
  const rays = grid * grid;
  for (let i = 0; i < width * height; i++) {
    const turn = random();
    for (let k = 0; k < rays; k++) {
      const sx = (i % width) + ((k % grid) + random()) / grid;
      const sy = Math.floor(i / width) + (Math.floor(k / grid) + random()) / grid;
      const x = (sx / width - 0.5) / camera.focal;
      const y = (height / 2 - sy) / width / camera.focal;
      const focal = addScaled(addScaled(scale(forward, focus), right, x * focus), up, y * focus);
      const angle = 2 * Math.PI * random();
      const radius = camera.lens * Math.sqrt(random());
      const shift = addScaled(scale(right, radius * Math.cos(angle)), up, radius * Math.sin(angle));
      const view = normalise(subtract(focal, shift));
      // The golden ratio spreads the window samples of one pixel evenly.
      const u = (turn + k * 0.61803) % 1;
      const v = ((k + random()) / rays + turn * 7) % 1;
      record(film, i, gather(room, add(camera.eye, shift), view, random, u, v), 1 / rays);
    }
  }
  return film;
}

function record(film: Film, i: number, ray: Gathered, weight: number): void {
  for (let c = 0; c < 3; c++) {
    film.albedo.pixels[i * 3 + c]! += ray.albedo[c]! * weight;
    film.diffuse.pixels[i * 3 + c]! += ray.diffuse[c]! * weight;
    film.gloss.pixels[i * 3 + c]! += Math.min(ray.gloss[c]!, 6) * weight;
    film.sheen.pixels[i * 3 + c]! += Math.min(ray.sheen[c]!, 6) * weight;
    film.normal.pixels[i * 3 + c]! += ray.normal[c]! * weight;
  }
  film.distance[i]! += ray.distance * weight;
}

/**
 * Smooths noisy light within surfaces and not across their edges: the edge-avoiding a-trous filter
 * (Dammertz et al., HPG 2010), guided by normals and distances.
 */
function smooth(light: Canvas, film: Film, passes: number): Canvas {
  let current = light;
  for (let pass = 0; pass < passes; pass++) {
    const next = createCanvas(light.width, light.height);
    for (let i = 0; i < light.width * light.height; i++) {
      smoothPixel(current, next, film, i, 2 ** pass);
    }
    current = next;
  }
  return current;
}

const KERNEL = [0.375, 0.25, 0.0625] as const;

function smoothPixel(from: Canvas, to: Canvas, film: Film, i: number, step: number): void {
  const { width, height, pixels } = from;
  const normals = film.normal.pixels;
  const x = i % width;
  const y = Math.floor(i / width);
  const sum = [0, 0, 0];
  let total = 0;
  for (let dy = -2; dy <= 2; dy++) {
    for (let dx = -2; dx <= 2; dx++) {
      const column = x + dx * step;
      const row = y + dy * step;
      if (column < 0 || row < 0 || column >= width || row >= height) continue;
      const j = row * width + column;
      let alike = 0;
      for (let c = 0; c < 3; c++) alike += normals[i * 3 + c]! * normals[j * 3 + c]!;
      const apart = Math.abs(film.distance[i]! - film.distance[j]!) / (0.025 * step);
      const weight =
        KERNEL[Math.abs(dx)]! * KERNEL[Math.abs(dy)]! * clamp(alike) ** 40 * Math.exp(-apart) +
        1e-9;
      for (let c = 0; c < 3; c++) sum[c]! += weight * pixels[j * 3 + c]!;
      total += weight;
    }
  }
  for (let c = 0; c < 3; c++) to.pixels[i * 3 + c] = sum[c]! / total;
}

/** Gives averaged normals unit length again. */
function straighten(normals: Canvas): void {
  const { pixels } = normals;
  for (let i = 0; i < pixels.length; i += 3) {
    const size = Math.hypot(pixels[i]!, pixels[i + 1]!, pixels[i + 2]!) + 1e-6;
    for (let c = 0; c < 3; c++) pixels[i + c]! /= size;
  }
}

/** Photographs the room: traces light paths, smooths their noise, develops the film. */
export function photograph(room: Room, camera: Camera, exposure: Exposure): Canvas {
  const film = expose(room, camera, exposure);
  // Divided by its colour, a surface shows only the light on it, which is smooth.
  const light = createCanvas(exposure.width, exposure.height);
  light.pixels.set(film.diffuse.pixels.map((v, i) => v / (film.albedo.pixels[i]! + 1e-4)));
  straighten(film.normal);
  const smoothed = smooth(light, film, 3);
  const sheen = smooth(film.sheen, film, 2).pixels;
  const pixels = smoothed.pixels.map((v, i) => {
    const seen = v * (film.albedo.pixels[i]! + 1e-4) + film.gloss.pixels[i]! + sheen[i]!;
    return develop(seen * exposure.gain);
  });
  return { ...smoothed, pixels };
}
