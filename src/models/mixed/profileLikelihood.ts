import { chiSquared } from "../../numerics/distributions/index.ts";
import { cholesky } from "../../numerics/matrix/cholesky.ts";
import { findRoot } from "../../numerics/optimize/findRoot.ts";
import { fitMixedModel, type MixedFit } from "./fitMixedModel.ts";
import { effectsOf, type RandomLevel, toOwnOrigin } from "./mixedStructure.ts";
import { minimiseNested, type NestedProblem, nestedProblem } from "./nestedFit.ts";
import { devianceAtBetween, devianceAtResidual, type InterceptSums, profileAt } from "./randomIntercept.ts";

/** The values that a likelihood-ratio test at 1 − level would not reject; null where the range ends unbounded. */
export interface ProfileInterval {
  readonly lower: number;
  readonly upper: number;
}

/** Profile-likelihood intervals for the standard deviations of a mixed model, on the ML deviance. */
export interface StandardDeviationProfiles {
  /** Per level, per effect. */
  readonly effects: readonly (readonly (ProfileInterval | null)[])[];
  readonly residual: ProfileInterval | null;
}

/**
 * {s : D(s) − min D ≤ χ²₁(level)} for each standard deviation s, D(s) the ML deviance minimised over everything else. A
 * lower limit is 0 when the deviance at 0 is within reach. null where no upper limit was found, and for the intercept of
 * a slope that is fitted about another origin than its own.
 */
export function standardDeviationProfiles(fit: MixedFit, level: number): StandardDeviationProfiles {
  const ml = fit.options.estimation === "ml" ? fit : fitMixedModel(fit.structure, { ...fit.options, estimation: "ml" });
  const reach = chiSquared.quantile(level, 1);
  return ml.intercept === null ? nestedProfiles(ml, reach) : interceptProfiles(ml, ml.intercept, reach);
}

function interceptProfiles(ml: MixedFit, sums: InterceptSums, reach: number): StandardDeviationProfiles {
  const unit = Math.sqrt(ml.residualVariance);
  let sigma2 = ml.residualVariance;
  const between = (sd: number) => {
    const at = devianceAtBetween(sums, sd * sd, sigma2);
    sigma2 = at.sigma2;
    return at.value - ml.criterion;
  };
  let psi = ml.covariances[0]![0]! / ml.residualVariance;
  const residual = (logSd: number) => {
    const at = devianceAtResidual(sums, Math.exp(2 * logSd), psi);
    psi = at.psi;
    return at.value - ml.criterion;
  };
  const logLimits = limits(residual, Math.log(unit), 0.2, Number.NEGATIVE_INFINITY, reach);
  return {
    effects: [[limits(between, Math.sqrt(Math.max(0, ml.covariances[0]![0]!)), unit / 4, 0, reach)]],
    residual: logLimits === null ? null : { lower: Math.exp(logLimits.lower), upper: Math.exp(logLimits.upper) },
  };
}

function nestedProfiles(ml: MixedFit, reach: number): StandardDeviationProfiles {
  const { structure } = ml;
  const unit = Math.sqrt(ml.residualVariance);
  const drop = (problem: NestedProblem, start: Float64Array, index: number) => {
    const held = Array.from(start, (_, k) => k === index);
    let warm = start;
    return (value: number) => {
      const from = lifted(warm, problem);
      from[index] = value;
      const at = minimiseNested(problem, from, held);
      warm = at.vector;
      return at.value - ml.criterion;
    };
  };
  const effects = structure.levels.map((randomLevel, l) =>
    Array.from({ length: effectsOf(randomLevel) }, (_, effect) => {
      if (isMoved(randomLevel, effect)) return null;
      const order = orderWithFirst(randomLevel, effect);
      const levels = structure.levels.map((other, k) => (k === l ? reordered(other, order) : other));
      const problem = nestedProblem({ ...structure, levels }, "ml", unit);
      const start = pack(problem, ml, l, order);
      const index = problem.parameters.findIndex((g) => g.level === l && g.row === order.indexOf(effect));
      const found = limits(drop(problem, start, index), Math.abs(start[index]!), 0.25, 0, reach);
      const scale = problem.units[index]!;
      return found === null ? null : { lower: found.lower * scale, upper: found.upper * scale };
    }),
  );
  const problem = nestedProblem(structure, "ml", unit);
  const start = pack(problem, ml, -1, []);
  const index = problem.parameters.length;
  const found = limits(drop(problem, start, index), start[index]!, 0.5, Number.NEGATIVE_INFINITY, reach);
  const sd = (logVariance: number) => unit * Math.exp(logVariance / 2);
  return { effects, residual: found === null ? null : { lower: sd(found.lower), upper: sd(found.upper) } };
}

/**
 * Where a deviance drop reaches `reach` on either side of the estimate. Solved on its square root, which is nearly
 * linear; the lower limit is `lowest` when the drop there is within reach.
 */
function limits(
  drop: (value: number) => number,
  estimate: number,
  step: number,
  lowest: number,
  reach: number,
): ProfileInterval | null {
  const distance = (value: number) => Math.sqrt(Math.max(0, drop(value))) - Math.sqrt(reach);
  const side = (direction: 1 | -1): number | null => {
    let inside = estimate;
    let stride = step;
    for (let k = 0; k < 60; k++, stride *= 1.6) {
      const outside = Math.max(lowest, inside + direction * stride);
      if (distance(outside) > 0) {
        return findRoot(distance, Math.min(inside, outside), Math.max(inside, outside), { tolerance: 1e-11 })
          .argument[0]!;
      }
      if (outside === lowest) return lowest;
      inside = outside;
    }
    return null;
  };
  const upper = side(1);
  const lower = upper === null ? null : estimate <= lowest ? lowest : side(-1);
  return upper === null || lower === null ? null : { lower, upper };
}

/** A zero standard deviation is a stationary point whether or not it is a minimum: start a little above it. */
function lifted(vector: Float64Array, { parameters }: NestedProblem): Float64Array {
  return vector.map((value, k) => {
    const parameter = parameters[k];
    return parameter !== undefined && parameter.row === parameter.column && Math.abs(value) < 0.02 ? 0.02 : value;
  });
}

/** Is it an intercept of slopes fitted about another origin? Its standard deviation is no parameter of that fit. */
function isMoved(level: RandomLevel, effect: number): boolean {
  const map = toOwnOrigin(level);
  const r = effectsOf(level);
  return map !== null && Array.from({ length: r }, (_, k) => k).some((k) => k !== effect && map[effect * r + k] !== 0);
}

/** Positions of a level's effects with `effect` first in its block; its Cholesky element then is its standard deviation. */
function orderWithFirst(level: RandomLevel, effect: number): number[] {
  const order: number[] = [];
  let offset = 0;
  for (const block of level.blocks) {
    const own = Array.from(block.columns, (_, k) => offset + k);
    order.push(...(own.includes(effect) ? [effect, ...own.filter((k) => k !== effect)] : own));
    offset += block.columns.length;
  }
  return order;
}

function reordered(level: RandomLevel, order: readonly number[]): RandomLevel {
  let offset = 0;
  const blocks = level.blocks.map((block) => {
    const from = offset;
    offset += block.columns.length;
    const picks = order.slice(from, offset).map((k) => k - from);
    return {
      columns: picks.map((k) => block.columns[k]!),
      terms: picks.map((k) => block.terms[k]!),
      origins: picks.map((k) => block.origins[k]!),
    };
  });
  return { ...level, blocks };
}

/** The fit's variances as an optimiser's vector, with level `changed` in the given order. */
function pack(problem: NestedProblem, fit: MixedFit, changed: number, order: readonly number[]): Float64Array {
  const roots = fit.covariances.map((matrix, l) => {
    const r = Math.round(Math.sqrt(matrix.length));
    const picks = l === changed ? order : Array.from({ length: r }, (_, k) => k);
    const moved = new Float64Array(r * r);
    for (let a = 0; a < r; a++) for (let b = 0; b < r; b++) moved[a * r + b] = matrix[picks[a]! * r + picks[b]!]!;
    return semidefiniteRoot(moved, r);
  });
  const vector = new Float64Array(problem.parameters.length + 1);
  problem.parameters.forEach(({ level, row, column }, k) => {
    const root = roots[level]!;
    vector[k] = root[row * Math.round(Math.sqrt(root.length)) + column]! / problem.units[k]!;
  });
  vector[problem.parameters.length] = Math.log(fit.residualVariance / problem.scale ** 2);
  return vector;
}

/** Lower triangular L with LLᵀ = S, for S that may be singular: a hair is added to the diagonal then. */
function semidefiniteRoot(matrix: Float64Array, r: number): Float64Array {
  const out = new Float64Array(r * r);
  if (cholesky(matrix, r, out)) return out;
  const largest = Math.max(...Array.from({ length: r }, (_, k) => matrix[k * r + k]!));
  if (largest === 0) return new Float64Array(r * r);
  const lifted = matrix.slice();
  for (let k = 0; k < r; k++) lifted[k * r + k]! += 1e-10 * largest;
  cholesky(lifted, r, out);
  return out;
}

/**
 * Profile interval of the intracluster correlation ψ/(1 + ψ) of a random-intercept model, on the ML deviance with β and
 * σ² profiled out; the lower limit is 0 when the deviance at 0 is within reach. null for other models, or without an
 * upper limit below 1.
 */
export function iccProfile(fit: MixedFit, level: number): ProfileInterval | null {
  const sums = fit.intercept;
  if (sums === null) return null;
  const ml = fit.options.estimation === "ml" ? fit : fitMixedModel(fit.structure, { ...fit.options, estimation: "ml" });
  const reach = chiSquared.quantile(level, 1);
  const psi = ml.covariances[0]![0]! / ml.residualVariance;
  const estimate = psi / (1 + psi);
  const excess = (icc: number) => profileAt(sums, icc / (1 - icc), "ml").value - ml.criterion - reach;
  const solve = (a: number, b: number) => findRoot(excess, a, b, { tolerance: 1e-13 }).argument[0]!;
  const lowest = fit.options.covariance === "bounded" ? 0 : -(1 - 1e-9) / (sums.largest - 1 + 1e-9);
  const highest = 1 - 1e-10;
  if (excess(highest) <= 0) return null;
  const lower = estimate <= lowest || excess(lowest) <= 0 ? lowest : solve(lowest, estimate);
  return { lower, upper: solve(estimate, highest) };
}
