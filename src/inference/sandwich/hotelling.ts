import { Defect } from "../../contract/problem.ts";
import { fisherF } from "../../numerics/distributions/index.ts";
import { cholesky, solveLower } from "../../numerics/matrix/cholesky.ts";
import { symmetricPower } from "../../numerics/matrix/power.ts";
import { multiply, sandwich } from "../../numerics/matrix/product.ts";
import { contrastMoments, expectedVariance, inScoreCoordinates, squaredSum } from "./contrastMoments.ts";
import type { SandwichVariance } from "./sandwichVariance.ts";

/** An F test of several contrasts at once. */
export interface HotellingTest {
  readonly statistic: number;
  /** q and η − q + 1. */
  readonly df: readonly [number, number];
  readonly pValue: number;
}

/**
 * Joint test that q contrasts are zero, with Zhang's degrees of freedom (HTZ of clubSandwich; Pustejovsky & Tipton
 * 2018, Tipton & Pustejovsky 2015):
 *
 *   W = (Cβ)ᵀ(CVCᵀ)⁻¹(Cβ),   F = (η − q + 1)/(η q) · W  on q and η − q + 1 degrees of freedom,
 *   η = q(q+1) / Σₛₜ Var(Ω^(−1/2) CVCᵀ Ω^(−1/2))[s, t],   Ω = E(CVCᵀ) under the target
 *
 * For q = 1 it is the square of the t test with Satterthwaite degrees of freedom.
 *
 * @param contrasts C, q × p row-major
 * @param values Cβ, length q
 * @returns null when no degrees of freedom are left (η ≤ q − 1) or the contrasts have a singular covariance
 */
export function hotellingTest(
  variance: SandwichVariance,
  contrasts: Float64Array,
  values: Float64Array,
): HotellingTest | null {
  const { coefficients: p } = variance;
  const q = values.length;
  if (contrasts.length !== q * p) throw new Defect("Contrasts and values of a joint test differ in number");
  const raw = inScoreCoordinates(variance, contrasts, q);
  const root = new Float64Array(q * q);
  const omega = expectedVariance(contrastMoments(variance, raw, q));
  if (symmetricPower(omega, q, -0.5, root) < q) return null;
  const gamma = new Float64Array(q * p);
  multiply(root, raw, q, q, p, gamma);
  const moments = contrastMoments(variance, gamma, q);
  let spread = 0;
  for (let s = 0; s < q; s++) for (let t = 0; t < q; t++) spread += squaredSum(moments, s, t);

  const eta = (q * (q + 1)) / spread;
  const df = eta - q + 1;
  const covariance = new Float64Array(q * q);
  sandwich(contrasts, variance.covariance, q, p, covariance);
  const lower = new Float64Array(q * q);
  if (!(df > 0 && Number.isFinite(df)) || !cholesky(covariance, q, lower)) return null;
  const whitened = new Float64Array(q);
  solveLower(lower, q, values, whitened);
  const wald = whitened.reduce((total, x) => total + x * x, 0);
  const statistic = (df / (eta * q)) * wald;
  return { statistic, df: [q, df], pValue: fisherF.upper(statistic, q, df) };
}
