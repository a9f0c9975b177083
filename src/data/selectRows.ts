import type { Exclusion } from "../contract/analysis.ts";
import { categoriesOf, presentRows } from "./categories.ts";
import type { Level } from "./roles.ts";
import type { Absence, Column, Table } from "./table.ts";
import { labelOf, requireColumn, unknownLevel } from "./usedColumn.ts";

/** A column that must not be missing, and what to call it when it is. */
export interface Needed {
  readonly column: Column;
  readonly reason: string;
}

/** Complete cases: which rows of the table are analysed, and why the others are not. */
export interface SelectedRows {
  /** Row of the table per analysed row; null when all are analysed. */
  readonly kept: Int32Array | null;
  readonly rows: number;
  readonly excluded: readonly Exclusion[];
}

/**
 * Keeps the rows that meet `where` and miss nothing. Each excluded row is counted once, under the first reason that
 * holds: "outside where", then `needed` in its order. A derived column is counted under what it was missing. Counts are
 * by arm where the arm is known.
 *
 * @throws InputProblem `unknown-column`, `unknown-level` for a value that the column never takes.
 */
export function selectRows(
  table: Table,
  where: Readonly<Record<string, Level | readonly Level[]>>,
  needed: readonly Needed[],
  arm: Column | null,
): SelectedRows {
  const reasonOf = new Uint16Array(table.rows);
  for (const [name, wanted] of Object.entries(where)) markOutside(table, name, wanted, reasonOf);
  const reasons = ["outside where"];
  const codeOf = (reason: string) => {
    const known = reasons.indexOf(reason);
    return known < 0 ? reasons.push(reason) : known + 1;
  };
  for (const { column, reason } of needed) {
    if (column.kind === "number" && column.absence !== undefined) {
      const codes = column.absence.names.map((name) => codeOf(`missing ${name}`));
      markAbsent(column.values, column.absence, codes, reasonOf);
    } else markMissing(column, codeOf(reason), reasonOf);
  }
  let rows = 0;
  for (let i = 0; i < reasonOf.length; i++) if (reasonOf[i] === 0) rows++;
  if (rows === table.rows) return { kept: null, rows, excluded: [] };
  const kept = new Int32Array(rows);
  for (let i = 0, at = 0; i < reasonOf.length; i++) if (reasonOf[i] === 0) kept[at++] = i;
  return { kept, rows, excluded: countExclusions(reasonOf, reasons, arm) };
}

function markAbsent(values: Float64Array, { of }: Absence, codes: readonly number[], reasonOf: Uint16Array): void {
  for (let i = 0; i < of.length; i++) {
    if (Number.isNaN(values[i]!) && reasonOf[i] === 0) reasonOf[i] = codes[of[i]!]!;
  }
}

function markMissing(column: Column, reason: number, reasonOf: Uint16Array): void {
  if (column.kind === "number") {
    const { values } = column;
    for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i]) && reasonOf[i] === 0) reasonOf[i] = reason;
  } else {
    const { codes } = column;
    for (let i = 0; i < codes.length; i++) if (codes[i]! < 0 && reasonOf[i] === 0) reasonOf[i] = reason;
  }
}

function markOutside(table: Table, name: string, wanted: Level | readonly Level[], reasonOf: Uint16Array): void {
  const column = requireColumn(table, name);
  const labels = (Array.isArray(wanted) ? wanted : [wanted]).map(labelOf);
  if (column.kind === "number") {
    const values = new Set(labels.map(Number));
    const seen = new Set<number>();
    for (let i = 0; i < table.rows; i++) {
      const value = column.values[i]!;
      if (values.has(value) && !Number.isNaN(value)) seen.add(value);
      else reasonOf[i] = 1;
    }
    const absent = labels.find((label) => !seen.has(Number(label)));
    if (absent !== undefined) throw unknownLevel(name, levelsOf(column), absent, "to filter rows by");
  } else {
    const codes = new Set(
      labels.map((label) => {
        const code = column.levels.indexOf(label);
        if (code < 0) throw unknownLevel(name, column.levels, label, "to filter rows by");
        return code;
      }),
    );
    for (let i = 0; i < table.rows; i++) if (!codes.has(column.codes[i]!)) reasonOf[i] = 1;
  }
}

const levelsOf = (column: Column): readonly string[] => categoriesOf(column, presentRows(column)).levels;
function countExclusions(reasonOf: Uint16Array, reasons: readonly string[], arm: Column | null): readonly Exclusion[] {
  const present = arm === null ? new Int32Array(0) : presentRows(arm);
  const arms = arm === null ? { levels: [], codes: present } : categoriesOf(arm, present);
  const width = arms.levels.length + 1;
  const armOf = new Int32Array(reasonOf.length).fill(arms.levels.length);
  for (let k = 0; k < present.length; k++) armOf[present[k]!] = arms.codes[k]!;
  const counts = new Int32Array(reasons.length * width);
  for (let i = 0; i < reasonOf.length; i++) {
    if (reasonOf[i] === 0) continue;
    const at = (reasonOf[i]! - 1) * width + armOf[i]!;
    counts[at] = counts[at]! + 1;
  }
  return Array.from(counts, (rows, at) => ({
    reason: reasons[Math.floor(at / width)]!,
    arm: arms.levels[at % width] ?? null,
    rows,
  })).filter(({ rows }) => rows > 0);
}
