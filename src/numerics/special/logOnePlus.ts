/**
 * log(1 + x) − x, for x > −1, without the cancellation of the two near zero.
 *
 * With r = x/(2 + x): log(1 + x) = 2 artanh r, so the difference is −r x + 2r³(1/3 + r²/5 + r⁴/7 + …).
 * Relative error a few units in the last place everywhere.
 */
export function logOnePlusMinus(x: number): number {
  if (x < -0.6 || x > 1.4) return Math.log1p(x) - x;
  const r = x / (2 + x);
  const s = r * r;
  let tail: number;
  if (s < 0.0025) {
    tail = 1 / 3 + s * (1 / 5 + s * (1 / 7 + s * (1 / 9 + s * (1 / 11 + s * (1 / 13 + s / 15)))));
  } else {
    tail = 0;
    for (let k = s < 0.03 ? 23 : 43; k >= 3; k -= 2) tail = 1 / k + s * tail;
  }
  return r * (2 * s * tail - x);
}

/** log(1 − exp(x)), for x ≤ 0, accurate at both ends; −∞ at 0. */
export function logOneMinusExp(x: number): number {
  return x > -Math.LN2 ? Math.log(-Math.expm1(x)) : Math.log1p(-Math.exp(x));
}

/** log(exp(a) + exp(b)) without overflow; −∞ stands for nothing. */
export function logSumExp(a: number, b: number): number {
  const high = Math.max(a, b);
  const low = Math.min(a, b);
  return low === Number.NEGATIVE_INFINITY ? high : high + Math.log1p(Math.exp(low - high));
}
