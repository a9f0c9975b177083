import { InputProblem } from "../../contract/problem.ts";
import { categoriesOf } from "../categories.ts";
import { resolveOutcome } from "../outcomeRole.ts";
import type { Roles } from "../roles.ts";
import { type Needed, type SelectedRows, selectRows } from "../selectRows.ts";
import type { Column, Table } from "../table.ts";
import { notNumbers, requireColumn, requireIdentifiers } from "../usedColumn.ts";

/** A variable that the joint model explains: an outcome, or whatever misses values. */
export interface ImputedVariable {
  readonly name: string;
  readonly column: Column;
  readonly kind: "continuous" | "binary";
  readonly isOutcome: boolean;
  /** Of a yes-or-no variable: what stands in the column for no and yes, as number or as code of a level. */
  readonly pair: readonly [no: number, yes: number] | null;
}

/** Which columns the imputation model has, and in which part. */
export interface ImputationVariables {
  /** Rows that miss none of the columns that say where a row belongs. */
  readonly selected: SelectedRows;
  /** The table's rows among them. */
  readonly rows: Int32Array;
  /** Explained: yes-or-no variables first. */
  readonly explained: readonly ImputedVariable[];
  /** Complete columns that explain them, the arm apart; an array of several is a product. */
  readonly predictors: readonly (readonly string[])[];
  /** Interactions of the analysis that the imputation model leaves out. */
  readonly withoutInteractions: readonly string[];
}

/**
 * Sorts the columns of an analysis, and auxiliary ones, for imputation. Outcomes are explained, and so is every covariate
 * or auxiliary column with a missing value; the complete ones are predictors, with their interactions. Cluster, arm,
 * participant, strata, pairs, weights, offset and whatever groups rows are never imputed.
 *
 * @throws InputProblem `imputation-outcome-kind`, `imputation-repeated-participants`, `imputation-categorical`,
 *   `imputation-cluster-level`, `unknown-column`, `not-a-number`.
 */
export function imputationVariables(table: Table, roles: Roles, auxiliary: readonly string[]): ImputationVariables {
  const { arm = null } = roles;
  const resolved = resolveOutcome(table, roles.outcome, roles.outcomeKinds);
  const further = roles.further ?? [];
  if (resolved.kind === "count" || resolved.kind === "grouped")
    throw new InputProblem("imputation-outcome-kind", { column: resolved.name, kind: resolved.kind });
  const outcomes = [resolved.name, ...further.map(({ outcome }) => outcome)];
  const fixed = placeColumns(roles);
  const needed = neededColumns(table, roles.cluster, fixed);
  const selected = selectRows(table, roles.where ?? {}, needed, arm === null ? null : requireColumn(table, arm));
  const rows = selected.kept ?? Int32Array.from({ length: table.rows }, (_, i) => i);
  if (roles.participant != null) refuseRepeated(table, roles.cluster, roles.participant, rows);

  const interactions = covariateColumns(table, [
    ...(roles.covariates ?? []),
    ...further.flatMap(({ covariates }) => covariates),
  ]);
  const others = [
    ...new Set(
      [...interactions.flat(), ...(roles.extraColumns ?? []), ...auxiliary].filter((name) => !fixed.includes(name)),
    ),
  ].filter((name) => !outcomes.includes(name));
  const incomplete = others.filter((name) => misses(requireColumn(table, name), rows));
  const explained = [...outcomes, ...incomplete].map((name) =>
    explainedVariable(table, name, roles, rows, outcomes.includes(name)),
  );
  for (const variable of explained) refuseClusterLevel(table, roles.cluster, variable, rows);

  // Strata and the like are complete by now, so a covariate among them predicts.
  const complete = [...new Set([...interactions.flat(), ...others])].filter(
    (name) => name !== arm && !incomplete.includes(name) && !outcomes.includes(name),
  );
  const products = interactions.filter((parts) => parts.length > 1 && !parts.includes(arm ?? ""));
  const usable = products.filter((parts) => parts.every((part) => complete.includes(part)));
  return {
    selected,
    rows,
    explained: [
      ...explained.filter(({ kind }) => kind === "binary"),
      ...explained.filter(({ kind }) => kind === "continuous"),
    ],
    predictors: [...complete.map((name) => [name]), ...uniqueProducts(usable)],
    withoutInteractions: products.filter((parts) => !usable.includes(parts)).map((parts) => parts.join(":")),
  };
}

/** Columns that say where a row belongs and how much it counts: what is never imputed. */
export function placeColumns(roles: Roles): readonly string[] {
  const named = [
    roles.cluster,
    roles.arm,
    ...(roles.strata ?? []),
    roles.pairs,
    roles.participant,
    roles.weights,
    roles.offset,
    ...(roles.groupings ?? []).flat(),
    ...(roles.clusterColumns ?? []),
  ];
  return [...new Set(named.filter((name) => name != null))];
}

/** Those columns as rows need them. */
export const neededColumns = (table: Table, cluster: string, names: readonly string[]): readonly Needed[] =>
  names.map((name) => ({
    column: name === cluster ? requireIdentifiers(table, name, "the cluster") : requireColumn(table, name),
    reason: `missing ${name}`,
  }));

/** The columns of the covariates, interactions taken apart. */
export const covariateColumns = (table: Table, covariates: readonly string[]): readonly (readonly string[])[] =>
  covariates.map((covariate) =>
    table.columns.has(covariate) ? [covariate] : covariate.split(":").map((part) => part.trim()),
  );

const uniqueProducts = (products: readonly (readonly string[])[]) => [
  ...new Map(products.map((parts) => [[...parts].sort().join("\n"), parts])).values(),
];

/** Is some cell of these rows missing? */
export function misses(column: Column, rows: Int32Array): boolean {
  return column.kind === "number"
    ? rows.some((row) => Number.isNaN(column.values[row]!))
    : rows.some((row) => column.codes[row]! < 0);
}

function explainedVariable(
  table: Table,
  name: string,
  { columns }: Roles,
  rows: Int32Array,
  isOutcome: boolean,
): ImputedVariable {
  const column = requireColumn(table, name);
  const declared = columns?.[name];
  const present = rows.filter((row) => cellOf(column, row) !== null);
  const { levels } = categoriesOf(column, present);
  const categorical = column.kind === "text" || declared?.type === "categorical" || declared?.reference !== undefined;
  if (levels.length === 2 && declared?.type !== "continuous") {
    const pair = levels.map((level) => (column.kind === "number" ? Number(level) : column.levels.indexOf(level)));
    return { name, column, kind: "binary", isOutcome, pair: [pair[0]!, pair[1]!] };
  }
  if (column.kind === "text" && column.mixed !== null && declared?.type !== "categorical")
    throw notNumbers(table, column, `${name}, whose missing values are to be imputed`, false);
  if (categorical) throw new InputProblem("imputation-categorical", { column: name, levels: levels.slice(0, 12) });
  return { name, column, kind: "continuous", isOutcome, pair: null };
}

/** The number or code in a cell; null when it is missing. */
export function cellOf(column: Column, row: number): number | null {
  const value = column.kind === "number" ? column.values[row]! : column.codes[row]!;
  return Number.isNaN(value) || (column.kind === "text" && value < 0) ? null : value;
}

/** A variable that is the same for all members of every cluster belongs to clusters, whom this model does not fill in. */
function refuseClusterLevel(table: Table, cluster: string, { name, column }: ImputedVariable, rows: Int32Array): void {
  if (!misses(column, rows)) return;
  const { codes } = categoriesOf(requireColumn(table, cluster), rows);
  const first = new Map<number, number>();
  let repeated = false;
  for (let r = 0; r < rows.length; r++) {
    const cell = cellOf(column, rows[r]!);
    if (cell === null) continue;
    const known = first.get(codes[r]!);
    if (known === undefined) first.set(codes[r]!, cell);
    else if (known !== cell) return;
    else repeated = true;
  }
  if (repeated) throw new InputProblem("imputation-cluster-level", { column: name });
}

function refuseRepeated(table: Table, cluster: string, participant: string, rows: Int32Array): void {
  const clusters = categoriesOf(requireColumn(table, cluster), rows).codes;
  const people = categoriesOf(requireColumn(table, participant), rows);
  const seen = new Set<number>();
  for (let r = 0; r < rows.length; r++) {
    const key = clusters[r]! * people.levels.length + people.codes[r]!;
    if (seen.has(key)) throw new InputProblem("imputation-repeated-participants", { column: participant });
    seen.add(key);
  }
}
