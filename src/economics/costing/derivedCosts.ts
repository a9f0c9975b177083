import type { ArmCosts } from "./costBreakdown.ts";

/** A column of costs that a plan derives: how, and what it comes to in each arm. No row of a participant is in it. */
export interface DerivedCosts {
  readonly kind: "costs";
  readonly column: string;
  readonly currency: string | null;
  readonly priceYear: string | null;
  /** Rate per year; null when none was stated, all costs falling in the first year. */
  readonly discount: number | null;
  readonly arms: readonly ArmCosts[];
}
