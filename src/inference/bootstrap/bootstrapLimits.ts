import { normal } from "../../numerics/distributions/index.ts";
import { bootstrapQuantile } from "./bootstrapQuantile.ts";

export const bootstrapIntervals = ["bca", "percentile", "basic", "studentised"] as const;

export type BootstrapInterval = (typeof bootstrapIntervals)[number];

/** What a bootstrap knows of one estimate t, on the scale on which it works. */
export interface BootstrapDistribution {
  /** t */
  readonly observed: number;
  /** t* in ascending order; for studentised intervals (t* − t)/s*. */
  readonly sorted: Float64Array;
  /** s, of t itself; read by studentised intervals alone. */
  readonly standardError: number;
  /** a, from the jackknife; read by BCa alone. */
  readonly acceleration: number;
}

export interface BootstrapLimits {
  readonly lower: number;
  readonly upper: number;
  /** Does a limit lie beyond the (B + 1)/B extremes, so that it is the smallest or largest replicate? */
  readonly extreme: boolean;
}

/** Differences of replicates below this share of their range are rounding: such replicates are equal. */
const TIE = 1e-11;

/**
 * Limits of coverage `level` from bootstrap replicates, α = (1 − level)/2 and 1 − α:
 *
 *   percentile   G⁻¹(α)                      G(x): share of t* ≤ x
 *   basic        2t − G⁻¹(1 − α)
 *   studentised  t − s H⁻¹(1 − α)            H: of (t* − t)/s*
 *   bca          G⁻¹(Φ(z₀ + (z₀ + z_α)/(1 − a(z₀ + z_α)))),   z₀ = Φ⁻¹(G(t))
 *
 * Quantiles as `bootstrapQuantile`. Replicates equal to t count half in z₀, so that turning every sign turns the
 * interval. Second-order accurate: bca and studentised.
 *
 * Efron B. J Am Stat Assoc 1987;82:171–185. Davison AC, Hinkley DV. Bootstrap Methods and their Application 1997, ch. 5.
 */
export function bootstrapLimits(
  interval: BootstrapInterval,
  distribution: BootstrapDistribution,
  level: number,
): BootstrapLimits {
  const { observed, sorted, standardError } = distribution;
  const tail = (1 - level) / 2;
  const b = sorted.length;
  const [low, high] =
    interval === "bca" ? [adjusted(distribution, tail), adjusted(distribution, 1 - tail)] : [tail, 1 - tail];
  const first = bootstrapQuantile(sorted, low);
  const last = bootstrapQuantile(sorted, high);
  const extreme = !((b + 1) * low >= 1 - 1e-9 && (b + 1) * high <= b + 1e-9);
  switch (interval) {
    case "basic":
      return { lower: 2 * observed - last, upper: 2 * observed - first, extreme };
    case "studentised":
      return { lower: observed - standardError * last, upper: observed - standardError * first, extreme };
    default:
      return { lower: first, upper: last, extreme };
  }
}

/**
 * Two-sided P value of the null value θ₀: twice the smaller α of the one-sided limits that just exclude it, so that it is
 * at most 1 − level when the interval of that level excludes θ₀ (to the grain of the replicates). With b the number
 * of t* on the far side of θ₀, ties included, (b + 1)/(B + 1) takes the place of G(θ₀); for bca it is taken back through
 * the adjustment. Never below 2/(B + 1).
 */
export function bootstrapPValue(
  interval: BootstrapInterval,
  distribution: BootstrapDistribution,
  nullValue: number,
): number {
  const { observed, sorted, standardError } = distribution;
  const count = sorted.length;
  const at =
    interval === "basic"
      ? 2 * observed - nullValue
      : interval === "studentised"
        ? (observed - nullValue) / standardError
        : nullValue;
  const { below, ties } = position(sorted, at);
  let low = (below + ties + 1) / (count + 1);
  let high = (count - below + 1) / (count + 1);
  if (interval === "bca") {
    low = nominal(distribution, low);
    high = 1 - nominal(distribution, 1 - high);
  }
  return Math.min(1, 2 * Math.max(Math.min(low, high), 1 / (count + 1)));
}

/** z₀, the median bias of the replicates in normal units; kept finite by counting half a replicate beyond either end. */
function biasOf({ observed, sorted }: BootstrapDistribution): number {
  const { below, ties } = position(sorted, observed);
  const share = (below + ties / 2) / sorted.length;
  const edge = 0.5 / sorted.length;
  return normal.quantile(Math.min(1 - edge, Math.max(edge, share)));
}

/** Φ(z₀ + (z₀ + z_α)/(1 − a(z₀ + z_α))); past the pole of the fraction, its limit. */
function adjusted(distribution: BootstrapDistribution, share: number): number {
  const bias = biasOf(distribution);
  const shifted = bias + normal.quantile(share);
  const scale = 1 - distribution.acceleration * shifted;
  return scale > 0 ? normal.lower(bias + shifted / scale) : shifted > 0 ? 1 : 0;
}

/** α of which `adjusted` makes the share. */
function nominal(distribution: BootstrapDistribution, share: number): number {
  if (!(share > 0 && share < 1)) return share;
  const bias = biasOf(distribution);
  const shifted = normal.quantile(share) - bias;
  const scale = 1 + distribution.acceleration * shifted;
  return scale > 0 ? normal.lower(shifted / scale - bias) : shifted > 0 ? 1 : 0;
}

/** How many replicates lie below x, and how many are x. */
function position(sorted: Float64Array, x: number): { readonly below: number; readonly ties: number } {
  const slack = TIE * (sorted.at(-1)! - sorted[0]! + Math.abs(x) * 1e-3);
  const below = countBelow(sorted, x - slack);
  return { below, ties: countBelow(sorted, x + slack) - below };
}

function countBelow(sorted: Float64Array, x: number): number {
  let from = 0;
  let to = sorted.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (sorted[middle]! < x) from = middle + 1;
    else to = middle;
  }
  return from;
}
