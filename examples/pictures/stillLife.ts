import { type Canvas, linearHex, writeJpeg } from "./canvas.ts";
import { type Curve, type Point, spline } from "./curves.ts";
import { intersect, normalAt, place, toLocal, turn, type Turned } from "./lathe.ts";
import { clamp, createRandom, fbm2, fbm3, hash, mix, noise2, noise3, smoothstep } from "./noise.ts";
import {
  type Camera,
  type Material,
  photograph,
  type Room,
  type Solid,
  type Window,
} from "./tracing.ts";
import { add, addScaled, blend, dot, normalise, scale, subtract, type Vec3 } from "./vector.ts";

type Surface = (point: Vec3, normal: Vec3) => Material;
type LocalSurface = (local: Vec3, angle: number) => Material;

const GLAZE: Vec3 = [0.045, 0.045, 0.045];

function matt(albedo: Vec3, mirror = 0.03, roughness = 0.4): Material {
  return { albedo, mirror: [mirror, mirror, mirror], roughness };
}

/** A turned body with a surface described in its own coordinates, and optional fine relief. */
function turned(body: Turned, surface: LocalSurface, relief = 0): Solid {
  return {
    intersect: (origin, direction, far) => intersect(body, origin, direction, far),
    normal: (point) => {
      const normal = normalAt(body, point);
      if (relief === 0) return normal;
      const [x, y, z] = scale(toLocal(body, point), 38);
      const bump: Vec3 = [noise3(x, y, z), noise3(y + 40, z, x), noise3(z, x + 80, y)];
      return normalise(addScaled(normal, bump, relief));
    },
    material: (point) => {
      const local = toLocal(body, point);
      return surface(local, Math.atan2(local[2], local[0]));
    },
  };
}

function sphere(centre: Vec3, radius: number, surface: Surface): Solid {
  return {
    intersect: (origin, direction) => {
      const x = origin[0] - centre[0];
      const y = origin[1] - centre[1];
      const z = origin[2] - centre[2];
      const b = x * direction[0] + y * direction[1] + z * direction[2];
      const root = b * b - (x * x + y * y + z * z - radius * radius);
      if (root < 0) return Infinity;
      const t = -b - Math.sqrt(root);
      return t > 0.002 ? t : Infinity;
    },
    normal: (point) => normalise(subtract(point, centre)),
    material: surface,
  };
}

/** A half space: everything beyond the plane through `point`. */
function plane(point: Vec3, facing: Vec3, surface: Surface, bump: (p: Vec3) => Vec3): Solid {
  return {
    intersect: (origin, direction) => {
      const speed = dot(direction, facing);
      if (speed >= 0) return Infinity;
      const t = dot(subtract(point, origin), facing) / speed;
      return t > 0.002 ? t : Infinity;
    },
    normal: (p) => normalise(add(facing, bump(p))),
    material: surface,
  };
}

// --- The table and the wall -----------------------------------------------------------------

const WALNUT: readonly Vec3[] = ["#8a5a34", "#6b4023", "#a8733f", "#4a2a17"].map(linearHex);

/** Oiled boards along the table, each with its own figure. */
const table = plane(
  [0, 0, 0],
  [0, 1, 0],
  ([x, , z]) => {
    const board = Math.floor((z + 20) / 0.62);
    const across = (z + 20) / 0.62 - board;
    const shift = hash(board, 3) * 40;
    const bend = 0.5 * fbm2(x * 0.5 + shift, z * 1.4, 3, 2);
    const rings = noise2((z + bend) * 8 + shift, x * 0.22 + shift, 4);
    const fibre = fbm2(x * 3.5 + shift, z * 90, 3, 5);
    const tone = clamp(0.42 + 0.5 * rings + 0.5 * fibre + 0.3 * (hash(board, 6) - 0.5));
    const wood = blend(
      blend(WALNUT[3]!, WALNUT[0]!, tone * 1.3),
      WALNUT[2]!,
      clamp(tone * 1.6 - 0.8),
    );
    const seam = smoothstep(0.0, 0.016, Math.min(across, 1 - across));
    const wear = 0.5 + 0.4 * fbm2(x * 1.7, z * 2.1, 4, 8);
    return matt(scale(wood, 0.15 + 0.85 * seam), 0.035, mix(0.1, 0.3, wear));
  },
  ([x, , z]) => [0.02 * noise2(x * 7, z * 60, 9), 0, 0.05 * noise2(x * 6, z * 70, 10)],
);

/** Old plaster, limewashed in grey green, scuffed and stained. */
const wall = plane(
  [0, 0, 2.3],
  [0, 0, -1],
  ([x, y]) => {
    const stain = fbm2(x * 0.9, y * 1.3, 5, 20);
    const patch = smoothstep(0.12, 0.3, fbm2(x * 1.4 + 4, y * 1.4, 6, 21));
    const wash = blend(linearHex("#5f6a58"), linearHex("#3e4a45"), clamp(0.5 + 1.1 * stain));
    const speck = fbm2(x * 26, y * 26, 3, 22);
    const worn = blend(wash, linearHex("#9a8a6c"), 0.3 * patch);
    return matt(scale(worn, 0.92 + 0.35 * speck), 0.01, 0.5);
  },
  ([x, y]) => [0.22 * fbm2(x * 9, y * 9, 5, 23), 0.22 * fbm2(x * 9, y * 9, 5, 24), 0],
);

// --- Fruit ----------------------------------------------------------------------------------

/** A smooth profile for the lathe. */
function profile(knots: Curve): Point[] {
  return spline(knots, 8);
}

/** Half the outline of an apple: hollow at the stalk and, less, at the flower. */
function appleProfile(): Point[] {
  const points: Point[] = [];
  for (let i = 0; i <= 48; i++) {
    const polar = Math.PI * (1 - i / 48);
    const stalk = 0.33 * Math.exp(-((polar / 0.42) ** 2));
    const flower = 0.16 * Math.exp(-(((Math.PI - polar) / 0.38) ** 2));
    const r = Math.sin(polar) * (1 + 0.1 * Math.cos(polar));
    points.push([0.37 * r, 0.37 * (0.9 * Math.cos(polar) - stalk + flower) + 0.3]);
  }
  return points;
}

const APPLE = turn(appleProfile());
const PEAR = turn(
  profile([
    [0, 0.05],
    [0.1, 0.02],
    [0.24, 0.06],
    [0.345, 0.2],
    [0.355, 0.36],
    [0.29, 0.53],
    [0.19, 0.68],
    [0.15, 0.8],
    [0.125, 0.9],
    [0.07, 0.96],
    [0, 0.955],
  ]),
);
const LEMON = turn(
  profile([
    [0, 0],
    [0.035, 0.02],
    [0.07, 0.075],
    [0.19, 0.16],
    [0.265, 0.31],
    [0.255, 0.43],
    [0.17, 0.56],
    [0.075, 0.63],
    [0.045, 0.68],
    [0, 0.7],
  ]),
);
const STALK = turn(
  profile([
    [0.012, 0],
    [0.011, 0.1],
    [0.014, 0.2],
    [0.024, 0.27],
    [0, 0.275],
  ]),
);

/** Apple skin: streaks of red over yellow, russet round the stalk, pale dots. */
function appleSkin(seed: number, ripeness: number): LocalSurface {
  const yellow = linearHex("#d8b234");
  const red = linearHex(seed % 2 ? "#a30f18" : "#b8231c");
  return ([x, y, z], angle) => {
    const streak = fbm2(angle * 11, y * 1.6 + seed, 4, seed);
    const cheek = fbm3(x * 2.4 + seed, y * 2.4, z * 2.4, 3);
    const blush = clamp(ripeness + 1.15 * cheek + 0.75 * streak);
    let skin = blend(yellow, red, smoothstep(0.15, 0.75, blush));
    skin = scale(skin, 0.9 + 0.45 * streak);
    const r = Math.hypot(x, z);
    const russet =
      smoothstep(0.17, 0.04, r + 0.05 * noise2(angle * 5, y * 9, seed)) * smoothstep(0.35, 0.5, y);
    const dot = noise3(x * 26, y * 26, z * 26) > 0.62 ? 0.35 : 0;
    skin = blend(blend(skin, linearHex("#e8cf8a"), dot), linearHex("#8a7434"), russet);
    return { albedo: skin, mirror: GLAZE, roughness: 0.09 };
  };
}

const pearSkin: LocalSurface = ([x, y, z], angle) => {
  const cheek = smoothstep(
    -0.1,
    0.5,
    fbm3(x * 2.1 + 9, y * 1.7, z * 2.1, 3) + 0.25 * Math.cos(angle - 2.4),
  );
  const speck = noise3(x * 34, y * 34, z * 34) > 0.42 ? 0.5 : 0;
  const base = blend(linearHex("#b9b03a"), linearHex("#c8742a"), cheek * 0.75);
  const mottled = scale(base, 0.95 + 0.5 * fbm3(x * 12, y * 12, z * 12, 3));
  const russet = smoothstep(0.78, 0.93, y) + speck * 0.7;
  return {
    albedo: blend(mottled, linearHex("#7a5a24"), clamp(russet) * 0.7),
    mirror: GLAZE,
    roughness: 0.22,
  };
};

const lemonSkin: LocalSurface = ([x, y, z]) => {
  const tone = 1 + 0.35 * fbm3(x * 6, y * 6, z * 6, 3);
  const tip = smoothstep(0.6, 0.68, y) + smoothstep(0.06, 0.01, y);
  return {
    albedo: blend(scale(linearHex("#e9b913"), tone), linearHex("#8f8d2a"), 0.5 * tip),
    mirror: GLAZE,
    roughness: 0.2,
  };
};

const bark: LocalSurface = () => matt(linearHex("#4a3218"), 0.02, 0.4);

function apple(
  foot: Vec3,
  lean: readonly [number, number],
  seed: number,
  ripeness: number,
): Solid[] {
  const options = { lean, spin: seed * 1.7, ribs: [0.018, 5] as const };
  const body = place(APPLE, foot, options);
  const hollow = add(foot, scale(body.axes[1], 0.47));
  const stalk = place(STALK, hollow, { lean: [lean[0] + 0.25, lean[1] - 0.12] });
  return [turned(body, appleSkin(seed, ripeness)), turned(stalk, bark)];
}

function pear(foot: Vec3, lean: readonly [number, number], spin: number): Solid[] {
  const body = place(PEAR, foot, { lean, spin, ribs: [0.02, 3] });
  const top = add(foot, scale(body.axes[1], 0.93));
  const stalk = place(STALK, top, { lean: [lean[0] + 0.5, lean[1] + 0.1] });
  return [turned(body, pearSkin, 0.035), turned(stalk, bark)];
}

/** A bunch of grapes heaped on the table: dark skins under a dusty bloom. */
function grapes(centre: Vec3): Solid[] {
  const random = createRandom(3);
  const berries: Vec3[] = [];
  for (let attempt = 0; attempt < 4000 && berries.length < 44; attempt++) {
    const angle = random() * 2 * Math.PI;
    const out = Math.sqrt(random());
    const x = out * Math.cos(angle) * 0.62;
    const z = out * Math.sin(angle) * 0.34;
    const y = 0.115 + random() * 0.34 * (1 - out * out);
    const spot: Vec3 = [centre[0] + x, y, centre[2] + z];
    if (berries.every((b) => Math.hypot(b[0] - spot[0], b[1] - spot[1], b[2] - spot[2]) > 0.185)) {
      berries.push(spot);
    }
  }
  return berries.map((spot, i) => sphere(spot, 0.105 + 0.012 * hash(i, 1), grapeSkin(i)));
}

function grapeSkin(i: number): Surface {
  const skin = blend(linearHex("#2b1030"), linearHex("#5a1838"), hash(i, 2));
  return ([x, y, z], normal) => {
    const dust = smoothstep(-0.15, 0.4, fbm3(x * 14, y * 14, z * 14, 3) + 0.3 * normal[1]);
    return {
      albedo: blend(skin, linearHex("#7d86a8"), 0.32 * dust),
      mirror: GLAZE,
      roughness: 0.06 + 0.2 * dust,
    };
  };
}

// --- Vessels --------------------------------------------------------------------------------

const BOTTLE = turn(
  profile([
    [0, 0.05],
    [0.2, 0.03],
    [0.32, 0],
    [0.37, 0.05],
    [0.375, 0.5],
    [0.375, 1.1],
    [0.36, 1.28],
    [0.26, 1.48],
    [0.155, 1.66],
    [0.132, 1.85],
    [0.13, 2.12],
    [0.16, 2.13],
    [0.165, 2.22],
    [0.13, 2.235],
    [0, 2.235],
  ]),
);
const WINE = turn([
  [0, 0.06],
  [0.3, 0.06],
  [0.345, 0.12],
  [0.35, 0.98],
  [0, 0.98],
]);
const JUG = turn(
  profile([
    [0, 0],
    [0.26, 0],
    [0.3, 0.03],
    [0.33, 0.1],
    [0.46, 0.3],
    [0.56, 0.58],
    [0.55, 0.84],
    [0.43, 1.08],
    [0.3, 1.24],
    [0.265, 1.38],
    [0.3, 1.52],
    [0.37, 1.6],
    [0.355, 1.615],
    [0.28, 1.53],
    [0.235, 1.38],
    [0.24, 1.3],
    [0, 1.25],
  ]),
);
const BOWL = turn(
  profile([
    [0, 0],
    [0.26, 0],
    [0.27, 0.05],
    [0.24, 0.09],
    [0.42, 0.16],
    [0.64, 0.33],
    [0.76, 0.52],
    [0.785, 0.535],
    [0.74, 0.53],
    [0.6, 0.37],
    [0.4, 0.22],
    [0, 0.17],
  ]),
);

const greenGlass: LocalSurface = () => ({
  albedo: [0, 0, 0],
  mirror: GLAZE,
  roughness: 0.012,
  passes: [0.42, 0.62, 0.3],
});
const wine: LocalSurface = () => matt([0.012, 0.004, 0.004], 0.005, 0.2);

/** Tin glaze with a painted garland: cobalt bands, leaves and flowers, craquelure. */
const majolica: LocalSurface = ([x, y, z], angle) => {
  const white = linearHex("#e6e2d3");
  const cobalt = linearHex("#1d3f8f");
  const band = [0.13, 0.17, 1.06, 1.1, 1.55].some((at) => Math.abs(y - at) < 0.012);
  const wash = 0.75 + 0.5 * fbm3(x * 9, y * 9, z * 9, 3);
  const painted = band ? 0.9 : garland(angle, (y - 0.6) / 0.42);
  const crack = smoothstep(0.035, 0, Math.abs(noise3(x * 11, y * 11, z * 11))) * 0.14;
  const glaze = scale(blend(white, cobalt, clamp(painted * wash)), 1 - crack);
  return {
    albedo: scale(glaze, 0.93 + 0.12 * fbm3(x * 3, y * 3, z * 3, 3)),
    mirror: GLAZE,
    roughness: 0.025,
  };
};

/** Strength of the brush at (angle, height) of the garland; height runs from -1 to 1. */
function garland(angle: number, v: number): number {
  if (Math.abs(v) > 1) return 0;
  const stem = Math.abs(v - 0.35 * Math.sin(angle * 4)) < 0.03 ? 0.85 : 0;
  const cell = Math.floor((angle / (2 * Math.PI)) * 8 + 0.5);
  const du = ((angle / (2 * Math.PI)) * 8 - cell) * 1.6;
  const dv = v - (cell % 2 === 0 ? -0.42 : 0.42);
  const r = Math.hypot(du, dv);
  const turnAngle = Math.atan2(dv, du);
  const petal =
    r < 0.34 + 0.1 * Math.cos(6 * turnAngle) && r > 0.1 ? 0.45 + 0.5 * smoothstep(0.2, 0.42, r) : 0;
  const eye = r < 0.06 ? 0.9 : 0;
  const leafU = Math.abs((((((angle / (2 * Math.PI)) * 24) % 1) + 1) % 1) - 0.5);
  const leaf =
    leafU < 0.22 * (1 - (Math.abs(v - 0.35 * Math.sin(angle * 4)) / 0.3) ** 2) && r > 0.5
      ? 0.65
      : 0;
  return Math.max(stem, petal, eye, leaf);
}

/** Hammered copper, tarnished in the hollows. */
const copper: LocalSurface = ([x, y, z], angle) => {
  const tarnish = smoothstep(-0.1, 0.45, fbm3(x * 5, y * 5, z * 5, 4));
  const dent = 0.1 * noise2(angle * 9, y * 22, 3);
  const bright: Vec3 = [0.82, 0.45, 0.27];
  return {
    albedo: scale([0.12, 0.055, 0.03], 0.5 + tarnish),
    mirror: blend(bright, [0.3, 0.16, 0.1], 0.6 * tarnish),
    roughness: 0.13 + 0.12 * tarnish + dent * 0.2,
  };
};

// --- The cloth ------------------------------------------------------------------------------

const CLOTH = { west: -0.35, east: 2.6, south: -2.1, north: 0.75, cells: 420, top: 0.3 } as const;

/** Things the cloth lies flat under: x, z and radius. */
const WEIGHTS = [
  [0.72, 0.42, 0.5],
  [0.36, -0.62, 0.3],
  [1.2, -0.42, 0.36],
  [0.95, -0.85, 0.25],
] as const;

function clothEdge(x: number, z: number): number {
  const left = x - (-0.15 + 0.3 * (z + 0.6) + 0.12 * Math.sin(z * 4));
  const back = 0.55 + 0.1 * Math.sin(x * 3.1) - z;
  return Math.min(left, back);
}

function clothHeight(x: number, z: number): number {
  if (clothEdge(x, z) < 0) return -1;
  const warp = 0.5 * noise2(x * 0.9, z * 0.9, 41);
  const fold = (a: number, b: number, sharp: number, seed: number) =>
    (1 - Math.abs(noise2(x * a + z * b + warp, z * a * 0.35 - x * b * 0.35, seed))) ** sharp;
  let loose =
    0.15 * fold(0.95, 0.8, 4, 42) +
    0.08 * fold(1.5, -1.1, 4, 43) +
    0.06 * fbm2(x * 3, z * 3, 4, 44);
  for (const [wx, wz, radius] of WEIGHTS) {
    loose *= smoothstep(radius * 0.75, radius * 1.5, Math.hypot(x - wx, z - wz));
  }
  return 0.014 + Math.max(0, loose);
}

/** A linen cloth: heights on a grid, marched through like hills. */
function cloth(): Solid {
  const { west, east, south, north, cells } = CLOTH;
  const heights = new Float32Array(cells * cells);
  for (let i = 0; i < cells * cells; i++) {
    const x = mix(west, east, (i % cells) / (cells - 1));
    const z = mix(south, north, Math.floor(i / cells) / (cells - 1));
    heights[i] = clothHeight(x, z);
  }
  const heightAt = (x: number, z: number): number => {
    const u = ((x - west) / (east - west)) * (cells - 1);
    const v = ((z - south) / (north - south)) * (cells - 1);
    if (u < 0 || v < 0 || u >= cells - 1 || v >= cells - 1) return -1;
    const i = Math.floor(v) * cells + Math.floor(u);
    const fu = u - Math.floor(u);
    const fv = v - Math.floor(v);
    const low = mix(heights[i]!, heights[i + 1]!, fu);
    return mix(low, mix(heights[i + cells]!, heights[i + cells + 1]!, fu), fv);
  };
  return {
    intersect: (origin, direction, far) => marchCloth(heightAt, origin, direction, far),
    normal: ([x, , z]) => {
      const e = 0.009;
      const gx = (heightAt(x + e, z) - heightAt(x - e, z)) / (2 * e);
      const gz = (heightAt(x, z + e) - heightAt(x, z - e)) / (2 * e);
      const weave = 0.12;
      return normalise([
        -clamp(gx, -3, 3) + weave * Math.sin(x * 330) * 0.5 + 0.2 * fbm2(x * 16, z * 16, 3, 46),
        1,
        -clamp(gz, -3, 3) + weave * Math.sin(z * 330) * 0.5 + 0.2 * fbm2(x * 16, z * 16, 3, 47),
      ]);
    },
    material: linen,
  };
}

function marchCloth(
  heightAt: (x: number, z: number) => number,
  origin: Vec3,
  direction: Vec3,
  far: number,
): number {
  // Only the slab between table and highest fold can be cloth.
  const toTop = (CLOTH.top - origin[1]) / direction[1];
  const toTable = -origin[1] / direction[1];
  const start = origin[1] <= CLOTH.top ? 0.004 : toTop;
  const end = Math.min(far, direction[1] > 0 ? toTop : toTable);
  if (start < 0 || start >= end) return Infinity;
  let t = start;
  while (t < end) {
    const h = heightAt(origin[0] + direction[0] * t, origin[2] + direction[2] * t);
    const gap = origin[1] + direction[1] * t - h;
    if (gap < 0.0008) return h < 0 ? Infinity : t;
    t += Math.max(0.0015, Math.min(gap, 0.09) * 0.6);
    if (t > start + 6) return Infinity;
  }
  return Infinity;
}

const linen: Surface = ([x, , z]) => {
  const edge = clothEdge(x, z);
  const thread =
    0.94 + 0.07 * Math.sin(x * 330) * Math.sin(z * 330) + 0.1 * fbm2(x * 8, z * 60, 3, 48);
  const stripe = [0.16, 0.21, 0.32].some(
    (at, i) => Math.abs(edge - at) < (i === 2 ? 0.035 : 0.011),
  );
  const cloth = stripe ? linearHex("#a3322c") : linearHex("#ddd5c2");
  return matt(scale(cloth, thread), 0.01, 0.5);
};

// --- The picture ----------------------------------------------------------------------------

/** A casement of six panes, sky above, paler towards the horizon. */
const WINDOW: Window = {
  corner: [-4.2, 0.9, -2.9],
  across: [0, 0, 3],
  up: [0.5, 3, 0],
  radiance: (u, v) => {
    const barU = Math.abs(((u * 2) % 1) - 0.5) > 0.455;
    const barV = Math.abs(((v * 3) % 1) - 0.5) > 0.455;
    if (barU || barV) return [0.05, 0.045, 0.04];
    return blend([17, 15.6, 13], [13.5, 14.2, 15], v);
  },
};

function solids(): Solid[] {
  const bowlFoot: Vec3 = [-0.62, 0, -0.28];
  return [
    table,
    wall,
    cloth(),
    turned(place(BOTTLE, [-0.98, 0, 0.85]), greenGlass),
    turned(place(WINE, [-0.98, 0, 0.85]), wine),
    turned(place(JUG, [0.72, 0.014, 0.42], { spin: 0.5 }), majolica),
    turned(place(BOWL, bowlFoot), copper, 0.03),
    ...apple([-0.84, 0.31, -0.38], [-0.25, -0.3], 5, 0.75),
    ...apple([-0.28, 0.33, -0.2], [0.35, -0.1], 8, 0.5),
    ...pear([-0.62, 0.36, 0.02], [-0.2, 0.12], 1),
    ...apple([0.36, 0.016, -0.62], [0.12, -0.35], 11, 0.62),
    ...pear([1.5, 0.03, -0.2], [0.28, -0.1], 2.6),
    turned(place(LEMON, [0.72, 0.27, -1.0], { lean: [6, 1.5], spin: 0.4 }), lemonSkin, 0.09),
    ...grapes([-1.72, 0, -0.25]),
  ];
}

const CAMERA: Camera = { eye: [0.15, 1.95, -5.3], target: [0.02, 0.8, 0], focal: 1.27, lens: 0.01 };

/** Photographs fruit, a jug, a copper bowl and a bottle in the light of a window, 768 x 576. */
export function drawStillLife(): Canvas {
  const room: Room = {
    solids: solids(),
    window: WINDOW,
    ambient: (d) => scale([0.2, 0.17, 0.14], 0.6 + 0.4 * d[1]),
  };
  return photograph(room, CAMERA, { width: 768, height: 576, grid: 3, gain: 1.05 });
}

if (process.argv[1] === import.meta.filename) {
  await writeJpeg(drawStillLife(), "still-life.jpg");
}
