import { InputProblem } from "../contract/problem.ts";
import type { Frame } from "../data/frame.ts";
import type { Roles } from "../data/roles.ts";
import { type AllocationPlan, allocationColumns } from "../trial/design/allocationPlan.ts";
import type { NamedEquation, Question } from "../trial/method.ts";
import type { Plan, PlannedAnalysis } from "./parsePlan.ts";

/** What an analysis asks of its method. */
export const questionOf = (
  plan: Plan,
  { options, measure, level }: PlannedAnalysis,
  frame: Frame,
): Question<unknown> => ({
  frame,
  options,
  measure: measure ?? null,
  level,
  seed: plan.seed,
  allocation: allocationOf(plan),
});

/** Which columns play which part in an analysis. */
export function rolesOf(plan: Plan, analysis: PlannedAnalysis): Roles {
  const { trial, where, columns } = plan;
  const { accepts } = analysis.method;
  const byAllocation = accepts.includes("allocation");
  const needs = analysis.method.needs(analysis.options, analysis.measure ?? null);
  const [own, ...further] = needs.equations ?? [];
  const covariatesOf = (equation: NamedEquation | undefined) => [
    ...new Set([...analysis.covariates, ...(equation?.covariates ?? [])]),
  ];
  return {
    outcome: analysis.outcome,
    outcomeKinds: needs.outcomes ?? analysis.method.outcomes,
    cluster: trial.cluster,
    arm: trial.arm ?? null,
    control: trial.control ?? null,
    effect: analysis.effect ?? null,
    // A method that makes no use of the randomisation's factors does not lose rows or clusters for them.
    strata: accepts.includes("strata") || byAllocation ? (trial.strata ?? []) : [],
    pairs: accepts.includes("pairs") || byAllocation ? (trial.pairs ?? null) : null,
    participant: trial.participant ?? null,
    covariates: own === undefined ? analysis.covariates : covariatesOf(own),
    further: further.map((equation) => ({ outcome: equation.outcome, covariates: covariatesOf(equation) })),
    weights: analysis.weights ?? null,
    offset: analysis.offset ?? null,
    where: where ?? {},
    columns: columns ?? {},
    extraColumns: needs.columns,
    clusterColumns: byAllocation ? allocationColumns(allocationOf(plan)) : [],
    groupings: needs.groupings,
  };
}

/** @throws InputProblem `allocations-not-read` when a file lists the allocations and nobody has read it. */
function allocationOf({ trial, listedAllocations }: Plan): AllocationPlan | null {
  if (trial.allocation === undefined) return null;
  const { allocations, ...allocation } = trial.allocation;
  if (allocations === undefined) return allocation;
  if (listedAllocations !== null) return { ...allocation, allocations: listedAllocations };
  throw new InputProblem("allocations-not-read", { path: "trial.allocation.allocations", file: String(allocations) });
}
