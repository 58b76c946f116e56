import { type Canvas, colourAt, paint } from "./canvas.ts";
import { clamp, fbm2, fbm3, smoothstep } from "./noise.ts";
import { add, addScaled, blend, dot, normalise, scale, type Vec3 } from "./vector.ts";

/** Unit vector towards the sun: low, from the left and a little behind the viewer. */
export const SUN: Vec3 = normalise([-0.84, 0.43, -0.28]);

/** Light of the sun on a surface facing it, after the air has reddened it. */
export const SUNLIGHT: Vec3 = [5.4, 4.35, 3.15];

/** Light from the whole blue sky on a surface facing up. */
export const SKYLIGHT: Vec3 = [0.42, 0.62, 0.98];

const EARTH = 6_371_000;
const RAYLEIGH: Vec3 = [5.8e-6, 13.5e-6, 33.1e-6];
const MIE = 6e-6;

/** Distance from a point at `altitude`, looking along d, to the top of the air (60 km). */
function airDepth(altitude: number, upward: number): number {
  const radius = EARTH + altitude;
  const b = radius * upward;
  return Math.sqrt(b * b - radius * radius + (EARTH + 60_000) ** 2) - b;
}

/** Sunlight scattered once by air and haze towards the viewer along unit direction d. */
function clearSky(d: Vec3): Vec3 {
  const cosine = dot(d, SUN);
  const rayleighPhase = 0.0597 * (1 + cosine * cosine);
  const miePhase = (0.0796 * 0.42) / (1.58 - 1.52 * cosine) ** 1.5;
  const steps = 24;
  const stride = airDepth(0, d[1]) / steps;
  let air = 0;
  let haze = 0;
  let light: Vec3 = [0, 0, 0];
  for (let i = 0; i < steps; i++) {
    const t = (i + 0.5) * stride;
    const altitude = d[1] * t + (t * t * (1 - d[1] * d[1])) / (2 * EARTH);
    const thin = Math.exp(-altitude / 8000);
    const low = Math.exp(-altitude / 1200);
    air += thin * stride;
    haze += low * stride;
    const airAbove = (thin * 8000) / (SUN[1] + 0.05);
    const hazeAbove = (low * 1200) / (SUN[1] + 0.05);
    const scattered = RAYLEIGH.map((beta) => {
      const depth = beta * (air + airAbove) + MIE * 1.1 * (haze + hazeAbove);
      return Math.exp(-depth) * (beta * thin * rayleighPhase + MIE * low * miePhase) * stride;
    }) as unknown as Vec3;
    light = add(light, scattered);
  }
  return scale(light, 17);
}

const CLOUD_BASE = 2300;
const CLOUD_TOP = 3900;

/** Water per metre at a point among the clouds: heaped towards the base, frayed at the top. */
function cloudDensity(x: number, y: number, z: number, octaves: number): number {
  const rise = (y - CLOUD_BASE) / (CLOUD_TOP - CLOUD_BASE);
  if (rise < 0 || rise > 1) return 0;
  const cover = fbm2(x / 5200 + 3.3, z / 5200 - 1.2, 2, 90) * 0.85;
  const heap = smoothstep(0, 0.12, rise) * (1 - rise);
  const wanted = cover + heap * 0.55 - 0.51;
  if (wanted < -0.7) return 0;
  const shape = fbm3(x / 1300, y / 800, z / 1300, octaves);
  return Math.max(0, shape + wanted) * smoothstep(0, 0.06, rise);
}

interface Veil {
  readonly light: Vec3;
  readonly transmittance: number;
}

/** Marches through the cloud layer along d, gathering sunlight that reaches each point. */
function clouds(d: Vec3): Veil {
  const near = CLOUD_BASE / d[1];
  const far = Math.min(CLOUD_TOP / d[1], 32_000);
  let transmittance = 1;
  let light: Vec3 = [0, 0, 0];
  if (near > far) return { light, transmittance };
  const cosine = dot(d, SUN);
  const phase = 0.7 + 0.5 * cosine * cosine;
  const steps = 44;
  const stride = (far - near) / steps;
  for (let i = 0; i < steps && transmittance > 0.02; i++) {
    const t = near + (i + 0.5) * stride;
    const x = d[0] * t;
    const y = d[1] * t;
    const z = d[2] * t;
    const density = cloudDensity(x, y, z, 6);
    if (density <= 0) continue;
    const sun = Math.exp(-0.0052 * waterTowardsSun(x, y, z));
    const powder = 1 - 0.55 * Math.exp(-density * 9);
    const rise = (y - CLOUD_BASE) / (CLOUD_TOP - CLOUD_BASE);
    const lit = addScaled(
      scale(SUNLIGHT, 0.42 * phase * powder * (0.12 + 0.88 * sun)),
      SKYLIGHT,
      0.16 + 0.3 * rise,
    );
    const kept = Math.exp(-density * stride * 0.02);
    light = addScaled(light, lit, transmittance * (1 - kept));
    transmittance *= kept;
  }
  return { light, transmittance };
}

function waterTowardsSun(x: number, y: number, z: number): number {
  let water = 0;
  for (let i = 1; i <= 5; i++) {
    const t = 45 * i * i;
    water += cloudDensity(x + SUN[0] * t, y + SUN[1] * t, z + SUN[2] * t, 4) * 45 * (2 * i - 1);
  }
  return water;
}

/** Thin ice cloud far above: streaks combed by the wind. */
function cirrus(d: Vec3): number {
  const x = (d[0] / d[1]) * 1.3;
  const z = (d[2] / d[1]) * 1.3;
  const streaks = fbm2(x * 0.5 + z * 0.35, z * 1.5 - x * 0.6, 6, 120);
  return 0.4 * smoothstep(0.05, 0.6, streaks + 0.35 * fbm2(x * 0.3, z * 0.3, 3, 130));
}

function skyColour(d: Vec3): Vec3 {
  const clear = clearSky(d);
  const iced = blend(clear, [1.5, 1.45, 1.4], cirrus(d));
  const veil = clouds(d);
  const distant = smoothstep(34_000, 9000, CLOUD_BASE / d[1]);
  const behind = blend(iced, add(veil.light, scale(iced, veil.transmittance)), distant);
  return behind;
}

const PIXELS_PER_RADIAN = 600;
const HALF_WIDTH = 0.62;
const TOP = 0.5;

/** A panorama of the sky, wide enough for the view and for its reflection in the lake. */
export type Sky = Canvas;

/** Draws the sky once, so that every ray can look it up. */
export function createSky(): Sky {
  const width = Math.round(2 * HALF_WIDTH * PIXELS_PER_RADIAN);
  const height = Math.round(TOP * PIXELS_PER_RADIAN);
  return paint(width, height, (x, y) => {
    const azimuth = x / PIXELS_PER_RADIAN - HALF_WIDTH;
    const elevation = (y + 1) / PIXELS_PER_RADIAN;
    const flat = Math.cos(elevation);
    return skyColour([flat * Math.sin(azimuth), Math.sin(elevation), flat * Math.cos(azimuth)]);
  });
}

/** Light arriving from the sky along unit direction d, bilinear in the panorama. */
export function skyAt(sky: Sky, d: Vec3): Vec3 {
  const x = clamp((Math.atan2(d[0], d[2]) + HALF_WIDTH) * PIXELS_PER_RADIAN, 0, sky.width - 1);
  const y = clamp(Math.asin(clamp(d[1], 0, 1)) * PIXELS_PER_RADIAN - 1, 0, sky.height - 1);
  const i = Math.floor(x);
  const j = Math.floor(y);
  const upper = blend(colourAt(sky, i, j), colourAt(sky, i + 1, j), x - i);
  const lower = blend(colourAt(sky, i, j + 1), colourAt(sky, i + 1, j + 1), x - i);
  return blend(upper, lower, y - j);
}
