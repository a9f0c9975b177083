import { nearest } from "../contract/nearest.ts";
import { InputProblem } from "../contract/problem.ts";
import { hasDecimalComma, parseNumber } from "./parseNumber.ts";
import { placeOf, placeOfMixed } from "./place.ts";
import type { Column, Table, TextColumn } from "./table.ts";

/** @throws InputProblem `unknown-column` with the nearest name. */
export function requireColumn(table: Table, name: string): Column {
  const column = table.columns.get(name);
  if (column !== undefined) return column;
  throw new InputProblem("unknown-column", {
    column: name,
    nearest: nearest(name, table.columns.keys()),
    source: table.source,
  });
}

/**
 * Values of a column that is used as numbers; `part` says as what, for the message.
 *
 * @throws InputProblem `unknown-column`, `not-a-number` or `decimal-comma` with the first cell that is no number.
 */
export function requireNumbers(table: Table, name: string, part: string): Float64Array {
  const column = requireColumn(table, name);
  if (column.kind === "number") return column.values;
  throw notNumbers(table, column, part, false);
}

/** The problem of a column with words where numbers are needed. */
export function notNumbers(table: Table, column: TextColumn, part: string, categoricalWillDo: boolean): InputProblem {
  const row = column.codes.findIndex((code) => code >= 0 && Number.isNaN(parseNumber(column.levels[code]!)));
  const place = column.mixed === null ? placeOf(table, row) : placeOfMixed(table, column.mixed.line);
  const cell = column.mixed === null ? column.levels[column.codes[row]!]! : column.mixed.cell;
  const facts = { ...place, column: column.name, cell, part };
  return hasDecimalComma(cell)
    ? new InputProblem("decimal-comma", facts)
    : new InputProblem("not-a-number", { ...facts, categoricalWillDo });
}

/**
 * Refuses identifiers that are fractions: a column of measurements taken for a column of labels.
 *
 * @throws InputProblem `identifier-not-whole`.
 */
export function requireIdentifiers(table: Table, name: string, part: string): Column {
  const column = requireColumn(table, name);
  if (column.kind === "number") {
    const row = firstFraction(column.values);
    if (row >= 0) {
      throw new InputProblem("identifier-not-whole", {
        ...placeOf(table, row),
        column: name,
        cell: String(column.values[row]!),
        part,
      });
    }
  }
  return column;
}

/** −1 when every value is missing or a whole number that a double keeps exactly. */
function firstFraction(values: Float64Array): number {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isNaN(value) && !Number.isSafeInteger(value)) return i;
  }
  return -1;
}

/**
 * Index of the level that a plan writes as text or number; 1, "1" and "1.0" are the same level.
 *
 * @throws InputProblem `unknown-level` with the levels there are.
 */
export function requireLevel(column: string, levels: readonly string[], wanted: string | number, part: string): number {
  const label = labelOf(wanted);
  const index = levels.indexOf(label);
  if (index >= 0) return index;
  throw unknownLevel(column, levels, label, part);
}

/** A plan's level as a column labels it. */
export function labelOf(wanted: string | number): string {
  const text = typeof wanted === "string" ? wanted.trim() : String(wanted);
  const value = parseNumber(text);
  return !Number.isNaN(value) ? String(value + 0) : text;
}

/** The problem of a level that the column does not have. */
export function unknownLevel(column: string, levels: readonly string[], level: string, part: string): InputProblem {
  return new InputProblem("unknown-level", {
    column,
    level,
    part,
    levels: levels.slice(0, 12),
    more: Math.max(0, levels.length - 12),
    nearest: nearest(level, levels),
  });
}
