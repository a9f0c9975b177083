import { InputProblem } from "../../contract/problem.ts";

/**
 * Present value of 1 that falls in a year of follow-up: (1 + r)^−(k−1) in year k, so that the first year is not
 * discounted, the second by one year, and so on. Whole years, as in most evaluations beside trials; NICE and the Green
 * Book of HM Treasury use r = 0.035.
 *
 * @param followUpYear k, 1 for the twelve months from randomisation.
 * @param rate r per year in [0, 1); null when none was stated, which will do as long as everything falls in the first year.
 * @param what For messages: an item, a column.
 * @throws InputProblem `discount-rate`; `discount-needed` beyond the first year without a rate; `follow-up-year`.
 */
export function discountFactor(followUpYear: number, rate: number | null, what: string): number {
  if (rate !== null && !(rate >= 0 && rate < 1)) throw new InputProblem("discount-rate", { rate: String(rate) });
  if (!(Number.isSafeInteger(followUpYear) && followUpYear >= 1)) {
    throw new InputProblem("follow-up-year", { what, found: String(followUpYear) });
  }
  if (followUpYear === 1) return 1;
  if (rate === null) throw new InputProblem("discount-needed", { what, year: followUpYear });
  return (1 + rate) ** -(followUpYear - 1);
}
