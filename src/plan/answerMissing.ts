import type { Findings, OptionValue, Sample } from "../contract/analysis.ts";
import { type Notice, notice } from "../contract/notice.ts";
import { Defect } from "../contract/problem.ts";
import { buildFrame } from "../data/buildFrame.ts";
import { describeSample } from "../data/describeSample.ts";
import { fingerprintOf } from "../data/fingerprint.ts";
import type { Frame } from "../data/frame.ts";
import { covariateColumns, placeColumns } from "../data/missing/imputationVariables.ts";
import { outcomeColumns } from "../data/outcomeRole.ts";
import type { Roles } from "../data/roles.ts";
import type { Table } from "../data/table.ts";
import { type Steps, turnOf } from "../inference/replicates/steps.ts";
import type { Question } from "../trial/method.ts";
import { prepareImputation } from "../trial/missing/imputation.ts";
import { reportNotices, reportOf, reportRecord } from "../trial/missing/imputationReport.ts";
import type { ImputationPlan, MissingPlan, WeightingPlan } from "../trial/missing/missingPlan.ts";
import {
  missingInformation,
  type PoolingOptions,
  poolFindings,
  poolSamples,
  requirePoolable,
} from "../trial/missing/poolFindings.ts";
import { weightComplete } from "../trial/missing/weighting.ts";
import type { Plan, PlannedAnalysis } from "./parsePlan.ts";
import { questionOf, rolesOf } from "./questionOf.ts";

/** What an analysis with missing values found, and whom it analysed. */
export interface MissingAnswer {
  readonly frame: Frame;
  readonly sample: Sample;
  readonly findings: Findings;
}

/** An analysis whose plan says what to do about missing values. */
export function* answerMissing(
  plan: Plan,
  planned: PlannedAnalysis,
  missing: MissingPlan,
  table: Table,
  position: readonly [index: number, of: number],
): Steps<MissingAnswer> {
  return missing.method === "multiple-imputation"
    ? yield* answerImputed(plan, planned, missing, table, position)
    : answerWeighted(plan, planned, missing, table);
}

function* answerImputed(
  plan: Plan,
  planned: PlannedAnalysis,
  missing: ImputationPlan,
  table: Table,
  [index, of]: readonly [number, number],
): Steps<MissingAnswer> {
  const { method, level } = planned;
  const roles = rolesOf(plan, planned);
  const imputation = prepareImputation(table, roles, missing, plan.seed);
  const { replicates, reference } = imputation;
  const stop = turnOf(planned.id, index, of);
  if (replicates.count === 0) {
    const frame = buildFrame(table, roles);
    const findings = method.analyse(questionOf(plan, planned, frame));
    return answered(frame, describeSample(frame), findings, { ...missing }, [notice("nothing-missing", {})]);
  }
  const numbers = yield { turn: stop.turn, replicates, recipe: null };
  const found: Findings[] = [];
  const questions: Question<unknown>[] = [];
  const samples: Sample[] = [];
  let first: Frame | null = null;
  for (let k = 0; k < replicates.count; k++) {
    const frame = buildFrame(imputation.complete(numbers, k), roles);
    first ??= frame;
    requireCompleted(
      frame,
      imputation.variables.map(({ name }) => name),
    );
    const question = questionOf(plan, planned, frame);
    if (method.pooled === undefined) found.push(method.analyse(question));
    else questions.push(question);
    if (k === 0 && found[0] !== undefined) requirePoolable(found[0], method.id);
    samples.push(describeSample(frame));
    yield stop;
  }
  const frame = first!;
  const options: PoolingOptions = {
    method: method.id,
    level,
    clusterDf: Math.max(1, frame.cluster.labels.length - (frame.arm?.levels.length ?? 1)),
  };
  const findings = method.pooled?.(questions) ?? poolFindings(found, options);
  const reports = reportOf(imputation, numbers);
  const information = found.length === 0 ? [] : missingInformation(found, options);
  const effects = new Set(frame.effects.map(({ term }) => term));
  return answered(
    { ...frame, fingerprint: fingerprintOf(table, columnsUsed(roles, table, missing.auxiliary)) },
    poolSamples(samples),
    findings,
    {
      ...missing,
      delta: missing.delta ?? null,
      priors: "within ~ IW(p, I), between ~ IW(p, priorIcc I) of standardised variables; flat coefficients",
      variables: reportRecord(reports),
      information: information.map((each) => ({ ...each })),
    },
    [
      ...reportNotices(imputation, reports),
      ...information
        .filter(({ term }) => effects.has(term))
        .map(({ term, fraction, efficiency, df, completeDf }) =>
          notice("missing-information", { term, fraction, efficiency, imputations: replicates.count, df, completeDf }),
        ),
      ...(reference === null ? [] : [notice("jumped-to-reference", { reference })]),
      ...Object.entries(missing.delta ?? {}).flatMap(([arm, shifts]) =>
        Object.entries(shifts).map(([variable, shift]) =>
          notice("delta-shifted", { arm, variable, shift: String(shift) }),
        ),
      ),
    ],
  );
}

function answerWeighted(plan: Plan, planned: PlannedAnalysis, missing: WeightingPlan, table: Table): MissingAnswer {
  const roles = rolesOf(plan, planned);
  const weighted = weightComplete(table, roles, missing);
  const frame = buildFrame(weighted.table, weighted.needed ? { ...roles, weights: weighted.column } : roles);
  const findings = planned.method.analyse(questionOf(plan, planned, frame));
  return answered(
    { ...frame, fingerprint: fingerprintOf(table, columnsUsed(roles, table, missing.covariates ?? [])) },
    describeSample(frame),
    // Weights for who is missing do not change whom the average is over; they restore it.
    {
      ...findings,
      notices: findings.notices.filter(({ code }) => code !== "weights-change-estimand" || roles.weights != null),
    },
    weighted.record,
    weighted.notices,
  );
}

const answered = (
  frame: Frame,
  sample: Sample,
  findings: Findings,
  record: object | OptionValue,
  notices: readonly Notice[],
): MissingAnswer => ({
  frame,
  sample,
  findings: {
    ...findings,
    variant: { ...findings.variant, missing: JSON.parse(JSON.stringify(record)) as OptionValue },
    notices: [...notices, ...findings.notices],
  },
});

/** A row left out for a value that was to be imputed would bias the pooled answer in silence. */
function requireCompleted({ excluded }: Frame, imputed: readonly string[]): void {
  const left = excluded.find(
    ({ reason }) => reason === "missing outcome" || imputed.some((name) => reason === `missing ${name}`),
  );
  if (left !== undefined) throw new Defect("A value that was to be imputed is still missing", { reason: left.reason });
}

/** Every column that had a say. */
function columnsUsed(roles: Roles, table: Table, others: readonly string[]): readonly string[] {
  const further = roles.further ?? [];
  const covariates = [...(roles.covariates ?? []), ...further.flatMap((equation) => equation.covariates)];
  return [
    ...outcomeColumns(roles.outcome),
    ...further.map(({ outcome }) => outcome),
    ...placeColumns(roles),
    ...covariateColumns(table, covariates).flat(),
    ...(roles.extraColumns ?? []),
    ...Object.keys(roles.where ?? {}),
    ...others,
  ];
}
