import type { Analysis, ClaimCheck, Findings, NotEstimable, OptionValue } from "../contract/analysis.ts";
import { type Notice, notice } from "../contract/notice.ts";
import { Problem } from "../contract/problem.ts";
import { buildFrame } from "../data/buildFrame.ts";
import { describeSample } from "../data/describeSample.ts";
import type { Frame } from "../data/frame.ts";
import type { Table } from "../data/table.ts";
import { methods } from "../economics/methods.ts";
import { type Progress, type Steps, takeSteps, turnOf } from "../inference/replicates/steps.ts";
import { dominatingCluster } from "../trial/effect/dominatingCluster.ts";
import type { RegisteredMethod } from "../trial/method.ts";
import { parseInput } from "../trial/parseInput.ts";
import { answerMissing } from "./answerMissing.ts";
import { checkFeatures } from "./checkFeatures.ts";
import { checkColumns } from "./columnsOfPlan.ts";
import { type Derived, deriveAsAsked, deriveColumns, derivedNotices } from "./deriveColumns.ts";
import type { Expect } from "./expect.ts";
import { finite } from "./finite.ts";
import type { Plan, PlannedAnalysis } from "./parsePlan.ts";
import { portableAnalysis } from "./portableAnalysis.ts";
import { questionOf, rolesOf } from "./questionOf.ts";
import { version } from "./version.ts";

/** Results in the plan's order. */
export interface Analyses {
  readonly analyses: readonly (Analysis | NotEstimable)[];
}

export interface RunOptions {
  /** Puts published figures beside an analysis; without it `claims` stay null. */
  readonly checkClaims?: (expect: Expect, analysis: Analysis) => readonly ClaimCheck[];
  /** Methods that the plan was parsed with; default the library's. */
  readonly methods?: readonly RegisteredMethod[];
  /** Methods that workers have; default the library's. Replicates of others are computed by the calling thread. */
  readonly methodsOfWorkers?: readonly RegisteredMethod[];
}

/**
 * Runs every analysis of a plan on a table.
 *
 * A question that the data cannot answer, or arithmetic that fails, becomes the `problem` of that analysis and the
 * others go on; a plan or data that are wrong refuse the whole.
 *
 * @throws InputProblem for whatever in plan or data the caller can mend; Defect when a method breaks its promise.
 */
export function runPlan(
  plan: Plan,
  table: Table,
  { progress, ...options }: RunOptions & { readonly progress?: (progress: Progress) => void } = {},
): Analyses {
  return takeSteps(planSteps(plan, table, options), progress);
}

/** The same, stopping before every analysis, and for the replicates of those that have any. */
export function* planSteps(plan: Plan, given: Table, options: RunOptions = {}): Steps<Analyses> {
  const { table, derived } = deriveColumns(plan, given);
  checkColumns(plan, table);
  for (let index = 0; index < plan.analyses.length; index++) checkFeatures(plan, index, options.methods ?? methods);
  const frameOf = frames(plan, table);
  const portable = options.methodsOfWorkers ?? methods;
  const analyses: (Analysis | NotEstimable)[] = [];
  for (const [index, planned] of plan.analyses.entries()) {
    yield turnOf(planned.id, index, plan.analyses.length);
    try {
      const analysis = finite(yield* answer(index), `analyses[${index}]`);
      const { expect } = planned;
      const claims =
        expect === undefined || options.checkClaims === undefined ? null : options.checkClaims(expect, analysis);
      analyses.push({ ...analysis, claims });
    } catch (problem) {
      if (!(problem instanceof Problem && (problem.kind === "design" || problem.kind === "numerical"))) throw problem;
      analyses.push(finite(notEstimable(planned.id, problem), `analyses[${index}]`));
    }
  }
  return { analyses };

  function* answer(index: number): Steps<Analysis> {
    const planned = plan.analyses[index]!;
    const { method } = planned;
    if (planned.missing !== undefined) {
      const position = [index, plan.analyses.length] as const;
      const { frame, sample, findings } = yield* answerMissing(plan, planned, planned.missing, table, position);
      return { ...analysisOf(plan, planned, frame, derived, findings), sample };
    }
    const frame = frameOf(planned);
    const question = questionOf(plan, planned, frame);
    if (method.replicated === undefined) {
      const findings = method.analyse(question);
      const notices = [...findings.notices, ...dominatingCluster(method, question, findings)];
      return analysisOf(plan, planned, frame, derived, { ...findings, notices });
    }
    const { replicates, finish } = method.replicated(question);
    const recipe = portable.includes(method) ? { shared: table, part: portableAnalysis(plan, planned) } : null;
    const { turn } = turnOf(planned.id, index, plan.analyses.length);
    return analysisOf(plan, planned, frame, derived, finish(yield { turn, replicates, recipe }));
  }
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

/** What the method found, with all that every analysis says. */
function analysisOf(
  plan: Plan,
  planned: PlannedAnalysis,
  frame: Frame,
  derived: readonly Derived[],
  findings: Findings,
): Analysis {
  const { method, options } = planned;
  const { variant, notices, ...found } = findings;
  const resolved = resolvedOptions(method, options);
  return {
    id: planned.id,
    method: { id: method.id, title: method.title, variant: { ...resolved, ...variant }, references: method.references },
    sample: describeSample(frame),
    draws: null,
    curves: null,
    ...found,
    notices: [
      ...notices,
      ...strataNotice(plan, planned),
      ...pairsNotice(plan, planned),
      ...interactionNotice(frame),
      ...derivedNotices(derived, planned),
    ],
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
function interactionNotice({ effects, further }: Frame): readonly Notice[] {
  const all = [...effects, ...further.flatMap((equation) => equation.effects)];
  const averaged = all.find(({ averagedOverInteraction }) => averagedOverInteraction);
  return averaged === undefined ? [] : [notice("effect-averaged-over-interaction", { term: averaged.term })];
}

type Options = { readonly [key: string]: OptionValue };

/** Every option: as written where it was written, else the default. */
function resolvedOptions(method: RegisteredMethod, written: object): Options {
  return jsonOf({ ...(parseInput(method.options, written, "options") as object), ...written }) as Options;
}

function askedFor(plan: Plan, planned: PlannedAnalysis, options: Options): OptionValue {
  const { method, expect: _, outcome, ...others } = planned;
  const asked = method.outcomes.length === 0 ? others : { outcome, ...others };
  const { missingCodes, where, trial, columns } = plan;
  return jsonOf({
    missingCodes,
    where,
    trial,
    columns,
    derive: deriveAsAsked(plan),
    ...asked,
    method: method.id,
    options,
  });
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
    draws: null,
    curves: null,
    notices: null,
    provenance: null,
    claims: null,
    problem: { code, message, facts },
  };
}
