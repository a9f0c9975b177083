import type { Absence } from "../../data/table.ts";
import type { ItemCosts } from "./resourceCosts.ts";

/** Cost per participant over all items. */
export interface TotalCosts {
  /** NaN where an item is missing. */
  readonly values: Float64Array;
  /** The first item that is missing in each row. */
  readonly absence: Absence;
}

/** Σ over items of each row's cost; a row without one of them has no total, and `absence` names the item. */
export function totalCosts(items: readonly ItemCosts[]): TotalCosts {
  const rows = items[0]!.cost.length;
  const values = new Float64Array(rows);
  const of = new Int32Array(rows).fill(-1);
  items.forEach(({ cost }, k) => {
    for (let i = 0; i < rows; i++) {
      values[i] = values[i]! + cost[i]!;
      if (Number.isNaN(cost[i]!) && of[i] === -1) of[i] = k;
    }
  });
  return { values, absence: { of, names: items.map(({ item }) => item) } };
}
