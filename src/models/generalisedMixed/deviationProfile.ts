import { chiSquared } from "../../numerics/distributions/index.ts";
import { cholesky, choleskySolve } from "../../numerics/matrix/cholesky.ts";
import { findRoot } from "../../numerics/optimize/findRoot.ts";
import type { ProfileInterval } from "../mixed/profileLikelihood.ts";
import { climb, type InterceptProblem } from "./interceptProblem.ts";
import type { InterceptMaximum } from "./maximiseIntercept.ts";
import { NEAR_POISSON, nearPoisson } from "./overdispersed.ts";

/** Largest standard deviation that is looked at. */
const LARGEST = 500;
/** Distance from the height, in roots of the deviance, from which one more step arrives. */
const NEAR = 3e-6;
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
  const lower = dropAtZero(maximum) <= reach ? 0 : limit(maximum, reach, -1);
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
    const { slope, from } = offLimit(limitOf, found.point);
    if (slope > 0) highest = Math.max(highest, climb(limitOf.likelihood, p, from, others(from.length)).logLikelihood);
  }
  return { root: Math.sqrt(Math.max(0, 2 * (logLikelihood - highest))), point: found.point };
}

function dropAtZero(maximum: InterceptMaximum): number {
  const { logLikelihood, logLikelihoodAtZero, limitOf, point } = maximum;
  return logLikelihoodAtZero === null || limitOf !== null
    ? drop(maximum, 0, point).root
    : Math.sqrt(Math.max(0, 2 * (logLikelihood - logLikelihoodAtZero)));
}

/** What a smaller σ leaves unexplained, dispersion may take up: the slope in it, and where to search from. */
function offLimit(limitOf: InterceptProblem, point: Float64Array) {
  const sign = limitOf.options.family === "negative-binomial" ? -1 : 1;
  const from = Float64Array.of(...point, sign * Math.log(NEAR_POISSON));
  const { slope, peak } = nearPoisson(limitOf.likelihood, from, sign);
  from[from.length - 1] = sign * Math.log(peak);
  return { slope, from };
}

const leavesLimit = ({ limitOf }: InterceptMaximum, point: Float64Array): boolean =>
  limitOf !== null && offLimit(limitOf, point).slope > 0;

function limit(maximum: InterceptMaximum, reach: number, direction: 1 | -1): number | null {
  const joint = jointLimit(maximum, reach, direction);
  return joint === null || leavesLimit(maximum, joint)
    ? searchedLimit(maximum, reach, direction)
    : joint[coefficientsOf(maximum)]!;
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
): Float64Array | null {
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
  let last = false;
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
      const gap = Math.abs(reach - root);
      // One more step leaves the square of what is left.
      last = gap < NEAR && gain < NEAR * NEAR;
    }
    const next = x[p]! + move;
    if (!(next > 0 && next < LARGEST) || (next - estimate) * direction <= 0) return null;
    for (let i = 0; i < m; i++) x[free[i]!]! += (first ? 0 : correction[i]!) + across[i]! * move;
    x[p] = next;
    if (last) return x;
    first = false;
  }
  return null;
}

/** The same limit by a search over σ with a search over the rest inside. */
function searchedLimit(maximum: InterceptMaximum, reach: number, direction: 1 | -1): number | null {
  const estimate = maximum.point[coefficientsOf(maximum)]!;
  let near = maximum.point;
  // Remembered, because a likelihood with two hills may give a point another height when asked again.
  const known = new Map<number, number>([[estimate, -reach]]);
  const excess = (sigma: number): number => {
    const before = known.get(sigma);
    if (before !== undefined) return before;
    const at = drop(maximum, sigma, near);
    near = at.point;
    known.set(sigma, at.root - reach);
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
