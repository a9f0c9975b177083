import { NumericalProblem } from "../../contract/problem.ts";
import { cholesky, choleskyInverse } from "../../numerics/matrix/cholesky.ts";
import { multiply, sandwich } from "../../numerics/matrix/product.ts";
import { toOwnOrigin } from "../mixed/mixedStructure.ts";
import type { RandomTerm } from "../mixed/randomFormula.ts";
import { densityOf } from "./densities.ts";
import type { FittedRandomLevel, GeneralisedMixedFit, GeneralisedMixedOptions } from "./generalisedMixedFit.ts";
import { type NestedEstimate, nestedEstimate } from "./nestedEstimate.ts";
import { nestedHessian } from "./nestedHessian.ts";
import { ownParameters } from "./nestedParameters.ts";
import { nestedProblem } from "./nestedProblem.ts";
import { type NestedFrame, nestedTree } from "./nestedTree.ts";

/**
 * Fits a generalised linear mixed model with nested random effects, intercepts and slopes, by maximum likelihood,
 *
 *   y | b ~ family(g⁻¹(xᵀβ + offset + Σₗ zₗᵀbₗ)),   bₗ ~ N(0, Σₗ) for every group of level l, blocks of a level independent
 *
 * with the integral over all effects of a coarsest group by the Laplace approximation about their joint mode (see
 * `nestedLaplace`). The gradient is exact, the last Newton step below 1e-8 standard errors, the information from extrapolated
 * differences of the gradient. Each Σₗ = LLᵀ with L free, so that zero variances and correlations of ±1 are ordinary
 * answers; a column of L that came to nothing is held at zero in the information.
 *
 * Weights count rows; rows of a finest group that look alike are grouped first, which changes nothing. The Laplace
 * approximation is poor for finest groups with few events each: it is what glmmTMB and glmer compute all the same.
 *
 * @throws InputProblem `crossed-random-effects`, `random-term-repeated`, `family-not-available`
 * @throws DesignProblem `separation`, `covariate-constant`, `clusters-of-one`, `cluster-variance-unbounded`
 * @throws NumericalProblem `not-converged`, `information-not-positive`
 */
export const fitNestedMixed = (
  frame: NestedFrame,
  options: GeneralisedMixedOptions,
  terms: readonly RandomTerm[],
): GeneralisedMixedFit => nestedFit(maximiseNested(frame, options, terms));

/** The same, as the point of the optimiser: what profiles start from. */
export function maximiseNested(
  frame: NestedFrame,
  options: GeneralisedMixedOptions,
  terms: readonly RandomTerm[],
): NestedEstimate {
  const density = densityOf(options.family, options.link);
  const tree = nestedTree(frame, options.family, terms);
  const names = frame.design.terms.map(({ name }) => name);
  return nestedEstimate(nestedProblem(names, tree, density, options));
}

/**
 * The record of an estimate, back on the plan's columns.
 *
 * @throws NumericalProblem `information-not-positive`
 */
export function nestedFit(estimate: NestedEstimate): GeneralisedMixedFit {
  const { problem, point, value, free, iterations, poissonLimit } = estimate;
  const { laplace, tree, options } = problem;
  const { size, coefficients: p, elements } = laplace;
  const { dispersed, poissonLimit: limited } = densityOf(options.family, options.link);
  // At the Poisson limit the record has a row for the dispersion all the same.
  const q = p + elements.length + (dispersed ? 1 : 0);
  const units = standardUnits(estimate);
  const all = Array.from({ length: size }, (_, k) => k);
  const hessian = nestedHessian(laplace, point, all, units, true);
  if (hessian === null) throw new NumericalProblem("information-not-positive", { coefficients: size });
  const n = free.length;
  const block = Float64Array.from(
    { length: n * n },
    (_, e) => hessian[free[Math.floor(e / n)]! * size + free[e % n]!]!,
  );
  if (!cholesky(block, n, block)) throw new NumericalProblem("information-not-positive", { coefficients: size });
  choleskyInverse(block, n, block);

  const { values, outward, inward } = ownParameters(problem, point, new Set(free), q);
  const inner = new Float64Array(q * q);
  const curvature = new Float64Array(q * q);
  for (let i = 0; i < n; i++) for (let m = 0; m < n; m++) inner[free[i]! * q + free[m]!] = block[i * n + m]!;
  for (const k of all) for (const m of all) curvature[k * q + m] = hessian[k * size + m]!;
  const covariance = new Float64Array(q * q);
  const information = new Float64Array(q * q);
  const transposed = new Float64Array(q * q);
  for (let k = 0; k < q; k++) for (let m = 0; m < q; m++) transposed[k * q + m] = inward[m * q + k]!;
  sandwich(outward, inner, q, q, covariance);
  sandwich(transposed, curvature, q, q, information);

  const tops = tree.levels[0]!.original.length;
  const narrow = new Float64Array(tops * size);
  laplace.minus(point, new Float64Array(size), narrow);
  const wide = new Float64Array(tops * q);
  for (let j = 0; j < tops; j++) wide.set(narrow.subarray(j * size, (j + 1) * size), j * q);
  const scores = new Float64Array(tops * q);
  multiply(wide, inward, tops, q, q, scores);

  return {
    options,
    coefficients: values.slice(0, p),
    deviations: values.slice(p, p + elements.length),
    nbTheta: limited && !poissonLimit ? Math.exp(point[size - 1]!) : null,
    shape: dispersed && !limited ? Math.exp(point[size - 1]!) : null,
    poissonLimit,
    logLikelihood: tree.cells.constant - value,
    information,
    covariance,
    scores,
    levels: levelsOf(estimate, values.subarray(p)),
    iterations,
    atBoundary: elements.some((_, e) => !free.includes(p + e)),
  };
}

/** Standard errors given all other parameters, from the diagonal of the last Hessian. */
function standardUnits({ problem, hessian, free }: NestedEstimate): Float64Array {
  const { size } = problem.laplace;
  const units = new Float64Array(size).fill(0.1);
  for (const k of free) units[k] = 1 / Math.sqrt(hessian[k * size + k]!);
  return units;
}

function levelsOf({ problem, point }: NestedEstimate, deviations: Float64Array): FittedRandomLevel[] {
  const { laplace, tree } = problem;
  const { elements, coefficients: p } = laplace;
  const modes = laplace.modes(point);
  return tree.levels.map(({ level, effects: r, original }, l) => {
    const root = new Float64Array(r * r);
    const own = new Float64Array(r * r);
    elements.forEach(({ level: at, row, column }, e) => {
      if (at !== l) return;
      root[row * r + column] = point[p + e]!;
      own[row * r + column] = deviations[e]!;
    });
    const covariance = new Float64Array(r * r);
    const identity = Float64Array.from({ length: r * r }, (_, e) => (e % (r + 1) === 0 ? 1 : 0));
    sandwich(own, identity, r, r, covariance);
    // b = (origin)(1/unit)Λu
    const columns = level.blocks.flatMap((block) => block.columns);
    for (let a = 0; a < r; a++) for (let b = 0; b <= a; b++) root[a * r + b]! /= tree.units[columns[a]!]!;
    const map = toOwnOrigin(level);
    const turn = root.slice();
    if (map !== null) multiply(map, root, r, r, r, turn);
    const found = modes[l]!;
    const values = new Float64Array(found.modes.length);
    const variances = new Float64Array(found.variances.length);
    const out = new Float64Array(r * r);
    original.forEach((old, g) => {
      multiply(turn, found.modes.subarray(g * r, (g + 1) * r), r, r, 1, values.subarray(old * r, (old + 1) * r));
      sandwich(turn, found.variances.subarray(g * r * r, (g + 1) * r * r), r, r, out);
      variances.set(out, old * r * r);
    });
    return {
      name: level.name,
      groups: level.groups,
      blocks: level.blocks.map((block) => block.terms),
      covariance,
      modes: values,
      conditionalVariances: variances,
    };
  });
}
