import { chiSquared } from "../../numerics/distributions/index.ts";
import { cholesky } from "../../numerics/matrix/cholesky.ts";
import { findRoot } from "../../numerics/optimize/findRoot.ts";
import { fitMixedModel, type MixedFit, residualIsKnown } from "./fitMixedModel.ts";
import { effectsOf, type RandomLevel, toOwnOrigin } from "./mixedStructure.ts";
import { freeDirections, minimiseNested, type NestedProblem, nestedProblem, packLower } from "./nestedFit.ts";
import {
  devianceAtBetween,
  devianceAtNoRatio,
  devianceAtResidual,
  type InterceptSums,
  profileAt,
  ridgeAt,
} from "./randomIntercept.ts";

/** The values that a likelihood-ratio test at 1 − level would not reject; null where the range ends unbounded. */
export interface ProfileInterval {
  readonly lower: number;
  readonly upper: number;
}

/** Profile-likelihood intervals for the random effects of a mixed model, on the ML deviance. */
export interface VarianceProfiles {
  /** Standard deviations: per level, per effect. */
  readonly effects: readonly (readonly (ProfileInterval | null)[])[];
  /** Correlation of effects a > b of one block of a level; null where undefined. */
  correlation(level: number, a: number, b: number): ProfileInterval | null;
  /** Residual standard deviation; null when it is known. */
  readonly residual: ProfileInterval | null;
}

/**
 * {s : D(s) − min D ≤ χ²₁(level)} for each standard deviation or correlation s, D(s) the ML deviance minimised over
 * everything else. A limit at the end of the range (0; ±1) is given when the deviance there is within reach. null where
 * no upper limit was found, and for the intercept of a slope that is fitted about another origin than its own.
 */
export function varianceProfiles(fit: MixedFit, level: number): VarianceProfiles {
  const ml = underMl(fit);
  const reach = chiSquared.quantile(level, 1);
  return ml.intercept === null ? nestedProfiles(ml, reach) : interceptProfiles(ml, ml.intercept, reach);
}

const underMlOf = new WeakMap<MixedFit, MixedFit>();

/** The fit by ML, found once however many profiles are asked of it. */
function underMl(fit: MixedFit): MixedFit {
  if (fit.options.estimation === "ml") return fit;
  const known = underMlOf.get(fit);
  if (known !== undefined) return known;
  const ml = fitMixedModel(fit.structure, { ...fit.options, estimation: "ml" });
  underMlOf.set(fit, ml);
  return ml;
}

/** Deviance that a search inside a profile may leave: 1e-10 of the 3.84 moves a limit by less than its tenth digit. */
const NEGLIGIBLE_DROP = 1e-10;

const POSITIVE = { lowest: 0, highest: Number.POSITIVE_INFINITY };
const ALL = { lowest: Number.NEGATIVE_INFINITY, highest: Number.POSITIVE_INFINITY };

function interceptProfiles(ml: MixedFit, sums: InterceptSums, reach: number): VarianceProfiles {
  if (residualIsKnown(ml.options)) {
    const between = Math.sqrt(ml.covariances[0]![0]!);
    const drop = (sd: number) => profileAt(sums, sd * sd, "ml", ml.residualVariance).value - ml.criterion;
    const step = between > 0 ? between / 4 : 0.25 / Math.sqrt(sums.largest);
    return { effects: [[limits(drop, between, step, POSITIVE, reach)]], correlation: () => null, residual: null };
  }
  const tau = ml.covariances[0]![0]!;
  const psi = tau / ml.residualVariance;
  return {
    effects: [[betweenRidge(ml, sums, psi, reach) ?? betweenProfile(ml, sums, tau, reach)]],
    correlation: () => null,
    residual: residualRidge(ml, sums, psi, reach) ?? residualProfile(ml, sums, psi, reach),
  };
}

/** The between-cluster standard deviation, by a search within the search. */
function betweenProfile(ml: MixedFit, sums: InterceptSums, tau: number, reach: number): ProfileInterval | null {
  let sigma2 = ml.residualVariance;
  const drop = (sd: number) => {
    const at = devianceAtBetween(sums, sd * sd, sigma2);
    sigma2 = at.sigma2;
    return at.value - ml.criterion;
  };
  return limits(drop, Math.sqrt(Math.max(0, tau)), Math.sqrt(sigma2) / 4, POSITIVE, reach);
}

/** The residual standard deviation, likewise. */
function residualProfile(ml: MixedFit, sums: InterceptSums, estimate: number, reach: number): ProfileInterval | null {
  let psi = estimate;
  const drop = (logSd: number) => {
    const at = devianceAtResidual(sums, Math.exp(2 * logSd), psi);
    psi = at.psi;
    return at.value - ml.criterion;
  };
  return mapped(limits(drop, Math.log(ml.residualVariance) / 2, 0.2, ALL, reach), Math.exp);
}

/**
 * The between-cluster standard deviation along its ridge, in √ψ. null where the ridge does not serve: a negative
 * estimate, or a ridge that turns back.
 */
function betweenRidge(ml: MixedFit, sums: InterceptSums, psi: number, reach: number): ProfileInterval | null {
  if (psi < 0) return null;
  const drop = (root: number) => ridgeAt(sums, root * root).between.value - ml.criterion;
  const found = limits(drop, Math.sqrt(psi), 0.25 / Math.sqrt(sums.rows / sums.clusters), POSITIVE, reach);
  if (found === null) return null;
  const sd = (root: number) => root * Math.sqrt(ridgeAt(sums, root * root).between.sigma2);
  return ordered(mapped(found, sd)!, sd(Math.sqrt(psi)));
}

/**
 * The residual standard deviation along its ridge: ψ falls as σ² grows until it is 0, and σ² grows on alone. One variable
 * z runs through both: ψ = eᶻ − 1 over the largest size while z > 0, then σ² times e⁻ᶻ.
 */
function residualRidge(ml: MixedFit, sums: InterceptSums, psi: number, reach: number): ProfileInterval | null {
  const end = ridgeAt(sums, 0).residual.sigma2;
  if (psi < 0 || !(end > 0)) return null;
  const ratio = (z: number) => (z > 0 ? Math.expm1(z) / sums.largest : 0);
  const at = (z: number) => {
    if (z > 0) return ridgeAt(sums, ratio(z)).residual;
    const sigma2 = end * Math.exp(-z);
    return { sigma2, value: devianceAtNoRatio(sums, sigma2) };
  };
  const estimate = psi > 0 ? Math.log1p(psi * sums.largest) : Math.log(end / ml.residualVariance);
  const found = limits((z) => at(z).value - ml.criterion, estimate, 0.2, ALL, reach);
  if (found === null) return null;
  const sd = (z: number) => Math.sqrt(at(z).sigma2);
  return ordered({ lower: sd(found.upper), upper: sd(found.lower) }, Math.sqrt(ml.residualVariance));
}

/** Limits on either side of the estimate; null where the ridge turned back on its way. */
const ordered = (interval: ProfileInterval, estimate: number): ProfileInterval | null =>
  interval.lower <= estimate && estimate <= interval.upper ? interval : null;

function nestedProfiles(ml: MixedFit, reach: number): VarianceProfiles {
  const { structure } = ml;
  const unit = Math.sqrt(ml.residualVariance);
  const known = residualIsKnown(ml.options);
  /** The fit with some effects of level l first in their block, so that their Cholesky elements come first. */
  const arranged = (l: number, first: readonly number[]) => {
    const order = l < 0 ? [] : orderWithFirst(structure.levels[l]!, first);
    const levels = structure.levels.map((other, k) => (k === l ? reordered(other, order) : other));
    const problem = nestedProblem({ ...structure, levels }, "ml", unit);
    const at = (effect: number, column: number) =>
      problem.parameters.findIndex((g) => g.level === l && g.row === order.indexOf(effect) && g.column === column);
    return { problem, start: pack(problem, ml, l, order), position: (effect: number) => order.indexOf(effect), at };
  };
  /**
   * Deviance drop with some element put at a value by `set` and the vector free along what it returns. With `keepsSign`
   * every search starts at the estimate: one that ended at a zero standard deviation would not come back.
   */
  const drop = (
    problem: NestedProblem,
    start: Float64Array,
    set: (vector: Float64Array, value: number) => readonly Float64Array[],
    keepsSign: ((vector: Float64Array, value: number) => boolean) | null = null,
  ) => {
    let warm = start;
    return (value: number) => {
      const from = lifted(keepsSign === null ? warm : start, problem);
      const free = set(from, value);
      const at = minimiseNested(problem, from, free, NEGLIGIBLE_DROP, (vector) => keepsSign?.(vector, value) ?? true);
      warm = at.vector;
      return at.value - ml.criterion;
    };
  };
  const hold = (index: number) => (vector: Float64Array, value: number) => {
    vector[index] = value;
    return freeDirections(vector.length, (k) => k === index || (known && k === vector.length - 1));
  };
  const effects = structure.levels.map((randomLevel, l) =>
    Array.from({ length: effectsOf(randomLevel) }, (_, effect) => {
      if (isMoved(randomLevel, effect)) return null;
      const { problem, start, position, at } = arranged(l, [effect]);
      const index = at(effect, position(effect));
      const scale = problem.units[index]!;
      const found = limits(drop(problem, start, hold(index)), Math.abs(start[index]!), 0.25, POSITIVE, reach);
      return mapped(found, (u) => u * scale);
    }),
  );
  const correlation = (l: number, a: number, b: number) => {
    const randomLevel = structure.levels[l]!;
    if (isMoved(randomLevel, a) || isMoved(randomLevel, b)) return null;
    const { problem, start, position, at } = arranged(l, [b, a]);
    // With b first, row a is s(ρ, √(1 − ρ²)) for a standard deviation s: fixed ρ leaves one direction of two.
    const [along, across] = [at(a, position(b)), at(a, position(a))];
    const length = Math.hypot(start[along]!, start[across]!);
    if (length === 0 || !(start[at(b, position(b))]! > 0)) return null;
    const fix = (vector: Float64Array, value: number) => {
      const rest = Math.sqrt(1 - value * value);
      const size = Math.max(0.02, Math.hypot(vector[along]!, vector[across]!));
      vector[along] = size * value;
      vector[across] = size * rest;
      const ray = new Float64Array(vector.length);
      ray[along] = value;
      ray[across] = rest;
      const held = (k: number) => k === along || k === across || (known && k === vector.length - 1);
      return [...freeDirections(vector.length, held), ray];
    };
    // A standard deviation that turns negative turns the correlation with it.
    const own = at(b, position(b));
    const keepsSign = (vector: Float64Array, value: number) =>
      vector[own]! > 0 && vector[along]! * value + vector[across]! * Math.sqrt(1 - value * value) > 0;
    const moved = drop(problem, start, fix, keepsSign);
    return limits(moved, start[along]! / length, 0.2, { lowest: -1, highest: 1 }, reach);
  };
  const { problem, start } = arranged(-1, []);
  const index = problem.parameters.length;
  const residual = known ? null : limits(drop(problem, start, hold(index)), start[index]!, 0.5, ALL, reach);
  return { effects, correlation, residual: mapped(residual, (logVariance) => unit * Math.exp(logVariance / 2)) };
}

const mapped = (interval: ProfileInterval | null, to: (value: number) => number): ProfileInterval | null =>
  interval === null ? null : { lower: to(interval.lower), upper: to(interval.upper) };

/**
 * Where a deviance drop reaches `reach` on either side of the estimate. Solved on its square root, which is nearly
 * linear; a limit is the end of the range when the drop there is within reach.
 */
function limits(
  drop: (value: number) => number,
  estimate: number,
  step: number,
  { lowest, highest }: { readonly lowest: number; readonly highest: number },
  reach: number,
): ProfileInterval | null {
  const distance = (value: number) => Math.sqrt(Math.max(0, drop(value))) - Math.sqrt(reach);
  const side = (direction: 1 | -1): number | null => {
    let inside = estimate;
    let stride = step;
    for (let k = 0; k < 60; k++, stride *= 1.6) {
      const outside = Math.min(highest, Math.max(lowest, inside + direction * stride));
      if (outside === inside) return inside;
      if (distance(outside) > 0) {
        return findRoot(distance, Math.min(inside, outside), Math.max(inside, outside), { tolerance: 1e-10 })
          .argument[0]!;
      }
      if (outside === lowest || outside === highest) return outside;
      inside = outside;
    }
    return null;
  };
  const upper = side(1);
  const lower = upper === null ? null : side(-1);
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

/** Positions of a level's effects with `first` leading their block; the Cholesky element of the first is its standard deviation. */
function orderWithFirst(level: RandomLevel, first: readonly number[]): number[] {
  const order: number[] = [];
  let offset = 0;
  for (const block of level.blocks) {
    const own = Array.from(block.columns, (_, k) => offset + k);
    order.push(...first.filter((k) => own.includes(k)), ...own.filter((k) => !first.includes(k)));
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
  return packLower(problem, roots, fit.residualVariance);
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
 * σ² profiled out; the lower limit is 0 when the deviance at 0 is within reach. null for other models, for a known
 * residual variance, or without an upper limit below 1.
 */
export function iccProfile(fit: MixedFit, level: number): ProfileInterval | null {
  const sums = fit.intercept;
  if (sums === null || residualIsKnown(fit.options)) return null;
  const ml = underMl(fit);
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
