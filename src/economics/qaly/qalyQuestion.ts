import type { ParticipantColumn } from "../costing/participantColumn.ts";
import type { TimeUnit } from "./timeUnit.ts";

/** Time of a visit: the same for all, or a column of each participant's own. */
export type VisitTime = number | ParticipantColumn;

/** Utilities of n participants at K visits. */
export interface QalyQuestion {
  /** K columns, in the order of the visits; −1 to 1, where 1 is full health and 0 as good or bad as death. */
  readonly utilities: readonly ParticipantColumn[];
  /** K times from randomisation, in `unit`. */
  readonly times: readonly VisitTime[];
  readonly unit: TimeUnit;
  /** Time of death, missing for those alive; null when nobody died. */
  readonly death: ParticipantColumn | null;
  /** From the last visit before death: "linear" falls to 0 at death, "constant" stays until death. */
  readonly untilDeath: "linear" | "constant";
  /** A visit without a utility: the participant has no QALYs, or the visits before and after it are joined. */
  readonly missing: "exclude" | "interpolate";
  /** Where the area ends, in `unit`; null: at the last visit. */
  readonly until: number | null;
  /** Discount rate per year, see `discountFactor`. */
  readonly rate: number | null;
}

export const timeOf = (time: VisitTime, row: number): number => (typeof time === "number" ? time : time.values[row]!);
