import type { Place } from "../contract/place.ts";
import type { Table } from "./table.ts";

/** Where row `row` (0, 1, …) of the table stands in its source. */
export const placeOf = (table: Table, row: number): Place => ({
  source: table.source,
  line: table.lines === null ? null : table.lines[row]!,
  row: row + 1,
});

/** Where the cell stands that made a column of numbers a mixed one. */
export const placeOfMixed = (table: Table, line: number): Place =>
  table.lines === null ? { source: table.source, line: null, row: line } : { source: table.source, line, row: null };

/** The cell as it would be written. */
export function cellText(table: Table, column: string, row: number): string {
  const found = table.columns.get(column)!;
  if (found.kind === "number") return String(found.values[row]!);
  const code = found.codes[row]!;
  return code < 0 ? "" : found.levels[code]!;
}
