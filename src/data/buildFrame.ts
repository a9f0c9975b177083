import { DesignProblem, InputProblem } from "../contract/problem.ts";
import { armOf, clusterColumnOf, pairOf, stratumOf } from "./armOf.ts";
import { buildDesign, listTerms } from "./buildDesign.ts";
import { categoriesOf } from "./categories.ts";
import { effectContrasts } from "./effectContrasts.ts";
import { fingerprintOf } from "./fingerprint.ts";
import type { Equation, Frame, Outcome } from "./frame.ts";
import { requireFullRank } from "./fullRank.ts";
import type { Grouping } from "./grouping.ts";
import { groupingOf, nestedGrouping } from "./groupingOf.ts";
import { keptValues, outcomeOf, resolveOutcome } from "./outcomeRole.ts";
import { placeOf } from "./place.ts";
import type { Roles } from "./roles.ts";
import { type Needed, type SelectedRows, selectRows } from "./selectRows.ts";
import type { Column, Table } from "./table.ts";
import { requireColumn, requireIdentifiers, requireNumbers } from "./usedColumn.ts";
import { armVariable, covariateOf, heldAt, splitCovariates, type Variable } from "./variables.ts";

/**
 * The rows and columns of one analysis, with their roles: names resolved, complete cases kept and the others counted,
 * clusters, arms and strata found, the design coded and checked to be of full rank.
 *
 * Memory: one number per row for each of cluster, outcome and categorical column, besides the table itself.
 *
 * @throws InputProblem for whatever is wrong in the roles or in the data: `unknown-column`, `role-twice`,
 *   `not-a-number`, `decimal-comma`, `identifier-not-whole`, `unknown-level`, `arm-varies`, `factor-varies`,
 *   `cluster-column-varies`,
 *   `covariate-twice`, `arm-among-covariates`, `outcome-among-covariates`, `effect-not-covariate`, `event-needed`,
 *   `outcome-kind`, `outcome-not-binary`, `outcome-many-levels`, `count-invalid`, `exposure-invalid`, `trials-invalid`,
 *   `weight-invalid`.
 * @throws DesignProblem where the data cannot answer: `no-rows`, `outcome-constant`, `covariate-constant`,
 *   `too-few-arms`, `arm-without-rows`, `pair-incomplete`, `pair-same-arm`, `rank-deficient`.
 */
export function buildFrame(table: Table, roles: Roles): Frame {
  const arm = roles.arm ?? null;
  const outcomeRole = resolveOutcome(table, roles.outcome, roles.outcomeKinds);
  const further = roles.further ?? [];
  const outcomeColumns = [
    outcomeRole.name,
    ...(outcomeRole.second === null ? [] : [outcomeRole.second]),
    ...further.map((each) => each.outcome),
  ];
  if (arm !== null && roles.effect != null) throw new InputProblem("effect-and-arm", { effect: roles.effect, arm });
  refuseSharedRoles([
    ["outcome", outcomeRole.name],
    ...further.map(({ outcome }) => ["further outcome", outcome] as const),
    ["cluster", roles.cluster],
    ["arm", arm],
  ]);
  const covariates = splitCovariates(table, roles.covariates ?? [], arm, outcomeColumns);
  const furtherRoles = further.map(({ outcome }) => resolveOutcome(table, outcome, ["continuous"]));
  const furtherCovariates = further.map((each) => splitCovariates(table, each.covariates, arm, outcomeColumns));
  const used = usedColumns(table, roles, outcomeColumns, [...covariates, ...furtherCovariates.flat()]);
  const armColumn = arm === null ? null : requireColumn(table, arm);
  const selected = selectRows(table, roles.where ?? {}, used, armColumn);
  if (selected.rows === 0) throw new DesignProblem("no-rows", { source: table.source, ...mostFrequent(selected) });

  if (arm !== null && further.length > 0)
    refuseEmptyArms(arm, categoriesOf(armColumn!, selected.kept, selected.rows).levels, selected);
  const cluster = groupingOf(
    roles.cluster,
    categoriesOf(requireColumn(table, roles.cluster), selected.kept, selected.rows),
  );
  const foundArm =
    arm === null
      ? null
      : armOf(table, arm, roles.control ?? roles.columns?.[arm]?.reference ?? null, cluster, selected);
  const outcome = outcomeOf(table, outcomeRole, selected);
  const participant =
    roles.participant == null
      ? null
      : nestedGrouping(
          cluster,
          roles.participant,
          categoriesOf(requireColumn(table, roles.participant), selected.kept, selected.rows),
        );

  const armAsVariable = foundArm === null ? null : armVariable(foundArm, cluster);
  const variableOf = new Map<string, Variable>(armAsVariable === null ? [] : [[armAsVariable.name, armAsVariable]]);
  for (const name of [...covariates, ...furtherCovariates.flat()].flat()) {
    if (!variableOf.has(name)) variableOf.set(name, covariateOf(table, name, roles.columns?.[name], selected));
  }
  const effect = roles.effect?.replace(/\s*:\s*/g, ":") ?? covariates[0]?.join(":") ?? "intercept";
  const compared = armAsVariable ?? variableOf.get(effect) ?? null;
  const shares = participantShares(participant, outcome);
  const equationOf = (explained: Outcome, by: readonly (readonly string[])[]): Equation => {
    const termsOf = (coded: (variable: Variable) => Variable) =>
      listTerms(
        armAsVariable === null ? null : coded(armAsVariable),
        by.map((parts) => parts.map((name) => coded(variableOf.get(name)!))),
      );
    const terms = termsOf((variable) => variable);
    const design = buildDesign(terms, cluster, (level) => {
      const held = compared === null ? null : heldAt(compared, level);
      return termsOf((variable) => (variable === compared ? held! : variable));
    });
    requireFullRank(design);
    return { outcome: explained, design, effects: effectContrasts(terms, effect, selected.rows, shares) };
  };
  const { design, effects } = equationOf(outcome, covariates);

  const numbers = (name: string, part: string) => keptValues(requireNumbers(table, name, part), selected.kept);
  const columnNames = [...new Set([...used.map((needed) => needed.column.name), ...Object.keys(roles.where ?? {})])];
  let fingerprint: string | null = null;
  return {
    source: table.source,
    rows: selected.rows,
    cluster,
    participant,
    arm: foundArm,
    stratum: stratumOf(table, roles.strata ?? [], cluster, selected),
    pair: roles.pairs == null ? null : pairOf(table, roles.pairs, foundArm, cluster, selected),
    outcome,
    design,
    effects,
    compared:
      compared?.levels == null || compared.pieces.length !== effects.length
        ? null
        : { name: compared.name, levels: compared.levels },
    further: furtherRoles.map((role, k) => equationOf(outcomeOf(table, role, selected), furtherCovariates[k]!)),
    weights:
      roles.weights == null ? null : positive(table, roles.weights, numbers(roles.weights, "the weights"), selected),
    offset: roles.offset == null ? null : numbers(roles.offset, "the offset"),
    extraColumns: new Map((roles.extraColumns ?? []).map((name) => [name, numbers(name, "a random slope")])),
    extraGroupings: nestedGroupings(table, roles.groupings ?? [], cluster, selected),
    clusterColumns: new Map(
      (roles.clusterColumns ?? []).map((name) => [
        name,
        clusterColumnOf(table, name, roles.columns?.[name], cluster, selected),
      ]),
    ),
    excluded: selected.excluded,
    get fingerprint() {
      fingerprint ??= fingerprintOf(table, columnNames);
      return fingerprint;
    },
  };
}

function refuseSharedRoles(parts: readonly (readonly [part: string, column: string | null])[]): void {
  parts.forEach(([part, column], k) => {
    const other = parts.slice(0, k).find(([, each]) => each === column);
    if (column !== null && other !== undefined)
      throw new InputProblem("role-twice", { column, first: other[0], second: part });
  });
}

/** Every column that must not be missing, each once, in the order in which the reasons are counted. */
function usedColumns(
  table: Table,
  roles: Roles,
  outcomeColumns: readonly string[],
  covariates: readonly (readonly string[])[],
): readonly Needed[] {
  const used = new Map<string, Needed>();
  const add = (name: string | null | undefined, reason?: string, column?: Column) => {
    if (name === null || name === undefined || used.has(name)) return;
    used.set(name, { column: column ?? requireColumn(table, name), reason: reason ?? `missing ${name}` });
  };
  const { participant } = roles;
  // With several outcomes the reason has to say which.
  add(outcomeColumns[0], (roles.further ?? []).length === 0 ? "missing outcome" : undefined);
  add(roles.cluster, "missing cluster", requireIdentifiers(table, roles.cluster, "the cluster"));
  add(roles.arm, "missing arm");
  for (const name of outcomeColumns.slice(1)) add(name);
  for (const name of roles.strata ?? []) add(name);
  add(roles.pairs);
  if (participant != null) add(participant, undefined, requireIdentifiers(table, participant, "the participant"));
  for (const name of covariates.flat()) add(name);
  add(roles.weights);
  add(roles.offset);
  for (const name of roles.extraColumns ?? []) add(name);
  for (const name of (roles.groupings ?? []).flat())
    add(name, undefined, requireIdentifiers(table, name, "a grouping"));
  for (const name of roles.clusterColumns ?? []) add(name);
  for (const name of Object.keys(roles.columns ?? {})) requireColumn(table, name);
  return [...used.values()];
}

/**
 * An arm that loses all its rows would vanish from a comparison that names it.
 *
 * @throws DesignProblem `arm-without-rows`
 */
function refuseEmptyArms(column: string, analysed: readonly string[], { excluded }: SelectedRows): void {
  const lost = excluded.filter(
    ({ arm, reason }) => arm !== null && reason !== "outside where" && !analysed.includes(arm),
  );
  if (lost.length === 0) return;
  const arm = lost[0]!.arm!;
  const own = lost.filter((each) => each.arm === arm);
  throw new DesignProblem("arm-without-rows", {
    column,
    arm,
    reasons: own.map(({ reason }) => reason),
    rows: own.reduce((sum, { rows }) => sum + rows, 0),
  });
}

const mostFrequent = ({ excluded }: SelectedRows): { reason: string; excluded: number } => {
  const counts = new Map<string, number>();
  for (const { reason, rows } of excluded) counts.set(reason, (counts.get(reason) ?? 0) + rows);
  const [reason, rows] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? ["the table is empty", 0];
  return { reason, excluded: rows };
};

/** Each row's part of one participant; null when rows are participants. */
function participantShares(participant: Grouping | null, outcome: Outcome): Float64Array | null {
  if (participant !== null) return Float64Array.from(participant.codes, (code) => 1 / participant.sizes[code]!);
  return outcome.kind === "grouped" ? outcome.trials : null;
}

function positive(table: Table, column: string, weights: Float64Array, { kept }: SelectedRows): Float64Array {
  const bad = weights.findIndex((weight) => !(weight > 0));
  if (bad < 0) return weights;
  throw new InputProblem("weight-invalid", {
    ...placeOf(table, kept === null ? bad : kept[bad]!),
    column,
    cell: String(weights[bad]!),
  });
}

/** Groupings by path and by every beginning of it: "practice", "practice/id". */
function nestedGroupings(
  table: Table,
  paths: readonly (readonly string[])[],
  cluster: Grouping,
  { kept, rows }: SelectedRows,
): ReadonlyMap<string, Grouping> {
  const found = new Map<string, Grouping>([[cluster.name, cluster]]);
  for (const path of paths) {
    path.forEach((name, depth) => {
      const key = path.slice(0, depth + 1).join("/");
      if (found.has(key)) return;
      const inner = categoriesOf(requireColumn(table, name), kept, rows);
      found.set(
        key,
        depth === 0 ? groupingOf(name, inner) : nestedGrouping(found.get(path.slice(0, depth).join("/"))!, name, inner),
      );
    });
  }
  return found;
}
