import { DesignProblem, NumericalProblem } from "../../contract/problem.ts";
import { alternativeTo } from "../generalised/alternativeTo.ts";
import { type GeePoint, type GeeSolver, geeSolver, type Settled } from "./geeSolver.ts";
import { type GeeModel, type GeeState, moveTo } from "./geeState.ts";
import type { MomentName, WorkingCorrelation } from "./workingCorrelation.ts";

export interface GeeSolution {
  readonly point: GeePoint;
  /** Lower Cholesky factor of Σ Gⱼ, p × p. */
  readonly factor: Float64Array;
  readonly iterations: number;
}

const ITERATIONS = 60;
const LAST_ITERATIONS = 200;
/** Means this close to a bound, relative to what is usual, are at it. */
const AT_EDGE = 1e-3;
/** Where α is looked for when it and β do not settle together, as shares of the way to its limits. */
const SHARES = [-0.995, -0.9, -0.6, -0.3, 0, 0.04, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.97];

/**
 * Solves the equations for β and α together, from the state on. Mostly scoring steps do, with α following β. Where they
 * swing (few clusters, and a correlation that a small change of β turns over), α is found as the root of
 * "what the residuals of β(α) say" less α, β being solved for at every α.
 *
 * @throws DesignProblem `correlation-out-of-range`, `mean-at-boundary`
 * @throws NumericalProblem `not-converged`, `information-not-positive`, `not-finite`
 */
export function solveGee(
  model: GeeModel,
  state: GeeState,
  correlation: WorkingCorrelation,
  moments: MomentName,
): GeeSolution {
  const solver = geeSolver(model, state, correlation, moments);
  const start = state.beta.slice();
  const { point, settled, iterations } = solver.settle(null, ITERATIONS);
  const { estimate } = point;
  if (settled && (estimate === null || solver.isWithin(estimate))) return { point, factor: solver.factor, iterations };
  if (settled) throw outOfRange(model, correlation, estimate!, solver);
  if (estimate !== null) return solveByCorrelation(model, state, correlation, solver, start, iterations);
  const more = solver.settle(null, LAST_ITERATIONS);
  if (!more.settled) throw unsettled(model, state, more, iterations + more.iterations);
  return { point: more.point, factor: solver.factor, iterations: iterations + more.iterations };
}

function solveByCorrelation(
  model: GeeModel,
  state: GeeState,
  correlation: WorkingCorrelation,
  solver: GeeSolver,
  start: Float64Array,
  before: number,
): GeeSolution {
  const [lower, upper] = solver.limits;
  let iterations = before;
  const solveAt = (alpha: number): Settled => {
    moveTo(model, start, state);
    const found = solver.settle(alpha, LAST_ITERATIONS);
    iterations += found.iterations;
    return found;
  };
  /** Estimate less α at the β that solves for α; null where none does. */
  const gapAt = (alpha: number): number | null => {
    try {
      const { settled, point } = solveAt(alpha);
      return settled && point.estimate !== null ? point.estimate - alpha : null;
    } catch (problem) {
      // An α for which the equations cannot be solved is one that is not the answer.
      if (problem instanceof NumericalProblem) return null;
      throw problem;
    }
  };
  const tried = SHARES.flatMap((share) => {
    const alpha = share < 0 ? -share * lower : share * upper;
    const gap = gapAt(alpha);
    return gap === null ? [] : [{ alpha, gap }];
  });
  // From above α to below: the root to which a small enough step of α would lead. Of several, the one nearest to none.
  const brackets = tried.slice(1).flatMap((right, k) => {
    const left = tried[k]!;
    return left.gap >= 0 && right.gap < 0 ? [[left, right] as const] : [];
  });
  const bracket = brackets.toSorted(([a, b], [c, d]) => Math.abs(a.alpha + b.alpha) - Math.abs(c.alpha + d.alpha))[0];
  if (bracket !== undefined) {
    const alpha = bisect(gapAt, bracket[0].alpha, bracket[1].alpha);
    const found = solveAt(alpha);
    if (found.settled) return { point: found.point, factor: solver.factor, iterations };
  }
  if (bracket === undefined && tried.length > 0) {
    const end = tried[0]!.gap < 0 ? tried[0]! : tried[tried.length - 1]!;
    throw outOfRange(model, correlation, end.alpha + end.gap, solver);
  }
  throw unsettled(model, state, solveAt(0), iterations);
}

/** Between a point where the function is not negative and one where it is; where it is not defined counts as beyond the root. */
function bisect(f: (x: number) => number | null, above: number, below: number): number {
  let [low, high] = [above, below];
  for (;;) {
    const middle = low + (high - low) / 2;
    if (middle <= low || middle >= high || high - low < 1e-15) return low;
    if ((f(middle) ?? -1) >= 0) low = middle;
    else high = middle;
  }
}

function outOfRange(
  { rows: { sizes } }: GeeModel,
  { id }: WorkingCorrelation,
  alpha: number,
  { limits: [lower, upper] }: GeeSolver,
): DesignProblem {
  const largest = sizes.reduce((most, size) => Math.max(most, size), 0);
  return new DesignProblem("correlation-out-of-range", { correlation: id, alpha, lower, upper, largest });
}

/** Why steps did not settle: means that press against the edge of their range, or another reason. */
function unsettled(
  { rows, family, link }: GeeModel,
  { mean }: GeeState,
  { point, cut, iterations: last }: Settled,
  iterations: number,
): DesignProblem | NumericalProblem {
  for (const bound of [family.lowest, family.highest]) {
    if (!Number.isFinite(bound) || cut < last / 2) continue;
    const typical = mean.reduce((sum, value) => sum + Math.abs(value - bound), 0) / mean.length;
    let at = 0;
    for (let i = 0; i < mean.length; i++) if (Math.abs(mean[i]! - bound) < AT_EDGE * typical) at += rows.counts[i]!;
    if (at === 0) continue;
    return new DesignProblem("mean-at-boundary", {
      family: family.id,
      link: link.id,
      bound,
      rows: at,
      alternative: alternativeTo(family, link),
    });
  }
  return new NumericalProblem("not-converged", { what: "The GEE", iterations, gradient: point.length });
}
