import { normal } from "../../numerics/distributions/index.ts";

/**
 * Quantile of B replicates, interpolated between order statistics on the scale of normal quantiles (Davison & Hinkley
 * 1997, equation 5.8; R's boot):
 *
 *   k = ⌊(B + 1)α⌋,   t₍ₖ₎ + (z_α − z_{k/(B+1)})/(z_{(k+1)/(B+1)} − z_{k/(B+1)}) (t₍ₖ₊₁₎ − t₍ₖ₎)
 *
 * @param sorted replicates in ascending order, at least one
 * @param share α in [0, 1]; beyond the extreme order statistics it is these
 */
export function bootstrapQuantile(sorted: Float64Array, share: number): number {
  const b = sorted.length;
  const rank = (b + 1) * share;
  // 10,000 × 0.025 is 250 less a rounding.
  const whole = Math.abs(rank - Math.round(rank)) < 1e-9 * (b + 1) ? Math.round(rank) : null;
  const k = whole ?? Math.floor(rank);
  if (k < 1) return sorted[0]!;
  if (k >= b) return sorted[b - 1]!;
  if (whole !== null) return sorted[k - 1]!;
  const below = normal.quantile(k / (b + 1));
  const above = normal.quantile((k + 1) / (b + 1));
  return sorted[k - 1]! + ((normal.quantile(share) - below) / (above - below)) * (sorted[k]! - sorted[k - 1]!);
}
