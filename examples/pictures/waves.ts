import { type Canvas, colourAt, hex, paint, rasterise, shrink, writeJpeg } from "./canvas.ts";
import { type Curve, mixPoints, type Point, pointAt, spline } from "./curves.ts";
import { between, createRandom, fbm2, mix, noise2, type Random, smoothstep } from "./noise.ts";
import { blend, scale, type Vec3 } from "./vector.ts";

const WIDTH = 768;
const HEIGHT = 540;
const FINE = 2;

/** The blocks of the print: one colour each. */
const INK = "#16294a";
const INDIGO = "#1f3f70";
const BLUE = "#3f6f9f";
const PALE = "#9dbccb";
const FOAM = "#f3ecd8";
const SHADOW = "#cbd9d6";
const PAPER = "#ead9b5";
const VERMILION = "#c8452c";
const OCHRE = "#c69a55";

function pathData(points: Curve): string {
  return `M${points.map(([x, y]) => `${x.toFixed(2)} ${y.toFixed(2)}`).join("L")}`;
}

function shape(points: Curve, fill: string, outline = 0): string {
  const stroke = outline > 0 ? ` stroke="${INK}" stroke-width="${outline}"` : "";
  return `<path d="${pathData(points)}Z" fill="${fill}"${stroke} stroke-linejoin="round"/>`;
}

function line(points: Curve, colour: string, width: number): string {
  const ends = `stroke-linecap="round" stroke-linejoin="round"`;
  return `<path d="${pathData(points)}" fill="none" stroke="${colour}" stroke-width="${width.toFixed(2)}" ${ends}/>`;
}

/** A breaker between its hollow front and its back; both curves run from the foot to the tip. */
interface Breaker {
  readonly front: Curve;
  readonly back: Curve;
  /** Size of the foam at the tip, in pixels. */
  readonly foam: number;
  /** Sense in which the claws curl: 1 clockwise on the page, -1 the other way. */
  readonly curl: 1 | -1;
  readonly stripes: number;
}

/** A breaker: body, stripes that run up the face and over the lip, foam with claws. */
function drawBreaker(random: Random, breaker: Breaker): string {
  const front = spline(breaker.front);
  const back = spline(breaker.back);
  const body = shape([...front, ...back.toReversed()], INDIGO, 2.6);
  return body + drawStripes(random, front, back, breaker.stripes) + drawFoam(random, breaker);
}

/** The curve a fraction s of the way from the front of a wave to its back. */
function inside(front: Curve, back: Curve, s: number): Point[] {
  const points: Point[] = [];
  for (let i = 0; i <= 90; i++) {
    points.push(mixPoints(pointAt(front, i / 90), pointAt(back, i / 90), s));
  }
  return points;
}

/** Tapering bands of lighter water, cut to swell and shrink as a knife would. */
function drawStripes(random: Random, front: Curve, back: Curve, count: number): string {
  let svg = "";
  for (let k = 0; k < count; k++) {
    const middle = (k + 0.5) / count;
    const colour = k % 3 === 0 ? PALE : k % 3 === 1 ? BLUE : FOAM;
    const fullness = between(random, 0.24, 0.44) / count;
    const start = between(random, 0, 0.14);
    const end = between(random, 0.86, 1);
    const low = inside(front, back, middle);
    const left: Point[] = [];
    const right: Point[] = [];
    for (let i = 0; i < low.length; i++) {
      const t = i / (low.length - 1);
      if (t < start || t > end) continue;
      const u = (t - start) / (end - start);
      const half = fullness * Math.sin(Math.PI * u) ** 0.6 * (1 + 0.25 * Math.sin(u * 9 + k));
      const a = pointAt(front, t);
      const b = pointAt(back, t);
      left.push(mixPoints(a, b, middle - half));
      right.push(mixPoints(a, b, middle + half));
    }
    svg += shape([...left, ...right.toReversed()], colour, 1);
    svg += line(inside(front, back, k / count).slice(8, 78), BLUE, 0.9);
  }
  return svg;
}

/** Foam shapes in three coats: ink below, paper white above it, pale shadows on top. */
interface Foam {
  ink: string;
  white: string;
  shade: string;
}

/** Foam over the lip of a breaker: knuckles along the edge, claws reaching out of it. */
function drawFoam(random: Random, breaker: Breaker): string {
  const foam: Foam = { ink: "", white: "", shade: "" };
  const front = spline(breaker.front);
  const back = spline(breaker.back);
  edgeFoam(foam, random, back, { from: 0.5, size: breaker.foam, side: 1, curl: breaker.curl });
  edgeFoam(foam, random, front, { from: 0.62, size: breaker.foam, side: -1, curl: breaker.curl });
  return foam.ink + foam.white + foam.shade + drawSpray(random, front, breaker);
}

interface Edge {
  /** Where along the curve foam begins; it grows from there to the tip. */
  readonly from: number;
  readonly size: number;
  /** Which side of the curve the claws reach to. */
  readonly side: 1 | -1;
  readonly curl: 1 | -1;
}

function edgeFoam(foam: Foam, random: Random, curve: Curve, edge: Edge): void {
  const total = curveLength(curve);
  let untilClaw = 0;
  for (let t = edge.from; t <= 1;) {
    const size = edge.size * mix(0.25, 1, smoothstep(edge.from - 0.08, 0.92, t));
    const at = pointAt(curve, t);
    addKnuckle(foam, random, at, size * between(random, 0.26, 0.42));
    const step = 0.26 * size;
    untilClaw -= step;
    if (untilClaw <= 0) {
      addClaw(foam, random, edgeClaw(random, curve, t, size, edge));
      untilClaw = size * between(random, 0.42, 0.68);
    }
    t += step / total;
  }
}

/** A claw that leaves the edge outwards and leans the way the wave travels. */
function edgeClaw(random: Random, curve: Curve, t: number, size: number, edge: Edge): Claw {
  const from = pointAt(curve, t);
  const before = pointAt(curve, t - 0.01);
  const tangent = Math.atan2(from[1] - before[1], from[0] - before[0]);
  const outward = tangent - (edge.side * edge.curl * Math.PI) / 2;
  const heading = outward + edge.side * edge.curl * between(random, 0.2, 0.7);
  const length = size * between(random, 1, 1.7) * (edge.side > 0 ? 0.75 : 1.35);
  const curl = edge.side > 0 ? edge.curl : -edge.curl;
  return { from, heading, length, curl: curl > 0 ? 1 : -1, depth: 2 };
}

function curveLength(curve: Curve): number {
  let sum = 0;
  for (let i = 1; i < curve.length; i++) {
    sum += Math.hypot(curve[i]![0] - curve[i - 1]![0], curve[i]![1] - curve[i - 1]![1]);
  }
  return sum;
}

const OUTLINE = 2.1;

function addKnuckle(foam: Foam, random: Random, [x, y]: Point, radius: number): void {
  const circle = (r: number, colour: string) =>
    `<circle cx="${x.toFixed(2)}" cy="${y.toFixed(2)}" r="${r.toFixed(2)}" fill="${colour}"/>`;
  foam.ink += circle(radius + OUTLINE, INK);
  foam.white += circle(radius, FOAM);
  const angle = random() * 6.28;
  const arc: Point[] = [];
  for (let i = 0; i <= 8; i++) {
    const a = angle + i * 0.22;
    arc.push([x + radius * 0.62 * Math.cos(a), y + radius * 0.62 * Math.sin(a)]);
  }
  foam.shade += line(arc, SHADOW, radius * 0.26) + line(arc.slice(2), BLUE, 0.9);
}

interface Claw {
  readonly from: Point;
  readonly heading: number;
  readonly length: number;
  readonly curl: 1 | -1;
  /** How many times it still branches. */
  readonly depth: number;
}

/** A hooked finger of foam; smaller fingers spring from its outer side. */
function addClaw(foam: Foam, random: Random, claw: Claw): void {
  const steps = 16;
  const left: Point[] = [];
  const right: Point[] = [];
  const bend = claw.curl * between(random, 1.3, 2.4);
  let [x, y] = claw.from;
  for (let i = 0; i <= steps; i++) {
    const u = i / steps;
    const heading = claw.heading + bend * u ** 2.4;
    const half = claw.length * 0.125 * (1 - u) ** 0.7 * (1 + 0.2 * Math.sin(u * 10));
    left.push([x + Math.sin(heading) * half, y - Math.cos(heading) * half]);
    right.push([x - Math.sin(heading) * half, y + Math.cos(heading) * half]);
    if (claw.depth > 0 && (i === 5 || i === 8)) {
      const length = claw.length * between(random, 0.4, 0.58);
      const spread = (i === 5 ? -1 : 1) * between(random, 0.55, 0.95);
      addClaw(foam, random, {
        ...claw,
        from: [x, y],
        heading: heading + spread,
        length,
        depth: claw.depth - 1,
      });
    }
    x += (Math.cos(heading) * claw.length) / steps;
    y += (Math.sin(heading) * claw.length) / steps;
  }
  const outline = pathData([...left, ...right.toReversed()]);
  foam.ink += `<path d="${outline}Z" fill="${INK}" stroke="${INK}" stroke-width="${2 * OUTLINE}" stroke-linejoin="round"/>`;
  foam.white += `<path d="${outline}Z" fill="${FOAM}"/>`;
  if (claw.length > 14) foam.shade += line(right.slice(1, 11), SHADOW, claw.length * 0.06);
}

/** Drops flung off the tip. */
function drawSpray(random: Random, front: Curve, breaker: Breaker): string {
  let svg = "";
  for (let i = 0; i < breaker.foam * 1.9; i++) {
    const [x, y] = pointAt(front, between(random, 0.62, 1));
    const away = breaker.foam * (0.9 + 2.6 * random() ** 2);
    const angle = between(random, 0, 2 * Math.PI);
    const radius = between(random, 0.9, 2.7) * (breaker.foam > 25 ? 1 : 0.7);
    const cx = (x + away * Math.cos(angle)).toFixed(2);
    const cy = (y + away * Math.sin(angle)).toFixed(2);
    svg += `<circle cx="${cx}" cy="${cy}" r="${radius.toFixed(2)}" fill="${FOAM}" stroke="${INK}" stroke-width="0.8"/>`;
  }
  return svg;
}

/** A rolling swell that fills the sheet below its crest line, ribbed along the crest. */
function drawSwell(random: Random, crest: Curve, colours: readonly string[], ribs: number): string {
  const top = spline(crest);
  const below: Point[] = [...top, [WIDTH + 10, HEIGHT + 10], [-10, HEIGHT + 10]];
  let svg = shape(below, colours[0]!, 2.4);
  for (let k = 0; k < ribs; k++) {
    const drop = 7 + 10 * k + 0.6 * k * k;
    const colour = colours[1 + (k % (colours.length - 1))]!;
    const phase = random() * 6.28;
    const upper: Point[] = [];
    const lower: Point[] = [];
    for (let i = 0; i <= 120; i++) {
      const [x, y] = pointAt(top, i / 120);
      const fade = 1 - (0.55 * k) / ribs;
      const thick = (3.4 + 0.25 * k) * Math.max(0, Math.sin(i * 0.11 + phase) + 0.45);
      const line = mix(HEIGHT, y, fade) + drop - (1 - fade) * (HEIGHT - y) * 0.55;
      upper.push([x, line - thick]);
      lower.push([x, line + thick]);
    }
    svg += shape([...upper, ...lower.toReversed()], colour, 0.9);
  }
  return svg + crestFoam(random, top);
}

/** Patches of foam that run along the crest of a swell. */
function crestFoam(random: Random, top: Curve): string {
  const foam: Foam = { ink: "", white: "", shade: "" };
  for (let t = 0.01; t < 1; t += 0.009) {
    const patch = noise2(t * 6, top[0]![1], 17);
    if (patch < 0.05) continue;
    const size = 7 + 22 * patch;
    const at = pointAt(top, t);
    addKnuckle(foam, random, at, size * 0.42);
    if (random() < 0.5) continue;
    const heading = -Math.PI / 2 - between(random, 0.1, 0.6);
    addClaw(foam, random, { from: at, heading, length: size * 1.1, curl: -1, depth: 1 });
  }
  return foam.ink + foam.white + foam.shade;
}

/** Sun, far islands, and a boat under sail. */
function drawDistance(): string {
  const island = spline([
    [-20, 338],
    [40, 318],
    [86, 296],
    [120, 300],
    [168, 322],
    [236, 336],
    [250, 342],
  ]);
  const peak = spline([
    [70, 345],
    [150, 300],
    [205, 252],
    [222, 250],
    [238, 255],
    [300, 306],
    [390, 345],
  ]);
  const snow: Curve = [
    ...spline([
      [178, 276],
      [205, 252],
      [222, 250],
      [238, 255],
      [262, 276],
    ]),
    [250, 274],
    [240, 286],
    [230, 270],
    [219, 288],
    [208, 272],
    [196, 284],
  ];
  return (
    `<circle cx="180" cy="118" r="52" fill="${VERMILION}"/>` +
    shape(peak, BLUE, 1.6) +
    shape(snow, FOAM, 1.2) +
    shape(island, INDIGO, 1.6)
  );
}

function drawBoat(x: number, y: number, size: number): string {
  const place = (points: Curve): Point[] => points.map(([u, v]) => [x + u * size, y + v * size]);
  const hull = spline([
    [-1.3, -0.1],
    [-0.6, 0.22],
    [0.5, 0.22],
    [1.35, -0.28],
  ]);
  const sail: Curve = spline([
    [-0.55, -0.2],
    [-0.62, -1],
    [-0.5, -1.75],
    [0.45, -1.7],
    [0.62, -0.95],
    [0.5, -0.2],
  ]);
  const ribs = [-0.25, 0, 0.25].map((u) =>
    line(
      place([
        [u, -1.7],
        [u + 0.05, -0.22],
      ]),
      OCHRE,
      0.9,
    ),
  );
  return (
    shape(place([...hull, [0.5, 0.05], [-0.6, 0.05]]), OCHRE, 1.5) +
    shape(place(sail), FOAM, 1.5) +
    ribs.join("")
  );
}

function drawBirds(random: Random): string {
  let svg = "";
  for (let i = 0; i < 7; i++) {
    const x = 255 + 22 * i + 14 * random();
    const y = 70 + 9 * i + 26 * random();
    const s = between(random, 5, 8);
    svg += line(
      spline(
        [
          [x - s, y - 0.4 * s],
          [x - 0.4 * s, y - 0.6 * s],
          [x, y],
        ],
        6,
      ),
      INK,
      1.5,
    );
    svg += line(
      spline(
        [
          [x, y],
          [x + 0.5 * s, y - 0.7 * s],
          [x + s, y - 0.3 * s],
        ],
        6,
      ),
      INK,
      1.5,
    );
  }
  return svg;
}

const GREAT: Breaker = {
  front: [
    [250, 470],
    [380, 452],
    [478, 408],
    [530, 335],
    [532, 258],
    [492, 196],
    [430, 168],
    [376, 178],
    [350, 214],
  ],
  back: [
    [800, 470],
    [790, 350],
    [762, 240],
    [706, 150],
    [628, 88],
    [534, 58],
    [440, 70],
    [372, 122],
    [346, 206],
  ],
  foam: 44,
  curl: -1,
  stripes: 13,
};

const SECOND: Breaker = {
  front: [
    [300, 500],
    [220, 486],
    [166, 452],
    [150, 408],
    [166, 372],
    [198, 360],
    [226, 374],
  ],
  back: [
    [-60, 500],
    [-50, 430],
    [-10, 368],
    [52, 326],
    [122, 312],
    [186, 328],
    [228, 370],
  ],
  foam: 25,
  curl: 1,
  stripes: 9,
};

function drawBlocks(): string {
  const random = createRandom(36);
  const far: Curve = [
    [-10, 352],
    [70, 344],
    [160, 352],
    [250, 340],
    [340, 350],
    [430, 338],
    [540, 350],
    [780, 340],
  ];
  const middle: Curve = [
    [-10, 408],
    [90, 420],
    [200, 398],
    [300, 376],
    [380, 392],
    [470, 430],
    [600, 410],
    [780, 430],
  ];
  const near: Curve = [
    [-10, 468],
    [90, 486],
    [190, 500],
    [300, 478],
    [410, 446],
    [500, 452],
    [610, 486],
    [700, 470],
    [780, 440],
  ];
  const layers = [
    drawDistance(),
    drawSwell(random, far, [BLUE, PALE, INDIGO], 4),
    drawBoat(330, 352, 17),
    drawBirds(random),
    drawSwell(random, middle, [INDIGO, BLUE, PALE, BLUE], 9),
    drawBreaker(random, GREAT),
    drawBreaker(random, SECOND),
    drawSwell(random, near, [INDIGO, PALE, BLUE, FOAM, BLUE], 9),
  ];
  const size = `width="${WIDTH * FINE}" height="${HEIGHT * FINE}" viewBox="0 0 ${WIDTH} ${HEIGHT}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size}>${layers.join("")}</svg>`;
}

/** The sheet before printing: warm paper, a wiped band of blue at the top, haze at the horizon. */
function sheetColour(x: number, y: number): Vec3 {
  const wiped = smoothstep(95, 0, y + 14 * noise2(x / 90, 3, 5));
  const haze = smoothstep(190, 345, y);
  const warm = blend(hex(PAPER), hex("#d9b48a"), 0.55 * haze);
  return blend(warm, hex("#46719a"), 0.75 * wiped);
}

/** Presses the blocks on the sheet: hand-cut edges, mottled ink, the grain of wood and paper. */
function press(blocks: Canvas): Canvas {
  return paint(blocks.width, blocks.height, (px, py) => {
    const x = px / FINE;
    const y = py / FINE;
    const shiftX = Math.round(1.2 * noise2(x / 5, y / 5, 1));
    const shiftY = Math.round(1.2 * noise2(x / 5, y / 5, 2));
    const block = colourAt(blocks, px + shiftX, py + shiftY);
    const blank = block[0] > 0.99 && block[1] > 0.99 && block[2] > 0.99;
    const colour = blank ? sheetColour(x, y) : block;
    const dark = 1 - (colour[0] + colour[1] + colour[2]) / 3;
    const wood = noise2(
      x / 120 + 0.5 * fbm2(x / 200, y / 60, 2, 7),
      y / 2.6 + 5 * fbm2(x / 220, y / 110, 2, 8),
      9,
    );
    const mottle = fbm2(x / 3, y / 3, 2, 10) + 0.8 * fbm2(x / 40, y / 40, 3, 11);
    const fibre = Math.max(0, noise2(x / 2 + y / 9, y / 14 - x / 40, 12) - 0.35);
    const ink = 1 + 0.16 * dark * wood + (0.05 + 0.16 * dark) * mottle;
    return blend(scale(colour, ink), hex("#f6ead0"), 0.04 + 0.1 * dark + 0.16 * fibre);
  });
}

/** Prints a sea of breaking waves in the manner of a colour woodblock, 768 x 540. */
export async function drawWaves(): Promise<Canvas> {
  return shrink(press(await rasterise(drawBlocks())), FINE);
}

if (process.argv[1] === import.meta.filename) {
  await writeJpeg(await drawWaves(), "waves.jpg");
}
