import { DesignProblem, NumericalProblem } from "../../contract/problem.ts";
import { cholesky, choleskySolve } from "../../numerics/matrix/cholesky.ts";
import type { Family } from "../family/family.ts";
import type { Link } from "../family/link.ts";
import { alternativeTo } from "./alternativeTo.ts";
import type { CanonicalPatterns } from "./canonicalPatterns.ts";
import { type Likelihood, likelihoodOf } from "./likelihood.ts";
import { isSeparated, isSeparating, separationProblem } from "./separation.ts";

/** Where the likelihood is highest, in canonical coordinates. */
export interface Maximum {
  /** b, length p. */
  readonly coordinates: Float64Array;
  /** η of every pattern, length G. */
  readonly predictor: Float64Array;
  /** Lower Cholesky factor of the expected information Σ w μ′²/V z zᵀ at b, p × p. */
  readonly information: Float64Array;
  readonly iterations: number;
}

/** Mean square of the last step, in units of each row's own standard deviation, at which the search has converged. */
const NEGLIGIBLE = 1e-28;
/** Squared step in standard errors below which the objective's own rounding is larger than its change. */
const SMALL = 1e-6;
/** Squared step in standard errors from which an end of progress is rounding. */
const NEARLY_THERE = 1e-8;
/** Squared step in standard errors below which a large change of some η means that nothing holds it. */
const FLAT = 1e-4;
/** Consecutive iterations in which fitted means move to the edge of their range for good. */
const RUNAWAY = 6;
const MAX_ITERATIONS = 100;
/** Steps stop this share of the way to the edge of the range of means. */
const TO_THE_EDGE = 0.995;
/** Consecutive steps cut short at the edge after which the search goes through the inside instead. */
const JAMMED = 5;

type Ending = "converged" | "separated" | "stuck";

interface Search {
  readonly ending: Ending;
  readonly iterations: number;
  /** The last step's change of η. */
  readonly change: Float64Array;
  /** The last step, in canonical coordinates. */
  readonly step: Float64Array;
}

/**
 * Maximises the (quasi-)likelihood of a generalised linear model by Newton's method on the observed information (by
 * Fisher scoring where that is not positive definite) with backtracking, until a step is rounding.
 *
 * Where the link lets means leave their range (log-binomial, identity), steps stop short of it; a search that jams there
 * goes through the inside along a logarithmic barrier that is lowered to nothing, which for the concave likelihoods
 * (binomial, Poisson) finds the maximum wherever it is. Two ways not to have one are told apart: it lies on the edge of
 * the range, or at infinity (separation).
 *
 * @param start b to start from; null to start from the outcomes
 * @param without a cluster to leave out; null for none
 * @throws DesignProblem `separation`, `mean-at-boundary`; NumericalProblem `not-converged`, `no-valid-start`,
 *   `information-not-positive`
 */
export function maximise(
  patterns: CanonicalPatterns,
  family: Family,
  link: Link,
  start: Float64Array | null = null,
  without: number | null = null,
): Maximum {
  const likelihood = likelihoodOf(patterns, family, link, without);
  const edgeProblem = (edge: { readonly bound: number; readonly rows: number }) =>
    new DesignProblem("mean-at-boundary", {
      family: family.id,
      link: link.id,
      ...edge,
      alternative: alternativeTo(family, link),
    });
  if (likelihood.constantAt !== null) throw edgeProblem({ bound: likelihood.constantAt, rows: likelihood.rows });
  const starts = likelihood.starts(start);
  if (starts.length === 0) throw new NumericalProblem("no-valid-start", { family: family.id, link: link.id });
  let iterations = 0;
  const attempt = (b: Float64Array, barrier: number): Ending => {
    const last = search(likelihood, b, barrier, MAX_ITERATIONS);
    iterations += last.iterations;
    if (last.ending === "separated") throw separationProblem(likelihood, last.step, last.change);
    return last.ending;
  };
  const b = new Float64Array(patterns.columns);
  for (const each of starts) {
    b.set(each);
    if (attempt(b, 0) === "converged") return finish(likelihood, b, iterations);
  }
  if (likelihood.bounded) {
    b.set(starts[starts.length - 1]!);
    const inside = b.slice();
    for (let barrier = 0.1; barrier > 1e-11; barrier /= 10) {
      attempt(inside, barrier);
      b.set(inside);
      if (attempt(b, 0) === "converged") return finish(likelihood, b, iterations);
    }
    const edge = likelihood.atEdge(inside);
    if (edge !== null) throw edgeProblem(edge);
  }
  throw new NumericalProblem("not-converged", {
    what: `The ${family.id} model with ${link.id} link`,
    iterations,
    gradient: likelihood.largestScore(),
  });
}

function finish(likelihood: Likelihood, b: Float64Array, iterations: number): Maximum {
  const p = b.length;
  const { hessian } = likelihood;
  likelihood.moveTo(b);
  likelihood.differentiate(false, 0);
  const information = new Float64Array(p * p);
  if (!cholesky(hessian, p, information)) throw new NumericalProblem("information-not-positive", { coefficients: p });
  return { coordinates: b.slice(), predictor: likelihood.predictor.slice(), information, iterations };
}

/**
 * The factor of an information that is singular in double precision, far from the maximum, with enough added to its
 * diagonal: coordinates have mean square one, so that one number does for all. false when it is not finite.
 */
function ridged(hessian: Float64Array, p: number, lower: Float64Array): boolean {
  let most = 0;
  for (let k = 0; k < p; k++) most = Math.max(most, hessian[k * p + k]!);
  for (let ridge = 1e-12; ridge < 1; ridge *= 10) {
    const raised = hessian.slice();
    for (let k = 0; k < p; k++) raised[k * p + k]! += ridge * most;
    if (cholesky(raised, p, lower)) return true;
  }
  return false;
}

/** Newton's method from b, which it moves. */
function search(likelihood: Likelihood, b: Float64Array, barrier: number, most: number): Search {
  const p = b.length;
  const { gradient, hessian, unit, predictor } = likelihood;
  const lower = new Float64Array(p * p);
  const step = new Float64Array(p);
  const change = new Float64Array(predictor.length);
  let previous = Number.POSITIVE_INFINITY;
  let runaway = 0;
  let jammed = 0;
  let value = likelihood.moveTo(b, barrier);
  const runsAway = () => runaway > 0 && isSeparated(likelihood, step, change);
  const end = (ending: Ending, iterations: number): Search => ({ ending, iterations, change, step });
  for (let iteration = 1; iteration <= most; iteration++) {
    likelihood.differentiate(true, barrier);
    let observed = true;
    if (!cholesky(hessian, p, lower)) {
      observed = false;
      likelihood.differentiate(false, barrier);
      if (!cholesky(hessian, p, lower)) {
        // What grows without limit takes its own information to nothing.
        if (runsAway()) return end("separated", iteration);
        if (!ridged(hessian, p, lower)) return end("stuck", iteration);
      }
    }
    choleskySolve(lower, p, gradient, step);
    let decrement = 0;
    for (let k = 0; k < p; k++) decrement += gradient[k]! * step[k]!;
    if (!Number.isFinite(decrement)) return end("stuck", iteration);
    likelihood.project(step, change);
    const squared = decrement / unit;
    if (barrier === 0) {
      runaway = squared < FLAT && isSeparating(likelihood, change) ? runaway + 1 : 0;
      if (runaway % RUNAWAY === RUNAWAY - 1 && isSeparated(likelihood, step, change))
        return end("separated", iteration);
    }
    const room = likelihood.room(change);
    if (squared < SMALL && room > 1) {
      for (let k = 0; k < p; k++) b[k]! += step[k]!;
      value = likelihood.moveTo(b, barrier);
      const negligible = decrement <= NEGLIGIBLE * unit * likelihood.rows;
      const rounding = observed && squared < NEARLY_THERE && squared >= previous / 4;
      const enough = barrier > 0 && squared < SMALL * barrier;
      // Where the observed information is singular there is no maximum, however small the steps: an edge, for one.
      if (negligible && !observed) return end("stuck", iteration);
      if ((negligible || rounding || enough) && runaway === 0) return end("converged", iteration);
      previous = squared;
      continue;
    }
    previous = squared;
    let share = Math.min(1, TO_THE_EDGE * room);
    jammed = share < 0.1 && barrier === 0 ? jammed + 1 : 0;
    if (jammed >= JAMMED) return end("stuck", iteration);
    for (;;) {
      for (let k = 0; k < p; k++) b[k]! += share * step[k]!;
      const next = likelihood.moveTo(b, barrier);
      if (next <= value - 1e-4 * share * decrement + 1e-12 * Math.abs(value)) {
        value = next;
        break;
      }
      for (let k = 0; k < p; k++) b[k]! -= share * step[k]!;
      share /= 2;
      if (share < 1e-10) {
        likelihood.moveTo(b, barrier);
        return end("stuck", iteration);
      }
    }
  }
  return end("stuck", most);
}
