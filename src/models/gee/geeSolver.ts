import { NumericalProblem } from "../../contract/problem.ts";
import { cholesky, choleskySolve } from "../../numerics/matrix/cholesky.ts";
import { dot } from "../../numerics/summation.ts";
import {
  accumulateEquations,
  dispersionsOf,
  type GeeModel,
  type GeeState,
  moveTo,
  pearsonSum,
  whitenedRoom,
} from "./geeState.ts";
import { secantSteps } from "./secantSteps.ts";
import type { MomentName, WorkingCorrelation } from "./workingCorrelation.ts";

/** Where the equations stand at a state of the means, for one α. */
export interface GeePoint {
  /** α as the residuals of the state have it; null where there is none to estimate. */
  readonly estimate: number | null;
  /** α that the equations were set up with. */
  readonly alpha: number;
  /** φ as the moments define it. */
  readonly dispersion: number;
  /** φ of V = φ A^½ R A^½. */
  readonly workingDispersion: number;
  /** The scoring step, in standard errors. */
  readonly length: number;
}

/** Where scoring steps led. */
export interface Settled {
  readonly point: GeePoint;
  readonly settled: boolean;
  readonly iterations: number;
  readonly cut: number;
}

export interface GeeSolver {
  /** Lower Cholesky factor of Σ Gⱼ at the last point, p × p. */
  readonly factor: Float64Array;
  /** Sets up the equations at the state; α given, or null for the one estimated there (none while it is out of its range). */
  evaluate(alpha: number | null): GeePoint;
  /**
   * Scoring steps from the state on, α given or moving along, until they are rounding.
   *
   * @returns the last point, whether steps had become rounding there, and how many had to be cut short of the edge of the means
   */
  settle(alpha: number | null, most: number): Settled;
  /** Where R(α) is positive definite for every cluster, and not by a hair. */
  isWithin(alpha: number): boolean;
  readonly limits: readonly [lower: number, upper: number];
}

/** Steps, in standard errors, below which the next one would be rounding. */
const SETTLED = 1e-13;
/** Steps that stopped getting smaller are rounding if they are this small, and trouble otherwise. */
const NEARLY = 1e-9;
const SMALLEST_DAMPING = 2 ** -5;
const HALVINGS = 40;
/** R(α) this close to singular counts as singular, relative to α's range. */
const EDGE = 1e-9;
/** Used while α is outside its range: the search may find back from there. */
const HELD = 0;
/** Iterations outside the range after which it will not. */
const STRAYED = 20;

/** The equations of a model, solved by moving its state. */
export function geeSolver(
  model: GeeModel,
  state: GeeState,
  correlation: WorkingCorrelation,
  moments: MomentName,
): GeeSolver {
  const { rows } = model;
  const p = rows.coefficients;
  const totalWeight = dot(rows.counts, rows.weights);
  const information = new Float64Array(p * p);
  const factor = new Float64Array(p * p);
  const score = new Float64Array(p);
  const step = new Float64Array(p);
  const room = whitenedRoom(rows);
  const limits = correlation.range(rows.sizes.reduce((most, size) => Math.max(most, size), 0));
  const width = Math.min(1, limits[1] - limits[0]);
  const isWithin = (alpha: number) => alpha > limits[0] + EDGE * width && alpha < limits[1] - EDGE * width;
  let estimate: number | null = null;

  const evaluate = (given: number | null): GeePoint => {
    const { reported, working } = dispersionsOf(rows, pearsonSum(rows, state), moments, totalWeight);
    estimate = correlation.estimate({ rows, ...state, dispersion: reported, moments }, estimate ?? 0);
    const alpha = given ?? (estimate !== null && isWithin(estimate) ? estimate : HELD);
    accumulateEquations(rows, state, correlation, alpha, room, information, score);
    if (!cholesky(information, p, factor)) throw new NumericalProblem("information-not-positive", { coefficients: p });
    choleskySolve(factor, p, score, step);
    const length = Math.sqrt(Math.max(0, dot(step, score)) / working);
    if (!Number.isFinite(length)) throw new NumericalProblem("not-finite", { what: "A step of the GEE" });
    return { estimate, alpha, dispersion: reported, workingDispersion: working, length };
  };

  const settle: GeeSolver["settle"] = (alpha, most) => {
    const accelerate = secantSteps(p);
    let damping = 1;
    let last = Number.POSITIVE_INFINITY;
    let strayed = 0;
    let cut = 0;
    for (let iterations = 1; ; iterations++) {
      const point = evaluate(alpha);
      const { length } = point;
      if (length <= SETTLED || (length <= NEARLY && length >= last)) return { point, settled: true, iterations, cut };
      if (alpha === null && point.estimate !== null && !isWithin(point.estimate)) strayed += 1;
      if (iterations === most || strayed === STRAYED) return { point, settled: false, iterations, cut };
      damping = length > 2 * last ? Math.max(damping / 2, SMALLEST_DAMPING) : Math.min(1, damping * 1.25);
      const taken = stepInside(model, state, accelerate(state.beta, step, length), damping);
      if (taken < damping) cut += 1;
      if (taken === 0) return { point, settled: false, iterations, cut };
      last = length;
    }
  };
  return { factor, evaluate, settle, isWithin, limits };
}

/** Moves the state by the step times `share`, or less where a mean would leave its range; what it was moved by, 0 for nothing. */
function stepInside(model: GeeModel, state: GeeState, step: Float64Array, share: number): number {
  const from = state.beta.slice();
  const to = from.slice();
  for (let halving = 0, part = share; halving < HALVINGS; halving++, part /= 2) {
    for (let k = 0; k < to.length; k++) to[k] = from[k]! + part * step[k]!;
    if (moveTo(model, to, state)) return part;
  }
  moveTo(model, from, state);
  return 0;
}
