import { DesignProblem } from "../../contract/problem.ts";
import { findRoot } from "../../numerics/optimize/findRoot.ts";
import { aimNear, requireCompatible, type Wanted } from "./aim.ts";
import type { Knobs, RowMaker, Rows } from "./continuousRows.ts";
import type { Found } from "./outcomeAnalysis.ts";
import type { OutcomeTarget } from "./recipe.ts";

/**
 * Knobs at which the named analysis of the rows gives what was published: the baseline's imbalance (without a baseline,
 * `Knobs.shift`) for the estimate, the intracluster correlation (or the baseline's
 * correlation) for the interval or P value. Root finding around the analysis itself, no formula in between: for every
 * setting of the second knob the first is solved, and the goal follows the degrees of freedom on the way.
 *
 * @throws DesignProblem `figures-infeasible`, with the nearest that can be reached.
 */
export function solveContinuous(
  target: OutcomeTarget,
  maker: RowMaker,
  analyse: (rows: Rows) => Found,
  wanted: Wanted | null,
): Knobs {
  const { assumed, name } = target;
  const knobs: Knobs = {
    icc: Math.max(assumed.icc ?? 0.05, maker.leastIcc),
    correlation: assumed.baseline?.correlation ?? 0,
    imbalance: 0,
    shift: 0,
  };
  if (wanted === null) return knobs;
  const search: Search = { target, maker, wanted, at: (at) => analyse(maker.make(at)) };
  const aim = aimNear(wanted, search.at(knobs).df);
  const solved =
    aim.halfWidth === null && aim.p === null ? solveEstimate(search, knobs) : solvePrecision(search, knobs);
  requireCompatible(wanted, search.at(solved).df, name);
  return solved;
}

interface Search {
  readonly target: OutcomeTarget;
  readonly maker: RowMaker;
  readonly wanted: Wanted;
  readonly at: (knobs: Knobs) => Found;
}

/** The estimate moves in a straight line with the imbalance under a linear model, nearly so under two-stage summaries. */
function solveEstimate({ target: { assumed, name }, wanted, at }: Search, knobs: Knobs): Knobs {
  const printed = wanted.figures.estimate ?? wanted.figures.lower;
  if (printed === null) return knobs;
  const knob = assumed.baseline === undefined ? "shift" : "imbalance";
  const off = (x: number) => {
    const found = at({ ...knobs, [knob]: x });
    return found.estimate - aimNear(wanted, found.df).estimate!;
  };
  const limit = knob === "shift" ? 64 : 8;
  const close = (gap: number) => Math.abs(gap) <= 1e-6 * (printed.high - printed.low);
  let [x, gap] = [knobs[knob], off(knobs[knob])];
  let [before, gapBefore] = [x + 0.125, close(gap) ? 0 : off(x + 0.125)];
  for (let step = 0; step < 8; step++) {
    if (close(gap)) return { ...knobs, [knob]: x };
    const next = x - (gap * (before - x)) / (gapBefore - gap);
    if (!(Math.abs(next) <= limit)) break;
    [before, gapBefore] = [x, gap];
    [x, gap] = [next, off(next)];
  }
  const bracket = bracketOf(off, knobs[knob], 0.0625, limit);
  if (bracket !== null) return { ...knobs, [knob]: findRoot(off, ...bracket, { tolerance: 1e-12 }).argument[0]! };
  // The middle of what is allowed cannot be reached; its edge may be.
  const [low, high] = [-limit, limit].sort((a, b) => Math.abs(off(a)) - Math.abs(off(b)));
  const nearest = at({ ...knobs, [knob]: low! });
  const { estimate, lower } = wanted.figures;
  if (lower === null && estimate !== null && nearest.estimate > estimate.low && nearest.estimate < estimate.high) {
    return { ...knobs, [knob]: low! };
  }
  const reach = [nearest.estimate, at({ ...knobs, [knob]: high! }).estimate].sort((a, b) => a - b);
  throw new DesignProblem("figures-infeasible", {
    what: name,
    reason: `the effect cannot be reached from the arms' means: the analysis gives ${reach.map((value) => value.toPrecision(4)).join(" to ")} ${knob === "shift" ? "however the means are rounded and cluster means vary with cluster size; assume a baseline covariate whose imbalance can make the gap" : `with any imbalance of the baseline up to ${limit} standard deviations; assume a stronger correlation`}`,
  });
}

function solvePrecision(search: Search, knobs: Knobs): Knobs {
  const { target, maker, wanted, at } = search;
  const { assumed } = target;
  const knob = assumed.solve === "correlation" && assumed.baseline !== undefined ? "correlation" : "icc";
  const ends =
    knob === "icc"
      ? ([maker.leastIcc, 0.95] as const)
      : knobs.correlation < 0
        ? ([-0.98, -0.02] as const)
        : ([0.02, 0.98] as const);
  // Each setting starts from the estimate solved for the one before: it is never far.
  let last = knobs;
  const gap = (x: number) => {
    last = solveEstimate(search, { ...last, [knob]: Math.min(ends[1], Math.max(ends[0], x)) });
    const found = at(last);
    const aim = aimNear(wanted, found.df);
    return aim.halfWidth !== null ? found.halfWidth - aim.halfWidth : found.p - aim.p!;
  };
  const bracket = bracketOf(gap, knobs[knob], 0.02, ends[1] - ends[0]);
  if (bracket === null) throw outOfReach(search, knobs, knob, ends, gap);
  const root = findRoot(gap, ...bracket, { tolerance: 1e-9 }).argument[0]!;
  gap(root);
  return last;
}

/** The nearest ends around `centre` between which the sign changes, in doubling steps; null when it does not. */
function bracketOf(
  f: (x: number) => number,
  centre: number,
  first: number,
  limit: number,
): readonly [number, number] | null {
  const sign = f(centre) > 0;
  let [below, above] = [centre, centre];
  for (let step = first; step <= 2 * limit; step *= 2) {
    if (f(centre + step) > 0 !== sign) return [above, centre + step];
    if (f(centre - step) > 0 !== sign) return [centre - step, below];
    [below, above] = [centre - step, centre + step];
  }
  return null;
}

function outOfReach(
  { target: { name, assumed }, wanted, at }: Search,
  knobs: Knobs,
  knob: "icc" | "correlation",
  ends: readonly [number, number],
  gap: (x: number) => number,
): DesignProblem {
  const aim = aimNear(wanted, at(knobs).df);
  const goal = aim.halfWidth ?? aim.p!;
  const gaps = Array.from({ length: 11 }, (_, k) => gap(ends[0] + (k / 10) * (ends[1] - ends[0])));
  const figure = aim.halfWidth !== null ? "half-width of the interval" : "P value";
  const reach = [Math.min(...gaps) + goal, Math.max(...gaps) + goal].map((x) => x.toPrecision(4)).join(" to ");
  const tooPrecise = aim.halfWidth !== null && Math.min(...gaps) > 0;
  const remedy = !tooPrecise
    ? "assume other numbers of participants, or a weaker baseline"
    : assumed.baseline !== undefined
      ? "assume a stronger correlation with the baseline, or other numbers of participants"
      : "assume a baseline covariate that explains part of the outcome, or other numbers of participants";
  return new DesignProblem("figures-infeasible", {
    what: name,
    reason: `the ${figure} should be ${goal.toPrecision(4)}, but any ${knob === "icc" ? "intracluster correlation" : "correlation with the baseline"} from ${ends[0].toPrecision(2)} to ${ends[1].toPrecision(2)} gives ${reach}; ${remedy}`,
  });
}
