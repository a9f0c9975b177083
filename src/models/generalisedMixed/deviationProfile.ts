import { chiSquared } from "../../numerics/distributions/index.ts";
import { cholesky, choleskySolve } from "../../numerics/matrix/cholesky.ts";
import { findRoot } from "../../numerics/optimize/findRoot.ts";
import type { ProfileInterval } from "../mixed/profileLikelihood.ts";
import { climb } from "./interceptProblem.ts";
import type { InterceptMaximum } from "./maximiseIntercept.ts";

/** Largest standard deviation that is looked at. */
const LARGEST = 500;
/** Change of the signed root of the deviance, and of a step in it, that is rounding. */
const SETTLED = 1e-11;
const STEPS = 25;

/**
 * Profile-likelihood interval of σ: {σ ≥ 0 : 2(log L̂ − max log L(·, σ)) ≤ χ²₁(level)}. The lower limit is 0 when that
 * holds at 0; null where no upper limit was found.
 */
export function deviationProfile(maximum: InterceptMaximum, level: number): ProfileInterval | null {
  const reach = Math.sqrt(chiSquared.quantile(level, 1));
  const upper = limit(maximum, reach, 1);
  if (upper === null) return null;
  if (maximum.point[coefficientsOf(maximum)] === 0) return { lower: 0, upper };
  const lower = drop(maximum, 0, maximum.point).root <= reach ? 0 : limit(maximum, reach, -1);
  return lower === null ? null : { lower, upper };
}

const coefficientsOf = ({ problem }: InterceptMaximum): number => problem.orthonormal.cells.coefficients;

/** √(2(log L̂ − log L)) at the best of the points with that σ. */
function drop({ problem, logLikelihood, limitOf }: InterceptMaximum, sigma: number, near: Float64Array) {
  const p = problem.orthonormal.cells.coefficients;
  const start = near.slice();
  start[p] = sigma;
  const others = (q: number) => Array.from({ length: q }, (_, k) => k).filter((k) => k !== p);
  const found = climb(problem.likelihood, p, start, others(start.length));
  let highest = found.logLikelihood;
  if (limitOf !== null) {
    // What a smaller σ leaves unexplained, dispersion may take up.
    const dispersed = Float64Array.of(...found.point, limitOf.options.family === "negative-binomial" ? 3 : -3);
    highest = Math.max(highest, climb(limitOf.likelihood, p, dispersed, others(dispersed.length)).logLikelihood);
  }
  return { root: Math.sqrt(Math.max(0, 2 * (logLikelihood - highest))), point: found.point };
}

function limit(maximum: InterceptMaximum, reach: number, direction: 1 | -1): number | null {
  const joint = maximum.limitOf === null ? jointLimit(maximum, reach, direction) : null;
  return joint ?? searchedLimit(maximum, reach, direction);
}

/**
 * Newton's method on all parameters at once (Venzon & Moolgavkar 1988): the likelihood at its height, the derivatives in
 * everything but σ zero. The height is taken as √(2(log L̂ − log L)), which is nearly linear in σ. null where it does not
 * settle on the right side.
 */
function jointLimit(
  { problem, point, logLikelihood }: InterceptMaximum,
  reach: number,
  direction: 1 | -1,
): number | null {
  const { likelihood, orthonormal } = problem;
  const p = orthonormal.cells.coefficients;
  const q = likelihood.parameters;
  const free = Array.from({ length: q }, (_, k) => k).filter((k) => k !== p);
  const m = free.length;
  const estimate = point[p]!;
  const lower = new Float64Array(m * m);
  const across = new Float64Array(m);
  const correction = new Float64Array(m);
  const x = point.slice();
  let first = true;
  for (let step = 0; step < STEPS; step++) {
    const { value, gradient, hessian } = likelihood.evaluate(x);
    if (!Number.isFinite(value)) return null;
    for (let i = 0; i < m; i++) {
      across[i] = hessian[free[i]! * q + p]!;
      correction[i] = gradient[free[i]!]!;
      for (let k = 0; k < m; k++) lower[i * m + k] = -hessian[free[i]! * q + free[k]!]!;
    }
    if (!cholesky(lower, m, lower)) return null;
    // Along σ the others follow by dω/dσ = A⁻¹ h, A = −H_ωω; at a given σ they are off by A⁻¹ g.
    choleskySolve(lower, m, across, across);
    choleskySolve(lower, m, correction, correction);
    let slope = gradient[p]!;
    let curvature = hessian[p * q + p]!;
    let gain = 0;
    for (let i = 0; i < m; i++) {
      slope += across[i]! * gradient[free[i]!]!;
      curvature += across[i]! * hessian[free[i]! * q + p]!;
      gain += correction[i]! * gradient[free[i]!]!;
    }
    let move: number;
    if (first) {
      if (!(curvature < 0)) return null;
      move = (direction * reach) / Math.sqrt(-curvature);
      if (direction < 0) move = Math.max(move, -0.7 * estimate);
    } else {
      const height = 2 * (logLikelihood - value) - gain;
      if (!(height > 0) || !(slope * direction < 0)) return null;
      const root = Math.sqrt(height);
      move = (direction * (reach - root)) / (-(slope * direction) / root);
      if (Math.abs(reach - root) < SETTLED && gain < SETTLED) return x[p]!;
    }
    const next = x[p]! + move;
    if (!(next > 0 && next < LARGEST) || (next - estimate) * direction <= 0) return null;
    for (let i = 0; i < m; i++) x[free[i]!]! += (first ? 0 : correction[i]!) + across[i]! * move;
    x[p] = next;
    first = false;
  }
  return null;
}

/** The same limit by a search over σ with a search over the rest inside. */
function searchedLimit(maximum: InterceptMaximum, reach: number, direction: 1 | -1): number | null {
  const estimate = maximum.point[coefficientsOf(maximum)]!;
  let near = maximum.point;
  const excess = (sigma: number): number => {
    const at = drop(maximum, sigma, near);
    near = at.point;
    return at.root - reach;
  };
  if (direction < 0) return findRoot(excess, 0, estimate, { tolerance: 1e-10 }).argument[0]!;
  let inside = estimate;
  for (let outside = Math.max(0.1, 1.5 * estimate); outside < LARGEST; outside *= 1.6) {
    if (excess(outside) > 0) return findRoot(excess, inside, outside, { tolerance: 1e-10 }).argument[0]!;
    inside = outside;
  }
  return null;
}
