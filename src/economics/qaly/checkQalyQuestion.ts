import { InputProblem } from "../../contract/problem.ts";
import { cellOf } from "../costing/participantColumn.ts";
import { type QalyQuestion, timeOf, type VisitTime } from "./qalyQuestion.ts";

/**
 * Refuses what no participant's visits can be.
 *
 * @throws InputProblem `visits-and-times`, `discount-rate`, `utility-out-of-range`, `time-negative`,
 *   `death-before-start`.
 */
export function checkQalyQuestion({ utilities, times, death, until, rate }: QalyQuestion): void {
  if (utilities.length !== times.length || utilities.length < 2) {
    throw new InputProblem("visits-and-times", { visits: utilities.length, times: times.length });
  }
  if (rate !== null && !(rate >= 0 && rate < 1)) throw new InputProblem("discount-rate", { rate: String(rate) });
  for (const column of utilities) {
    const bad = column.values.findIndex((utility) => utility > 1 || utility < -1);
    if (bad >= 0) throw new InputProblem("utility-out-of-range", cellOf(column, bad));
  }
  for (const time of [...times, until, death]) if (time !== null) refuseNegative(time);
  if (death === null) return;
  const first = times[0]!;
  const early = death.values.findIndex((dies, row) => dies < timeOf(first, row));
  if (early >= 0) {
    throw new InputProblem("death-before-start", { ...cellOf(death, early), start: timeOf(first, early) });
  }
}

function refuseNegative(time: VisitTime): void {
  if (typeof time === "number") {
    if (!(time >= 0 && Number.isFinite(time))) throw new InputProblem("time-negative", { cell: String(time) });
    return;
  }
  const bad = time.values.findIndex((each) => each < 0);
  if (bad >= 0) throw new InputProblem("time-negative", cellOf(time, bad));
}

/** The problem of a visit that is not after the one before it. */
export function notAscending({ times }: QalyQuestion, row: number, visit: number): InputProblem {
  const before = times.slice(0, visit).findLast((time) => !Number.isNaN(timeOf(time, row)))!;
  const time = times[visit]!;
  const column = typeof time === "number" ? before : time;
  return new InputProblem("times-not-ascending", {
    ...(typeof column === "number" ? {} : cellOf(column, row)),
    cell: String(timeOf(time, row)),
    visit: visit + 1,
    before: String(timeOf(before, row)),
  });
}

/** The problem of a utility, not 0, after the participant's death. */
export const aliveAfterDeath = ({ utilities, times }: QalyQuestion, row: number, visit: number, death: number) =>
  new InputProblem("utility-after-death", {
    ...cellOf(utilities[visit]!, row),
    time: timeOf(times[visit]!, row),
    death,
  });
