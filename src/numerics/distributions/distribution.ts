/**
 * A probability distribution: argument first, then its parameters in the order of its tuple.
 *
 * Tails are given from both sides because 1 − p has no digits left where p is near 1: ask for the tail you mean. Where the true value is
 * infinite (the logarithm of zero, a pole of a density, the end of an unbounded support) the result is ±∞; it is never NaN.
 * @throws distribution-parameter, distribution-argument (NaN), probability-out-of-range, quantile-overflow
 */
export interface Distribution<Parameters extends readonly number[]> {
  /** Density, or probability of exactly x for counts. */
  density(x: number, ...parameters: Parameters): number;
  /** Natural logarithm of the density; keeps its digits where the density underflows. */
  logDensity(x: number, ...parameters: Parameters): number;
  /** P(X ≤ x). */
  lower(x: number, ...parameters: Parameters): number;
  /** P(X > x), to full relative accuracy. */
  upper(x: number, ...parameters: Parameters): number;
  /** log P(X ≤ x). */
  logLower(x: number, ...parameters: Parameters): number;
  /** log P(X > x). */
  logUpper(x: number, ...parameters: Parameters): number;
  /** The x with P(X ≤ x) = p; for counts the smallest x with P(X ≤ x) ≥ p. 0 ≤ p ≤ 1. */
  quantile(p: number, ...parameters: Parameters): number;
  /** The x with P(X > x) = q; for counts the smallest x with P(X > x) ≤ q. 0 ≤ q ≤ 1; use it for small upper tails. */
  quantileUpper(q: number, ...parameters: Parameters): number;
}
