import { DesignProblem, NumericalProblem } from "../../contract/problem.ts";
import type { VarianceParts } from "../../contract/varianceParts.ts";
import { eliminate } from "./eliminate.ts";
import { type Estimation, minusTwoLogLikelihood, toVarianceParts } from "./likelihood.ts";
import { type MixedAlgebra, solveTotal } from "./mixedAlgebra.ts";
import { effectsOf, type MixedStructure } from "./mixedStructure.ts";
import { columnsXy } from "./nestedAlgebra.ts";
import {
  algebraAt,
  criterionAt,
  freeDirections,
  minimiseNested,
  type NestedProblem,
  nestedProblem,
  packLower,
  unpack,
} from "./nestedFit.ts";
import { bestRatio, type InterceptSums, interceptAlgebra, interceptSums } from "./randomIntercept.ts";

export interface MixedOptions {
  readonly estimation: Estimation;
  /**
   * "bounded": variances are at least zero. "compound-symmetry": one random intercept whose variance may be negative,
   * as long as V stays positive definite.
   */
  readonly covariance: "bounded" | "compound-symmetry";
  /**
   * 1: known, so that Var(ε) = 1/w. Then the weights say all about the rows' own variance, as do the working weights of a
   * generalised linear model; clusters may be of one row. Default "estimated".
   */
  readonly residualVariance?: "estimated" | 1;
}

/** A fitted Gaussian mixed model; everything is on the shifted columns of its moments. */
export interface MixedFit {
  readonly structure: MixedStructure;
  readonly options: MixedOptions;
  /** σ² */
  readonly residualVariance: number;
  /** Σₗ per level, r × r. */
  readonly covariances: readonly Float64Array[];
  readonly algebra: MixedAlgebra;
  readonly parts: VarianceParts;
  /** −2 × (restricted) log-likelihood. */
  readonly criterion: number;
  readonly iterations: number;
  /** Some variance is zero, or some correlation ±1. */
  readonly atBoundary: boolean;
  /** The one-dimensional sums, when the model is a single random intercept; null otherwise. */
  readonly intercept: InterceptSums | null;
  /** The optimiser's view; null for a random intercept. */
  readonly nested: { readonly problem: NestedProblem; readonly vector: Float64Array } | null;
}

/** Is the residual variance given, not estimated? */
export const residualIsKnown = ({ residualVariance }: MixedOptions): boolean => residualVariance === 1;

/** Cubes of variances enter the derivatives; beyond this, or below its inverse, they leave the range of doubles. */
const LARGEST_VARIANCE = 1e90;

/** −nψ from which the covariance of the largest cluster counts as singular: its mean has no variance left. */
export const SINGULAR = 1 - 1e-6;

/** Share of a column's unit below which an element of L counts as zero. */
const ZERO = 1e-7;

/**
 * Fits y = Xβ + Σ Zb + ε by (restricted) maximum likelihood from group moments. A single random intercept is profiled
 * to one dimension and solved for a zero slope (exact to rounding); anything else by Newton's method with exact
 * derivatives. Variances are at least zero, and zero is an ordinary answer.
 *
 * @param near a fit of the same levels to nearly the same data, at which Newton's method then begins
 * @throws DesignProblem "too-few-rows", "no-replication", "no-residual-variation", "compound-symmetry-singular"
 * @throws NumericalProblem "not-converged", "information-not-positive", "variance-out-of-scale"
 */
export function fitMixedModel(
  structure: MixedStructure,
  options: MixedOptions,
  near: MixedFit | null = null,
): MixedFit {
  if (!residualIsKnown(options)) refuseWithoutResidual(structure);
  const fit = isRandomIntercept(structure)
    ? fitRandomIntercept(structure, options)
    : fitNested(structure, options, near);
  if (!(fit.residualVariance > 1 / LARGEST_VARIANCE && fit.residualVariance < LARGEST_VARIANCE)) {
    throw new NumericalProblem("variance-out-of-scale", { variance: String(fit.residualVariance) });
  }
  return fit;
}

/** A residual variance needs rows beyond the coefficients, within the finest groups, that are not fitted exactly. */
function refuseWithoutResidual(structure: MixedStructure): void {
  const { rows, coefficients, levels } = structure;
  if (rows <= coefficients) throw new DesignProblem("too-few-rows", { rows, coefficients });
  const finest = levels.at(-1)!;
  if (finest.groups >= rows)
    throw new DesignProblem("no-replication", { group: finest.name, groups: finest.groups, rows });
  refuseWithoutVariation(structure);
}

export const isRandomIntercept = ({ levels }: MixedStructure): boolean =>
  levels.length === 1 && levels[0]!.blocks.length === 1 && levels[0]!.blocks[0]!.columns.join() === "0";

function fitRandomIntercept(structure: MixedStructure, options: MixedOptions): MixedFit {
  const sums = interceptSums(structure);
  const { estimation, covariance } = options;
  const known = residualIsKnown(options) ? 1 : null;
  const { psi, iterations } = bestRatio(sums, estimation, covariance === "compound-symmetry", known);
  if (psi * sums.largest < -SINGULAR) throw new DesignProblem("compound-symmetry-singular", {});
  const algebra = interceptAlgebra(sums, psi);
  const residualVariance = known ?? algebra.residual / residualDf(structure, estimation);
  const atBoundary = covariance === "bounded" && psi === 0;
  return {
    structure,
    options,
    residualVariance,
    covariances: [Float64Array.of(psi * residualVariance)],
    algebra,
    parts: toVarianceParts(algebra, residualVariance, estimation, atBoundary, known !== null),
    criterion: minusTwoLogLikelihood(algebra, residualVariance, structure.rows, structure.logWeights, estimation),
    iterations,
    atBoundary,
    intercept: sums,
    nested: null,
  };
}

function fitNested(structure: MixedStructure, options: MixedOptions, near: MixedFit | null): MixedFit {
  const { estimation } = options;
  const known = residualIsKnown(options);
  const problem = nestedProblem(structure, estimation, Math.sqrt(leastSquaresVariance(structure)));
  const held = (k: number) => known && k === problem.parameters.length;
  // Zero variances are stationary: a search that began there would never leave.
  const starts =
    near?.nested == null || near.atBoundary
      ? [0.5, 0.05].map((share) => startVector(problem, share, known))
      : [packLower(problem, unpack(near.nested.problem, near.nested.vector).lower, near.residualVariance)];
  const fits = starts.map((start) => minimiseNested(problem, start, freeDirections(start.length, held)));
  let best = fits.reduce((a, b) => (b.value < a.value - 1e-9 * Math.abs(a.value) ? b : a));
  if (!best.converged) {
    throw new NumericalProblem("not-converged", {
      what: "The mixed model",
      iterations: best.iterations,
      gradient: best.decrement,
    });
  }
  const zeros = problem.parameters.map((_, k) => Math.abs(best.vector[k]!) < ZERO);
  const atBoundary = problem.parameters.some((parameter, k) => parameter.row === parameter.column && zeros[k]!);
  if (zeros.some(Boolean)) {
    const snapped = best.vector.map((value, k) => (zeros[k] ? 0 : value));
    if (criterionAt(problem, snapped) <= best.value + 1e-7)
      best = minimiseNested(
        problem,
        snapped,
        freeDirections(snapped.length, (k) => zeros[k] === true || held(k)),
      );
  }
  const vector = best.vector;
  const { lower, sigma2: estimated } = unpack(problem, vector);
  const sigma2 = known ? 1 : estimated;
  const algebra = algebraAt(problem, vector);
  return {
    structure,
    options,
    residualVariance: sigma2,
    covariances: lower.map((l) => timesTransposed(l)),
    algebra,
    parts: toVarianceParts(algebra, sigma2, estimation, atBoundary, known),
    criterion: best.value,
    iterations: best.iterations,
    atBoundary,
    intercept: null,
    nested: { problem, vector },
  };
}

/** Each level starts with the same share of the least-squares variance, without correlations. */
function startVector({ parameters, structure, scale }: NestedProblem, share: number, known: boolean): Float64Array {
  const vector = new Float64Array(parameters.length + 1);
  const effects = structure.levels.reduce((sum, level) => sum + effectsOf(level), 0);
  parameters.forEach(({ row, column }, k) => {
    vector[k] = row === column ? Math.sqrt(share / effects) : 0;
  });
  vector[parameters.length] = known ? -2 * Math.log(scale) : Math.log(1 - share);
  return vector;
}

const residualDf = ({ rows, coefficients }: MixedStructure, estimation: Estimation) =>
  estimation === "reml" ? rows - coefficients : rows;

/** Residual variance of ordinary least squares on the same columns; positive. */
function leastSquaresVariance(structure: MixedStructure): number {
  const { moments, coefficients, rows } = structure;
  const q = moments.columns.length;
  const xy = columnsXy(structure);
  const s = xy.length;
  const total = new Float64Array(s * s);
  for (let g = 0; g < moments.groups; g++) {
    for (let a = 0; a < s; a++) {
      for (let b = 0; b < s; b++) total[a * s + b]! += moments.cross[(g * q + xy[a]!) * q + xy[b]!]!;
    }
  }
  const { residual } = solveTotal(total, s);
  return residual > 0 ? residual / Math.max(1, rows - coefficients) : 1;
}

/** Share of the outcome's sum of squares below which variation within the finest groups is rounding. */
const ROUNDING = 1e-13;

/** An outcome that is constant within the finest groups, or that X and Z predict without error, leaves nothing to estimate. */
function refuseWithoutVariation({ moments, levels, coefficients: p }: MixedStructure): void {
  const q = moments.columns.length;
  const zs = levels.at(-1)!.blocks.flatMap((block) => block.columns);
  const xs = Array.from({ length: p }, (_, k) => k).filter((k) => !zs.includes(k));
  const c = new Float64Array(q * q);
  const within = new Float64Array(q * q);
  const scratch = new Float64Array(q * q);
  let squares = 0;
  for (let g = 0; g < moments.groups; g++) {
    c.set(moments.cross.subarray(g * q * q, (g + 1) * q * q));
    squares += c[q * q - 1]!;
    eliminate(c, q, zs, scratch);
    for (let e = 0; e < q * q; e++) within[e]! += c[e]!;
  }
  eliminate(within, q, xs, scratch);
  if (!(within[q * q - 1]! > ROUNDING * squares)) throw new DesignProblem("no-residual-variation", {});
}

function timesTransposed(lower: Float64Array): Float64Array {
  const r = Math.round(Math.sqrt(lower.length));
  const out = new Float64Array(r * r);
  for (let a = 0; a < r; a++) {
    for (let b = 0; b < r; b++) {
      for (let k = 0; k <= Math.min(a, b); k++) out[a * r + b]! += lower[a * r + k]! * lower[b * r + k]!;
    }
  }
  return out;
}
