import { naturalOrder } from "./naturalOrder.ts";
import type { Column } from "./table.ts";

/** A column as labels: the levels in use, in natural sorted order, and the level of every analysed row. */
export interface Categories {
  readonly levels: readonly string[];
  readonly codes: Int32Array;
}

/** Levels of the rows listed in `kept` (null: all `rows`); no listed row may be missing. A number is labelled by its value. */
export function categoriesOf(
  column: Column,
  kept: Int32Array | null,
  rows = kept?.length ?? rowsOf(column),
): Categories {
  const codes = new Int32Array(rows);
  const labels: string[] = [];
  if (column.kind === "number") {
    const codeOf = new Map<number, number>();
    let last = Number.NaN;
    let lastCode = -1;
    for (let i = 0; i < rows; i++) {
      const value = column.values[kept === null ? i : kept[i]!]!;
      if (value !== last) {
        let code = codeOf.get(value);
        if (code === undefined) {
          code = labels.length;
          codeOf.set(value, code);
          labels.push(String(value));
        }
        last = value;
        lastCode = code;
      }
      codes[i] = lastCode;
    }
  } else {
    const codeOf = new Int32Array(column.levels.length).fill(-1);
    for (let i = 0; i < rows; i++) {
      const level = column.codes[kept === null ? i : kept[i]!]!;
      if (codeOf[level] === -1) {
        codeOf[level] = labels.length;
        labels.push(column.levels[level]!);
      }
      codes[i] = codeOf[level]!;
    }
  }
  const order = naturalOrder(labels);
  const rank = new Int32Array(labels.length);
  for (let k = 0; k < order.length; k++) rank[order[k]!] = k;
  for (let i = 0; i < rows; i++) codes[i] = rank[codes[i]!]!;
  return { levels: Array.from(order, (k) => labels[k]!), codes };
}

const rowsOf = (column: Column): number => (column.kind === "number" ? column.values : column.codes).length;

/** Rows of the table in which the column is not missing. */
export function presentRows(column: Column): Int32Array {
  const rows: number[] = [];
  if (column.kind === "number") {
    column.values.forEach((value, i) => {
      if (!Number.isNaN(value)) rows.push(i);
    });
  } else {
    column.codes.forEach((code, i) => {
      if (code >= 0) rows.push(i);
    });
  }
  return Int32Array.from(rows);
}
