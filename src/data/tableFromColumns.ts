import { InputProblem } from "../contract/problem.ts";
import { columnBuilder } from "./columnBuilder.ts";
import type { Column, Table } from "./table.ts";

/** A cell in a script: NaN, null and undefined are missing; true and false are 1 and 0. */
export type Cell = number | string | boolean | null | undefined;

export interface TableOptions {
  /** Name for messages; default "data". */
  readonly source?: string;
  /** Text that stands for a missing cell; default "" and "NA". */
  readonly missingCodes?: readonly string[];
}

export const defaultMissingCodes: readonly string[] = ["", "NA"];

/**
 * A table of the given columns, by name. Text that writes numbers is read as numbers, just as in a CSV file; a column of
 * codes that are not quantities is declared categorical where it is used.
 *
 * @throws InputProblem `column-lengths` when columns differ in length, `cell-not-finite` for an infinite number.
 */
export function tableFromColumns(
  columns: Readonly<Record<string, ArrayLike<Cell>>>,
  options: TableOptions = {},
): Table {
  const source = options.source ?? "data";
  const missingCodes = new Set(options.missingCodes ?? defaultMissingCodes);
  const built = new Map<string, Column>();
  const names = Object.keys(columns);
  const rows = names.length === 0 ? 0 : columns[names[0]!]!.length;
  for (const name of names) {
    const cells = columns[name]!;
    if (cells.length !== rows) {
      throw new InputProblem("column-lengths", {
        first: names[0]!,
        firstRows: rows,
        second: name,
        secondRows: cells.length,
      });
    }
    built.set(name, columnOf(name, cells, missingCodes, source));
  }
  return { source, rows, columns: built, lines: null };
}

function columnOf(name: string, cells: ArrayLike<Cell>, missingCodes: ReadonlySet<string>, source: string): Column {
  const builder = columnBuilder(name, missingCodes);
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i];
    if (typeof cell === "string") builder.addCell(cell, i + 1);
    else if (cell === null || cell === undefined) builder.addMissing();
    else {
      const value = Number(cell);
      if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) {
        throw new InputProblem("cell-not-finite", {
          source,
          line: null,
          row: i + 1,
          column: name,
          cell: String(value),
        });
      }
      builder.addNumber(value);
    }
  }
  return builder.finish();
}

/**
 * A table of the given rows. Columns are the keys in the order in which they first appear; a key that a row lacks is a
 * missing cell.
 *
 * @throws InputProblem `cell-not-finite` for an infinite number.
 */
export function tableFromRows(rows: readonly Readonly<Record<string, Cell>>[], options: TableOptions = {}): Table {
  const names = new Set<string>();
  for (const row of rows) for (const name of Object.keys(row)) names.add(name);
  const columns: Record<string, Cell[]> = Object.create(null);
  for (const name of names) columns[name] = rows.map((row) => (Object.hasOwn(row, name) ? row[name] : null));
  return tableFromColumns(columns, options);
}
