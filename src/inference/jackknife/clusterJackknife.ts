import { Defect } from "../../contract/problem.ts";

/** About what the estimates without one cluster are squared: the estimate from all (CV3), or their own mean (CV3J). */
export type JackknifeCentre = "estimate" | "mean";

/**
 * Leave-one-cluster-out jackknife covariance of E estimates (MacKinnon, Nielsen & Webb 2023):
 *
 *   V = (J − 1)/J Σⱼ (θ₍₋ⱼ₎ − c)(θ₍₋ⱼ₎ − c)ᵀ,   c = θ̂ (CV3) or the mean of the θ₍₋ⱼ₎ (CV3J)
 *
 * CV3J ≤ CV3. For least squares CV3 is (J − 1)/J times the variance that clubSandwich calls CR3.
 *
 * @param leftOut θ₍₋ⱼ₎, J × E row-major
 * @param estimate θ̂, length E
 * @returns E × E
 */
export function jackknifeVariance(
  leftOut: Float64Array,
  estimate: Float64Array,
  centre: JackknifeCentre = "estimate",
): Float64Array {
  const e = estimate.length;
  const clusters = leftOut.length / e;
  if (!(Number.isInteger(clusters) && clusters >= 2)) throw new Defect("A jackknife needs at least two clusters");
  const middle = centre === "estimate" ? estimate : columnMeans(leftOut, e);
  const out = new Float64Array(e * e);
  for (let j = 0; j < clusters; j++)
    for (let a = 0; a < e; a++) {
      const gap = leftOut[j * e + a]! - middle[a]!;
      for (let b = 0; b < e; b++) out[a * e + b]! += gap * (leftOut[j * e + b]! - middle[b]!);
    }
  return out.map((value) => (value * (clusters - 1)) / clusters);
}

function columnMeans(matrix: Float64Array, width: number): Float64Array {
  const rows = matrix.length / width;
  const means = new Float64Array(width);
  for (let i = 0; i < matrix.length; i++) means[i % width]! += matrix[i]! / rows;
  return means;
}

/**
 * The acceleration of BCa from estimates without one unit, drawn within groups of n_g units (Davison & Hinkley 1997,
 * section 5.3.2, with the jackknife's empirical influences):
 *
 *   l = (n_g − 1)(θ̂ − θ₍₋ᵤ₎) = influence of unit u,   a = ⅙ Σ (l/n_g)³ / (Σ (l/n_g)²)^(3/2)
 *
 * 0 when nothing moves the estimate. With groups of one size it is what R's boot makes of `empinf(type = "jack")`.
 *
 * @param leftOut θ₍₋ᵤ₎ by unit; NaN where it could not be estimated, which leaves the unit out of the sums
 * @param groups units of each group
 */
export function jackknifeAcceleration(leftOut: Float64Array, estimate: number, groups: readonly Int32Array[]): number {
  let squares = 0;
  let cubes = 0;
  for (const group of groups) {
    const n = group.length;
    for (const unit of group) {
      const gap = estimate - leftOut[unit]!;
      if (Number.isNaN(gap)) continue;
      const influence = ((n - 1) / n) * gap;
      squares += influence ** 2;
      cubes += influence ** 3;
    }
  }
  return squares > 0 ? cubes / (6 * squares ** 1.5) : 0;
}
