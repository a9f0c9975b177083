import { symmetricEigen } from "../../numerics/matrix/eigen.ts";
import { multiply } from "../../numerics/matrix/product.ts";
import { dot } from "../../numerics/summation.ts";
import { type Estimation, minusTwoLogLikelihood, varianceDerivatives } from "./likelihood.ts";
import type { MixedAlgebra } from "./mixedAlgebra.ts";
import { effectsOf, type MixedStructure, type VarianceParameter, varianceParameters } from "./mixedStructure.ts";
import { nestedAlgebra, solveNested } from "./nestedAlgebra.ts";
import { type NestedKernel, nestedKernel } from "./nestedKernel.ts";

/**
 * The model seen from its optimiser. Each Σₗ = LLᵀ with L lower triangular and free, so that Σₗ is never indefinite and a
 * zero variance is an interior point of a smooth criterion; σ² = scale² exp η. The vector is [L elements …, η], every
 * element in units of its column so that all are of order one.
 */
export interface NestedProblem {
  readonly structure: MixedStructure;
  readonly kernel: NestedKernel;
  readonly parameters: readonly VarianceParameter[];
  readonly estimation: Estimation;
  /** Residual standard deviation of ordinary least squares: the unit of y. */
  readonly scale: number;
  /** Unit of each L element: scale over the root mean square of its column. */
  readonly units: Float64Array;
}

/** Where the optimiser stopped. */
export interface NestedOptimum {
  readonly vector: Float64Array;
  /** −2 log-likelihood. */
  readonly value: number;
  readonly algebra: MixedAlgebra;
  readonly iterations: number;
  readonly converged: boolean;
  /** Newton decrement at the end: the squared distance to the optimum in standard errors. */
  readonly decrement: number;
}

export function nestedProblem(structure: MixedStructure, estimation: Estimation, scale: number): NestedProblem {
  const parameters = varianceParameters(structure.levels);
  const { moments } = structure;
  const q = moments.columns.length;
  const meanSquare = new Float64Array(q);
  for (let g = 0; g < moments.groups; g++) {
    for (let a = 0; a < q; a++) meanSquare[a]! += moments.cross[(g * q + a) * q + a]! / structure.rows;
  }
  const columns = structure.levels.map((level) => level.blocks.flatMap((block) => block.columns));
  const units = Float64Array.from(
    parameters,
    ({ level, row }) => scale / Math.sqrt(meanSquare[columns[level]![row]!]!),
  );
  return { structure, kernel: nestedKernel(structure), parameters, estimation, scale, units };
}

/** L per level on the scale of y, and σ². */
export function unpack(problem: NestedProblem, vector: Float64Array): { lower: Float64Array[]; sigma2: number } {
  const { structure, parameters, units, scale } = problem;
  const sizes = structure.levels.map(effectsOf);
  const lower = sizes.map((r) => new Float64Array(r * r));
  parameters.forEach(({ level, row, column }, k) => {
    lower[level]![row * sizes[level]! + column] = vector[k]! * units[k]!;
  });
  return { lower, sigma2: scale ** 2 * Math.exp(vector[parameters.length]!) };
}

/** The vector of L per level and σ², the inverse of `unpack`. */
export function packLower(problem: NestedProblem, lower: readonly Float64Array[], sigma2: number): Float64Array {
  const { parameters, units, scale } = problem;
  const vector = new Float64Array(parameters.length + 1);
  parameters.forEach(({ level, row, column }, k) => {
    const root = lower[level]!;
    vector[k] = root[row * Math.round(Math.sqrt(root.length)) + column]! / units[k]!;
  });
  vector[parameters.length] = Math.log(sigma2 / scale ** 2);
  return vector;
}

const relativeRoots = (lower: readonly Float64Array[], sigma2: number) =>
  lower.map((l) => l.map((v) => v / Math.sqrt(sigma2)));

/** −2 log-likelihood at the vector. */
export function criterionAt(problem: NestedProblem, vector: Float64Array): number {
  const { lower, sigma2 } = unpack(problem, vector);
  const at = solveNested(problem.structure, problem.kernel, relativeRoots(lower, sigma2));
  const { rows, logWeights, coefficients } = problem.structure;
  return minusTwoLogLikelihood({ ...at, coefficients }, sigma2, rows, logWeights, problem.estimation);
}

export const algebraAt = (problem: NestedProblem, vector: Float64Array): MixedAlgebra => {
  const { lower, sigma2 } = unpack(problem, vector);
  return nestedAlgebra(problem.structure, problem.kernel, relativeRoots(lower, sigma2), problem.parameters);
};

/** Gradient and Hessian in the vector, by the chain rule from those in the variances. */
function derivativesAt(problem: NestedProblem, vector: Float64Array, algebra: MixedAlgebra) {
  const { parameters, units, estimation } = problem;
  const { lower, sigma2 } = unpack(problem, vector);
  const { gradient, hessian } = varianceDerivatives(algebra, sigma2, estimation);
  const v = parameters.length;
  const d = v + 1;
  const jacobian = new Float64Array(d * d);
  const sizes = problem.structure.levels.map(effectsOf);
  const at = (level: number, row: number, column: number) => lower[level]![row * sizes[level]! + column]!;
  for (let i = 0; i < v; i++) {
    const g = parameters[i]!;
    for (let k = 0; k < v; k++) {
      const l = parameters[k]!;
      if (l.level !== g.level) continue;
      let value = 0;
      if (g.row === l.row) value += at(g.level, g.column, l.column);
      if (g.column === l.row) value += at(g.level, g.row, l.column);
      jacobian[i * d + k] = value * units[k]!;
    }
  }
  jacobian[v * d + v] = sigma2;
  const slope = new Float64Array(d);
  const curvature = new Float64Array(d * d);
  for (let k = 0; k < d; k++) {
    for (let i = 0; i < d; i++) slope[k]! += jacobian[i * d + k]! * gradient[i]!;
    for (let m = 0; m < d; m++) {
      let value = 0;
      for (let i = 0; i < d; i++) {
        for (let j = 0; j < d; j++) value += jacobian[i * d + k]! * hessian[i * d + j]! * jacobian[j * d + m]!;
      }
      curvature[k * d + m] = value;
    }
  }
  for (let k = 0; k < v; k++) {
    for (let m = 0; m < v; m++) {
      const left = parameters[k]!;
      const right = parameters[m]!;
      if (left.level !== right.level || left.column !== right.column) continue;
      let value = 0;
      for (let i = 0; i < v; i++) {
        const { level, row, column } = parameters[i]!;
        if (level !== left.level) continue;
        if (row === left.row && column === right.row) value += gradient[i]!;
        if (column === left.row && row === right.row) value += gradient[i]!;
      }
      curvature[k * d + m]! += value * units[k]! * units[m]!;
    }
  }
  curvature[v * d + v]! += gradient[v]! * sigma2;
  return { slope, curvature };
}

/** Decrement below which a full Newton step needs no line search. */
const NEAR = 1e-8;
const MAX_ITERATIONS = 200;

/** One unit direction per element that `fixed` does not hold. */
export function freeDirections(length: number, fixed: (k: number) => boolean): Float64Array[] {
  return Array.from({ length }, (_, k) => k)
    .filter((k) => !fixed(k))
    .map((k) => Float64Array.from({ length }, (_, a) => (a === k ? 1 : 0)));
}

/**
 * Newton's method with the exact Hessian; directions of negative or no curvature are turned downhill. The vector moves
 * from `start` along the given directions only (profiling); default all. It stops when the Newton decrement, twice what
 * the criterion could still fall, is below `tolerance`. A step that leaves `allowed` is halved until it stays.
 */
export function minimiseNested(
  problem: NestedProblem,
  start: Float64Array,
  directions: readonly Float64Array[] = freeDirections(start.length, () => false),
  tolerance = 1e-22,
  allowed: (vector: Float64Array) => boolean = () => true,
): NestedOptimum {
  const d = start.length;
  const f = directions.length;
  const values = new Float64Array(f);
  const vectors = new Float64Array(f * f);
  let vector: Float64Array = start.slice();
  let value = criterionAt(problem, vector);
  let previous = Number.POSITIVE_INFINITY;
  for (let iteration = 1; ; iteration++) {
    const algebra = algebraAt(problem, vector);
    const { slope, curvature } = derivativesAt(problem, vector, algebra);
    const along = directions.map((direction) => dot(direction, slope));
    const hessian = new Float64Array(f * f);
    const turned = new Float64Array(d);
    directions.forEach((direction, a) => {
      multiply(curvature, direction, d, d, 1, turned);
      for (let b = 0; b < f; b++) hessian[a * f + b] = dot(directions[b]!, turned);
    });
    symmetricEigen(hessian, f, values, vectors);
    const floor = 1e-9 * values.reduce((m, e) => Math.max(m, Math.abs(e)), 0) + Number.MIN_VALUE;
    const step = new Float64Array(d);
    let decrement = 0;
    for (let k = 0; k < f; k++) {
      let gradient = 0;
      for (let a = 0; a < f; a++) gradient += vectors[a * f + k]! * along[a]!;
      const size = gradient / Math.max(Math.abs(values[k]!), floor);
      decrement += gradient * size;
      for (let a = 0; a < f; a++) {
        for (let e = 0; e < d; e++) step[e]! -= size * vectors[a * f + k]! * directions[a]![e]!;
      }
    }
    const settled = decrement < tolerance || (decrement < 1e-12 && decrement > 0.25 * previous);
    if (settled || iteration === MAX_ITERATIONS) {
      return { vector, value, algebra, iterations: iteration, converged: settled, decrement };
    }
    previous = decrement;
    let length = Math.min(1, 3 / Math.max(...step.map(Math.abs), 1e-300));
    for (let halving = 0; ; halving++) {
      const trial = vector.map((v, e) => v + length * step[e]!);
      const there = allowed(trial) ? criterionAt(problem, trial) : Number.POSITIVE_INFINITY;
      if (there < value || (decrement < NEAR && there < value + 1e-9 * Math.abs(value) + 1e-9)) {
        vector = trial;
        value = there;
        break;
      }
      if (halving === 40)
        return { vector, value, algebra, iterations: iteration, converged: decrement < 1e-6, decrement };
      length /= 2;
    }
  }
}
