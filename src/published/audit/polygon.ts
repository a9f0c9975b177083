/** A corner (x, y). */
export type Point = readonly [number, number];

/** The half-plane a x + b y ≤ c. */
export interface HalfPlane {
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/**
 * Corners of a convex polygon cut by half-planes (Sutherland & Hodgman 1974), in order; empty when nothing is left.
 * A polygon that shrinks to an edge or a corner is kept: touching is possible, however unlikely.
 *
 * @param slack is allowed on every half-plane, for the rounding of binary arithmetic.
 */
export function cut(corners: readonly Point[], planes: readonly HalfPlane[], slack: number): readonly Point[] {
  return planes.reduce((polygon, plane) => cutOnce(polygon, plane, slack), corners);
}

function cutOnce(corners: readonly Point[], { a, b, c }: HalfPlane, slack: number): readonly Point[] {
  const excess = ([x, y]: Point) => a * x + b * y - c - slack * Math.hypot(a, b);
  return corners.flatMap((corner, index): readonly Point[] => {
    const next = corners[(index + 1) % corners.length]!;
    const here = excess(corner);
    const there = excess(next);
    const kept = here <= 0 ? [corner] : [];
    if ((here < 0 && there > 0) || (here > 0 && there < 0)) {
      const share = here / (here - there);
      kept.push([corner[0] + share * (next[0] - corner[0]), corner[1] + share * (next[1] - corner[1])]);
    }
    return kept;
  });
}

/** Corners of the rectangle between two opposite corners. */
export const rectangle = (left: number, right: number, bottom: number, top: number): readonly Point[] => [
  [left, bottom],
  [right, bottom],
  [right, top],
  [left, top],
];
