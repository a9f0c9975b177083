import { InputProblem } from "../../contract/problem.ts";
import type { Absence } from "../../data/table.ts";
import { checkQalyQuestion } from "./checkQalyQuestion.ts";
import { discountedYears } from "./discountedYears.ts";
import type { QalyQuestion } from "./qalyQuestion.ts";
import { unitsPerYear } from "./timeUnit.ts";
import { type UtilityPath, utilityPaths } from "./utilityPath.ts";

export interface Qalys {
  /** NaN where they cannot be computed. */
  readonly values: Float64Array;
  /** What was missing: a column of utilities or of times. */
  readonly absence: Absence;
  /** Years from randomisation to the end of the area, of those alive then; else NaN. */
  readonly followUp: Float64Array;
  /** 1 for participants who died before the end of their follow-up. */
  readonly died: Uint8Array;
  /** 1 for participants with a visit that was bridged. */
  readonly bridged: Uint8Array;
}

/**
 * Quality-adjusted life years: the area under each participant's utility from the first visit to the last,
 *
 *   QALY = ∫ u(t) (1 + r)^−⌊t⌋ dt,   t in years from randomisation,
 *
 * with u linear between visits (the trapezoid rule) and 0 from the time of death. ⌊t⌋ discounts by whole years: nothing
 * in the first, one year in the second. Differences between arms should be adjusted for the utility at baseline, which
 * is part of the area (Manca, Hawkins & Sculpher 2005): that is a covariate of the analysis, not a change to the QALYs.
 *
 * Visits after death count as 0, whether empty or 0. Where times are columns, a dead participant's visit without a time
 * did not take place. With `until` the area ends there: a utility between two visits is read off the line between them,
 * and after the last visit it stays as it was.
 *
 * @throws InputProblem `utility-out-of-range`, `utility-after-death`, `time-negative`, `times-not-ascending`,
 *   `death-before-start`, `until-before-start`, `visits-and-times`, `discount-needed`, `discount-rate`.
 */
export function qalys(question: QalyQuestion): Qalys {
  checkQalyQuestion(question);
  const { utilities, until, unit, rate } = question;
  const rows = utilities[0]!.values.length;
  const pathOf = utilityPaths(question);
  const perYear = unitsPerYear[unit];
  const names: string[] = [];
  const of = new Int32Array(rows).fill(-1);
  const values = new Float64Array(rows).fill(Number.NaN);
  const followUp = new Float64Array(rows).fill(Number.NaN);
  const died = new Uint8Array(rows);
  const bridged = new Uint8Array(rows);
  for (let i = 0; i < rows; i++) {
    const path = pathOf(i);
    if (path.lacking !== null) {
      const known = names.indexOf(path.lacking);
      of[i] = known < 0 ? names.push(path.lacking) - 1 : known;
      continue;
    }
    const start = path.at[0]!;
    if (until !== null && until <= start) throw new InputProblem("until-before-start", { until, start });
    const end = Math.min(until ?? Number.POSITIVE_INFINITY, path.at[path.points - 1]!);
    values[i] = areaOf(path, end, perYear, rate);
    if (path.died) died[i] = 1;
    else followUp[i] = end / perYear;
    if (path.bridged) bridged[i] = 1;
  }
  return { values, absence: { of, names }, followUp, died, bridged };
}

function areaOf({ points, at, utility }: UtilityPath, end: number, perYear: number, rate: number | null): number {
  let area = 0;
  for (let k = 1; k < points && at[k - 1]! < end; k++) {
    const from = at[k - 1]!;
    const to = Math.min(at[k]!, end);
    const first = utility[k - 1]!;
    const last = to === at[k] ? utility[k]! : first + ((utility[k]! - first) * (to - from)) / (at[k]! - from);
    area += discountedYears(from / perYear, to / perYear, first, last, rate);
  }
  return area;
}
