import type { Analysis, ClaimCheck, NotEstimable, OptionValue } from "../contract/analysis.ts";
import { type Notice, notice } from "../contract/notice.ts";
import { InputProblem, Problem } from "../contract/problem.ts";
import { buildFrame } from "../data/buildFrame.ts";
import { describeSample } from "../data/describeSample.ts";
import type { Frame } from "../data/frame.ts";
import type { Roles } from "../data/roles.ts";
import type { Table } from "../data/table.ts";
import { type AllocationPlan, allocationColumns } from "../trial/design/allocationPlan.ts";
import type { RegisteredMethod } from "../trial/method.ts";
import { methods } from "../trial/methods.ts";
import { parseInput } from "../trial/parseInput.ts";
import { checkFeatures } from "./checkFeatures.ts";
import { checkColumns } from "./columnsOfPlan.ts";
import type { Expect } from "./expect.ts";
import { finite } from "./finite.ts";
import type { Plan, PlannedAnalysis } from "./parsePlan.ts";
import { version } from "./version.ts";

/** Results in the plan's order. */
export interface Analyses {
  readonly analyses: readonly (Analysis | NotEstimable)[];
}

export interface RunOptions {
  /** Puts published figures beside an analysis; without it `claims` stay null. */
  readonly checkClaims?: (expect: Expect, analysis: Analysis) => readonly ClaimCheck[];
  /** Called before each analysis starts. */
  readonly progress?: (id: string, index: number, total: number) => void;
  readonly methods?: readonly RegisteredMethod[];
}

/**
 * Runs every analysis of a plan on a table.
 *
 * A question that the data cannot answer, or arithmetic that fails, becomes the `problem` of that analysis and the
 * others go on; a plan or data that are wrong refuse the whole.
 *
 * @throws InputProblem for whatever in plan or data the caller can mend; Defect when a method breaks its promise.
 */
export function runPlan(plan: Plan, table: Table, options: RunOptions = {}): Analyses {
  checkColumns(plan, table);
  for (let index = 0; index < plan.analyses.length; index++) checkFeatures(plan, index, options.methods ?? methods);
  const frameOf = frames(plan, table);
  const analyses = plan.analyses.map((planned, index) => {
    options.progress?.(planned.id, index, plan.analyses.length);
    try {
      const analysis = finite(answer(plan, planned, frameOf(planned)), `analyses[${index}]`);
      const { expect } = planned;
      if (expect === undefined || options.checkClaims === undefined) return analysis;
      return { ...analysis, claims: options.checkClaims(expect, analysis) };
    } catch (problem) {
      if (problem instanceof Problem && (problem.kind === "design" || problem.kind === "numerical")) {
        return finite(notEstimable(planned.id, problem), `analyses[${index}]`);
      }
      throw problem;
    }
  });
  return { analyses };
}

/** Frames by what was asked of the data: neighbours in a plan often ask for the same rows in the same roles. */
function frames(plan: Plan, table: Table): (analysis: PlannedAnalysis) => Frame {
  let last: { readonly key: string; readonly frame: Frame } | null = null;
  return (analysis) => {
    const roles = rolesOf(plan, analysis);
    const key = JSON.stringify(roles);
    if (last?.key !== key) last = { key, frame: buildFrame(table, roles) };
    return last.frame;
  };
}

function rolesOf(plan: Plan, analysis: PlannedAnalysis): Roles {
  const { trial, where, columns } = plan;
  const { accepts } = analysis.method;
  const byAllocation = accepts.includes("allocation");
  const needs = analysis.method.needs(analysis.options, analysis.measure ?? null);
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
    covariates: analysis.covariates,
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

function answer(plan: Plan, planned: PlannedAnalysis, frame: Frame): Analysis {
  const { method, measure, level, options } = planned;
  const { variant, notices, ...findings } = method.analyse({
    frame,
    options,
    measure: measure ?? null,
    level,
    seed: plan.seed,
    allocation: allocationOf(plan),
  });
  const resolved = resolvedOptions(method, options);
  return {
    id: planned.id,
    method: { id: method.id, title: method.title, variant: { ...resolved, ...variant }, references: method.references },
    sample: describeSample(frame),
    ...findings,
    notices: [...notices, ...strataNotice(plan, planned), ...pairsNotice(plan, planned), ...interactionNotice(frame)],
    provenance: {
      version,
      plan: askedFor(plan, planned, resolved),
      dataFingerprint: frame.fingerprint,
      seed: plan.seed,
    },
    claims: null,
    problem: null,
  };
}

/** A stratified trial analysed without its strata is valid and cautious; the reader should know. */
function strataNotice({ trial }: Plan, { id, method, covariates }: PlannedAnalysis): readonly Notice[] {
  const unused = (trial.strata ?? []).filter((name) => !covariates.includes(name));
  if (unused.length === 0 || method.accepts.includes("strata")) return [];
  return [notice("strata-not-in-model", { analysis: id, strata: unused })];
}

/** So is a pair-matched trial analysed without its pairs. */
function pairsNotice({ trial: { pairs } }: Plan, { method, covariates }: PlannedAnalysis): readonly Notice[] {
  if (pairs === undefined || covariates.includes(pairs) || method.accepts.includes("pairs")) return [];
  return [notice("pairs-not-in-model", { pairs })];
}

/** An effect that varies with a covariate is reported as an average; the reader should know of which. */
function interactionNotice({ effects }: Frame): readonly Notice[] {
  const averaged = effects.find(({ averagedOverInteraction }) => averagedOverInteraction);
  return averaged === undefined ? [] : [notice("effect-averaged-over-interaction", { term: averaged.term })];
}

type Options = { readonly [key: string]: OptionValue };

/** Every option: as written where it was written, else the default. */
function resolvedOptions(method: RegisteredMethod, written: object): Options {
  return jsonOf({ ...(parseInput(method.options, written, "options") as object), ...written }) as Options;
}

function askedFor(plan: Plan, planned: PlannedAnalysis, options: Options): OptionValue {
  const { method, expect: _, ...asked } = planned;
  const { missingCodes, where, trial, columns } = plan;
  return jsonOf({ missingCodes, where, trial, columns, ...asked, method: method.id, options });
}

const jsonOf = (value: unknown): OptionValue => JSON.parse(JSON.stringify(value)) as OptionValue;

function notEstimable(id: string, { code, message, facts }: Problem): NotEstimable {
  return {
    id,
    method: null,
    estimand: null,
    sample: null,
    estimates: null,
    coefficients: null,
    covariance: null,
    tests: null,
    variances: null,
    icc: null,
    summary: null,
    clusters: null,
    notices: null,
    provenance: null,
    claims: null,
    problem: { code, message, facts },
  };
}
