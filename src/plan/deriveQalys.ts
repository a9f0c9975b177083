import type { Absence } from "../data/table.ts";
import type { DerivedQalys } from "../economics/qaly/derivedQalys.ts";
import { qalyBreakdown } from "../economics/qaly/qalyBreakdown.ts";
import { qalys } from "../economics/qaly/qalys.ts";
import { keyPath } from "../trial/parseInput.ts";
import type { WrittenQalys } from "./deriveSchema.ts";
import { numbersAt, type TrialRows } from "./rowsOfTrial.ts";

/** A derived column: its values, why some are missing, and what it comes to. */
export interface DerivedColumn<Record> {
  readonly values: Float64Array;
  readonly absence: Absence;
  readonly record: Record;
}

/** @throws InputProblem as `qalys`, and `unknown-column`. */
export function deriveQalys(
  rows: TrialRows,
  name: string,
  path: string,
  written: WrittenQalys,
): DerivedColumn<DerivedQalys> {
  const columnOf = (column: string, at: string, part: string) => numbersAt(rows, column, at, part).column;
  const utilities = written.utilities.map((column, k) =>
    columnOf(column, keyPath(path, ["utilities", k]), "a utility"),
  );
  const times = written.times.map((time, k) =>
    typeof time === "number" ? time : columnOf(time, keyPath(path, ["times", k]), "a time"),
  );
  const found = qalys({
    utilities,
    times,
    unit: written.unit,
    death: written.death === undefined ? null : columnOf(written.death, keyPath(path, ["death"]), "a time"),
    untilDeath: written.untilDeath,
    missing: written.missing,
    until: written.until ?? null,
    rate: written.discount ?? null,
  });
  return {
    values: found.values,
    absence: found.absence,
    record: {
      kind: "qalys",
      column: name,
      baseline: written.utilities[0]!,
      discount: written.discount ?? null,
      ownTimes: written.until === undefined && typeof written.times.at(-1) === "string",
      arms: qalyBreakdown(found, utilities, rows.arms),
    },
  };
}
