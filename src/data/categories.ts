import type { Column, TextColumn } from "./table.ts";

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
  return column.kind === "number"
    ? categoriesOfNumbers(column.values, kept, rows)
    : categoriesOfWords(column, kept, rows);
}

function categoriesOfNumbers(values: Float64Array, kept: Int32Array | null, rows: number): Categories {
  const codes = new Int32Array(rows);
  const codeOf = new Map<number, number>();
  let last = Number.NaN;
  let lastCode = -1;
  for (let i = 0; i < rows; i++) {
    const value = values[kept === null ? i : kept[i]!]!;
    if (value !== last) {
      let code = codeOf.get(value);
      if (code === undefined) {
        code = codeOf.size;
        codeOf.set(value, code);
      }
      last = value;
      lastCode = code;
    }
    codes[i] = lastCode;
  }
  const sorted = Float64Array.from(codeOf.keys()).sort();
  const rank = new Int32Array(sorted.length);
  sorted.forEach((value, k) => {
    rank[codeOf.get(value)!] = k;
  });
  const inOrder = rank.every((at, code) => at === code);
  if (!inOrder) for (let i = 0; i < rows; i++) codes[i] = rank[codes[i]!]!;
  return { levels: Array.from(sorted, String), codes };
}

function categoriesOfWords(column: TextColumn, kept: Int32Array | null, rows: number): Categories {
  const rank = new Int32Array(column.levels.length);
  for (let i = 0; i < rows; i++) rank[column.codes[kept === null ? i : kept[i]!]!] = 1;
  // A column's levels are in natural order already; those in use close ranks.
  const levels = column.levels.filter((_, level) => rank[level] === 1);
  let next = 0;
  for (let level = 0; level < rank.length; level++) if (rank[level] === 1) rank[level] = next++;
  const codes = new Int32Array(rows);
  for (let i = 0; i < rows; i++) codes[i] = rank[column.codes[kept === null ? i : kept[i]!]!]!;
  return { levels, codes };
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
