import type { ArmQalys } from "./qalyBreakdown.ts";

/** A column of QALYs that a plan derives: how, and what it comes to in each arm. No row of a participant is in it. */
export interface DerivedQalys {
  readonly kind: "qalys";
  readonly column: string;
  /** Column of the utility at the first visit, by which differences should be adjusted. */
  readonly baseline: string;
  /** Rate per year; null when none was stated, follow-up ending within the first year. */
  readonly discount: number | null;
  /** Do participants differ in when their area ends? */
  readonly ownTimes: boolean;
  readonly arms: readonly ArmQalys[];
}
