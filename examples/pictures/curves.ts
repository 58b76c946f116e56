import { mix } from "./noise.ts";

/** A point of the plane: x, y. */
export type Point = readonly [number, number];
/** A curve as a row of points. */
export type Curve = readonly Point[];

/** A smooth curve through the given points (Catmull-Rom), as many short segments. */
export function spline(knots: Curve, segments = 24): Point[] {
  const at = (i: number) => knots[Math.min(Math.max(i, 0), knots.length - 1)]!;
  const points: Point[] = [];
  for (let i = 0; i < knots.length - 1; i++) {
    for (let k = 0; k < segments; k++) {
      const t = k / segments;
      points.push([catmullRom(at, i, t, 0), catmullRom(at, i, t, 1)]);
    }
  }
  return [...points, at(knots.length - 1)];
}

function catmullRom(at: (i: number) => Point, i: number, t: number, axis: 0 | 1): number {
  const a = at(i - 1)[axis];
  const b = at(i)[axis];
  const c = at(i + 1)[axis];
  const d = at(i + 2)[axis];
  const cubic = (3 * b - a - 3 * c + d) * t * t * t;
  return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + cubic);
}

/** The point a fraction t of the way along a curve. */
export function pointAt(curve: Curve, t: number): Point {
  const at = Math.min(Math.max(t, 0), 1) * (curve.length - 1);
  const i = Math.min(Math.floor(at), curve.length - 2);
  return mixPoints(curve[i]!, curve[i + 1]!, at - i);
}

/** The point a fraction t of the way from a to b. */
export function mixPoints(a: Point, b: Point, t: number): Point {
  return [mix(a[0], b[0], t), mix(a[1], b[1], t)];
}
