import { decay, extreme } from "../special/decay.ts";
import { betaExponent, betaFactor, incompleteBeta } from "../special/incompleteBeta.ts";
import type { Distribution } from "./distribution.ts";
import { requireNonNegative, requireNumber, requireProbability, requireShape } from "./domain.ts";
import { normal } from "./normal.ts";
import { quantileOfCount } from "./quantileOfCount.ts";

const FAMILY = "negative binomial";

function check(k: number, size: number, mu: number): void {
  requireNumber(FAMILY, k);
  requireShape(FAMILY, "size", size);
  requireNonNegative(FAMILY, "mu", mu);
}

function tail(k: number, size: number, mu: number, upper: boolean, log: boolean): number {
  check(k, size, mu);
  if (k < 0) return extreme(upper, log);
  if (k === Number.POSITIVE_INFINITY) return extreme(!upper, log);
  const next = Math.floor(k) + 1;
  const sum = size + mu;
  return incompleteBeta(size, next, size / sum, mu / sum, (size / sum) * (next - mu), upper, log);
}

function density(k: number, size: number, mu: number, log: boolean): number {
  check(k, size, mu);
  if (!(k >= 0 && Number.isInteger(k))) return extreme(false, log);
  if (k === 0) {
    const value = -size * Math.log1p(mu / size);
    return log ? value : Math.exp(value);
  }
  if (mu === 0) return extreme(false, log);
  const sum = size + mu;
  const exponent = betaExponent(size, k, size / sum, mu / sum, (size / sum) * (k - mu));
  return decay(exponent, betaFactor(size, k) / k, log);
}

function quantile(p: number, size: number, mu: number, upper: boolean): number {
  requireProbability(FAMILY, p);
  check(0, size, mu);
  if (mu === 0) return 0;
  const spread = Math.sqrt(mu + (mu / size) * mu);
  const z = p > 0 && p < 1 ? (upper ? normal.quantileUpper(p) : normal.quantile(p)) : 0;
  const skewness = (1 + (2 * mu) / size) / spread;
  const start = mu + spread * (z + ((z * z - 1) * skewness) / 6);
  return quantileOfCount((k) => tail(k, size, mu, upper, false), p, upper, Number.POSITIVE_INFINITY, start, spread);
}

/**
 * The negative binomial distribution with mean μ in [0, 1e12] and size s in (0, 1e12]: variance μ + μ²/s,
 * P(K = k) = Γ(k + s)/(Γ(s) k!) (s/(s + μ))ˢ (μ/(s + μ))ᵏ.
 *
 * P(K ≤ k) = I_x(s, k + 1), x = s/(s + μ): 12 digits in the smaller tail for s ≥ 0.01. k is rounded down in tails; a density off the
 * whole numbers is 0.
 * @throws distribution-parameter, distribution-argument, probability-out-of-range
 */
export const negativeBinomial: Distribution<[size: number, mu: number]> = {
  density: (k, size, mu) => density(k, size, mu, false),
  logDensity: (k, size, mu) => density(k, size, mu, true),
  lower: (k, size, mu) => tail(k, size, mu, false, false),
  upper: (k, size, mu) => tail(k, size, mu, true, false),
  logLower: (k, size, mu) => tail(k, size, mu, false, true),
  logUpper: (k, size, mu) => tail(k, size, mu, true, true),
  quantile: (p, size, mu) => quantile(p, size, mu, false),
  quantileUpper: (q, size, mu) => quantile(q, size, mu, true),
};
