import type { ItemCosts } from "./resourceCosts.ts";
import type { TotalCosts } from "./totalCosts.ts";

/** The rows of each arm: which participants are described together. */
export interface ArmRows {
  /** null without arms, or for rows whose arm is unknown. */
  readonly arm: string | null;
  readonly rows: Int32Array;
}

export interface ItemShare {
  readonly item: string;
  readonly unitCost: number | null;
  /** Mean number of units per participant; null for a cost that is not counted in units. */
  readonly meanUse: number | null;
  /** Participants who used any, or who bear some of the cost. */
  readonly users: number;
  /** Mean per participant, discounted. */
  readonly meanCost: number;
  /** Of the arm's mean total, 0 to 1; null when that is 0. */
  readonly share: number | null;
}

export interface ArmCosts {
  readonly arm: string | null;
  /** With a total cost. */
  readonly participants: number;
  /** Mean total cost per participant; null when nobody has one. */
  readonly meanCost: number | null;
  /** Of those participants, so that their mean costs add up to the total. */
  readonly items: readonly ItemShare[];
  /** Participants without a total, by the first item that is missing. */
  readonly missing: readonly { readonly item: string; readonly participants: number }[];
}

/**
 * Mean use and mean cost per participant of every item, arm by arm. Means are over the participants of the arm whose
 * every item is known.
 */
export function costBreakdown(
  items: readonly ItemCosts[],
  { values, absence }: TotalCosts,
  arms: readonly ArmRows[],
): readonly ArmCosts[] {
  return arms.map(({ arm, rows }): ArmCosts => {
    const complete = rows.filter((i) => !Number.isNaN(values[i]!));
    const meanCost = meanOf(values, complete);
    return {
      arm,
      participants: complete.length,
      meanCost,
      items: items.map(({ item, unitCost, use, cost }) => {
        const mean = meanOf(cost, complete) ?? 0;
        return {
          item,
          unitCost,
          meanUse: use === null ? null : (meanOf(use, complete) ?? 0),
          users: complete.filter((i) => (use ?? cost)[i]! > 0).length,
          meanCost: mean,
          share: meanCost === null || meanCost === 0 ? null : mean / meanCost,
        };
      }),
      missing: items
        .map(({ item }, k) => ({ item, participants: rows.filter((i) => absence.of[i] === k).length }))
        .filter(({ participants }) => participants > 0),
    };
  });
}

/** null over no rows. */
export function meanOf(values: Float64Array, rows: Int32Array): number | null {
  if (rows.length === 0) return null;
  let total = 0;
  for (const i of rows) total += values[i]!;
  return total / rows.length;
}
