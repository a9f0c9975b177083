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
/** R(α) this close to singular counts as singular, relative to α's range. */
const EDGE = 1e-9;
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
  let damping = 1;
  let length = Number.POSITIVE_INFINITY;
  let alpha: number | null = null;
  for (let iteration = 1; iteration <= ITERATIONS; iteration++) {
    const pearson = pearsonSum(rows, state);
    refuseExactFit(model, state, pearson, terms);
    const { reported, working } = dispersionsOf(rows, pearson, moments, totalWeight);
    alpha = correlation.estimate({ rows, ...state, dispersion: reported, moments }, alpha ?? 0);
    const used = alpha === null ? 0 : within(limits, alpha);
    accumulateEquations(rows, state, correlation, used, room, information, score);
    if (!cholesky(information, p, factor)) throw new NumericalProblem("information-not-positive", { coefficients: p });
    choleskySolve(factor, p, score, step);
    const last = length;
    length = Math.sqrt(Math.max(0, dot(step, score)) / working);
    if (!Number.isFinite(length)) throw new NumericalProblem("not-finite", { what: "A step of the GEE" });
    if (length <= SETTLED || (length <= NEARLY && length >= last)) {
      if (alpha !== null && alpha !== used) refuseCorrelation(correlation, alpha, limits, cluster);
      return {
        terms,
        coefficients: inOriginalUnits(state.beta, rows.centre, rows.scale),
        alpha,
        dispersion: reported,
        iterations: started + iteration,
        ...meansOutside(model, state),
        parts: geeParts(rows, state, correlation, used, factor, working),
      };
    }
    damping = length > last ? Math.max(damping / 2, SMALLEST_DAMPING) : Math.min(1, damping * 1.25);
    stepInside(model, state, step, damping);
  }
  if (alpha !== null && alpha !== within(limits, alpha)) refuseCorrelation(correlation, alpha, limits, cluster);
  throw new NumericalProblem("not-converged", { what: "The GEE", iterations: ITERATIONS, gradient: length });
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

/** α, or the point just inside its limits. */
function within([lower, upper]: readonly [number, number], alpha: number): number {
  const margin = EDGE * Math.min(1, upper - lower);
  return Math.min(Math.max(alpha, lower + margin), upper - margin);
}

function refuseCorrelation(
  { id }: WorkingCorrelation,
  alpha: number,
  [lower, upper]: readonly [number, number],
  { sizes }: Grouping,
): never {
  const largest = sizes.reduce((most, size) => Math.max(most, size), 0);
  throw new DesignProblem("correlation-out-of-range", { correlation: id, alpha, lower, upper, largest });
}

/** Moves the state by the damped step, less far where a mean would leave its range. */
function stepInside(model: GeeModel, state: GeeState, step: Float64Array, damping: number): void {
  const from = state.beta.slice();
  let share = damping;
  for (let halving = 0; halving < HALVINGS; halving++, share /= 2)
    if (
      moveTo(
        model,
        from.map((b, k) => b + share * step[k]!),
        state,
      )
    )
      return;
  throw new NumericalProblem("not-converged", {
    what: "The GEE, held at the edge of the means that its family allows,",
    iterations: HALVINGS,
    gradient: dot(step, step),
  });
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
