import { DesignProblem, InputProblem } from "../contract/problem.ts";
import { categoriesOf, presentRows } from "./categories.ts";
import type { Outcome, OutcomeKind } from "./frame.ts";
import { cellText, placeOf } from "./place.ts";
import type { Level, OutcomeRole } from "./roles.ts";
import type { SelectedRows } from "./selectRows.ts";
import type { Column, Table } from "./table.ts";
import { requireColumn, requireLevel, requireNumbers } from "./usedColumn.ts";

/** The outcome's kind and columns, before any row is read. */
export interface ResolvedOutcome {
  readonly kind: OutcomeKind;
  readonly name: string;
  readonly column: Column;
  /** Level that counts as 1, as written; null for a column of 0 and 1. */
  readonly event: Level | null;
  /** Exposure or trials. */
  readonly second: string | null;
}

/**
 * Settles the kind of outcome: from the keys it was written with, or, for a bare name, the first of `kinds` that a
 * single column can be.
 *
 * @throws InputProblem `unknown-column`, `not-a-number`, `decimal-comma`, `event-needed` for words without an event,
 *   `outcome-kind` when none of `kinds` fits.
 */
export function resolveOutcome(
  table: Table,
  role: OutcomeRole,
  kinds: readonly OutcomeKind[] | undefined,
): ResolvedOutcome {
  const { name, stated, event, second } = readRole(role);
  const column = requireColumn(table, name);
  const kind =
    stated ??
    kindOfColumn(
      column,
      (kinds ?? ["continuous"]).filter((each) => each !== "grouped"),
    );
  if (kinds !== undefined && !kinds.includes(kind)) {
    throw new InputProblem("outcome-kind", { column: name, kind, accepted: [...kinds] });
  }
  if (event === null) {
    if (column.kind === "text" && column.mixed === null && kinds?.includes("binary")) {
      throw new InputProblem("event-needed", { column: name, levels: column.levels.slice(0, 12) });
    }
    requireNumbers(table, name, "the outcome");
  }
  if (second !== null) requireNumbers(table, second, kind === "grouped" ? "the number of trials" : "the exposure");
  return { kind, name, column, event, second };
}

/** The first kind that all numbers of the column can be; where none is, the first, which will say what is wrong. */
function kindOfColumn(column: Column, kinds: readonly OutcomeKind[]): OutcomeKind {
  const first = kinds[0] ?? "continuous";
  if (column.kind === "text" || first === "continuous") return first;
  const { values } = column;
  const can: Readonly<Record<OutcomeKind, (value: number) => boolean>> = {
    continuous: () => true,
    binary: (value) => value === 0 || value === 1,
    count: (value) => value >= 0 && Number.isSafeInteger(value),
    grouped: () => false,
  };
  const fits = (kind: OutcomeKind) => values.every((value) => Number.isNaN(value) || can[kind](value));
  return kinds.find(fits) ?? first;
}

/** Columns of an outcome as written: its own, and that of exposure or trials. */
export function outcomeColumns(role: OutcomeRole): readonly string[] {
  const { name, second } = readRole(role);
  return second === null ? [name] : [name, second];
}

interface WrittenOutcome {
  readonly name: string;
  /** null: a bare name. */
  readonly stated: OutcomeKind | null;
  readonly event: Level | null;
  readonly second: string | null;
}

function readRole(role: OutcomeRole): WrittenOutcome {
  if (typeof role === "string") return { name: role, stated: null, event: null, second: null };
  if ("events" in role) return { name: role.events, stated: "grouped", event: null, second: role.trials };
  if ("event" in role) return { name: role.name, stated: "binary", event: role.event, second: null };
  if ("exposure" in role) return { name: role.name, stated: "count", event: null, second: role.exposure };
  return { name: role.name, stated: null, event: null, second: null };
}

/**
 * Outcome of the analysed rows, checked.
 *
 * @throws InputProblem `outcome-not-binary`, `count-invalid`, `exposure-invalid`, `trials-invalid`;
 *   DesignProblem `outcome-constant`, `outcome-too-large`.
 */
export function outcomeOf(table: Table, resolved: ResolvedOutcome, selected: SelectedRows): Outcome {
  const { kind, name } = resolved;
  const outcome = kind === "binary" ? binary(table, resolved, selected) : numeric(table, resolved, selected);
  const { values } = outcome;
  const divisor = outcome.kind === "grouped" ? outcome.trials : outcome.kind === "count" ? outcome.exposure : null;
  const first = values[0]!;
  const constant =
    divisor === null || kind === "count"
      ? values.every((value) => value === first)
      : values.every((value) => value === 0) || values.every((value, i) => value === divisor[i]!);
  if (constant && (divisor === null || first === 0 || kind === "grouped")) {
    throw new DesignProblem("outcome-constant", { column: name, cell: constantText(outcome), rows: selected.rows });
  }
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (largest > largestOutcome) throw new DesignProblem("outcome-too-large", { column: name, largest });
  return outcome;
}

/** Beyond it sums of squares over the rows of a trial may overflow. */
const largestOutcome = 1e145;

const constantText = (outcome: Outcome): string =>
  outcome.kind === "grouped"
    ? outcome.values[0] === 0
      ? "no events"
      : "events in every trial"
    : String(outcome.values[0]!);

function numeric(table: Table, resolved: ResolvedOutcome, selected: SelectedRows): Outcome {
  const { kind, name, second } = resolved;
  const values = keptValues(requireNumbers(table, name, "the outcome"), selected.kept);
  const refuse = (code: "count-invalid" | "exposure-invalid" | "trials-invalid", column: string, i: number) => {
    const row = selected.kept === null ? i : selected.kept[i]!;
    return new InputProblem(code, { ...placeOf(table, row), column, cell: cellText(table, column, row) });
  };
  if (kind === "continuous") return { kind, name, values };
  const bad = values.findIndex((value) => value < 0 || !Number.isSafeInteger(value));
  if (bad >= 0) throw refuse("count-invalid", name, bad);
  if (second === null) return { kind: "count", name, values, exposure: null };
  const others = keptValues(requireNumbers(table, second, "the exposure"), selected.kept);
  if (kind === "grouped") {
    const wrong = others.findIndex((trials, i) => trials < 1 || !Number.isSafeInteger(trials) || values[i]! > trials);
    if (wrong >= 0) throw refuse("trials-invalid", second, wrong);
    return { kind, name, values, trials: others };
  }
  const wrong = others.findIndex((exposure) => !(exposure > 0));
  if (wrong >= 0) throw refuse("exposure-invalid", second, wrong);
  return { kind: "count", name, values, exposure: others };
}

function binary(table: Table, { name, column, event }: ResolvedOutcome, selected: SelectedRows): Outcome {
  const { kept, rows } = selected;
  if (event === null) {
    const values = keptValues(requireNumbers(table, name, "the outcome"), kept);
    const bad = values.findIndex((value) => value !== 0 && value !== 1);
    if (bad >= 0) {
      const row = kept === null ? bad : kept[bad]!;
      throw new InputProblem("outcome-not-binary", {
        ...placeOf(table, row),
        column: name,
        cell: String(values[bad]!),
      });
    }
    return { kind: "binary", name, event: "1", values };
  }
  const { levels, codes } = categoriesOf(column, kept, rows);
  const all = column.kind === "text" ? column.levels : categoriesOf(column, presentRows(column)).levels;
  const level = all[requireLevel(name, all, event, "for the event of the outcome")]!;
  const code = levels.indexOf(level);
  if (levels.length > 2) {
    throw new InputProblem("outcome-many-levels", { column: name, event: level, levels: levels.slice(0, 12) });
  }
  return { kind: "binary", name, event: level, values: Float64Array.from(codes, (each) => (each === code ? 1 : 0)) };
}

/** Values of the analysed rows. */
export function keptValues(values: Float64Array, kept: Int32Array | null): Float64Array {
  if (kept === null) return values;
  const out = new Float64Array(kept.length);
  for (let i = 0; i < kept.length; i++) out[i] = values[kept[i]!]!;
  return out;
}
