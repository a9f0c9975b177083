import { nearest } from "../../contract/nearest.ts";
import { sayPlace } from "../../contract/place.ts";
import { InputProblem } from "../../contract/problem.ts";
import { placeOf } from "../../data/place.ts";
import type { Table } from "../../data/table.ts";
import { requireNumbers } from "../../data/usedColumn.ts";
import { textOf } from "./readPrices.ts";
import type { Resource } from "./resourceCosts.ts";

/** Which columns of a list of uses say what. */
export interface ResourceLogColumns {
  /** Column that names the participant, of the same name in the data. */
  readonly participant: string;
  /** Column of the cluster, likewise, when the same name in two clusters is two participants. */
  readonly cluster: string | null;
  readonly item: string;
  /** Units used; null: every row is one unit. */
  readonly quantity: string | null;
  /** Year of follow-up; null: all in the first. */
  readonly followUpYear: string | null;
  /** What it means that a participant is not in the list at all: that nothing was used, or that nothing is known. */
  readonly absent: "zero" | "missing";
}

/**
 * Use of every item by the participants of the data, from a table with a row per use (participant, item, quantity). An
 * item that is not listed for a participant who is in the list was not used.
 *
 * @param inside Rows of `data` that are analysed; uses of the others' participants are passed over.
 * @returns By item: units per year of follow-up, in rows of `data`; nothing for an item that the list never names.
 * @throws InputProblem `unknown-column`, `not-a-number`, `participant-repeated`, `participant-unknown`, `item-unknown`,
 *   `log-cell-missing`, `quantity-negative`, `follow-up-year`.
 */
export function readResourceLog(
  log: Table,
  columns: ResourceLogColumns,
  items: readonly string[],
  data: Table,
  inside: Int32Array = Int32Array.from({ length: data.rows }, (_, i) => i),
): ReadonlyMap<string, Resource["use"]> {
  const keys = keysOf(data, columns);
  const known = new Set(keys);
  const rowOf = new Map<string, number>();
  for (const row of inside) {
    const key = keys[row]!;
    if (key === null) continue;
    if (rowOf.has(key)) {
      throw new InputProblem("participant-repeated", {
        ...placeOf(data, row),
        column: columns.participant,
        participant: participantIn(key),
      });
    }
    rowOf.set(key, row);
  }
  const labels = textOf(log, columns.item);
  const quantity = columns.quantity === null ? null : requireNumbers(log, columns.quantity, "a number of units");
  const years = columns.followUpYear === null ? null : requireNumbers(log, columns.followUpYear, "a year of follow-up");
  const seen = new Uint8Array(data.rows);
  const use = new Map<string, Map<number, Float64Array>>(items.map((item) => [item, new Map()]));
  keysOf(log, columns).forEach((key, k) => {
    const place = placeOf(log, k);
    const item = labels[k];
    if (key === null) throw new InputProblem("log-cell-missing", { ...place, column: columns.participant });
    if (item == null) throw new InputProblem("log-cell-missing", { ...place, column: columns.item });
    const row = rowOf.get(key);
    if (row === undefined) {
      if (known.has(key)) return;
      throw new InputProblem("participant-unknown", {
        ...place,
        column: columns.participant,
        participant: participantIn(key),
        data: data.source,
      });
    }
    const byYear = use.get(item);
    if (byYear === undefined) {
      throw new InputProblem("item-unknown", { ...place, column: columns.item, item, nearest: nearest(item, items) });
    }
    const units = quantity === null ? 1 : quantity[k]!;
    if (units < 0) {
      throw new InputProblem("quantity-negative", { ...place, column: columns.quantity!, cell: String(units), item });
    }
    const year = years === null ? 1 : years[k]!;
    if (!(Number.isSafeInteger(year) && year >= 1)) {
      throw new InputProblem("follow-up-year", {
        what: `${sayPlace(place)}, column "${columns.followUpYear}"`,
        found: Number.isNaN(year) ? "empty" : String(year),
      });
    }
    let values = byYear.get(year);
    if (values === undefined) {
      values = new Float64Array(data.rows);
      byYear.set(year, values);
    }
    values[row] = values[row]! + units;
    seen[row] = 1;
  });
  const unknown = keys.flatMap((key, row) =>
    key === null || (seen[row] === 0 && columns.absent === "missing") ? [row] : [],
  );
  return new Map(
    [...use].map(([item, byYear]): [string, Resource["use"]] => {
      if (byYear.size === 0) return [item, []];
      const parts = [...byYear].sort(([a], [b]) => a - b);
      for (const row of unknown) for (const [, values] of parts) values[row] = Number.NaN;
      return [item, parts.map(([followUpYear, values]) => ({ column: { name: item, values }, followUpYear }))];
    }),
  );
}

const separator = "\u0000";
const participantIn = (key: string) => key.split(separator)[0]!;

/** Participants by name, with their cluster's where that is needed; null where either is missing. */
function keysOf(table: Table, { participant, cluster }: ResourceLogColumns): readonly (string | null)[] {
  const names = textOf(table, participant);
  if (cluster === null) return names;
  const clusters = textOf(table, cluster);
  return names.map((name, i) => (name === null || clusters[i] === null ? null : `${name}${separator}${clusters[i]}`));
}
