import { type Curve } from "./curves.ts";
import { clamp } from "./noise.ts";
import { add, dot, normalise, scale, subtract, type Vec3 } from "./vector.ts";

/** A body turned on a lathe: the signed distance to its profile, sampled on a grid. */
export interface Lathe {
  readonly radius: number;
  readonly height: number;
  readonly columns: number;
  readonly rows: number;
  readonly cell: number;
  /** Distances, row by row from below; the grid reaches {@link MARGIN} beyond the body. */
  readonly distances: Float32Array;
}

const MARGIN = 0.06;

/**
 * Turns a profile round the vertical axis.
 *
 * @param profile points (distance from the axis, height) from the foot to the top; heights start
 *   at 0. The axis closes the outline.
 */
export function turn(profile: Curve): Lathe {
  const radius = Math.max(...profile.map(([r]) => r));
  const height = Math.max(...profile.map(([, y]) => y));
  const cell = Math.max(radius, height) / 150;
  const columns = Math.ceil((radius + MARGIN) / cell) + 2;
  const rows = Math.ceil((height + 2 * MARGIN) / cell) + 2;
  const distances = new Float32Array(columns * rows);
  const outline: Curve = [[0, profile[0]![1]], ...profile, [0, profile.at(-1)![1]]];
  for (let j = 0; j < rows; j++) {
    for (let i = 0; i < columns; i++) {
      distances[j * columns + i] = distanceToOutline(outline, i * cell, j * cell - MARGIN);
    }
  }
  return { radius, height, columns, rows, cell, distances };
}

/** Signed distance from (r, y) to the outline; the axis itself is no wall. Negative inside. */
function distanceToOutline(outline: Curve, r: number, y: number): number {
  let nearest = Infinity;
  let inside = false;
  for (let i = 0; i + 1 < outline.length; i++) {
    const [ar, ay] = outline[i]!;
    const [br, by] = outline[i + 1]!;
    const er = br - ar;
    const ey = by - ay;
    const t = clamp(((r - ar) * er + (y - ay) * ey) / Math.max(1e-12, er * er + ey * ey));
    nearest = Math.min(nearest, Math.hypot(r - ar - t * er, y - ay - t * ey));
    if (ay > y !== by > y && r < ar + (er * (y - ay)) / ey) inside = !inside;
  }
  return inside ? -nearest : nearest;
}

function distanceAt(lathe: Lathe, r: number, y: number): number {
  const u = Math.min(r / lathe.cell, lathe.columns - 1.001);
  const v = clamp((y + MARGIN) / lathe.cell, 0, lathe.rows - 1.001);
  const i = Math.floor(u);
  const j = Math.floor(v);
  const at = j * lathe.columns + i;
  const d = lathe.distances;
  const low = d[at]! + (d[at + 1]! - d[at]!) * (u - i);
  const upper = at + lathe.columns;
  const high = d[upper]! + (d[upper + 1]! - d[upper]!) * (u - i);
  return low + (high - low) * (v - j);
}

/** A turned body set up in the room. */
export interface Turned {
  readonly lathe: Lathe;
  /** Where the middle of the foot stands. */
  readonly foot: Vec3;
  /** Orthonormal axes of the body; the second runs from foot to top. */
  readonly axes: readonly [Vec3, Vec3, Vec3];
  /** Depth of the ribs round the body, as a fraction of its radius, and how many there are. */
  readonly ribs: readonly [depth: number, count: number];
}

/**
 * Sets up a body with its foot at `foot`, leaning along the direction `lean` and turned by `spin`
 * radians about its own axis.
 */
export function place(
  lathe: Lathe,
  foot: Vec3,
  options: {
    lean?: readonly [number, number];
    spin?: number;
    ribs?: readonly [number, number];
  } = {},
): Turned {
  const [leanX, leanZ] = options.lean ?? [0, 0];
  const spin = options.spin ?? 0;
  const up = normalise([leanX, 1, leanZ]);
  const guide: Vec3 = [Math.cos(spin), 0, Math.sin(spin)];
  const side = normalise(subtract(guide, scale(up, dot(guide, up))));
  const front: Vec3 = [
    side[1] * up[2] - side[2] * up[1],
    side[2] * up[0] - side[0] * up[2],
    side[0] * up[1] - side[1] * up[0],
  ];
  return { lathe, foot, axes: [side, up, front], ribs: options.ribs ?? [0, 0] };
}

/** A point of the room in the body's own coordinates: y up from the foot. */
export function toLocal(body: Turned, point: Vec3): Vec3 {
  const p = subtract(point, body.foot);
  return [dot(p, body.axes[0]), dot(p, body.axes[1]), dot(p, body.axes[2])];
}

function localDistance(body: Turned, x: number, y: number, z: number): number {
  let r = Math.sqrt(x * x + z * z);
  const [depth, count] = body.ribs;
  if (depth > 0 && r < 1.2 * body.lathe.radius)
    r *= 1 - depth * Math.cos(count * Math.atan2(z, x)) * clamp(y / body.lathe.height);
  return distanceAt(body.lathe, r, y);
}

function squared(x: number): number {
  return x * x;
}

/** Distance along the ray to the body's wall, met from outside or from within; else Infinity. */
export function intersect(body: Turned, origin: Vec3, direction: Vec3, far: number): number {
  const { lathe } = body;
  const o = toLocal(body, origin);
  const middle = lathe.height / 2;
  const reach = squared(lathe.radius + 0.03) + squared(middle + 0.03);
  const c = squared(o[0]) + squared(o[1] - middle) + squared(o[2]) - reach;
  const d: Vec3 = [
    dot(direction, body.axes[0]),
    dot(direction, body.axes[1]),
    dot(direction, body.axes[2]),
  ];
  // The enclosing sphere says whether, and from where, to march.
  const b = o[0] * d[0] + (o[1] - middle) * d[1] + o[2] * d[2];
  const root = b * b - c;
  if (root < 0 || (b > 0 && c > 0)) return Infinity;
  const end = Math.min(far, -b + Math.sqrt(root));
  let t = Math.max(0.004, -b - Math.sqrt(root));
  for (let i = 0; i < 110 && t < end; i++) {
    const gap = localDistance(body, o[0] + d[0] * t, o[1] + d[1] * t, o[2] + d[2] * t);
    if (Math.abs(gap) < 0.0006) return t;
    t += Math.abs(gap) * 0.93;
  }
  return Infinity;
}

/** Outward unit normal at a point of the wall. */
export function normalAt(body: Turned, point: Vec3): Vec3 {
  const [x, y, z] = toLocal(body, point);
  const e = 0.004;
  const gx = localDistance(body, x + e, y, z) - localDistance(body, x - e, y, z);
  const gy = localDistance(body, x, y + e, z) - localDistance(body, x, y - e, z);
  const gz = localDistance(body, x, y, z + e) - localDistance(body, x, y, z - e);
  const [side, up, front] = body.axes;
  return normalise(add(add(scale(side, gx), scale(up, gy)), scale(front, gz)));
}
