import { DesignProblem, InputProblem } from "../contract/problem.ts";
import { categoriesOf } from "./categories.ts";
import type { Arm } from "./frame.ts";
import type { Grouping } from "./grouping.ts";
import { hasDecimalComma, parseNumber } from "./parseNumber.ts";
import type { ColumnDeclaration } from "./roles.ts";
import type { SelectedRows } from "./selectRows.ts";
import type { Table, TextColumn } from "./table.ts";
import { notNumbers, requireColumn, requireLevel } from "./usedColumn.ts";

/** One column of numbers that a variable contributes to the design: itself, or the indicator of a level. */
export interface Piece {
  /** "age", "region[Cornwall]". */
  readonly name: string;
  /** Multiplies (or, with `assign`, sets) out[…] for rows from … to − 1 by the piece's value. */
  write(from: number, to: number, out: Float64Array, stride: number, offset: number, assign: boolean): void;
}

/** A covariate or the arm, coded: one piece if continuous, one per level but the reference if categorical. */
export interface Variable {
  readonly name: string;
  readonly pieces: readonly Piece[];
  /** Reference first; piece k indicates level k + 1. null for a measurement; 0 and 1 are levels. */
  readonly levels: readonly string[] | null;
}

/** The variable had it the given level in every row. */
export const heldAt = (variable: Variable, level: number): Variable => ({
  ...variable,
  pieces: variable.pieces.map(({ name }, k) => indicator(name, 1, () => (k + 1 === level ? 1 : 0))),
});

/**
 * A covariate as its column and declaration say: numbers are continuous, everything else categorical with the first
 * level as reference.
 *
 * @throws InputProblem `unknown-column`, `not-a-number` or `decimal-comma` for a column of many different numbers with
 *   some words in it that is not declared categorical, `unknown-level` for the reference; DesignProblem `covariate-constant`.
 */
export function covariateOf(
  table: Table,
  name: string,
  declared: ColumnDeclaration | undefined,
  { kept, rows }: SelectedRows,
): Variable {
  const column = requireColumn(table, name);
  const categorical =
    declared?.type === "categorical" || (declared?.type === undefined && declared?.reference !== undefined);
  if (column.kind === "text" && !categorical && (looksMeasured(column) || declared?.type === "continuous")) {
    throw notNumbers(table, column, `the covariate ${name}`, declared?.type !== "continuous");
  }
  if (column.kind === "number" && !categorical) {
    const { values } = column;
    const first = values[kept === null ? 0 : kept[0]!]!;
    const constant = kept === null ? values.every((v) => v === first) : kept.every((row) => values[row] === first);
    if (constant) throw new DesignProblem("covariate-constant", { column: name, cell: String(first) });
    return {
      name,
      pieces: [numberPiece(name, values, kept)],
      // Read only of the variable whose effect is asked for.
      get levels() {
        const indicates = (value: number) => value === 0 || value === 1;
        const all = kept === null ? values.every(indicates) : kept.every((row) => indicates(values[row]!));
        return all ? ["0", "1"] : null;
      },
    };
  }
  const { levels, codes } = categoriesOf(column, kept, rows);
  const reference =
    declared?.reference === undefined ? 0 : requireLevel(name, levels, declared.reference, "for the reference");
  if (levels.length < 2) throw new DesignProblem("covariate-constant", { column: name, cell: levels[0] ?? "" });
  return {
    name,
    pieces: indicators(name, levels, reference, (i) => codes[i]!),
    levels: [levels[reference]!, ...levels.filter((_, code) => code !== reference)],
  };
}

/** The arm as a variable: an indicator per level but the control. */
export function armVariable(arm: Arm, cluster: Grouping): Variable {
  const { ofCluster } = arm;
  const { codes } = cluster;
  return {
    name: arm.name,
    pieces: indicators(arm.name, arm.levels, 0, (i) => ofCluster[codes[i]!]!),
    levels: arm.levels,
  };
}

function numberPiece(name: string, values: Float64Array, kept: Int32Array | null): Piece {
  return {
    name,
    write(from, to, out, stride, offset, assign) {
      if (kept === null && assign) {
        for (let i = from, at = offset; i < to; i++, at += stride) out[at] = values[i]!;
        return;
      }
      for (let i = from, at = offset; i < to; i++, at += stride) {
        const value = values[kept === null ? i : kept[i]!]!;
        out[at] = assign ? value : out[at]! * value;
      }
    },
  };
}

function indicators(
  name: string,
  levels: readonly string[],
  reference: number,
  codeAt: (row: number) => number,
): Piece[] {
  return levels.flatMap((level, code) => (code === reference ? [] : [indicator(`${name}[${level}]`, code, codeAt)]));
}

const indicator = (name: string, code: number, codeAt: (row: number) => number): Piece => ({
  name,
  write(from, to, out, stride, offset, assign) {
    if (assign) for (let i = from, at = offset; i < to; i++, at += stride) out[at] = codeAt(i) === code ? 1 : 0;
    else for (let i = from, at = offset; i < to; i++, at += stride) if (codeAt(i) !== code) out[at] = 0;
  },
});

/**
 * Splits covariates into the columns they name: "a:b" is an interaction unless a column has that very name.
 *
 * @throws InputProblem `covariate-twice`, `arm-among-covariates`, `outcome-among-covariates`.
 */
export function splitCovariates(
  table: Table,
  covariates: readonly string[],
  arm: string | null,
  outcomeColumns: readonly string[],
): readonly (readonly string[])[] {
  const seen = new Set<string>();
  return covariates.map((covariate) => {
    const parts =
      table.columns.has(covariate) || !covariate.includes(":")
        ? [covariate]
        : covariate.split(":").map((part) => part.trim());
    const key = [...parts].sort().join("\n");
    if (seen.has(key) || new Set(parts).size < parts.length) throw new InputProblem("covariate-twice", { covariate });
    seen.add(key);
    if (parts.length === 1 && parts[0] === arm) throw new InputProblem("arm-among-covariates", { arm });
    const outcome = parts.find((part) => outcomeColumns.includes(part));
    if (outcome !== undefined) throw new InputProblem("outcome-among-covariates", { column: outcome });
    return parts;
  });
}

/** Distinct numbers from which a column of numbers with some words in it is taken for a measurement gone wrong. */
const MEASURED = 8;

/**
 * Is a column of words mostly numbers, and many different ones? "0", "1", "2", "3+" are categories; ages with one "n/a"
 * among them are not, and coding a level for each would be a silent mistake.
 */
function looksMeasured(column: TextColumn): boolean {
  if (column.mixed === null) return false;
  if (hasDecimalComma(column.mixed.cell)) return true;
  const isNumber = column.levels.map((level) => !Number.isNaN(parseNumber(level)));
  let numbers = 0;
  let cells = 0;
  for (const code of column.codes) {
    if (code < 0) continue;
    cells += 1;
    if (isNumber[code]) numbers += 1;
  }
  const distinct = isNumber.filter(Boolean).length;
  return 2 * numbers > cells && (distinct >= MEASURED || 2 * distinct > numbers);
}
