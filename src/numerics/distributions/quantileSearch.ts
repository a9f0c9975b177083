import { NumericalProblem } from "../../contract/problem.ts";

/** What the search needs to know of a distribution on the positive numbers. */
export interface PositiveTail {
  readonly family: string;
  /** log P(X ≤ x) or log P(X > x). */
  logTail(x: number, upper: boolean): number;
  /** log(x · density(x)): the slope of the tail against log x. */
  logSlope(x: number): number;
}

/** Between two positive numbers, half way on the logarithmic scale; 0 and ∞ are open ends, tried at the last number before them. */
function between(low: number, high: number): number {
  if (low === 0) {
    if (high <= Number.MIN_VALUE) return 0;
    return high > 1e-150 ? Math.min(high * 1e-3, high * high) : Math.max(high * 1e-60, Number.MIN_VALUE);
  }
  if (high === Number.POSITIVE_INFINITY) {
    if (low >= Number.MAX_VALUE) return high;
    return low < 1e150 ? Math.max(low * 1e3, low * low) : Math.min(low * 1e60, Number.MAX_VALUE);
  }
  return Math.sqrt(low) * Math.sqrt(high);
}

/**
 * The x > 0 with log tail(x) = target, by Newton's method on the log tail against log x, kept within a bracket.
 *
 * For the families here that curve is concave, so Newton converges from either side after one step. x is updated by factors, so its
 * relative accuracy is that of the tail. 0 when the answer underflows.
 * @throws quantile-overflow
 */
export function quantileOfPositive(tail: PositiveTail, target: number, upper: boolean, start: number): number {
  let low = 0;
  let high = Number.POSITIVE_INFINITY;
  let x = Math.min(Math.max(start, 1e-300), 1e300);
  let previous = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 500; i++) {
    const value = tail.logTail(x, upper);
    const gap = value - target;
    if (gap === 0) return x;
    if (gap > 0 === upper) low = x;
    else high = x;
    const slope = Math.exp(tail.logSlope(x) - value);
    const step = (upper ? gap : -gap) / slope;
    let next = x * Math.exp(step);
    const size = Math.abs(step);
    // Noise decides once the steps no longer shrink: the tail has no more digits to give.
    if (size < 1e-15 || (size < 1e-11 && size >= previous / 2)) return next;
    previous = size;
    if (!(next > low && next < high)) next = between(low, high);
    if (next > Number.MAX_VALUE) throw new NumericalProblem("quantile-overflow", { family: tail.family });
    if (next === x || next === low || next === high) return next;
    x = next;
  }
  return x;
}

/** quantile·scale; infinite only when the quantile is. */
export function scaleQuantile(family: string, quantile: number, scale: number): number {
  const scaled = quantile * scale;
  if (scaled === Number.POSITIVE_INFINITY && quantile < scaled)
    throw new NumericalProblem("quantile-overflow", { family });
  return scaled;
}
