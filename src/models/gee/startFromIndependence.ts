import { cholesky, choleskySolve } from "../../numerics/matrix/cholesky.ts";
import { dot } from "../../numerics/summation.ts";
import type { Link } from "../family/link.ts";
import { accumulateEquations, type GeeModel, type GeeState, moveTo, pearsonSum, whitenedRoom } from "./geeState.ts";
import { workingCorrelations } from "./workingCorrelation.ts";

/** Iterations that a harmless fit never needs. */
const ITERATIONS = 15;
/** Steps of this many standard errors are near enough for the equations with correlation to take over. */
const NEAR = 1e-2;
/** A step that changes some η by this much is not one of an estimate that settles, however flat the likelihood. */
const RUNNING = 0.1;

/**
 * Puts the state near the fit that takes rows as independent, by Fisher scoring from a constant mean.
 *
 * @returns iterations used; null when it does not settle at once, with the state anywhere: then only a fit that knows what
 *   can go wrong will tell
 */
export function startFromIndependence(model: GeeModel, state: GeeState): number | null {
  const { rows, family, link } = model;
  const p = rows.coefficients;
  const runsOff = [family.lowest, family.highest].some((mean) => Number.isFinite(mean) && !isReached(link, mean));
  const information = new Float64Array(p * p);
  const score = new Float64Array(p);
  const step = new Float64Array(p);
  const room = whitenedRoom(rows);
  const next = constantStart(model);
  let last = Number.POSITIVE_INFINITY;
  for (let iteration = 1; iteration <= ITERATIONS; iteration++) {
    if (!moveTo(model, next, state)) return null;
    accumulateEquations(rows, state, workingCorrelations.independence, 0, room, information, score);
    if (!cholesky(information, p, information)) return null;
    choleskySolve(information, p, score, step);
    const length = dot(step, score);
    const dispersion = pearsonSum(rows, state) / rows.observations;
    const settled = length <= NEAR ** 2 * dispersion;
    if (settled && (!runsOff || largestChange(model, step) < RUNNING)) return iteration;
    // Each step ought to be shorter than the one before.
    if (!(length < last)) return null;
    last = length;
    for (let k = 0; k < p; k++) next[k]! += step[k]!;
  }
  return null;
}

/** Is a bound of the means at a finite η? */
const isReached = (link: Link, bound: number): boolean => Number.isFinite(link.predictor(bound));

function largestChange({ rows: { design, coefficients: p, outcome } }: GeeModel, step: Float64Array): number {
  let most = 0;
  for (let i = 0; i < outcome.length; i++) {
    let change = 0;
    for (let k = 0; k < p; k++) change += design[i * p + k]! * step[k]!;
    most = Math.max(most, Math.abs(change));
  }
  return most;
}

/** The constant whose mean is that of the outcome, were there no offset; about right otherwise. */
function constantStart({ rows, link }: GeeModel): Float64Array {
  const { weights, counts, outcome, offset } = rows;
  let total = 0;
  let mean = 0;
  let shift = 0;
  for (let i = 0; i < outcome.length; i++) {
    const weight = weights[i]! * counts[i]!;
    total += weight;
    mean += (weight * (outcome[i]! - mean)) / total;
    shift += (weight * (offset[i]! - shift)) / total;
  }
  const beta = new Float64Array(rows.coefficients);
  beta[0] = link.predictor(mean) - shift;
  return beta;
}
