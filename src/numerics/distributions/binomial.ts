import { decay, extreme } from "../special/decay.ts";
import { betaExponent, betaFactor, incompleteBeta } from "../special/incompleteBeta.ts";
import { productError } from "../summation.ts";
import type { Distribution } from "./distribution.ts";
import { requireCount, requireNumber, requireProbability, requireWithin } from "./domain.ts";
import { normal } from "./normal.ts";
import { quantileOfCount } from "./quantileOfCount.ts";

const FAMILY = "binomial";

function check(k: number, n: number, p: number): void {
  requireNumber(FAMILY, k);
  requireCount(FAMILY, "n", n);
  requireWithin(FAMILY, "p", p, 0, 1);
}

/** n p − k, to full relative accuracy. */
const excess = (n: number, p: number, k: number): number => n * p - k + productError(n, p, n * p);

function tail(k: number, n: number, p: number, upper: boolean, log: boolean): number {
  check(k, n, p);
  const whole = Math.floor(k);
  if (whole < 0) return extreme(upper, log);
  if (whole >= n) return extreme(!upper, log);
  return incompleteBeta(whole + 1, n - whole, p, 1 - p, excess(n + 1, p, whole + 1), !upper, log);
}

function density(k: number, n: number, p: number, log: boolean): number {
  check(k, n, p);
  if (!(k >= 0 && k <= n && Number.isInteger(k))) return extreme(false, log);
  if (k === 0 || k === n) {
    const value = n === 0 ? 0 : k === 0 ? n * Math.log1p(-p) : n * Math.log(p);
    return log ? value : Math.exp(value);
  }
  if (p === 0 || p === 1) return extreme(false, log);
  const rest = n - k;
  return decay(betaExponent(k, rest, p, 1 - p, excess(n, p, k)), (betaFactor(k, rest) * n) / k / rest, log);
}

function quantile(q: number, n: number, p: number, upper: boolean): number {
  requireProbability(FAMILY, q);
  check(0, n, p);
  if (p === 0) return 0;
  if (p === 1) return n;
  const spread = Math.sqrt(n * p * (1 - p));
  const z = q > 0 && q < 1 ? (upper ? normal.quantileUpper(q) : normal.quantile(q)) : 0;
  const start = n * p + z * spread + ((z * z - 1) * (1 - 2 * p)) / 6;
  return quantileOfCount((k) => tail(k, n, p, upper, false), q, upper, n, start, spread);
}

/**
 * The binomial distribution, P(K = k) = C(n, k) pᵏ(1 − p)ⁿ⁻ᵏ, n a whole number up to 1e12, p in [0, 1].
 *
 * P(K > k) = I_p(k + 1, n − k): 12 digits in the smaller tail. k is rounded down in tails; a density off the whole numbers is 0.
 * @throws distribution-parameter, distribution-argument, probability-out-of-range
 */
export const binomial: Distribution<[n: number, p: number]> = {
  density: (k, n, p) => density(k, n, p, false),
  logDensity: (k, n, p) => density(k, n, p, true),
  lower: (k, n, p) => tail(k, n, p, false, false),
  upper: (k, n, p) => tail(k, n, p, true, false),
  logLower: (k, n, p) => tail(k, n, p, false, true),
  logUpper: (k, n, p) => tail(k, n, p, true, true),
  quantile: (q, n, p) => quantile(q, n, p, false),
  quantileUpper: (q, n, p) => quantile(q, n, p, true),
};
