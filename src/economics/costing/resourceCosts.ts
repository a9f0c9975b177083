import { InputProblem } from "../../contract/problem.ts";
import { discountFactor } from "./discountFactor.ts";
import { cellOf, type ParticipantColumn } from "./participantColumn.ts";

/** A resource: how much of it every participant used, and what one unit costs. */
export interface Resource {
  readonly item: string;
  /** Units used, possibly counted in several columns, each of one year of follow-up (1: from randomisation on). */
  readonly use: readonly { readonly column: ParticipantColumn; readonly followUpYear: number }[];
  /** Cost of one unit, before discounting. */
  readonly unitCost: number;
}

/** What one item costs, row by row; NaN where what it depends on is missing. */
export interface ItemCosts {
  readonly item: string;
  /** null for a cost that is not counted in units. */
  readonly unitCost: number | null;
  /** Units used; null likewise. */
  readonly use: Float64Array | null;
  /** Discounted. */
  readonly cost: Float64Array;
}

/**
 * Use and cost of one resource: cost = unit cost × Σₖ useₖ (1 + r)^−(year of k − 1), the sum over its columns. A row
 * that misses one of them misses the item: an empty cell is not a zero.
 *
 * @param rate r, see `discountFactor`.
 * @throws InputProblem `quantity-negative` with the cell, `discount-needed`, `discount-rate`, `follow-up-year`.
 */
export function resourceCosts({ item, use: parts, unitCost }: Resource, rate: number | null): ItemCosts {
  const rows = parts[0]!.column.values.length;
  const use = new Float64Array(rows);
  const cost = new Float64Array(rows);
  for (const { column, followUpYear } of parts) {
    const factor = unitCost * discountFactor(followUpYear, rate, item);
    const { values } = column;
    for (let i = 0; i < rows; i++) {
      const units = values[i]!;
      if (units < 0) throw new InputProblem("quantity-negative", { ...cellOf(column, i), item });
      use[i] = use[i]! + units;
      cost[i] = cost[i]! + units * factor;
    }
  }
  return { item, unitCost, use, cost };
}
