import type { Table } from "../../data/table.ts";
import { type Steps, takeSteps } from "../../inference/replicates/steps.ts";
import type { Plan } from "../../plan/parsePlan.ts";
import { planSteps } from "../../plan/runPlan.ts";
import { checkClaims } from "../checkClaims.ts";
import type { About } from "../rebuild/about.ts";
import { assumedIntervalsOf } from "./assumedIntervals.ts";
import { checkFigures } from "./checkFigures.ts";
import { comparisonSteps } from "./compareMethods.ts";
import { fewEventsOf } from "./fewEvents.ts";
import type { MethodComparison, Reproduction } from "./reproduction.ts";

/** A rebuilt trial as its three files hold it: about.json (`readAbout`), plan.yaml (`parsePlan`), data.csv. */
export interface RebuiltTrial {
  readonly about: About;
  readonly plan: Plan;
  readonly table: Table;
}

/**
 * Every published figure of a rebuilt trial beside what its synthetic rows give, and each headline effect (one printed
 * with an interval or a P value, or resting on a few events) by every method of the library.
 *
 * @throws InputProblem when plan and rows do not belong together.
 */
export function reproduce(trial: RebuiltTrial): Reproduction {
  return takeSteps(reproductionSteps(trial));
}

/** The same, stopping before every analysis and for its replicates. */
export function* reproductionSteps({ about, plan, table }: RebuiltTrial): Steps<Reproduction> {
  const { analyses } = yield* planSteps(plan, table, { checkClaims });
  const fewEvents = analyses.flatMap((analysis) => fewEventsOf(analysis) ?? []);
  const headlines = plan.analyses.flatMap(({ id, expect }, index) =>
    expect?.effect?.interval !== undefined ||
    expect?.effect?.p !== undefined ||
    fewEvents.some(({ outcome }) => outcome === id)
      ? [index]
      : [],
  );
  const withoutInterval = plan.analyses.flatMap(({ expect }, index) => {
    const effect = expect?.effect;
    const bare = effect?.value !== undefined && effect.interval === undefined && effect.p === undefined;
    return bare ? [analyses[index]!] : [];
  });
  const comparisons: MethodComparison[] = [];
  for (const index of headlines) comparisons.push(yield* comparisonSteps(plan, index, table));
  return {
    trial: about.name,
    title: about.title,
    synthetic: true,
    warning: about.warning,
    source: about.source,
    rows: table.rows,
    claims: checkFigures(about, analyses, table, plan),
    fewEvents,
    comparisons,
    assumedIntervals: withoutInterval.flatMap((analysis) => assumedIntervalsOf(analysis) ?? []),
    assumptions: about.assumptions,
    solved: about.solved,
    unknown: about.unknown,
  };
}
