import type { VarianceParts } from "../../contract/varianceParts.ts";
import { symmetricEigen } from "../../numerics/matrix/eigen.ts";
import { multiply, quadraticForm } from "../../numerics/matrix/product.ts";
import { twiceInverse } from "./kenwardRoger.ts";

/**
 * Satterthwaite's degrees of freedom for the contrast ℓᵀβ, from the first two moments of its estimated variance v = ℓᵀΦℓ:
 *
 *   df = 2v² / gᵀAg,   gᵢ = ∂v/∂γᵢ = −ℓᵀΦPᵢΦℓ,   A = 2 × inverse information of γ
 *
 * with expected information ("satterthwaite-expected") or the Hessian ("satterthwaite-observed": lmerTest, SAS). Infinite
 * where v does not depend on γ.
 *
 * @param contrast ℓ, length p
 */
export function satterthwaiteDf(
  parts: VarianceParts,
  contrast: Float64Array,
  information: "expected" | "observed",
): number {
  const { coefficients: p, components: c, covariance, first } = parts;
  const turned = new Float64Array(p);
  multiply(covariance, contrast, p, p, 1, turned);
  const gradient = Float64Array.from(first, (m) => -quadraticForm(m, turned, p));
  const source = information === "expected" ? parts.expectedInformation : parts.observedInformation;
  const variance = quadraticForm(covariance, contrast, p);
  return (2 * variance * variance) / quadraticForm(twiceInverse(source, c), gradient, c);
}

/**
 * Denominator degrees of freedom for q contrasts at once (Fai and Cornelius 1996): the statistic is a mean of q
 * independent squared t variables along the eigenvectors of LΦLᵀ, with E = Σ νₘ/(νₘ − 2) over νₘ > 2:
 *
 *   df = 2E/(E − q);   2 as soon as some νₘ ≤ 2
 *
 * @param contrasts q × p
 */
export function satterthwaiteFDf(
  parts: VarianceParts,
  contrasts: Float64Array,
  q: number,
  information: "expected" | "observed",
): number {
  const p = parts.coefficients;
  const half = new Float64Array(q * p);
  multiply(contrasts, parts.covariance, q, p, p, half);
  const inner = new Float64Array(q * q);
  for (let a = 0; a < q; a++) {
    for (let b = 0; b < q; b++) {
      for (let k = 0; k < p; k++) inner[a * q + b]! += half[a * p + k]! * contrasts[b * p + k]!;
    }
  }
  const values = new Float64Array(q);
  const vectors = new Float64Array(q * q);
  symmetricEigen(inner, q, values, vectors);
  const dfs = Array.from({ length: q }, (_, m) => {
    const direction = new Float64Array(p);
    for (let a = 0; a < q; a++)
      for (let k = 0; k < p; k++) direction[k]! += vectors[a * q + m]! * contrasts[a * p + k]!;
    return satterthwaiteDf(parts, direction, information);
  });
  if (dfs.every((df) => Math.abs(df - dfs[0]!) < 1e-8)) return dfs[0]!;
  if (dfs.some((df) => df <= 2)) return 2;
  const e = dfs.reduce((sum, df) => sum + (df === Number.POSITIVE_INFINITY ? 1 : df / (df - 2)), 0);
  return (2 * e) / (e - q);
}
