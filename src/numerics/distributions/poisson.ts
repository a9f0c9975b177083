import { decay, extreme } from "../special/decay.ts";
import { gammaExponent, gammaFactor, incompleteGamma } from "../special/incompleteGamma.ts";
import type { Distribution } from "./distribution.ts";
import { requireNonNegative, requireNumber, requireProbability } from "./domain.ts";
import { normal } from "./normal.ts";
import { quantileOfCount } from "./quantileOfCount.ts";

const FAMILY = "Poisson";

function check(k: number, mean: number): void {
  requireNumber(FAMILY, k);
  requireNonNegative(FAMILY, "mean", mean);
}

function tail(k: number, mean: number, upper: boolean, log: boolean): number {
  check(k, mean);
  if (k < 0 || k === Number.POSITIVE_INFINITY) return extreme(upper === k < 0, log);
  const next = Math.floor(k) + 1;
  return incompleteGamma(next, mean, mean - next, !upper, log);
}

function density(k: number, mean: number, log: boolean): number {
  check(k, mean);
  if (!(k >= 0 && Number.isInteger(k))) return extreme(false, log);
  if (k === 0) return log ? -mean : Math.exp(-mean);
  if (mean === 0) return extreme(false, log);
  return decay(gammaExponent(k, mean, mean - k), gammaFactor(k), log);
}

function quantile(p: number, mean: number, upper: boolean): number {
  requireProbability(FAMILY, p);
  check(0, mean);
  if (mean === 0) return 0;
  const spread = Math.sqrt(mean);
  const z = p > 0 && p < 1 ? (upper ? normal.quantileUpper(p) : normal.quantile(p)) : 0;
  const start = mean + z * spread + (z * z - 1) / 6;
  return quantileOfCount((k) => tail(k, mean, upper, false), p, upper, Number.POSITIVE_INFINITY, start, spread);
}

/**
 * The Poisson distribution, P(K = k) = exp(−μ) μᵏ/k!, mean μ in [0, 1e12].
 *
 * P(K ≤ k) = Q(k + 1, μ): 12 digits in the smaller tail. k is rounded down in tails; a density off the whole numbers is 0.
 * @throws distribution-parameter, distribution-argument, probability-out-of-range
 */
export const poisson: Distribution<[mean: number]> = {
  density: (k, mean) => density(k, mean, false),
  logDensity: (k, mean) => density(k, mean, true),
  lower: (k, mean) => tail(k, mean, false, false),
  upper: (k, mean) => tail(k, mean, true, false),
  logLower: (k, mean) => tail(k, mean, false, true),
  logUpper: (k, mean) => tail(k, mean, true, true),
  quantile: (p, mean) => quantile(p, mean, false),
  quantileUpper: (q, mean) => quantile(q, mean, true),
};
