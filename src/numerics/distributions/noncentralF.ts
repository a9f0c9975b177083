import { fromLog } from "../special/decay.ts";
import { betaExponent, betaFactor, incompleteBeta } from "../special/incompleteBeta.ts";
import type { Distribution } from "./distribution.ts";
import { requireNonNegative, requireNumber, requireProbability, requireShape } from "./domain.ts";
import { fisherF } from "./fisherF.ts";
import { type Kernel, logMixtureDensity, logMixtureTail } from "./poissonMixture.ts";
import { quantileOfPositive } from "./quantileSearch.ts";

const FAMILY = "noncentral F";

/** Odds beyond which tails and density are powers of f to all digits. */
const TINY = 0.99e-100;
const HUGE = 1.01e100;

function check(f: number, df1: number, df2: number, ncp: number): void {
  requireNumber(FAMILY, f);
  requireShape(FAMILY, "df1", df1);
  requireShape(FAMILY, "df2", df2);
  requireNonNegative(FAMILY, "ncp", ncp);
}

/** Beta distributions with shapes a + j and b, seen at x = odds/(1 + odds). */
export function betaKernel(a: number, b: number, odds: number): Kernel {
  const y = 1 / (1 + odds);
  const x = odds > 1 ? 1 / (1 + 1 / odds) : odds * y;
  const excess = odds > 1 ? (b - a / odds) * x : (b * odds - a) * y;
  return {
    a,
    c: x * (a + b),
    d: x,
    logDifference: (j) => Math.log(betaFactor(a + j, b) / (a + j)) - betaExponent(a + j, b, x, y, excess - j * y),
    logTail: (j, upper) => incompleteBeta(a + j, b, x, y, excess - j * y, upper, true),
  };
}

function tail(f: number, df1: number, df2: number, ncp: number, upper: boolean, log: boolean): number {
  check(f, df1, df2, ncp);
  if (ncp < TINY || f <= 0 || f === Number.POSITIVE_INFINITY) {
    if (log) return upper ? fisherF.logUpper(f, df1, df2) : fisherF.logLower(f, df1, df2);
    return upper ? fisherF.upper(f, df1, df2) : fisherF.lower(f, df1, df2);
  }
  const odds = f * (df1 / df2);
  if (odds > HUGE || odds < TINY) {
    // A power of f from here on, where its own odds would overflow or underflow.
    const far = odds > HUGE;
    const edge = (far ? 1e100 : 1e-100) * (df2 / df1);
    const beyond = (Math.log(f / edge) * (far ? -df2 : df1)) / 2;
    return fromLog(tail(edge, df1, df2, ncp, far, true) + beyond, far !== upper, log);
  }
  const small = f > (df1 + ncp) / df1;
  const kernel = betaKernel(df1 / 2, df2 / 2, odds);
  return fromLog(logMixtureTail(ncp / 2, 0, kernel, small), small !== upper, log);
}

function logDensity(f: number, df1: number, df2: number, ncp: number): number {
  check(f, df1, df2, ncp);
  if (ncp < TINY) return fisherF.logDensity(f, df1, df2);
  if (f <= 0 || f === Number.POSITIVE_INFINITY) return fisherF.logDensity(f, df1, df2) - (f === 0 ? ncp / 2 : 0);
  const odds = f * (df1 / df2);
  if (odds > HUGE || odds < TINY) {
    const far = odds > HUGE;
    const edge = (far ? 1e100 : 1e-100) * (df2 / df1);
    return logDensity(edge, df1, df2, ncp) + Math.log(f / edge) * ((far ? -df2 : df1) / 2 - 1);
  }
  const { a, c, d, logDifference } = betaKernel(df1 / 2, df2 / 2, odds);
  return logMixtureDensity(ncp / 2, a, c, d, (j) => Math.log(a + j) + logDifference(j)) - Math.log(f);
}

function quantile(p: number, df1: number, df2: number, ncp: number, upper: boolean): number {
  requireProbability(FAMILY, p);
  check(0, df1, df2, ncp);
  if (p === 0 || p === 1) return (p === 0) === upper ? Number.POSITIVE_INFINITY : 0;
  if (p > 0.5) return quantile(1 - p, df1, df2, ncp, !upper);
  // P. B. Patnaik's central F (1949): the numerator χ² replaced by a central one with the same mean and variance
  const matched = (df1 + ncp) / ((df1 + 2 * ncp) / (df1 + ncp));
  const central = upper ? fisherF.quantileUpper(p, matched, df2) : fisherF.quantile(p, matched, df2);
  return quantileOfPositive(
    {
      family: FAMILY,
      logTail: (f, upper) => tail(f, df1, df2, ncp, upper, true),
      logSlope: (f) => Math.log(f) + logDensity(f, df1, df2, ncp),
    },
    Math.log(p),
    upper,
    ((df1 + ncp) / df1) * central,
  );
}

/**
 * The noncentral F distribution: a noncentral χ² with df1 degrees of freedom and noncentrality λ = ncp over df1, divided by an
 * independent χ² over its df2; df1, df2 in (0, 1e12], ncp in [0, 1e12].
 *
 * P(F ≤ f) = Σⱼ P(J = j) I_x(df1/2 + j, df2/2), J Poisson with mean λ/2, x = df1 f/(df1 f + df2), summed from the largest term
 * outwards: 10 digits in the smaller tail, and in its logarithm beyond underflow. Work grows as √λ.
 * @throws distribution-parameter, distribution-argument, probability-out-of-range, quantile-overflow
 */
export const noncentralF: Distribution<[df1: number, df2: number, ncp: number]> = {
  density: (f, df1, df2, ncp) => Math.exp(logDensity(f, df1, df2, ncp)),
  logDensity,
  lower: (f, df1, df2, ncp) => tail(f, df1, df2, ncp, false, false),
  upper: (f, df1, df2, ncp) => tail(f, df1, df2, ncp, true, false),
  logLower: (f, df1, df2, ncp) => tail(f, df1, df2, ncp, false, true),
  logUpper: (f, df1, df2, ncp) => tail(f, df1, df2, ncp, true, true),
  quantile: (p, df1, df2, ncp) => quantile(p, df1, df2, ncp, false),
  quantileUpper: (q, df1, df2, ncp) => quantile(q, df1, df2, ncp, true),
};
