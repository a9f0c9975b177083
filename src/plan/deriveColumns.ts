import { type Notice, notice } from "../contract/notice.ts";
import { InputProblem } from "../contract/problem.ts";
import type { Column, Table } from "../data/table.ts";
import { tableFromRows } from "../data/tableFromColumns.ts";
import type { DerivedCosts } from "../economics/costing/derivedCosts.ts";
import type { DerivedQalys } from "../economics/qaly/derivedQalys.ts";
import { keyPath } from "../trial/parseInput.ts";
import { type CostTables, deriveCosts } from "./deriveCosts.ts";
import { deriveQalys } from "./deriveQalys.ts";
import type { WrittenCosts } from "./deriveSchema.ts";
import type { Plan, PlannedAnalysis } from "./parsePlan.ts";
import { rowsOfTrial } from "./rowsOfTrial.ts";

/** How a column was derived, and what it comes to in each arm. */
export type Derived = DerivedCosts | DerivedQalys;

/** A table with the columns that the plan derives beside its own. */
export interface DerivedTable {
  readonly table: Table;
  readonly derived: readonly Derived[];
}

/**
 * Derives the columns of `derive` in the plan's order, each from the columns of the table and those before it. They are
 * then columns like any other: outcome, covariate, weight.
 *
 * @throws InputProblem `derived-column-exists`, `derived-from-nothing`, `unknown-column`, and whatever is wrong in
 *   prices, uses, utilities or times.
 */
export function deriveColumns(plan: Plan, table: Table): DerivedTable {
  const derived: Derived[] = [];
  let extended = table;
  for (const [name, written] of Object.entries(plan.derive ?? {})) {
    const path = keyPath("derive", [name]);
    if (extended.columns.has(name)) {
      throw new InputProblem("derived-column-exists", { path, column: name, source: table.source });
    }
    const rows = rowsOfTrial(plan, extended);
    const { values, absence, record } =
      written.utilities !== undefined
        ? deriveQalys(rows, name, path, written)
        : deriveCosts(rows, name, path, written, tablesOf(plan, path, written));
    const column: Column = { kind: "number", name, values, absence };
    extended = { ...extended, columns: new Map([...extended.columns, [name, column]]) };
    derived.push(record);
  }
  return { table: extended, derived };
}

/** @throws InputProblem `table-not-read` for a file that nobody has read. */
function tablesOf(plan: Plan, path: string, { prices, use }: WrittenCosts): CostTables {
  const find = (key: string, written: string | object | undefined): Table | null => {
    if (written === undefined) return null;
    const found = plan.listedTables.get(key);
    if (found !== undefined) return found;
    throw new InputProblem("table-not-read", { path: key, file: String(written) });
  };
  return { prices: find(`${path}.prices`, prices), use: find(`${path}.use.data`, use?.data) };
}

/** The lists that `derive` refers to, by key path: written out in the plan, or in a file that is still to be read. */
export function listsOf({ derive }: Pick<Plan, "derive">): {
  readonly tables: ReadonlyMap<string, Table>;
  readonly files: ReadonlyMap<string, string>;
} {
  const tables = new Map<string, Table>();
  const files = new Map<string, string>();
  for (const [name, written] of Object.entries(derive ?? {})) {
    if (written.utilities !== undefined) continue;
    const { prices, use } = written;
    for (const [path, list] of [
      [keyPath("derive", [name, "prices"]), prices],
      [keyPath("derive", [name, "use", "data"]), use?.data],
    ] as const) {
      if (typeof list === "string") files.set(path, list);
      else if (list !== undefined) tables.set(path, tableFromRows(list, { source: path }));
    }
  }
  return { tables, files };
}

/** What a reader should know about derived columns that an analysis takes as outcomes. */
export function derivedNotices(
  derived: readonly Derived[],
  { outcome, covariates, method, options }: PlannedAnalysis,
): readonly Notice[] {
  const own = typeof outcome === "string" ? outcome : "name" in outcome ? outcome.name : outcome.events;
  const equations = method.needs(options).equations ?? [{ outcome: own, covariates: [] }];
  return derived.flatMap((each): readonly Notice[] => {
    const equation = equations.find((one) => one.outcome === each.column);
    if (equation === undefined || each.kind !== "qalys") return [];
    const { column, baseline } = each;
    const adjusted = [...covariates, ...equation.covariates].includes(baseline);
    return [...(adjusted ? [] : [notice("qalys-without-baseline", { column, baseline })]), ...followUpNotice(each)];
  });
}

function followUpNotice({ column, ownTimes, arms }: DerivedQalys): readonly Notice[] {
  const ends = arms.flatMap(({ followUp }) => (followUp === null ? [] : [followUp]));
  const least = Math.min(...ends.map(({ min }) => min));
  const most = Math.max(...ends.map(({ max }) => max));
  return ownTimes && most > least ? [notice("follow-up-varies", { column, least, most })] : [];
}

/** `derive` as provenance keeps it: a list of uses by its length, since its rows are participants'. */
export function deriveAsAsked({ derive }: Plan): Plan["derive"] | object {
  if (derive === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(derive).map(([name, written]) => {
      if (written.utilities !== undefined || written.use === undefined || typeof written.use.data === "string") {
        return [name, written];
      }
      return [name, { ...written, use: { ...written.use, data: `${written.use.data.length} rows` } }];
    }),
  );
}
