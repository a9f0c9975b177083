import { fisherF } from "../../numerics/distributions/index.ts";
import { cholesky, solveLower } from "../../numerics/matrix/cholesky.ts";
import { sandwich } from "../../numerics/matrix/product.ts";
import type { FixedEffectInference, FixedEffectTest } from "../fixedEffectInference.ts";

/** The same degrees of freedom for every contrast: t tests, and Wald F tests on q and df. */
export function givenDfInference(covariance: Float64Array, df: number): FixedEffectInference {
  return { covariance, df: () => df, test: (contrasts, values) => waldF(covariance, contrasts, values, df) };
}

/**
 * Wald F test that q contrasts are zero, F = (Cβ)ᵀ(CVCᵀ)⁻¹(Cβ)/q on q and `df` degrees of freedom. Exact when V is s²
 * times a fixed matrix and df s²/σ² an independent χ².
 *
 * @param covariance V, p × p row-major
 * @param contrasts C, q × p row-major
 * @param values Cβ, length q
 * @returns null when the contrasts have a singular covariance or df ≤ 0
 */
export function waldF(
  covariance: Float64Array,
  contrasts: Float64Array,
  values: Float64Array,
  df: number,
): FixedEffectTest | null {
  const q = values.length;
  const p = contrasts.length / q;
  const spread = new Float64Array(q * q);
  sandwich(contrasts, covariance, q, p, spread);
  if (!(df > 0) || !cholesky(spread, q, spread)) return null;
  const whitened = new Float64Array(q);
  solveLower(spread, q, values, whitened);
  const statistic = whitened.reduce((total, x) => total + x * x, 0) / q;
  return { statistic, reference: { name: "F", df: [q, df] }, pValue: fisherF.upper(statistic, q, df) };
}
