import { contrastMoments, expectedVariance, inScoreCoordinates, squaredSum } from "./contrastMoments.ts";
import type { SandwichVariance } from "./sandwichVariance.ts";

/**
 * Satterthwaite degrees of freedom of a contrast c under the target covariance (Bell & McCaffrey 2002; Pustejovsky &
 * Tipton 2018): that of a χ² with the same mean and variance as cᵀVc,
 *
 *   df = (Σⱼ Pⱼⱼ)² / Σⱼₖ Pⱼₖ²
 *
 * between 0 and J, the closer to 0 the more one cluster's covariates dominate the contrast. O(J p²).
 *
 * @param contrast c, length p
 * @returns 0 when the contrast has no variance under the target, for then nothing estimates it
 */
export function satterthwaite(variance: SandwichVariance, contrast: Float64Array): number {
  const moments = contrastMoments(variance, inScoreCoordinates(variance, contrast, 1), 1);
  const expected = expectedVariance(moments)[0]!;
  const squares = squaredSum(moments, 0, 0) / 2;
  return expected > 0 && squares > 0 ? (expected * expected) / squares : 0;
}
