import { atReference, type EffectFigures, type EffectRegion, halfWidths, ratios } from "./effectRegion.ts";
import { hull, type Range } from "./range.ts";
import { criticalValue, type Df, twoSidedP } from "./reference.ts";

/** Steps of 1/df from 1 to 0 at which the margins are looked at; they are smooth, and between two steps each changes sign once at most. */
const steps = 64;

const dfOf = (inverse: number): Df => (inverse <= 0 ? Number.POSITIVE_INFINITY : 1 / inverse);

/**
 * The reference degrees of freedom ν ≥ 1 (real; Infinity is the normal distribution) for which some true estimate,
 * limits, standard error and P value within the rounding intervals satisfy
 *
 *   (upper − lower)/2 = t(ν, level) · s,   P = P(|T_ν| > |estimate| / s)
 *
 * as disjoint ranges in ascending order; empty when there are none.
 *
 * Each constraint is a margin that is continuous and practically monotone in 1/ν; the margins' roots cut [0, 1] into
 * pieces on which possibility is constant, so ranges much narrower than one degree of freedom are found as well.
 */
export function compatibleDf(region: EffectRegion, figures: EffectFigures): readonly Range[] {
  if (region.corners.length === 0) return [];
  // A printed standard error may leave a window of degrees of freedom too narrow for steps over all of them: find it
  // first, then look at P inside.
  const windows = piecesOf(precisionMargins(region, figures), 0, 1);
  const pieces = windows.flatMap(([from, to]) => piecesOf(significanceMargins(region, figures), from, to));
  const ranges: Range[] = [];
  for (const [from, to] of pieces.reverse()) {
    if (!atReference(region, figures, dfOf((from + to) / 2)).possible) continue;
    const range = { low: dfOf(to), high: dfOf(from) };
    const last = ranges.at(-1);
    if (last !== undefined && last.high === range.low) ranges[ranges.length - 1] = hull(last, range);
    else ranges.push(range);
  }
  return ranges;
}

/** Margins by which constraints hold at 1/ν, negative where they do not; always as many. */
type Margins = (inverse: number) => readonly number[];

/** Pieces of [from, to] between the roots of the margins, in ascending order. */
function piecesOf(margins: Margins, from: number, to: number): (readonly [number, number])[] {
  const at = (k: number) => from + (k / steps) * (to - from);
  const cuts = new Set([from, to]);
  let left = margins(from);
  for (let k = 1; k <= steps; k++) {
    const right = margins(at(k));
    for (let m = 0; m < right.length; m++) {
      if (left[m]! > 0 !== right[m]! > 0) {
        cuts.add(rootOf((x) => margins(x)[m]! > 0, left[m]! > 0, at(k - 1), at(k)));
      }
    }
    left = right;
  }
  const sorted = [...cuts].sort((a, b) => a - b);
  return sorted.slice(1).map((end, k) => [sorted[k]!, end] as const);
}

/** The half-width over the critical value must be a printed standard error: monotone in ν. */
function precisionMargins({ corners }: EffectRegion, { level, standardError }: EffectFigures): Margins {
  const h = halfWidths(corners);
  return (inverse) => {
    if (standardError === null) return [];
    const c = criticalValue(1 - level, dfOf(inverse));
    return [h.high - standardError.low * c, standardError.high * c - h.low];
  };
}

/** The P values that the other figures allow must reach the printed one. */
function significanceMargins(region: EffectRegion, figures: EffectFigures): Margins {
  const { level, standardError, p } = figures;
  const ratio = ratios(region.corners);
  return (inverse) => {
    if (p === null) return [];
    const df = dfOf(inverse);
    const c = criticalValue(1 - level, df);
    // With a printed standard error the region itself moves with ν and is asked for its P values.
    const allowed =
      standardError === null
        ? { low: twoSidedP(c * ratio.high, df), high: twoSidedP(c * ratio.low, df) }
        : (atReference(region, { ...figures, p: null }, df).p ?? { low: 2, high: -1 });
    return [allowed.high - p.low, p.high - allowed.low];
  };
}

/** Bisection on the sign alone; fifty halvings of 1/64 leave no digit of 1/ν open that a double has. */
function rootOf(positive: (x: number) => boolean, before: boolean, from: number, to: number): number {
  let [left, right] = [from, to];
  for (let k = 0; k < 50; k++) {
    const middle = (left + right) / 2;
    if (positive(middle) === before) left = middle;
    else right = middle;
  }
  return (left + right) / 2;
}

/**
 * Ranges in whole degrees of freedom, [lowest, highest] with null for no upper end. Model-based degrees of freedom need
 * not be whole: a range between two whole numbers keeps its ends, to three decimals.
 */
export function wholeRanges(ranges: readonly Range[]): readonly (readonly [number, number | null])[] {
  return ranges.map(({ low, high }) => {
    const first = Math.ceil(low - 1e-9);
    if (high === Number.POSITIVE_INFINITY) return [first, null];
    const last = Math.floor(high + 1e-9);
    return first <= last ? [first, last] : [Math.round(low * 1000) / 1000, Math.round(high * 1000) / 1000];
  });
}

/** Standard errors that the figures allow over all compatible degrees of freedom; null when none or unbounded. */
export function standardErrorOver(
  ranges: readonly Range[],
  region: EffectRegion,
  figures: EffectFigures,
): Range | null {
  let all: Range | null = null;
  for (const { low, high } of ranges) {
    const [from, to] = [high === Number.POSITIVE_INFINITY ? 0 : 1 / high, 1 / low];
    for (let k = 0; k <= 16; k++) {
      const { standardError } = atReference(region, figures, dfOf(from + (k / 16) * (to - from)));
      if (standardError !== null) all = all === null ? standardError : hull(all, standardError);
    }
  }
  return all;
}
