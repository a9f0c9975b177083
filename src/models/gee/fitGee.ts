import type { EstimatingParts } from "../../contract/estimatingParts.ts";
import { DesignProblem, NumericalProblem } from "../../contract/problem.ts";
import type { Family } from "../family/family.ts";
import type { Link } from "../family/link.ts";
import {
  fitGeneralisedLinear,
  type GeneralisedLinearData,
  refuseOutside,
} from "../generalised/fitGeneralisedLinear.ts";
import { geeParts } from "./geeParts.ts";
import { geeRows } from "./geeRows.ts";
import { type GeeModel, type GeeState, geeState, moveTo, pearsonSum } from "./geeState.ts";
import { solveGee } from "./solveGee.ts";
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
 * @throws InputProblem `outcome-outside-family`.
 * @throws DesignProblem `too-few-rows`, `too-few-pairs`, `no-variation`, `separation`, `mean-at-boundary`,
 *   `correlation-out-of-range` when the α found leaves R(α) indefinite for some cluster.
 * @throws NumericalProblem `not-converged`, `information-not-positive`, `not-finite`.
 */
export function fitGee({ terms, design, response, cluster, family, link, correlation, moments }: GeeData): GeeFit {
  refuseOutside(family, response.values);
  const rows = geeRows(design, response, cluster, correlation.ordered);
  const { coefficients: p, observations } = rows;
  if (observations <= p) throw new DesignProblem("too-few-rows", { rows: observations, coefficients: p });
  const model: GeeModel = { rows, family, link };
  const state = geeState(model);
  const started =
    startFromIndependence(model, state) ?? startFromMaximum(model, state, { terms, design, response, cluster });

  refuseExactFit(model, state, terms);
  const { point, factor, iterations } = solveGee(model, state, correlation, moments);
  return {
    terms,
    coefficients: inOriginalUnits(state.beta, rows.centre, rows.scale),
    alpha: point.estimate,
    dispersion: point.dispersion,
    iterations: started + iterations,
    ...meansOutside(model, state),
    parts: geeParts(rows, state, correlation, point.alpha, factor, point.workingDispersion),
  };
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

/** Residuals that are rounding leave nothing to judge anything by. */
function refuseExactFit({ rows }: GeeModel, state: GeeState, terms: readonly string[]): void {
  const { mean, spread } = state;
  let size = 0;
  for (let i = 0; i < mean.length; i++) size += rows.weights[i]! * rows.counts[i]! * (mean[i]! / spread[i]!) ** 2;
  if (pearsonSum(rows, state) <= ROUNDING ** 2 * size)
    throw new DesignProblem("no-variation", { term: terms[1] ?? terms[0]! });
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
