import type { Column, Table } from "../table.ts";

/** Cells of a column that were missing, and what stands there now: numbers, or codes of levels. */
export interface FilledColumn {
  readonly name: string;
  readonly rows: Int32Array;
  readonly cells: Float64Array;
}

/** The same table with those cells filled. Other columns are shared, nothing else is copied. */
export function completeTable(table: Table, filled: readonly FilledColumn[]): Table {
  const columns = new Map(table.columns);
  // A column is filled arm after arm: each goes on from the last.
  for (const { name, rows, cells } of filled) columns.set(name, fillColumn(columns.get(name)!, rows, cells));
  return { ...table, columns };
}

function fillColumn(column: Column, rows: Int32Array, cells: Float64Array): Column {
  const { name } = column;
  if (column.kind === "number") {
    const values = column.values.slice();
    for (let r = 0; r < rows.length; r++) values[rows[r]!] = cells[r]!;
    return { kind: "number", name, values };
  }
  const codes = column.codes.slice();
  for (let r = 0; r < rows.length; r++) codes[rows[r]!] = cells[r]!;
  return { ...column, codes };
}

/** A table with one more column of numbers, or with another in its place. */
export function withColumn(table: Table, name: string, values: Float64Array): Table {
  return { ...table, columns: new Map(table.columns).set(name, { kind: "number", name, values }) };
}
