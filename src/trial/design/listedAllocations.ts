import { InputProblem } from "../../contract/problem.ts";
import { categoriesOf, presentRows } from "../../data/categories.ts";
import type { Arm } from "../../data/frame.ts";
import type { Grouping } from "../../data/grouping.ts";
import { placeOf } from "../../data/place.ts";
import type { Table } from "../../data/table.ts";

/**
 * A table of allocations, K × J row-major: one allocation per row, a column per analysed cluster, named as it is, its
 * cells levels of the arm. Other columns (clusters without analysed rows, a mark at the allocation that was drawn) are
 * not looked at.
 *
 * @throws InputProblem `allocations-cluster-missing`, `allocations-empty`, `allocations-cell`.
 */
export function listedAllocations(table: Table, cluster: Grouping, arm: Arm): Int32Array {
  const clusters = cluster.labels.length;
  const list = new Int32Array(table.rows * clusters);
  cluster.labels.forEach((label, j) => {
    const column = table.columns.get(label);
    if (column === undefined) {
      const missing = cluster.labels.filter((each) => !table.columns.has(each));
      throw new InputProblem("allocations-cluster-missing", { source: table.source, clusters: missing });
    }
    const present = presentRows(column);
    const { levels, codes } = categoriesOf(column, present);
    const armOfLevel = levels.map((level) => arm.levels.indexOf(level));
    const refuse = (row: number, cell: string) =>
      new InputProblem("allocations-cell", { ...placeOf(table, row), cluster: label, cell, arms: [...arm.levels] });
    if (present.length < table.rows) {
      const gap = present.findIndex((row, k) => row !== k);
      throw refuse(gap < 0 ? present.length : gap, "");
    }
    codes.forEach((code, row) => {
      const found = armOfLevel[code]!;
      if (found < 0) throw refuse(row, levels[code]!);
      list[row * clusters + j] = found;
    });
  });
  return list;
}
