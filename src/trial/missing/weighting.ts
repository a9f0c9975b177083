import type { OptionValue } from "../../contract/analysis.ts";
import { type Notice, notice } from "../../contract/notice.ts";
import { DesignProblem, InputProblem, Problem } from "../../contract/problem.ts";
import { buildDesign, listTerms } from "../../data/buildDesign.ts";
import { categoriesOf } from "../../data/categories.ts";
import { columnSource, concatenateColumns } from "../../data/columnSource.ts";
import { groupingOf } from "../../data/groupingOf.ts";
import { withColumn } from "../../data/missing/completeTable.ts";
import { covariateColumns, misses, neededColumns, placeColumns } from "../../data/missing/imputationVariables.ts";
import { outcomeColumns } from "../../data/outcomeRole.ts";
import type { Roles } from "../../data/roles.ts";
import { selectRows } from "../../data/selectRows.ts";
import type { Table } from "../../data/table.ts";
import { requireColumn, requireNumbers } from "../../data/usedColumn.ts";
import { covariateOf } from "../../data/variables.ts";
import { binomial } from "../../models/family/family.ts";
import { links } from "../../models/family/link.ts";
import { fitGeneralisedLinear } from "../../models/generalised/fitGeneralisedLinear.ts";
import type { WeightingPlan } from "./missingPlan.ts";

/** A table with weights for its complete rows. */
export interface Weighted {
  readonly table: Table;
  /** The column of weights, those of the analysis multiplied in. */
  readonly column: string;
  readonly notices: readonly Notice[];
  readonly record: OptionValue;
  /** False when every row is complete. */
  readonly needed: boolean;
}

/** Smallest probability of being observed, and largest share of an arm's weight in one row, that pass without a word. */
const UNLIKELY = 0.05;
const HEAVY = 0.1;

const COLUMN = "weight of complete rows";

/**
 * Weights w = 1/π̂ (stabilised: share observed/π̂) for the rows that miss nothing, π̂ from a logistic regression of being
 * complete on covariates that everybody has, in each arm by itself or in all together with the arm among the covariates
 * (Seaman & White 2013, Stat Methods Med Res 22, 278-295). Right when who is observed depends on these covariates alone.
 *
 * @throws InputProblem `weighting-needs-covariates`, `weighting-covariate-incomplete`, those of columns and covariates.
 * @throws DesignProblem `weighting-separation`; those of logistic regression.
 */
export function weightComplete(table: Table, roles: Roles, plan: WeightingPlan): Weighted {
  const arm = roles.arm ?? null;
  const place = placeColumns(roles);
  const armColumn = arm === null ? null : requireColumn(table, arm);
  const { kept } = selectRows(table, roles.where ?? {}, neededColumns(table, roles.cluster, place), armColumn);
  const rows = kept ?? Int32Array.from({ length: table.rows }, (_, i) => i);
  const further = roles.further ?? [];
  const analysed = [
    ...outcomeColumns(roles.outcome),
    ...further.map(({ outcome }) => outcome),
    ...covariateColumns(table, [
      ...(roles.covariates ?? []),
      ...further.flatMap(({ covariates }) => covariates),
    ]).flat(),
    ...(roles.extraColumns ?? []),
  ].map((name) => requireColumn(table, name));
  const complete = Float64Array.from(rows, (row) =>
    analysed.some((column) => misses(column, Int32Array.of(row))) ? 0 : 1,
  );
  const own = roles.weights == null ? null : requireNumbers(table, roles.weights, "the weights");
  const weights = Float64Array.from({ length: table.rows }, (_, i) => own?.[i] ?? 1);
  const covariates = covariatesOf(table, roles, plan, rows);
  const record = { method: plan.method, covariates, byArm: plan.byArm, stabilised: plan.stabilised };
  if (complete.every((value) => value === 1)) {
    return { table, column: COLUMN, notices: [notice("nothing-missing", {})], record, needed: false };
  }

  const arms = armColumn === null ? null : categoriesOf(armColumn, rows);
  const levels: readonly (string | null)[] = arms === null ? [null] : arms.levels;
  const strata = plan.byArm ? levels : [null];
  const codeOf = (level: string | null) => (level === null ? -1 : levels.indexOf(level));
  const probabilities = new Float64Array(rows.length);
  for (const level of strata) {
    const members = Int32Array.from(rows.keys()).filter((r) => level === null || arms!.codes[r] === codeOf(level));
    const fitted = probabilityOfComplete(
      table,
      roles,
      covariates,
      Int32Array.from(members, (r) => rows[r]!),
      Float64Array.from(members, (r) => complete[r]!),
      plan.byArm || arms === null
        ? null
        : { codes: Int32Array.from(members, (r) => arms.codes[r]!), levels: arms.levels },
      level,
    );
    members.forEach((r, i) => {
      probabilities[r] = fitted[i]!;
    });
  }
  const notices = levels.flatMap((level) => {
    const members = Array.from(rows.keys()).filter((r) => level === null || arms!.codes[r] === codeOf(level));
    const seen = members.filter((r) => complete[r] === 1);
    if (seen.length === 0 || seen.length === members.length) return [];
    const share = plan.stabilised ? seen.length / members.length : 1;
    const found = seen.map((r) => share / probabilities[r]!);
    seen.forEach((r, k) => {
      weights[rows[r]!] = weights[rows[r]!]! * found[k]!;
    });
    return noticesOf(level, members.length, found, Math.min(...seen.map((r) => probabilities[r]!)));
  });
  return { table: withColumn(table, COLUMN, weights), column: COLUMN, notices, record, needed: true };
}

function covariatesOf(table: Table, roles: Roles, plan: WeightingPlan, rows: Int32Array): readonly string[] {
  const incomplete = (name: string) => misses(requireColumn(table, name), rows);
  if (plan.covariates !== undefined) {
    const bad = plan.covariates.find(incomplete);
    if (bad !== undefined) throw new InputProblem("weighting-covariate-incomplete", { column: bad });
    return plan.covariates;
  }
  const listed = [...new Set(covariateColumns(table, roles.covariates ?? []).flat())];
  const found = listed.filter((name) => name !== roles.arm && !incomplete(name));
  if (found.length === 0) throw new InputProblem("weighting-needs-covariates", {});
  return found;
}

/** π̂ of those rows; 1 where all are complete. */
function probabilityOfComplete(
  table: Table,
  roles: Roles,
  covariates: readonly string[],
  rows: Int32Array,
  complete: Float64Array,
  arm: { readonly codes: Int32Array; readonly levels: readonly string[] } | null,
  level: string | null,
): Float64Array {
  if (complete.every((value) => value === 1)) return complete;
  const cluster = groupingOf(roles.cluster, categoriesOf(requireColumn(table, roles.cluster), rows));
  const selected = { kept: rows, rows: rows.length, excluded: [] };
  const variables = covariates
    .filter((name) => categoriesOf(requireColumn(table, name), rows).levels.length > 1)
    .map((name) => [covariateOf(table, name, roles.columns?.[name], selected)]);
  const terms = listTerms(null, variables);
  const design = buildDesign(terms, cluster, () => terms);
  const indicators = (arm?.levels ?? [])
    .slice(1)
    .map((_, k) => Float64Array.from(arm!.codes, (code) => (code === k + 1 ? 1 : 0)));
  try {
    return fitGeneralisedLinear(
      {
        terms: [
          ...design.terms.map(({ name }) => name),
          ...indicators.map((_, k) => `${roles.arm}[${arm!.levels[k + 1]}]`),
        ],
        design: indicators.length === 0 ? design : concatenateColumns(design, columnSource(indicators)),
        response: { values: complete, weights: null, offset: null },
        cluster,
      },
      binomial,
      links.logit,
    ).means();
  } catch (problem) {
    if (problem instanceof Problem && problem.code === "separation")
      throw new DesignProblem("weighting-separation", { arm: level, term: String(problem.facts["term"]) });
    throw problem;
  }
}

function noticesOf(arm: string | null, rows: number, weights: readonly number[], least: number): readonly Notice[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const squares = weights.reduce((sum, weight) => sum + weight * weight, 0);
  const largest = weights.reduce((a, b) => Math.max(a, b));
  const said = notice("inverse-probability-weights", {
    arm,
    observed: weights.length,
    rows,
    smallest: weights.reduce((a, b) => Math.min(a, b)),
    largest,
    effective: total ** 2 / squares,
  });
  const share = largest / total;
  return least < UNLIKELY || share > HEAVY
    ? [said, notice("few-likely-observed", { arm, probability: least, share })]
    : [said];
}
