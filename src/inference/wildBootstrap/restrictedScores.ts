import type { ClusterScores } from "../../contract/clusterScores.ts";
import { inScoreCoordinates, shortestStep } from "./clusterScores.ts";

/** Estimating equations of a model anywhere: scores and informations at β; null where β is none for the model. */
export type ScoresAt = (beta: Float64Array) => ClusterScores | null;

/** A point on Cβ = d that solves the equations as far as that lets it. */
export interface RestrictedSolution {
  readonly beta: Float64Array;
  readonly scores: ClusterScores;
}

const ITERATIONS = 200;
/** Size of a step, relative to that of the scores, that is rounding; and below which steps that no longer shrink are. */
const SETTLED = 1e-13;
const NEARLY = 1e-9;
const HALVINGS = 40;

/**
 * Solves the equations under Cβ = d by Fisher scoring along the null space of C in the metric of the information; a step
 * that leaves the model's range, or after which the equations are further off than before, is halved.
 *
 * @param contrasts C, q × p; none to solve the equations as they are
 * @returns null where the search gets nowhere
 */
export function solveRestricted(
  scoresAt: ScoresAt,
  start: Float64Array,
  contrasts: Float64Array,
  values: Float64Array,
): RestrictedSolution | null {
  const p = start.length;
  const q = values.length;
  let beta: Float64Array = start.slice();
  let scores = scoresAt(beta);
  if (scores === null) return null;
  let last = Number.POSITIVE_INFINITY;
  let damping = 1;
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const found = stepFrom(scores, beta, contrasts, values);
    if (found === null) return null;
    const { step, size } = found;
    if (!Number.isFinite(size)) return null;
    if (size <= SETTLED || (size <= NEARLY && size >= last)) return { beta, scores };
    damping = size > 2 * last ? Math.max(damping / 2, 2 ** -6) : Math.min(1, 1.5 * damping);
    // The constraint is met by the first whole step and kept by all others.
    let share = q > 0 && iteration === 0 ? 1 : damping;
    let next: { readonly beta: Float64Array; readonly scores: ClusterScores } | null = null;
    for (let halving = 0; halving < HALVINGS && next === null; halving++, share /= 2) {
      const moved = beta.slice();
      for (let k = 0; k < p; k++) for (let a = 0; a < p; a++) moved[k]! += share * scores.root[k * p + a]! * step[a]!;
      const there = scoresAt(moved);
      if (there !== null) next = { beta: moved, scores: there };
    }
    if (next === null) return null;
    ({ beta, scores } = next);
    last = size;
  }
  return null;
}

/** The scoring step onto and along the constraint, in the coordinates of the scores, and its size relative to these. */
function stepFrom(at: ClusterScores, beta: Float64Array, contrasts: Float64Array, values: Float64Array) {
  const { clusters, coefficients: p, scores } = at;
  const q = values.length;
  const step = new Float64Array(p);
  let squares = 0;
  for (let j = 0, e = 0; j < clusters; j++)
    for (let k = 0; k < p; k++, e++) {
      step[k]! += scores[e]!;
      squares += scores[e]! ** 2;
    }
  if (q > 0) {
    const directions = inScoreCoordinates(at, contrasts);
    const gaps = new Float64Array(q);
    for (let s = 0; s < q; s++) {
      gaps[s] = values[s]!;
      for (let k = 0; k < p; k++) gaps[s]! -= contrasts[s * p + k]! * beta[k]! + directions[s * p + k]! * step[k]!;
    }
    const correction = shortestStep(directions, gaps);
    if (correction === null) return null;
    for (let k = 0; k < p; k++) step[k]! += correction[k]!;
  }
  return { step, size: Math.hypot(...step) / Math.sqrt(squares) };
}
