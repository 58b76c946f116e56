import { blendPixel, type Canvas } from "./canvas.ts";
import { between, clamp, mix, type Random } from "./noise.ts";
import { blend, type Vec3 } from "./vector.ts";

/** Where a pine stands on the canvas, in pixels. */
export interface Pine {
  /** Middle of the trunk. */
  readonly x: number;
  /** Row of the tip. */
  readonly top: number;
  /** From tip to ground; the foot may lie below the picture. */
  readonly height: number;
  /** 0 close to the viewer, 1 far enough to fade into the haze. */
  readonly distance: number;
}

interface Branch {
  readonly y: number;
  readonly reach: number;
  /** Direction out from the trunk: across the picture, and towards the viewer. */
  readonly across: number;
  readonly towards: number;
}

const SHADE: Vec3 = [0.035, 0.06, 0.065];
const LEAF: Vec3 = [0.15, 0.225, 0.1];
const SUNLIT: Vec3 = [0.6, 0.56, 0.23];
const HAZE: Vec3 = [0.34, 0.46, 0.52];
const BARK: Vec3 = [0.2, 0.14, 0.1];

/** Draws one pine: trunk, then whorls of drooping branches from the far side to the near one. */
export function drawPine(canvas: Canvas, random: Random, pine: Pine): void {
  const branches = growBranches(random, pine);
  branches.sort((a, b) => a.towards * a.reach - b.towards * b.reach);
  const behind = branches.filter((branch) => branch.towards < 0);
  const before = branches.filter((branch) => branch.towards >= 0);
  for (const branch of behind) drawBranch(canvas, random, pine, branch);
  drawTrunk(canvas, random, pine);
  for (const branch of before) drawBranch(canvas, random, pine, branch);
}

function growBranches(random: Random, pine: Pine): Branch[] {
  const branches: Branch[] = [];
  const lean = between(random, 0.17, 0.23);
  let t = 0.012;
  while (t < 1) {
    const spread = lean * pine.height * t ** 0.82;
    const season = between(random, 0.78, 1.15);
    const count = 4 + Math.floor(4 * random());
    for (let i = 0; i < count; i++) {
      const angle = random() * 2 * Math.PI;
      branches.push({
        y: pine.top + pine.height * (t + between(random, -0.008, 0.008)),
        reach: spread * between(random, 0.4, 1.3) * season + 0.004 * pine.height,
        across: Math.cos(angle),
        towards: Math.sin(angle),
      });
    }
    t += 0.014 + 0.03 * t * between(random, 0.6, 1.4);
  }
  return branches;
}

function drawTrunk(canvas: Canvas, random: Random, pine: Pine): void {
  const bottom = Math.min(canvas.height, pine.top + pine.height);
  for (let y = Math.round(pine.top); y < bottom; y++) {
    const radius = 0.6 + 0.012 * (y - pine.top);
    for (let x = Math.round(pine.x - radius); x <= pine.x + radius; x++) {
      const lit = clamp(0.5 - (x - pine.x) / (2 * radius)) * between(random, 0.5, 1);
      blendPixel(canvas, x, y, faded(blend(SHADE, BARK, lit), pine), 0.9);
    }
  }
}

/** One branch: a drooping rib with twigs to both sides, shorter towards its end. */
function drawBranch(canvas: Canvas, random: Random, pine: Pine, branch: Branch): void {
  const pitch = 2.2;
  const steps = Math.max(2, Math.round(branch.reach / pitch));
  const facing = clamp(0.5 - 0.75 * branch.across + 0.2 * branch.towards);
  for (let i = 0; i <= steps; i++) {
    const s = i / steps;
    const x = pine.x + branch.across * branch.reach * s;
    const droop =
      branch.reach * (0.5 * s * s - 0.06 * s) - branch.towards * branch.reach * s * -0.22;
    const twig = branch.reach * 0.3 * (1 - s) + 1 + 0.005 * pine.height;
    const light = facing * (0.25 + 0.75 * s) * between(random, 0.4, 1.15);
    for (let side = -1; side <= 1; side += 2) {
      const tip = branch.across * 0.55 - side * branch.towards * 0.8;
      drawTwig(canvas, random, pine, {
        x,
        y: branch.y + droop,
        dx: tip * twig,
        dy: twig * between(random, 0.12, 0.5) + side * branch.across * twig * 0.2,
        light,
      });
    }
  }
}

interface Twig {
  readonly x: number;
  readonly y: number;
  readonly dx: number;
  readonly dy: number;
  readonly light: number;
}

/** Needles along a twig: those on its upper side catch the sun, those below hang in shade. */
function drawTwig(canvas: Canvas, random: Random, pine: Pine, twig: Twig): void {
  const needles = Math.ceil(Math.hypot(twig.dx, twig.dy) * 0.8) + 2;
  for (let i = 0; i < needles; i++) {
    const s = i / needles;
    const upper = random() < 0.5;
    const light = upper ? twig.light : twig.light * 0.25;
    const colour = needleColour(light * between(random, 0.6, 1.25));
    const length = between(random, 2, 4.5);
    const angle = between(random, 0.2, 1.1) * (upper ? -0.6 : 1) * (random() < 0.5 ? -1 : 1);
    const stepX = Math.sin(angle) + Math.sign(twig.dx) * 0.5;
    const stepY = upper ? -0.35 : 0.6;
    const x = twig.x + twig.dx * s;
    const y = twig.y + twig.dy * s;
    for (let k = 0; k < length; k++) {
      const column = Math.round(x + stepX * k);
      blendPixel(canvas, column, Math.round(y + stepY * k), faded(colour, pine), 0.75);
    }
  }
}

function needleColour(light: number): Vec3 {
  return light < 0.5
    ? blend(SHADE, LEAF, light * 2)
    : blend(LEAF, SUNLIT, clamp((light - 0.5) * 1.7));
}

function faded(colour: Vec3, pine: Pine): Vec3 {
  return blend(colour, HAZE, mix(0, 0.42, pine.distance));
}
