import { endOutwards, restrictedCounts } from "../../inference/wildBootstrap/restrictedInversion.ts";
import { type End, endByScores } from "../../inference/wildBootstrap/scoreInversion.ts";
import type { WildDraws } from "../../inference/wildBootstrap/wildDraws.ts";
import type { WildPieces } from "../../inference/wildBootstrap/wildPieces.ts";
import { studentised } from "../../inference/wildBootstrap/wildStatistic.ts";

/** Distances of the ends from the estimate in standard errors; null ends with a reason in words. */
export type EndsOfInterval =
  | { readonly found: true; readonly below: number; readonly above: number }
  | { readonly found: false; readonly reason: string };

const UNBOUNDED =
  "P stays above what the interval leaves out however far the null value is from the estimate, for want of clusters or draws";
const NO_FIT = "the model cannot be fitted under null values that far from the estimate";

/**
 * β̂ ± se times the `needed`-th largest |t*|: every δ closer than that has at least as many |t*| ≥ |t|.
 *
 * @param needed replicates that keep a null value in the interval
 */
export function intervalByQuantile(numbers: Float64Array, at: number, stride: number, needed: number): EndsOfInterval {
  const sizes = sizesOf(numbers, at, stride).sort();
  const quantile = needed === 0 ? Number.POSITIVE_INFINITY : sizes[sizes.length - needed]!;
  if (!(quantile < Number.POSITIVE_INFINITY)) return { found: false, reason: UNBOUNDED };
  return { found: true, below: quantile, above: quantile };
}

/** |t*| of every replicate. */
export function sizesOf(numbers: Float64Array, at: number, stride: number): Float64Array {
  const sizes = new Float64Array(numbers.length / stride);
  for (let k = 0; k < sizes.length; k++) sizes[k] = Math.abs(numbers[at + k * stride]!);
  return sizes;
}

/**
 * Test against zero and interval of a linear model with the null imposed, from the terms of its replicates.
 *
 * @param standardError se, and the factor that its square has and t* lacks
 * @param value cᵀβ̂, the distance from zero
 */
export function intervalByTerms(
  numbers: Float64Array,
  at: number,
  stride: number,
  standardError: number,
  factor: number,
  value: number,
  needed: number,
) {
  const { countAt, countFarOff, countBySign } = restrictedCounts(numbers, at, stride, standardError ** 2 / factor);
  return { twoSided: countAt(value), ...countBySign(value), ends: ends() };

  function ends(): EndsOfInterval {
    if (needed === 0 || countFarOff() >= needed) return { found: false, reason: UNBOUNDED };
    // A null value below the estimate is a positive distance m.
    const below = endOutwards((distance) => countAt(distance * standardError) >= needed);
    const above = endOutwards((distance) => countAt(-distance * standardError) >= needed);
    return below === null || above === null ? { found: false, reason: UNBOUNDED } : { found: true, below, above };
  }
}

/**
 * The same of a model that has to be solved anew under every null value.
 *
 * @param under pieces under the null value at a signed distance from the estimate, in standard errors; null where there is no fit
 * @param sizes |t*| under the null of no effect
 */
export function intervalByScores(
  draws: WildDraws,
  under: (distance: number) => WildPieces | null,
  sizes: Float64Array,
  needed: number,
): EndsOfInterval {
  if (needed === 0) return { found: false, reason: UNBOUNDED };
  const guess = Math.min(50, Math.max(0.5, sizes.sort()[sizes.length - needed]!));
  const weights = new Float64Array(draws.clusters);
  const end = (side: 1 | -1): End => {
    const statisticAt = (distance: number) => {
      const pieces = under(side * distance);
      return pieces === null ? null : studentised(pieces);
    };
    const each = (distance: number, out: Float64Array, numberOf: (i: number) => number): boolean => {
      const statistic = statisticAt(distance);
      if (statistic === null) return false;
      for (let i = 0; i < out.length; i++) {
        draws.fill(numberOf(i), weights);
        statistic.write(weights, out, i);
        out[i] = Math.abs(out[i]!);
      }
      return true;
    };
    return endByScores(
      (distance, out) => each(distance, out, (k) => k),
      (distance, which, out) => each(distance, out, (i) => which[i]!),
      draws.count,
      needed,
      guess,
    );
  };
  const below = end(-1);
  if (!below.found) return { found: false, reason: below.reason === "no-fit" ? NO_FIT : UNBOUNDED };
  const above = end(1);
  if (!above.found) return { found: false, reason: above.reason === "no-fit" ? NO_FIT : UNBOUNDED };
  return { found: true, below: below.distance, above: above.distance };
}
