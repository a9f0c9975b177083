/** How far a probability may be from a step of the distribution function and still be read as that step: the tails' own accuracy. */
const slack = (p: number): number => 1e-12 * Math.min(p, 1 - p) + 2 ** -51 * p;

/**
 * The smallest count k in 0…largest with tail(k) ≥ p, or with tail(k) ≤ p for an upper tail.
 *
 * `tail` is monotone in k. A p that is a step of the distribution function but for rounding, such as 0.95 for binomial(1, 0.05), is
 * read as that step (R does so too), unless p is to the last bit the tail at the next count: so quantile(lower(k)) = k.
 */
export function quantileOfCount(
  tail: (k: number) => number,
  p: number,
  upper: boolean,
  largest: number,
  start: number,
  spread: number,
): number {
  if (upper ? p >= 1 : p <= 0) return 0;
  if (upper ? p <= 0 : p >= 1) return largest;
  const reached = (k: number): boolean => (upper ? tail(k) <= p : tail(k) >= p);
  let stride = Math.max(1, Math.floor(spread / 64));
  let low: number;
  let high = Math.min(Math.max(Math.floor(start), 0), largest);
  if (reached(high)) {
    low = high - stride;
    while (low >= 0 && reached(low)) {
      high = low;
      stride *= 2;
      low = high - stride;
    }
    low = Math.max(low, -1);
  } else {
    low = high;
    high = low + stride;
    while (high < largest && !reached(high)) {
      low = high;
      stride *= 2;
      high = low + stride;
    }
    high = Math.min(high, largest);
  }
  while (high - low > 1) {
    const middle = low + Math.floor((high - low) / 2);
    if (reached(middle)) high = middle;
    else low = middle;
  }
  if (high === 0 || tail(high) === p) return high;
  const before = tail(high - 1);
  return (upper ? before <= p + slack(p) : before >= p - slack(p)) ? high - 1 : high;
}
