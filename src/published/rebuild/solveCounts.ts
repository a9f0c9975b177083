import { DesignProblem } from "../../contract/problem.ts";
import { requireCompatible, type Wanted } from "./aim.ts";
import type { ClusterTotals, CountMaker } from "./countRows.ts";
import type { Found, Values } from "./outcomeAnalysis.ts";

/** Settings of the scatter that are looked at: cluster rates from equal to differing thousandfold. */
const settings = Array.from({ length: 49 }, (_, k) => k / 16);
/** Share of the rounding intervals within which every figure must lie for the search to stop. */
const wellInside = 0.8;
/** Moves of single events after that; each is the best of all. */
const moves = 40;

export interface SolvedCounts {
  readonly totals: ClusterTotals;
  /** Standard deviation of the log cluster rates from which the totals were made. */
  readonly scatter: number;
  /** Single events moved between clusters afterwards. */
  readonly moved: number;
}

/**
 * Events per cluster with which the named analysis gives what was published. Counts cannot be turned smoothly: first the
 * scatter of cluster rates is chosen from a grid, then single events are moved between clusters of an arm, each time
 * the move that helps most, until every figure prints as published.
 *
 * @throws DesignProblem `figures-infeasible`, with the nearest that was reached.
 */
export function solveCounts(
  name: string,
  maker: CountMaker,
  analyse: (values: Values) => Found,
  wanted: Wanted | null,
  scatter: number,
): SolvedCounts {
  if (wanted === null) return { totals: maker.totals(scatter), scatter, moved: 0 };
  let refusal: DesignProblem | null = null;
  const distance = (totals: ClusterTotals): number => {
    try {
      return distanceFrom(analyse(maker.make(totals)), wanted, name);
    } catch (problem) {
      // These totals admit no rows, or rows that cannot be analysed; others may.
      if (!(problem instanceof DesignProblem)) throw problem;
      refusal = problem;
      return Number.POSITIVE_INFINITY;
    }
  };
  let best = { totals: maker.totals(scatter), scatter, distance: Number.POSITIVE_INFINITY };
  for (const setting of settings) {
    const totals = maker.totals(setting);
    const reached = distance(totals);
    if (reached < best.distance) best = { totals, scatter: setting, distance: reached };
  }
  for (let moved = 0; moved <= moves; moved++) {
    if (best.distance < wellInside) return { totals: best.totals, scatter: best.scatter, moved };
    const next = bestMove(best.totals, maker.most, distance);
    if (next === null || next.distance >= best.distance) break;
    best = { ...best, ...next };
  }
  if (best.distance === Number.POSITIVE_INFINITY && refusal !== null) throw refusal;
  if (best.distance <= 1) return { totals: best.totals, scatter: best.scatter, moved: moves };
  const { estimate, p } = analyse(maker.make(best.totals));
  throw new DesignProblem("figures-infeasible", {
    what: name,
    reason: `whole-number events come no nearer than an effect of ${estimate.toPrecision(4)} with P = ${p.toPrecision(4)}; assume other numbers of participants or another method`,
  });
}

/** Largest miss among the printed figures, in half rounding widths: below 1 every figure prints as published. */
function distanceFrom(found: Found, { figures, ...wanted }: Wanted, name: string): number {
  requireCompatible({ figures, ...wanted }, found.df, name);
  const miss = (value: number, range: { low: number; high: number } | null): number => {
    if (range === null) return 0;
    if (!Number.isFinite(range.high - range.low)) return value >= range.low && value <= range.high ? 0 : 2;
    return Math.abs(value - (range.low + range.high) / 2) / ((range.high - range.low) / 2);
  };
  return Math.max(
    miss(found.estimate, figures.estimate),
    miss(found.estimate - found.halfWidth, figures.lower),
    miss(found.estimate + found.halfWidth, figures.upper),
    miss(found.p, figures.p),
  );
}

function bestMove(
  totals: ClusterTotals,
  most: CountMaker["most"],
  distance: (totals: ClusterTotals) => number,
): { totals: ClusterTotals; distance: number } | null {
  let best: { totals: ClusterTotals; distance: number } | null = null;
  for (const arm of [0, 1] as const) {
    for (let from = 0; from < totals[arm].length; from++) {
      if (totals[arm][from] === 0) continue;
      for (let to = 0; to < totals[arm].length; to++) {
        if (to === from || totals[arm][to]! >= most[arm][to]!) continue;
        const changed = totals[arm].map((total, j) => total + (j === to ? 1 : 0) - (j === from ? 1 : 0));
        const candidate: ClusterTotals = arm === 0 ? [changed, totals[1]] : [totals[0], changed];
        const reached = distance(candidate);
        if (best === null || reached < best.distance) best = { totals: candidate, distance: reached };
        if (reached < wellInside) return best;
      }
    }
  }
  return best;
}
