import { NumericalProblem } from "../../contract/problem.ts";
import { cholesky, choleskySolve } from "../../numerics/matrix/cholesky.ts";
import { newton, type SecondOrder } from "../../numerics/optimize/newton.ts";
import type { Optimum } from "../../numerics/optimize/optimum.ts";
import type { QuadratureLikelihood } from "./adaptiveQuadrature.ts";
import type { ConditionalDensity } from "./conditionalDensity.ts";
import type { GeneralisedMixedOptions } from "./generalisedMixedFit.ts";
import type { OrthonormalCells } from "./orthonormalCells.ts";

/** Data and model of a fit with one random intercept per cluster, and the likelihood in coordinates (γ, σ[, a]), β = Mγ. */
export interface InterceptProblem {
  readonly terms: readonly string[];
  /** Column of the clusters. */
  readonly group: string;
  readonly options: GeneralisedMixedOptions;
  readonly density: ConditionalDensity;
  readonly orthonormal: OrthonormalCells;
  readonly likelihood: QuadratureLikelihood;
}

/** Where a search ended. */
export interface Climb {
  /** (γ, σ[, a]), σ ≥ 0. */
  readonly point: Float64Array;
  readonly logLikelihood: number;
  readonly iterations: number;
  readonly converged: boolean;
  readonly largestGradient: number;
}

/** Beyond this the outcomes of a cluster are all but decided by it. */
const LARGEST_DEVIATION = 1e3;
/** |log dispersion| beyond which a negative binomial family is a Poisson one, or nothing at all. */
const LARGEST_LOG_DISPERSION = 17;
/** A search that is this far has gone to that limit; it is looked at every so many steps. */
const NEAR_LIMIT = 13;
const LOOK = 15;
/** Predictors change by no more than this many units (root mean square) in one step. */
const LONGEST_STEP = 4;

/**
 * Maximises the likelihood over the parameters listed as free, the others staying where they start: Newton's method with
 * exact derivatives, until the step is rounding.
 */
export function climb(
  likelihood: QuadratureLikelihood,
  coefficients: number,
  start: Float64Array,
  free: readonly number[],
  maxIterations = 200,
): Climb {
  const p = coefficients;
  const q = likelihood.parameters;
  const m = free.length;
  const point = start.slice();
  const gradient = new Float64Array(m);
  const hessian = new Float64Array(m * m);
  const move = (x: Float64Array) => {
    for (let i = 0; i < m; i++) point[free[i]!] = x[i]!;
  };
  const f = (x: Float64Array): SecondOrder => {
    move(x);
    if (!(Math.abs(point[p]!) < LARGEST_DEVIATION && Math.abs(point[p + 1] ?? 0) < LARGEST_LOG_DISPERSION))
      return { value: Number.POSITIVE_INFINITY, gradient, hessian };
    const at = likelihood.evaluate(point);
    for (let i = 0; i < m; i++) {
      gradient[i] = -at.gradient[free[i]!]!;
      for (let k = 0; k < m; k++) hessian[i * m + k] = -at.hessian[free[i]! * q + free[k]!]!;
    }
    const finite = Number.isFinite(at.value) && gradient.every(Number.isFinite) && hessian.every(Number.isFinite);
    return { value: finite ? -at.value : Number.POSITIVE_INFINITY, gradient, hessian };
  };
  let argument: Float64Array = Float64Array.from(free, (k) => start[k]!);
  let iterations = 0;
  let found: Optimum;
  do {
    const most = Math.min(maxIterations - iterations, LOOK);
    const end = newtonFrom(f, argument, most);
    if (end === null) return nowhere(start, iterations);
    found = end;
    ({ argument } = found);
    iterations += found.iterations;
    move(argument);
  } while (
    !found.converged &&
    found.iterations >= LOOK &&
    iterations < maxIterations &&
    Math.abs(point[p + 1] ?? 0) < NEAR_LIMIT
  );
  // Terms of large counts cancel in the likelihood, whose rounding then hides its last increases, but not in its gradient.
  const polished = found.converged ? null : polish(f, argument);
  if (polished !== null) move(polished);
  // The likelihood is even in σ.
  point[p] = Math.abs(point[p]!);
  return {
    point,
    logLikelihood: -found.value,
    iterations,
    converged: found.converged || polished !== null,
    largestGradient: Math.max(...found.gradient!.map(Math.abs)),
  };
}

/** null where the function is not finite at the start. */
function newtonFrom(f: (x: Float64Array) => SecondOrder, start: Float64Array, maxIterations: number): Optimum | null {
  try {
    return newton(f, start, { maxIterations, maxStep: LONGEST_STEP });
  } catch (problem) {
    if (problem instanceof NumericalProblem && problem.code === "not-finite") return null;
    throw problem;
  }
}

const nowhere = (point: Float64Array, iterations: number): Climb => ({
  point: point.slice(),
  logLikelihood: Number.NEGATIVE_INFINITY,
  iterations,
  converged: false,
  largestGradient: Number.MAX_VALUE,
});

/** Squared step in standard errors from which whole Newton steps may be trusted, and at which they have arrived. */
const NEAR = 1e-6;
const ARRIVED = 1e-18;

/** Newton's method without looking at the function; null where it does not arrive within a few steps. */
function polish(f: (x: Float64Array) => SecondOrder, start: Float64Array): Float64Array | null {
  const n = start.length;
  const x = start.slice();
  const step = new Float64Array(n);
  const lower = new Float64Array(n * n);
  let previous = NEAR;
  for (let iteration = 0; iteration < 8; iteration++) {
    const { value, gradient, hessian } = f(x);
    if (!Number.isFinite(value) || !cholesky(hessian, n, lower)) return null;
    choleskySolve(lower, n, gradient, step);
    let square = 0;
    for (let k = 0; k < n; k++) square += step[k]! * gradient[k]!;
    if (!(square <= previous)) return null;
    for (let k = 0; k < n; k++) x[k]! -= step[k]!;
    if (square < ARRIVED) return x;
    previous = square;
  }
  return null;
}
