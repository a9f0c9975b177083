import { Defect } from "../contract/problem.ts";
import { buildFrame } from "../data/buildFrame.ts";
import type { Table } from "../data/table.ts";
import type { Replicates } from "../inference/replicates/replicates.ts";
import type { RegisteredMethod } from "../trial/method.ts";
import type { Plan, PlannedAnalysis } from "./parsePlan.ts";
import { questionOf, rolesOf } from "./questionOf.ts";

/** One analysis of a plan as plain data: its method by name, so that it can go to a worker. */
export interface PortableAnalysis {
  readonly kind: "analysis";
  readonly plan: Omit<Plan, "analyses">;
  readonly analysis: Omit<PlannedAnalysis, "method" | "expect">;
  readonly method: string;
}

export function portableAnalysis({ analyses: _, ...plan }: Plan, planned: PlannedAnalysis): PortableAnalysis {
  const { method, expect: __, ...analysis } = planned;
  // Columns are derived already.
  const small = { ...plan, listedTables: new Map() };
  return { kind: "analysis", plan: small, analysis, method: method.id };
}

/** The replicates of that analysis, made again from its data. */
export function replicatesOfAnalysis(
  { plan, analysis, method: id }: PortableAnalysis,
  table: Table,
  list: readonly RegisteredMethod[],
): Replicates {
  const method = list.find((each) => each.id === id);
  if (method?.replicated === undefined) throw new Defect("A worker does not know the method", { method: id });
  const planned: PlannedAnalysis = { ...analysis, method };
  const whole: Plan = { ...plan, analyses: [planned] };
  return method.replicated(questionOf(whole, planned, buildFrame(table, rolesOf(whole, planned)))).replicates;
}
