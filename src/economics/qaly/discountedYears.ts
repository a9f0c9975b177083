import { discountFactor } from "../costing/discountFactor.ts";

/**
 * Area under a utility that goes in a straight line from `first` at `from` to `last` at `to`, discounted by whole years:
 * ∫ u(t) (1 + r)^−⌊t⌋ dt.
 *
 * @param from Years from randomisation, ≥ 0; likewise `to` ≥ `from`.
 * @param rate r per year, or null where none was stated.
 * @throws InputProblem `discount-needed` when the line reaches beyond the first year and there is no rate.
 */
export function discountedYears(from: number, to: number, first: number, last: number, rate: number | null): number {
  const slope = (last - first) / (to - from);
  let area = 0;
  let start = from;
  let before = first;
  while (start < to) {
    const year = Math.floor(start) + 1;
    const end = Math.min(year, to);
    const after = end === to ? last : first + slope * (end - from);
    area += ((before + after) / 2) * (end - start) * discountFactor(year, rate, "the QALYs");
    start = end;
    before = after;
  }
  return area;
}
