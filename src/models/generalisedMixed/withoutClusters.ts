import { DesignProblem, NumericalProblem } from "../../contract/problem.ts";
import { cholesky, choleskySolve } from "../../numerics/matrix/cholesky.ts";
import { symmetricEigen } from "../../numerics/matrix/eigen.ts";
import { quadratureLikelihood } from "./adaptiveQuadrature.ts";
import { jetOf } from "./conditionalDensity.ts";
import { climb, type InterceptProblem } from "./interceptProblem.ts";
import { separatingDirection } from "./separation.ts";

/** The maximum with σ held at zero: the generalised linear model. */
export interface WithoutClusters {
  /** (γ, 0[, a]) */
  readonly point: Float64Array;
  readonly logLikelihood: number;
  readonly iterations: number;
  /** ∂ log L/∂(σ²) there: where it is not positive, σ = 0 is a maximum. */
  readonly slope: number;
  /** Σ bⱼ: bⱼ is the information of cluster j about its own intercept. */
  readonly information: number;
  /** Moment estimate of σ², which may be negative: E(uⱼ²) ≈ bⱼ + σ²bⱼ² for the cluster's score uⱼ in its intercept. */
  readonly variance: number;
}

/** Newton steps between two looks for a separation. */
const LOOK = 6;
const MOST_ITERATIONS = 150;

/**
 * Fits the model without random effects, looking out for coefficients that run off to infinity.
 *
 * @param start (γ, σ[, a]); default the overall mean without effects
 * @throws DesignProblem `separation`; NumericalProblem `not-converged`
 */
export function withoutClusters(problem: InterceptProblem, start: Float64Array | null = null): WithoutClusters {
  const { density, orthonormal } = problem;
  const { cells } = orthonormal;
  const { coefficients: p } = cells;
  // Without random effects one node is exact.
  const likelihood = quadratureLikelihood(cells, density, 1);
  const q = likelihood.parameters;
  const free = Array.from({ length: q }, (_, k) => k).filter((k) => k !== p);
  let point = start === null ? overallMean(problem, q) : start.slice();
  point[p] = 0;
  for (let iterations = 0; ; ) {
    const found = climb(likelihood, p, point, free, LOOK);
    ({ point } = found);
    iterations += found.iterations;
    const { value, gradient, hessian } = likelihood.evaluate(point);
    const stuck = iterations >= MOST_ITERATIONS || found.iterations < LOOK;
    if (iterations >= LOOK || stuck) {
      for (const step of runaways(gradient, hessian, free, q, p, stuck && !found.converged)) {
        const direction = separatingDirection(cells, density, step);
        if (direction !== null) throw separationProblem(problem, direction);
      }
    }
    if (found.converged) {
      const slope = hessian[p * q + p]! / 2;
      const { sum, squares } = interceptInformation(problem, point);
      return { point, logLikelihood: value, iterations, slope, information: sum, variance: (2 * slope) / squares };
    }
    if (stuck)
      throw new NumericalProblem("not-converged", {
        what: "The model without random effects, from which the mixed model starts,",
        iterations,
        gradient: found.largestGradient,
      });
  }
}

/** The coefficients whose mean is the overall one, without effects. */
function overallMean({ orthonormal, density }: InterceptProblem, q: number): Float64Array {
  const { cells } = orthonormal;
  const start = new Float64Array(q);
  start[0] = density.overall(cells);
  return start;
}

/**
 * Directions in which coefficients may be running off: that of the Newton step −H⁻¹g; and where a search is stuck, or the
 * Hessian is not negative definite, the flattest direction, either way.
 */
function runaways(
  gradient: Float64Array,
  hessian: Float64Array,
  free: readonly number[],
  q: number,
  p: number,
  stuck: boolean,
): readonly Float64Array[] {
  const m = free.length;
  const information = Float64Array.from(
    { length: m * m },
    (_, e) => -hessian[free[Math.floor(e / m)]! * q + free[e % m]!]!,
  );
  const lower = new Float64Array(m * m);
  const definite = cholesky(information, m, lower);
  const steps: Float64Array[] = [];
  if (definite) {
    const step = Float64Array.from(free, (k) => gradient[k]!);
    choleskySolve(lower, m, step, step);
    steps.push(step.subarray(0, p));
  }
  if ((stuck || !definite) && information.every(Number.isFinite)) {
    const vectors = new Float64Array(m * m);
    symmetricEigen(information, m, new Float64Array(m), vectors);
    const flattest = Float64Array.from({ length: p }, (_, k) => vectors[k * m]!);
    steps.push(
      flattest,
      flattest.map((value) => -value),
    );
  }
  return steps;
}

/** Σ bⱼ and Σ bⱼ², bⱼ = −Σ ℓ″ over the cells of cluster j. */
function interceptInformation({ density, orthonormal }: InterceptProblem, point: Float64Array) {
  const { cells } = orthonormal;
  const { coefficients: p, starts, design, offset } = cells;
  let sum = 0;
  let squares = 0;
  const n = cells.events.length;
  const eta = new Float64Array(n);
  for (let c = 0, e = 0; c < n; c++) {
    let predictor = offset[c]!;
    for (let k = 0; k < p; k++) predictor += design[e++]! * point[k]!;
    eta[c] = predictor;
  }
  const jet = jetOf(n, density.dispersed);
  density.fill("slope", cells, 0, n, eta, density.dispersed ? point[p + 1]! : 0, jet);
  for (let j = 0; j < cells.clusters; j++) {
    let b = 0;
    for (let c = starts[j]!; c < starts[j + 1]!; c++) b -= jet.second[c]!;
    sum += b;
    squares += b * b;
  }
  return { sum, squares };
}

/** Names the coefficient that moves most, in units of its column. */
function separationProblem(problem: InterceptProblem, direction: Float64Array): DesignProblem<"separation"> {
  const { terms, orthonormal } = problem;
  const p = direction.length;
  const { map } = orthonormal;
  let term = terms[0]!;
  let most = 0;
  for (let k = 1; k < p; k++) {
    const row = map.subarray(k * p, (k + 1) * p);
    const along = row.reduce((sum, weight, l) => sum + weight * direction[l]!, 0);
    const share = Math.abs(along) / Math.hypot(...row);
    if (share > most) {
      most = share;
      term = terms[k]!;
    }
  }
  return new DesignProblem("separation", {
    term,
    reason: reasonOf(problem, direction),
  });
}

/** What the covariates set apart: cells without events, cells with nothing else, or the one from the other. */
function reasonOf({ orthonormal }: InterceptProblem, direction: Float64Array): string {
  const { design, events } = orthonormal.cells;
  const p = direction.length;
  let low = false;
  let high = false;
  for (let i = 0; i < events.length; i++) {
    let move = 0;
    for (let k = 0; k < p; k++) move += design[i * p + k]! * direction[k]!;
    low ||= move < -1e-6;
    high ||= move > 1e-6;
  }
  return low && high
    ? "it tells rows with the event from rows without it, and none is on the wrong side"
    : `the rows that it sets apart ${low ? "have no event" : "all have the event"}`;
}
