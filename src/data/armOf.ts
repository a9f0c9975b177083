import { DesignProblem, InputProblem } from "../contract/problem.ts";
import { categoriesOf } from "./categories.ts";
import { clusterLevels, crossFactors } from "./clusterFactor.ts";
import type { Arm, ClusterColumn, ClusterFactor } from "./frame.ts";
import type { Grouping } from "./grouping.ts";
import { placeOf } from "./place.ts";
import type { ColumnDeclaration, Level } from "./roles.ts";
import type { SelectedRows } from "./selectRows.ts";
import type { Table } from "./table.ts";
import { requireColumn, requireLevel, requireNumbers } from "./usedColumn.ts";

/**
 * The arm of every cluster, control first: the named level, else "0", else the level named control, else the first in
 * natural sorted order.
 *
 * @throws InputProblem `arm-varies`, `unknown-level` for the control; DesignProblem `too-few-arms`.
 */
export function armOf(
  table: Table,
  name: string,
  control: Level | null,
  cluster: Grouping,
  selected: SelectedRows,
): Arm {
  const factor = clusterFactor(table, name, "arm", cluster, selected);
  const { levels, ofCluster } = factor;
  const reference = controlOf(name, levels, control);
  if (levels.length < 2) throw new DesignProblem("too-few-arms", { column: name, arms: [...levels] });
  const order = [reference, ...levels.flatMap((_, k) => (k === reference ? [] : [k]))];
  const rank = new Int32Array(levels.length);
  order.forEach((level, k) => {
    rank[level] = k;
  });
  return { name, levels: order.map((k) => levels[k]!), ofCluster: ofCluster.map((code) => rank[code]!) };
}

/**
 * Index of the control among an arm's levels in natural sorted order: the named one, else "0", else the level named
 * control, else the first.
 *
 * @throws InputProblem `unknown-level`.
 */
export function controlOf(column: string, levels: readonly string[], control: Level | null): number {
  if (control !== null) return requireLevel(column, levels, control, "for the control arm");
  const byName = levels.findIndex((level) => level.toLowerCase() === "control");
  return Math.max(0, levels.includes("0") ? levels.indexOf("0") : byName);
}

/**
 * Every combination in use of the stratification factors; null without strata.
 *
 * @throws InputProblem `stratum-varies`.
 */
export function stratumOf(
  table: Table,
  names: readonly string[],
  cluster: Grouping,
  selected: SelectedRows,
): ClusterFactor | null {
  return crossFactors(names.map((name) => clusterFactor(table, name, "stratum", cluster, selected)));
}

/**
 * Matched pairs: two clusters each, in different arms.
 *
 * @throws InputProblem `stratum-varies`; DesignProblem `pair-incomplete`, `pair-same-arm`.
 */
export function pairOf(
  table: Table,
  name: string,
  arm: Arm | null,
  cluster: Grouping,
  selected: SelectedRows,
): ClusterFactor {
  const pair = clusterFactor(table, name, "pair", cluster, selected);
  const members = pair.levels.map((): number[] => []);
  pair.ofCluster.forEach((code, j) => {
    members[code]!.push(j);
  });
  members.forEach((clusters, code) => {
    const labels = clusters.map((j) => cluster.labels[j]!);
    if (clusters.length !== 2)
      throw new DesignProblem("pair-incomplete", { column: name, pair: pair.levels[code]!, clusters: labels });
    const [first, second] = clusters.map((j) => arm?.ofCluster[j] ?? j);
    if (first === second) {
      throw new DesignProblem("pair-same-arm", {
        column: name,
        pair: pair.levels[code]!,
        clusters: labels,
        arm: arm!.levels[first!]!,
      });
    }
  });
  return pair;
}

/**
 * A column of clusters, with the value of each; words, and numbers declared categorical, have levels only.
 *
 * @throws InputProblem `cluster-column-varies` at the first row that differs from its cluster; `not-a-number` when it is declared continuous and holds words; `unknown-level` for its reference.
 */
export function clusterColumnOf(
  table: Table,
  name: string,
  declared: ColumnDeclaration | undefined,
  cluster: Grouping,
  selected: SelectedRows,
): ClusterColumn {
  const column = requireColumn(table, name);
  if (declared?.type === "continuous") requireNumbers(table, name, "a continuous column");
  const factor = clusterFactor(table, name, "column", cluster, selected);
  const { reference } = declared ?? {};
  const numeric = column.kind === "number" && declared?.type !== "categorical";
  return {
    factor: reference === undefined ? factor : referenceFirst(factor, reference),
    values: numeric ? Float64Array.from(factor.ofCluster, (code) => Number(factor.levels[code])) : null,
  };
}

function referenceFirst({ name, levels, ofCluster }: ClusterFactor, reference: Level): ClusterFactor {
  const first = requireLevel(name, levels, reference, "for its reference");
  const order = [first, ...levels.flatMap((_, k) => (k === first ? [] : [k]))];
  const rank = levels.map((_, k) => order.indexOf(k));
  return { name, levels: order.map((k) => levels[k]!), ofCluster: ofCluster.map((code) => rank[code]!) };
}

function clusterFactor(
  table: Table,
  name: string,
  part: "arm" | "stratum" | "pair" | "column",
  cluster: Grouping,
  selected: SelectedRows,
): ClusterFactor {
  const categories = categoriesOf(requireColumn(table, name), selected.kept, selected.rows);
  const found = clusterLevels(categories, cluster);
  if (found.constant) return { name, levels: categories.levels, ofCluster: found.ofCluster };
  const { row, first, second } = found;
  const place = placeOf(table, selected.kept === null ? row : selected.kept[row]!);
  const facts = { ...place, column: name, cluster: cluster.labels[cluster.codes[row]!]!, first, second };
  if (part === "column") throw new InputProblem("cluster-column-varies", facts);
  throw part === "arm" ? new InputProblem("arm-varies", facts) : new InputProblem("factor-varies", { ...facts, part });
}
