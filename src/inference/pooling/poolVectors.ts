import { fisherF } from "../../numerics/distributions/index.ts";
import { cholesky, choleskyInverse, solveLower } from "../../numerics/matrix/cholesky.ts";
import { traceOfProduct } from "../../numerics/matrix/product.ts";
import type { FixedEffectTest } from "../fixedEffectInference.ts";
import { meanOf } from "./rubin.ts";

/** Several numbers estimated together from each of m completed data sets: costs and effects, coefficients. */
export interface PooledVector {
  readonly imputations: number;
  /** Q̄, length k. */
  readonly values: Float64Array;
  /** Ū, k × k. */
  readonly within: Float64Array;
  /** B, k × k. */
  readonly between: Float64Array;
  /** T = Ū + (1 + 1/m) B, k × k. */
  readonly total: Float64Array;
}

/**
 * Rubin's rules for a vector with its covariance.
 *
 * @param values m vectors of length k, m ≥ 2
 * @param covariances m matrices k × k, row-major
 */
export function poolVectors(values: readonly Float64Array[], covariances: readonly Float64Array[]): PooledVector {
  const m = values.length;
  const k = values[0]!.length;
  const mean = Float64Array.from({ length: k }, (_, i) => meanOf(values.map((vector) => vector[i]!)));
  const within = Float64Array.from({ length: k * k }, (_, at) => meanOf(covariances.map((matrix) => matrix[at]!)));
  const between = new Float64Array(k * k);
  for (const vector of values)
    for (let i = 0; i < k; i++)
      for (let j = 0; j < k; j++)
        between[i * k + j] = between[i * k + j]! + ((vector[i]! - mean[i]!) * (vector[j]! - mean[j]!)) / (m - 1);
  const total = within.map((u, at) => u + (1 + 1 / m) * between[at]!);
  return { imputations: m, values: mean, within, between, total };
}

/**
 * Joint test that the whole vector is zero (D1: Li, Raghunathan & Rubin 1991, J Am Stat Assoc 86, 1065-1073), with the
 * small-sample degrees of freedom of Reiter (2007, Biometrika 94, 502-508):
 *
 *   F = Q̄ᵀ Ū⁻¹ Q̄ / (k (1 + r)),   r = (1 + 1/m) tr(B Ū⁻¹)/k
 *
 * on k and ν degrees of freedom. Reiter's ν needs k(m − 1) > 4 and more than about 5 complete-data degrees of freedom; where
 * these are fewer, 1/ν = 1/ν_LRR + (1 + r)/ν*, ν* = ν_com (ν_com + 1)/(ν_com + 3), which is Barnard and Rubin's way.
 *
 * @param completeDf ν_com; null where the reference would be χ²
 * @returns null when Ū is singular
 */
export function testPooledVector(
  { imputations: m, values, within, between }: PooledVector,
  completeDf: number | null,
): FixedEffectTest | null {
  const k = values.length;
  const root = new Float64Array(k * k);
  if (!cholesky(within, k, root)) return null;
  const whitened = new Float64Array(k);
  solveLower(root, k, values, whitened);
  const inverse = new Float64Array(k * k);
  choleskyInverse(root, k, inverse);
  const r = Math.max(0, ((1 + 1 / m) * traceOfProduct(between, inverse, k)) / k);
  const statistic = whitened.reduce((sum, x) => sum + x * x, 0) / (k * (1 + r));
  const df = denominatorDf(k, m, r, completeDf);
  const pValue = fisherF.upper(statistic, k, df);
  return { statistic, reference: { name: "F", df: [k, df] }, pValue };
}

/** As good as no limit: a finite stand-in for a χ² reference, where nothing varies between imputations. */
const UNLIMITED = 1e10;

function denominatorDf(k: number, m: number, r: number, completeDf: number | null): number {
  const t = k * (m - 1);
  const ofImputations =
    r === 0
      ? Number.POSITIVE_INFINITY
      : t > 4
        ? 4 + (t - 4) * (1 + (1 - 2 / t) / r) ** 2
        : (t * (1 + 1 / k) * (1 + 1 / r) ** 2) / 2;
  if (completeDf === null) return Math.min(UNLIMITED, ofImputations);
  const ofSample = (completeDf * (completeDf + 1)) / (completeDf + 3);
  const a = (r * t) / (t - 2);
  const c1 = ofSample - 2 * (1 + a);
  const c2 = ofSample - 4 * (1 + a);
  if (!(t > 4) || !(c2 > 0)) return Math.min(UNLIMITED, 1 / (1 / ofImputations + (1 + r) / ofSample));
  const c0 = 1 / (t - 4);
  const z =
    1 / c2 +
    c0 * ((a * a * c1) / ((1 + a) ** 2 * c2)) +
    c0 * ((8 * a * a * c1) / ((1 + a) * c2 * c2) + (4 * a * a) / ((1 + a) * c2)) +
    c0 * ((4 * a * a) / (c2 * c1) + (16 * a * a * c1) / c2 ** 3) +
    c0 * ((8 * a * a) / (c2 * c2));
  return 4 + 1 / z;
}
