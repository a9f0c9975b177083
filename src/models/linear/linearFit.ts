import type { HasClusterParts } from "../../contract/clusterParts.ts";

/** Least squares of an outcome on p columns, rows in J clusters; with weights, weighted least squares. */
export interface LinearFit extends HasClusterParts {
  /** Names of the p columns, "intercept" first. */
  readonly terms: readonly string[];
  /** N, rows. */
  readonly observations: number;
  /** J */
  readonly clusters: number;
  /** β, length p, in the order of `terms`. */
  readonly coefficients: Float64Array;
  /** T (p × p, row-major) with T Tᵀ = (XᵀWX)⁻¹, weights scaled to mean 1. */
  readonly root: Float64Array;
  /** Σ w (y − xᵀβ)²; exactly 0 when the outcome is fitted to rounding. */
  readonly residualSumOfSquares: number;
  /** Σ w (xᵀβ − ȳ)². */
  readonly explainedSumOfSquares: number;
  /** N − p */
  readonly residualDf: number;
  /** √(residual sum of squares / residual df); null without residual degrees of freedom. */
  readonly residualStandardDeviation: number | null;
  /** Share of the sum of squares about the mean that is explained; null for a constant outcome. */
  readonly rSquared: number | null;
  /** Mean square explained over mean square residual, on p − 1 and N − p; null when either has no degrees of freedom or the residual is 0. */
  readonly fStatistic: number | null;
  /** Σ w (y − xᵀβ) of each cluster, length J. */
  readonly clusterResidualSums: Float64Array;
  /** Σ w (y − xᵀβ)² of each cluster, length J. */
  readonly clusterResidualSquares: Float64Array;
}

/** s² (XᵀWX)⁻¹, p × p: the covariance of the coefficients if rows were independent with variance s²/w. */
export function modelCovariance(fit: LinearFit): Float64Array | null {
  const s = fit.residualStandardDeviation;
  if (s === null) return null;
  const p = fit.terms.length;
  const out = new Float64Array(p * p);
  for (let i = 0; i < p; i++)
    for (let j = 0; j < p; j++) {
      let value = 0;
      for (let k = 0; k < p; k++) value += fit.root[i * p + k]! * fit.root[j * p + k]!;
      out[i * p + j] = s * s * value;
    }
  return out;
}
