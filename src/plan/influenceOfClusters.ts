import { buildFrame } from "../data/buildFrame.ts";
import type { Table } from "../data/table.ts";
import { type LeaveOneClusterOut, leaveOneClusterOut } from "../trial/effect/leaveOneClusterOut.ts";
import { checkFeatures } from "./checkFeatures.ts";
import { checkColumns } from "./columnsOfPlan.ts";
import { deriveColumns } from "./deriveColumns.ts";
import type { Plan } from "./parsePlan.ts";
import { questionOf, rolesOf } from "./questionOf.ts";

/** What each cluster does to the estimates of one analysis. */
export interface AnalysisInfluence extends LeaveOneClusterOut {
  readonly id: string;
}

/**
 * Every analysis of a plan without each cluster in turn, see `leaveOneClusterOut`. Rows with missing values are left out,
 * whatever the plan does about them otherwise.
 *
 * @throws InputProblem for whatever in plan or data the caller can mend; DesignProblem and NumericalProblem where an
 *   analysis of all clusters is not estimable
 */
export function influenceOfClusters(plan: Plan, given: Table): readonly AnalysisInfluence[] {
  const { table } = deriveColumns(plan, given);
  checkColumns(plan, table);
  return plan.analyses.map((planned, index) => {
    checkFeatures(plan, index, [planned.method]);
    const frame = buildFrame(table, rolesOf(plan, planned));
    return { id: planned.id, ...leaveOneClusterOut(planned.method, questionOf(plan, planned, frame)) };
  });
}
