import { aliveAfterDeath, notAscending } from "./checkQalyQuestion.ts";
import { type QalyQuestion, timeOf } from "./qalyQuestion.ts";

/** A participant's utility over time: straight lines between points, 0 after a death. Times in the unit of the question. */
export interface UtilityPath {
  /** How many of `at` and `utility` are this participant's. */
  points: number;
  readonly at: Float64Array;
  readonly utility: Float64Array;
  /** Died before the end of follow-up. */
  died: boolean;
  /** A visit without utility was bridged. */
  bridged: boolean;
  /** The column without which there is no path; null when there is one. */
  lacking: string | null;
}

/** Paths of a question's participants, one at a time in the same record. */
export function utilityPaths(question: QalyQuestion): (row: number) => UtilityPath {
  const visits = question.utilities.length;
  const path: UtilityPath = {
    points: 0,
    at: new Float64Array(visits + 1),
    utility: new Float64Array(visits + 1),
    died: false,
    bridged: false,
    lacking: null,
  };
  return (row) => {
    const dies = question.death === null ? Number.NaN : question.death.values[row]!;
    const openGap = followVisits(question, row, dies, path);
    close(question, row, dies, openGap, path);
    return path;
  };
}

/** Adds the visits to the path; returns the column of a visit that is still to be bridged. */
function followVisits(question: QalyQuestion, row: number, dies: number, path: UtilityPath): string | null {
  const { utilities, times, missing, until } = question;
  const dead = !Number.isNaN(dies);
  let gap: string | null = null;
  let before = Number.NEGATIVE_INFINITY;
  path.points = 0;
  path.bridged = false;
  path.lacking = null;
  for (let k = 0; k < utilities.length; k++) {
    const time = timeOf(times[k]!, row);
    const utility = utilities[k]!.values[row]!;
    if (time <= before) throw notAscending(question, row, k);
    if (!Number.isNaN(time)) before = time;
    if (dead && time > dies) {
      if (!Number.isNaN(utility) && utility !== 0) throw aliveAfterDeath(question, row, k, dies);
      continue;
    }
    if (!Number.isNaN(utility) && !Number.isNaN(time)) {
      if (gap !== null) path.bridged = true;
      gap = null;
      path.at[path.points] = time;
      path.utility[path.points++] = utility;
      // What comes after the end of the area need not be known.
      if (until !== null && time >= until) break;
    } else if (k === 0 || !fellThroughDeath(time, utility, dies)) {
      const column = Number.isNaN(utility) ? utilities[k]!.name : nameOf(question, k);
      if (k === 0 || missing === "exclude") path.lacking ??= column;
      else gap ??= column;
    }
  }
  return gap;
}

/** Is it the participant's death that kept this visit from being held? */
const fellThroughDeath = (time: number, utility: number, dies: number): boolean =>
  !Number.isNaN(dies) && (time === dies || (Number.isNaN(time) && (Number.isNaN(utility) || utility === 0)));

/** Ends the path: at death, at `until`, or at the last visit, which then must be known. */
function close(question: QalyQuestion, row: number, dies: number, gap: string | null, path: UtilityPath): void {
  const { times, until, untilDeath } = question;
  const due = until ?? timeOf(times[times.length - 1]!, row);
  // A last visit without a time did not take place when there was a death.
  path.died = dies <= due || (!Number.isNaN(dies) && Number.isNaN(due));
  if (gap !== null && !path.died) path.lacking ??= gap;
  if (path.lacking !== null) return;
  if (gap !== null) path.bridged = true;
  const last = path.points - 1;
  if (path.died && dies > path.at[last]!) add(path, dies, untilDeath === "linear" ? 0 : path.utility[last]!);
  else if (!path.died && until !== null && path.at[last]! < until) {
    // Death after the end still bends the line towards it.
    if (!Number.isNaN(dies) && untilDeath === "linear") add(path, dies, 0);
    else add(path, until, path.utility[last]!);
  }
}

function add(path: UtilityPath, time: number, utility: number): void {
  path.at[path.points] = time;
  path.utility[path.points++] = utility;
}

function nameOf({ times }: QalyQuestion, visit: number): string {
  const time = times[visit]!;
  return typeof time === "number" ? String(time) : time.name;
}
