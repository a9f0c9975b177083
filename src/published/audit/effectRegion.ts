import { cut, type HalfPlane, type Point, rectangle } from "./polygon.ts";
import { everything, meet, minus, type Range } from "./range.ts";
import { criticalValue, type Df, twoSidedP } from "./reference.ts";

/** What was printed of one effect, as rounding intervals on the scale where the null value is 0; null if not printed. */
export interface EffectFigures {
  readonly estimate: Range | null;
  readonly lower: Range | null;
  readonly upper: Range | null;
  /** Coverage of the interval, in (0, 1). */
  readonly level: number;
  readonly standardError: Range | null;
  readonly p: Range | null;
}

/**
 * The estimates e and half-widths h of the interval that print as published, if the interval is e ± h: a convex polygon
 * with corners (e, h). It does not depend on the reference distribution.
 *
 *   e ∈ E,  e − h ∈ L,  e + h ∈ U,  h ≥ 0
 *
 * Empty when the figures admit no symmetric interval. Without an interval h is free up to `unbounded`.
 */
export function effectRegion({ estimate, lower, upper }: EffectFigures): EffectRegion {
  const ends = [estimate, lower, upper].flatMap((range) => (range === null ? [] : [range.low, range.high]));
  const size = Math.max(1e-300, ...ends.filter(Number.isFinite).map(Math.abs));
  const unbounded = 1e6 * size;
  const lows = lower ?? everything;
  const highs = upper ?? everything;
  const planes: HalfPlane[] = [];
  // lowest ≤ a x + b y ≤ highest
  const between = (a: number, b: number, { low, high }: Range) => {
    if (high < unbounded) planes.push({ a, b, c: high });
    if (low > -unbounded) planes.push({ a: -a, b: -b, c: -low });
  };
  between(1, 0, estimate ?? everything);
  between(1, -1, lows);
  between(1, 1, highs);
  // From a box no larger than need be: narrow strips cut out of a wide one would drown in its rounding.
  const middles = meet(estimate ?? everything, { low: (lows.low + highs.low) / 2, high: (lows.high + highs.high) / 2 });
  const e = meet(middles, { low: -unbounded, high: unbounded });
  const h = meet(meet(minus(e, lows), minus(highs, e)), { low: 0, high: unbounded });
  const slack = 1e-12 * size;
  const box = e.low > e.high + slack || h.low > h.high + slack ? [] : rectangle(e.low, e.high, h.low, h.high);
  const corners = cut(box, planes, slack);
  return { corners, slack, unbounded };
}

export interface EffectRegion {
  readonly corners: readonly Point[];
  /** Rounding slack for further cuts, in units of the estimate. */
  readonly slack: number;
  /** A half-width as large as this was not bounded by any printed figure. */
  readonly unbounded: number;
}

/** Range of h over the corners. */
export const halfWidths = (corners: readonly Point[]): Range => ({
  low: Math.min(...corners.map(([, h]) => h)),
  high: Math.max(...corners.map(([, h]) => h)),
});

/** Range of |e| / h: extremes of a linear-fractional function lie at corners, but for zero inside. */
export function ratios(corners: readonly Point[]): Range {
  const signed = corners.map(([e, h]) => e / h).filter((ratio) => !Number.isNaN(ratio));
  const low = Math.min(...signed);
  const high = Math.max(...signed);
  if (low <= 0 && high >= 0) return { low: 0, high: Math.max(-low, high) };
  return low > 0 ? { low, high } : { low: -high, high: -low };
}

/** What the figures say when statistics are referred to t with `df` degrees of freedom. */
export interface AtReference {
  readonly df: Df;
  /** Is there one (e, h) in the region that meets the printed standard error and P value as well? */
  readonly possible: boolean;
  /** P values that estimate, interval and standard error allow, whatever P was printed; null when nothing bounds them. */
  readonly p: Range | null;
  /** Standard errors that all figures together allow; null when impossible or unbounded. */
  readonly standardError: Range | null;
  /** Corners (e, h) of what all figures together allow. */
  readonly corners: readonly Point[];
}

/**
 * h = c s with c the critical value at `level`; T = |e| / s; P = P(|t_df| > T). All constraints are linear in (e, h)
 * for one sign of e, so the standard error's range comes from corners.
 */
export function atReference(region: EffectRegion, figures: EffectFigures, df: Df): AtReference {
  const c = criticalValue(1 - figures.level, df);
  const { corners, slack, unbounded } = region;
  const se = figures.standardError;
  const met = se === null ? corners : cut(corners, standardErrorPlanes(se, c), slack);
  if (met.length === 0) return { df, possible: false, p: null, standardError: null, corners: [] };
  const bounded = halfWidths(met).high < 0.5 * unbounded;
  const ratio = ratios(met);
  const p = bounded ? { low: twoSidedP(c * ratio.high, df), high: twoSidedP(c * ratio.low, df) } : null;
  const all = figures.p === null ? met : [...signed(met, 1, figures.p), ...signed(met, -1, figures.p)];
  if (all.length === 0) return { df, possible: false, p, standardError: null, corners: [] };
  const h = halfWidths(all);
  return {
    df,
    possible: true,
    p,
    standardError: h.high < 0.5 * unbounded ? { low: h.low / c, high: h.high / c } : null,
    corners: all,
  };

  function signed(points: readonly Point[], sign: 1 | -1, printed: Range): readonly Point[] {
    const least = criticalValue(printed.high, df);
    const most = criticalValue(printed.low, df);
    const planes: HalfPlane[] = [
      { a: -sign, b: 0, c: 0 },
      { a: -sign * c, b: least, c: 0 },
    ];
    if (most < Number.POSITIVE_INFINITY) planes.push({ a: sign * c, b: -most, c: 0 });
    return cut(points, planes, slack);
  }
}

const standardErrorPlanes = ({ low, high }: Range, c: number): HalfPlane[] => [
  { a: 0, b: -1, c: -low * c },
  ...(high < Number.POSITIVE_INFINITY ? [{ a: 0, b: 1, c: high * c }] : []),
];
