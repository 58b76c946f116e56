import {
  between,
  clamp,
  createRandom,
  fbm2,
  hash,
  mix,
  noise2,
  type Random,
  ridged2,
  smoothstep,
} from "./noise.ts";
import { normalise, type Vec3 } from "./vector.ts";

const CELLS = 1024;
const CELL_METRES = 12;
const WEST = -6144;
const SOUTH = -600;

/** A square grid of ground heights in metres above the lake; x runs east, z away from the viewer. */
export type Terrain = Float32Array;

/** Raises mountains round a lake and lets rain carve them. */
export function createTerrain(): Terrain {
  const terrain = new Float32Array(CELLS * CELLS);
  for (let j = 0; j < CELLS; j++) {
    for (let i = 0; i < CELLS; i++) {
      terrain[j * CELLS + i] = uplift(WEST + i * CELL_METRES, SOUTH + j * CELL_METRES);
    }
  }
  erode(terrain, createRandom(11), 260_000);
  return terrain;
}

/** Signed distance to the lake shore in metres, negative over water. */
function shoreDistance(x: number, z: number): number {
  const halfWidth = 760 - 0.1 * Math.max(0, z - 900) + 160 * Math.sin(z / 420);
  const side = Math.abs(x - 200 * Math.sin(z / 1100)) - halfWidth;
  const far = z - 3000;
  const round = Math.max(side, far) + 80 * smoothstep(300, 0, Math.abs(side - far));
  return round + 420 * fbm2(x / 900, z / 900, 4, 3);
}

/** Ground height before erosion. */
function uplift(x: number, z: number): number {
  const shore = shoreDistance(x, z);
  if (shore < 0) return Math.max(-30, shore * 0.12);
  const ridges = ridged2(x / 3000 + 5.2, z / 3000 + 1.7, 8, 21);
  const slope = 930 * (1 - Math.exp(-shore / 2300));
  return slope * (0.22 + 1.5 * ridges) + shore * 0.04 + 0.62 * peaks(x, z) * (0.35 + ridges);
}

/** The summits the picture is composed round: x, z, height and radius of each, in metres. */
const SUMMITS = [
  [-1100, 6000, 1150, 1250],
  [650, 7200, 1150, 1300],
  [2300, 5600, 750, 1150],
  [-3000, 4700, 800, 1100],
  [150, 5000, 280, 800],
] as const;

function peaks(x: number, z: number): number {
  let sum = 0;
  for (const [px, pz, rise, radius] of SUMMITS) {
    const warp = 260 * noise2(x / 700, z / 700, 77);
    const d = Math.hypot(x - px + warp, z - pz - warp) / radius;
    sum += rise * Math.exp(-1.1 * d * (0.4 + d));
  }
  return sum;
}

/**
 * Hydraulic erosion by falling drops: each runs downhill, picks up ground where it is fast and
 * drops it where it slows (H. T. Beyer, "Implementation of a method for hydraulic erosion", 2015).
 */
function erode(terrain: Terrain, random: Random, drops: number): void {
  for (let drop = 0; drop < drops; drop++) {
    const x = between(random, 2, CELLS - 3);
    const y = between(random, 2, CELLS - 3);
    runDrop(terrain, x, y);
  }
}

/** One drop, from where it falls (in cells) until it reaches the lake, a hollow or the edge. */
function runDrop(terrain: Terrain, x: number, y: number): void {
  let dx = 0;
  let dy = 0;
  let speed = 1;
  let water = 1;
  let load = 0;
  for (let step = 0; step < 60; step++) {
    const here = sample(terrain, x, y);
    if (here < 0) return;
    dx = dx * 0.3 - (sample(terrain, x + 1, y) - sample(terrain, x - 1, y)) * 0.7;
    dy = dy * 0.3 - (sample(terrain, x, y + 1) - sample(terrain, x, y - 1)) * 0.7;
    const run = Math.hypot(dx, dy);
    if (run < 1e-6) return;
    dx /= run;
    dy /= run;
    const fall = sample(terrain, x + dx, y + dy) - here;
    const change = settled(load, fall, Math.max(-fall, 0.1) * speed * water * 0.5);
    deposit(terrain, x, y, change);
    load -= change;
    speed = Math.sqrt(clamp(speed * speed - fall * 0.4, 0.01, 60));
    water *= 0.985;
    x += dx;
    y += dy;
    if (x < 2 || y < 2 || x > CELLS - 4 || y > CELLS - 4) return;
  }
}

/** Ground a drop leaves behind (negative: takes along), given its load and what it can carry. */
function settled(load: number, fall: number, capacity: number): number {
  if (fall > 0) return Math.min(load, fall);
  if (load > capacity) return (load - capacity) * 0.3;
  return -Math.min((capacity - load) * 0.3, -fall);
}

function deposit(terrain: Terrain, x: number, y: number, amount: number): void {
  const i = Math.floor(x);
  const j = Math.floor(y);
  const u = x - i;
  const v = y - j;
  const at = j * CELLS + i;
  terrain[at]! += amount * (1 - u) * (1 - v);
  terrain[at + 1]! += amount * u * (1 - v);
  terrain[at + CELLS]! += amount * (1 - u) * v;
  terrain[at + CELLS + 1]! += amount * u * v;
}

function sample(terrain: Terrain, x: number, y: number): number {
  const i = Math.floor(x);
  const j = Math.floor(y);
  const u = x - i;
  const v = y - j;
  const at = j * CELLS + i;
  const near = terrain[at]! + (terrain[at + 1]! - terrain[at]!) * u;
  const far = terrain[at + CELLS]! + (terrain[at + CELLS + 1]! - terrain[at + CELLS]!) * u;
  return near + (far - near) * v;
}

/** Height of the bare ground in metres at (x, z); beyond the map, its edge. */
export function groundHeight(terrain: Terrain, x: number, z: number): number {
  const column = clamp((x - WEST) / CELL_METRES, 0, CELLS - 1.001);
  const row = clamp((z - SOUTH) / CELL_METRES, 0, CELLS - 1.001);
  return sample(terrain, column, row);
}

/** Upward unit normal of the ground, measured over `reach` metres, with rocky grain added. */
export function groundNormal(terrain: Terrain, x: number, z: number, reach: number): Vec3 {
  const h = (dx: number, dz: number) => groundHeight(terrain, x + dx, z + dz);
  const gx = (h(reach, 0) - h(-reach, 0)) / (2 * reach);
  const gz = (h(0, reach) - h(0, -reach)) / (2 * reach);
  const grain = 0.55 * clamp(Math.hypot(gx, gz));
  const bumpX = grain * fbm2(x / 45, z / 45, 4, 31);
  const bumpZ = grain * fbm2(x / 45, z / 45, 4, 37);
  return normalise([-gx - bumpX, 1, -gz - bumpZ]);
}

/** A tree of the forest: how high it stands over (x, z), and a number in [0, 1) to tell it by. */
export interface Tree {
  readonly height: number;
  readonly identity: number;
}

const BARE: Tree = { height: 0, identity: 0 };
const SPACING = 8;

/** The forest over the ground point (x, z): conical crowns on jittered places of a lattice. */
export function treeAt(x: number, z: number, ground: number): Tree {
  if (ground < 1.5 || ground > 900) return BARE;
  const cover = 0.55 + 1.3 * fbm2(x / 420, z / 420, 3, 51) - smoothstep(330, 640, ground);
  if (cover < 0) return BARE;
  let best = BARE;
  // Crowns are narrower than the lattice, so only the nearest four places can reach this point.
  const column = Math.floor(x / SPACING - 0.5);
  const row = Math.floor(z / SPACING - 0.5);
  for (let j = row; j <= row + 1; j++) {
    for (let i = column; i <= column + 1; i++) {
      const identity = hash(i, j);
      if (identity > cover * 2.2) continue;
      const dx = (i + 0.15 + 0.7 * digits(identity, 1e2)) * SPACING - x;
      const dz = (j + 0.15 + 0.7 * digits(identity, 1e3)) * SPACING - z;
      const size = mix(0.55, 1.25, digits(identity, 1e4));
      const height = 19 * size * (1 - Math.sqrt(dx * dx + dz * dz) / (5.2 * Math.sqrt(size)));
      if (height > best.height) best = { height, identity: digits(identity, 1e5) };
    }
  }
  return best;
}

/** A second number in [0, 1) from the later decimals of the first. */
function digits(identity: number, shift: number): number {
  const scaled = identity * shift;
  return scaled - Math.floor(scaled);
}
