import type { EstimatingParts } from "../../contract/estimatingParts.ts";
import { DesignProblem, NumericalProblem } from "../../contract/problem.ts";
import type { Grouping } from "../../data/grouping.ts";
import { cholesky, choleskySolve } from "../../numerics/matrix/cholesky.ts";
import { dot } from "../../numerics/summation.ts";
import type { Family } from "../family/family.ts";
import type { Link } from "../family/link.ts";
import { fitGeneralisedLinear, type GeneralisedLinearData } from "../generalised/fitGeneralisedLinear.ts";
import { geeParts } from "./geeParts.ts";
import { geeRows } from "./geeRows.ts";
import {
  accumulateEquations,
  dispersionsOf,
  type GeeModel,
  type GeeState,
  geeState,
  moveTo,
  pearsonSum,
  whitenedRoom,
} from "./geeState.ts";
import { startFromIndependence } from "./startFromIndependence.ts";
import type { MomentName, WorkingCorrelation } from "./workingCorrelation.ts";

/** What a GEE is asked to fit. */
export interface GeeData extends GeneralisedLinearData {
  readonly family: Family;
  readonly link: Link;
  readonly correlation: WorkingCorrelation;
  readonly moments: MomentName;
}

export interface GeeFit {
  readonly terms: readonly string[];
  /** β, length p. */
  readonly coefficients: Float64Array;
  /** α; null where there is none to estimate. */
  readonly alpha: number | null;
  /** φ as the moments define it: per unit of weight under "n", as geepack. */
  readonly dispersion: number;
  readonly iterations: number;
  /** Means of participants outside [0, 1]: possible where the family does not bound them. */
  readonly meansAboveOne: number;
  readonly meansBelowZero: number;
  readonly parts: EstimatingParts;
}

const ITERATIONS = 200;
/** Steps, in standard errors, below which the next one would be rounding. */
const SETTLED = 1e-13;
/** Steps that stopped getting smaller are rounding if they are this small, and trouble otherwise. */
const NEARLY = 1e-9;
const SMALLEST_DAMPING = 2 ** -5;
const HALVINGS = 40;
/** Secants that would lengthen a step more than this are not trusted. */
const LARGEST_SHARE = 5;
/** R(α) this close to singular counts as singular, relative to α's range. */
const EDGE = 1e-9;
/** While α is outside its range the search goes on with this, none: it may find back. */
const HELD = 0;
/** Iterations outside the range after which it will not. */
const STRAYED = 20;
/** Residuals of this size relative to the outcome are rounding. */
const ROUNDING = 64 * Number.EPSILON;

/**
 * Generalised estimating equations (Liang & Zeger 1986):
 *
 *   Σⱼ Dⱼᵀ Vⱼ⁻¹ (yⱼ − μⱼ) = 0,   g(μ) = Xβ + offset,   Vⱼ = φ Aⱼ^½ R(α) Aⱼ^½,   A = diag(V(μ)/w)
 *
 * with φ and α from moments of the residuals r = (y − μ)/√V(μ): under "n" φ = Σ w r²/Σ w and α averages products of
 * pairs over their number (weights wᵢwⱼ), as geepack; under "n-p" φ = Σ w r²/(N − p) and p is taken off the number of
 * pairs, as SAS and the R package gee. β, φ and α are iterated together until steps are rounding.
 *
 * Covariates are standardised, rows of one cluster that repeat each other are taken together (unless their order
 * matters), and R⁻¹ is never formed: O(nⱼ p²) a cluster and iteration.
 *
 * @throws DesignProblem `too-few-rows`, `too-few-pairs`, `no-variation`, `separation`, `mean-at-boundary`,
 *   `correlation-out-of-range` when the α found leaves R(α) indefinite for some cluster.
 * @throws NumericalProblem `not-converged`, `information-not-positive`, `not-finite`.
 */
export function fitGee({ terms, design, response, cluster, family, link, correlation, moments }: GeeData): GeeFit {
  const rows = geeRows(design, response, cluster, correlation.ordered);
  const { coefficients: p, observations } = rows;
  if (observations <= p) throw new DesignProblem("too-few-rows", { rows: observations, coefficients: p });
  const model: GeeModel = { rows, family, link };
  const totalWeight = dot(rows.counts, rows.weights);
  const state = geeState(model);
  const started =
    startFromIndependence(model, state) ?? startFromMaximum(model, state, { terms, design, response, cluster });

  const information = new Float64Array(p * p);
  const factor = new Float64Array(p * p);
  const score = new Float64Array(p);
  const step = new Float64Array(p);
  const room = whitenedRoom(rows);
  const limits = correlation.range(rows.sizes.reduce((most, size) => Math.max(most, size), 0));
  const accelerate = secantSteps(p);
  let damping = 1;
  let length = Number.POSITIVE_INFINITY;
  let alpha: number | null = null;
  let strayed: number | null = null;
  let timesOutside = 0;
  let iterations = 0;
  while (iterations++ < ITERATIONS) {
    const pearson = pearsonSum(rows, state);
    if (iterations === 1) refuseExactFit(model, state, pearson, terms);
    const { reported, working } = dispersionsOf(rows, pearson, moments, totalWeight);
    alpha = correlation.estimate({ rows, ...state, dispersion: reported, moments }, alpha ?? 0);
    const inside = alpha === null || isWithin(limits, alpha);
    if (!inside) {
      strayed = alpha;
      if (++timesOutside === STRAYED) break;
    }
    const used = alpha === null || !inside ? HELD : alpha;
    accumulateEquations(rows, state, correlation, used, room, information, score);
    if (!cholesky(information, p, factor)) throw new NumericalProblem("information-not-positive", { coefficients: p });
    choleskySolve(factor, p, score, step);
    const last = length;
    length = Math.sqrt(Math.max(0, dot(step, score)) / working);
    if (!Number.isFinite(length)) throw new NumericalProblem("not-finite", { what: "A step of the GEE" });
    if (length <= SETTLED || (length <= NEARLY && length >= last)) {
      if (!inside) refuseCorrelation(correlation, alpha!, limits, cluster);
      return {
        terms,
        coefficients: inOriginalUnits(state.beta, rows.centre, rows.scale),
        alpha,
        dispersion: reported,
        iterations: started + iterations,
        ...meansOutside(model, state),
        parts: geeParts(rows, state, correlation, used, factor, working),
      };
    }
    damping = length > 2 * last ? Math.max(damping / 2, SMALLEST_DAMPING) : Math.min(1, damping * 1.25);
    if (!stepInside(model, state, accelerate(state.beta, step, length < last), damping)) break;
  }
  if (strayed !== null) refuseCorrelation(correlation, strayed, limits, cluster);
  throw new NumericalProblem("not-converged", { what: "The GEE", iterations, gradient: length });
}

/** The state at the maximum under independence, or the problem that there is none. */
function startFromMaximum(model: GeeModel, state: GeeState, data: GeneralisedLinearData): number {
  const { coefficients, iterations } = fitGeneralisedLinear(data, model.family, model.link);
  const { centre, scale } = model.rows;
  const beta = coefficients.map((b, k) => b * scale[k]!);
  for (let k = 1; k < beta.length; k++) beta[0]! += coefficients[k]! * centre[k]!;
  if (!moveTo(model, beta, state)) throw new NumericalProblem("not-finite", { what: "A mean at the start of the GEE" });
  return iterations;
}

/**
 * Anderson's (1965) acceleration of depth one. Scoring steps converge fast in β for a given α, but α moves with β, and
 * that coupling can be slow or swing; it is one direction, and a secant through two steps takes it out.
 */
function secantSteps(p: number) {
  const lastBeta = new Float64Array(p);
  const lastStep = new Float64Array(p);
  const out = new Float64Array(p);
  let known = false;
  return (beta: Float64Array, step: Float64Array, progress: boolean): Float64Array => {
    let along = 0;
    let size = 0;
    for (let k = 0; k < p; k++) {
      const change = step[k]! - lastStep[k]!;
      along += change * step[k]!;
      size += change * change;
    }
    const share = known && progress && size > 0 ? along / size : 0;
    const taken = Math.abs(share) < LARGEST_SHARE ? share : 0;
    for (let k = 0; k < p; k++) {
      out[k] = step[k]! - taken * (beta[k]! - lastBeta[k]! + step[k]! - lastStep[k]!);
      lastBeta[k] = beta[k]!;
      lastStep[k] = step[k]!;
    }
    known = true;
    return out;
  };
}

/** Is R(α) positive definite, and not by a hair? */
const isWithin = ([lower, upper]: readonly [number, number], alpha: number): boolean => {
  const width = Math.min(1, upper - lower);
  return alpha > lower + EDGE * width && alpha < upper - EDGE * width;
};

function refuseCorrelation(
  { id }: WorkingCorrelation,
  alpha: number,
  [lower, upper]: readonly [number, number],
  { sizes }: Grouping,
): never {
  const largest = sizes.reduce((most, size) => Math.max(most, size), 0);
  throw new DesignProblem("correlation-out-of-range", { correlation: id, alpha, lower, upper, largest });
}

/** Moves the state by the damped step, less far where a mean would leave its range; false where no step is short enough. */
function stepInside(model: GeeModel, state: GeeState, step: Float64Array, damping: number): boolean {
  const from = state.beta.slice();
  const to = from.slice();
  for (let halving = 0, share = damping; halving < HALVINGS; halving++, share /= 2) {
    for (let k = 0; k < to.length; k++) to[k] = from[k]! + share * step[k]!;
    if (moveTo(model, to, state)) return true;
  }
  return false;
}

/** Residuals that are rounding leave nothing to judge anything by. */
function refuseExactFit({ rows }: GeeModel, { mean, spread }: GeeState, pearson: number, terms: readonly string[]) {
  let size = 0;
  for (let i = 0; i < mean.length; i++) size += rows.weights[i]! * rows.counts[i]! * (mean[i]! / spread[i]!) ** 2;
  if (pearson <= ROUNDING ** 2 * size) throw new DesignProblem("no-variation", { term: terms[1] ?? terms[0]! });
}

function inOriginalUnits(beta: Float64Array, centre: Float64Array, scale: Float64Array): Float64Array {
  const out = beta.map((b, k) => b / scale[k]!);
  for (let k = 1; k < out.length; k++) out[0]! -= out[k]! * centre[k]!;
  return out;
}

function meansOutside({ rows }: GeeModel, { mean }: GeeState) {
  let meansAboveOne = 0;
  let meansBelowZero = 0;
  for (let i = 0; i < mean.length; i++) {
    if (mean[i]! > 1) meansAboveOne += rows.counts[i]!;
    if (mean[i]! < 0) meansBelowZero += rows.counts[i]!;
  }
  return { meansAboveOne, meansBelowZero };
}
