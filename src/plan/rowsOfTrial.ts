import { nearest } from "../contract/nearest.ts";
import type { Place } from "../contract/place.ts";
import { InputProblem } from "../contract/problem.ts";
import { categoriesOf, presentRows } from "../data/categories.ts";
import { placeOf } from "../data/place.ts";
import { selectRows } from "../data/selectRows.ts";
import type { Column, Table } from "../data/table.ts";
import type { ArmRows } from "../economics/costing/costBreakdown.ts";
import { moneyColumn } from "../economics/costing/moneyColumn.ts";
import type { ParticipantColumn } from "../economics/costing/participantColumn.ts";
import type { Plan } from "./parsePlan.ts";

/** Labels of rows, −1 for a row that has none or is not analysed. */
export interface RowLabels {
  readonly levels: readonly string[];
  readonly codes: Int32Array;
}

/** What a column can be derived from: the rows that meet `where`, with their cluster and arm. */
export interface TrialRows {
  readonly table: Table;
  readonly plan: Plan;
  /** Rows that meet `where`. */
  readonly inside: Int32Array;
  /** Participants described together. */
  readonly arms: readonly ArmRows[];
  readonly placeOf: (row: number) => Place;
}

export function rowsOfTrial(plan: Plan, table: Table): TrialRows {
  const { kept } = selectRows(table, plan.where ?? {}, [], null);
  const inside = kept ?? Int32Array.from({ length: table.rows }, (_, i) => i);
  const rows = { table, plan, inside, arms: [], placeOf: (row: number) => placeOf(table, row) };
  return { ...rows, arms: armRows(rows) };
}

function armRows(rows: TrialRows): readonly ArmRows[] {
  const { arm } = rows.plan.trial;
  if (arm === undefined) return [{ arm: null, rows: rows.inside }];
  const { levels, codes } = labelsOf(rows, arm, "trial.arm");
  return [...levels, null]
    .map((level, k) => ({ arm: level, rows: rows.inside.filter((i) => codes[i] === (level === null ? -1 : k)) }))
    .filter((each) => each.rows.length > 0);
}

/** @throws InputProblem `unknown-column` with the key path. */
function columnAt({ table }: TrialRows, name: string, path: string): Column {
  const found = table.columns.get(name);
  if (found !== undefined) return found;
  throw new InputProblem("unknown-column", {
    path,
    column: name,
    nearest: nearest(name, table.columns.keys()),
    source: table.source,
  });
}

/** A column of numbers, or of amounts with a currency mark; rows that do not meet `where` are left empty. */
export function numbersAt(
  rows: TrialRows,
  name: string,
  path: string,
  part: string,
): { readonly column: ParticipantColumn; readonly currency: string | null } {
  columnAt(rows, name, path);
  const { values, currency } = moneyColumn(rows.table, name, part);
  return { column: { name, values: insideOnly(rows, values), placeOf: rows.placeOf }, currency };
}

function insideOnly({ inside }: TrialRows, values: Float64Array): Float64Array {
  if (inside.length === values.length) return values;
  const kept = new Float64Array(values.length).fill(Number.NaN);
  for (const row of inside) kept[row] = values[row]!;
  return kept;
}

/** The labels of a column in the rows that meet `where`. */
export function labelsOf(rows: TrialRows, name: string, path: string): RowLabels {
  const column = columnAt(rows, name, path);
  const present = presentRows(column);
  const marked = new Uint8Array(rows.table.rows);
  for (const row of rows.inside) marked[row] = 1;
  const used = present.filter((row) => marked[row] === 1);
  const { levels, codes } = categoriesOf(column, used);
  const out = new Int32Array(rows.table.rows).fill(-1);
  used.forEach((row, k) => {
    out[row] = codes[k]!;
  });
  return { levels, codes: out };
}
