import { fromLog } from "../special/decay.ts";
import { gammaExponent, gammaFactor, incompleteGamma } from "../special/incompleteGamma.ts";
import { chiSquared } from "./chiSquared.ts";
import type { Distribution } from "./distribution.ts";
import { requireNonNegative, requireNumber, requireProbability, requireShape } from "./domain.ts";
import { gammaDensity } from "./gamma.ts";
import { type Kernel, logMixtureDensity, logMixtureTail } from "./poissonMixture.ts";
import { quantileOfPositive } from "./quantileSearch.ts";

const FAMILY = "noncentral chi-squared";

function check(x: number, df: number, ncp: number): void {
  requireNumber(FAMILY, x);
  requireShape(FAMILY, "df", df);
  requireNonNegative(FAMILY, "ncp", ncp);
}

function kernel(x: number, df: number): Kernel {
  const a = df / 2;
  const y = x / 2;
  const excess = (x - df) / 2;
  return {
    a,
    c: y,
    d: 0,
    logDifference: (j) => Math.log(gammaFactor(a + j)) - gammaExponent(a + j, y, excess - j),
    logTail: (j, upper) => incompleteGamma(a + j, y, excess - j, upper, true),
  };
}

function tail(x: number, df: number, ncp: number, upper: boolean, log: boolean): number {
  check(x, df, ncp);
  if (ncp === 0 || x <= 0 || x === Number.POSITIVE_INFINITY) {
    if (log) return upper ? chiSquared.logUpper(x, df) : chiSquared.logLower(x, df);
    return upper ? chiSquared.upper(x, df) : chiSquared.lower(x, df);
  }
  const small = x > df + ncp;
  return fromLog(logMixtureTail(ncp / 2, 0, kernel(x, df), small), small !== upper, log);
}

function logDensity(x: number, df: number, ncp: number): number {
  check(x, df, ncp);
  if (ncp === 0) return chiSquared.logDensity(x, df);
  if (x <= 0 || x === Number.POSITIVE_INFINITY) return chiSquared.logDensity(x, df) - (x === 0 ? ncp / 2 : 0);
  const excess = (x - df) / 2;
  return logMixtureDensity(ncp / 2, df / 2, x / 2, 0, (j) => gammaDensity(x, df / 2 + j, 2, excess - j, true));
}

function quantile(p: number, df: number, ncp: number, upper: boolean): number {
  requireProbability(FAMILY, p);
  check(0, df, ncp);
  if (p === 0 || p === 1) return (p === 0) === upper ? Number.POSITIVE_INFINITY : 0;
  if (p > 0.5) return quantile(1 - p, df, ncp, !upper);
  // P. B. Patnaik's central χ² with the same mean and variance (1949)
  const scale = (df + 2 * ncp) / (df + ncp);
  const matched = (df + ncp) / scale;
  const start = scale * (upper ? chiSquared.quantileUpper(p, matched) : chiSquared.quantile(p, matched));
  return quantileOfPositive(
    {
      family: FAMILY,
      logTail: (x, upper) => tail(x, df, ncp, upper, true),
      logSlope: (x) => Math.log(x) + logDensity(x, df, ncp),
    },
    Math.log(p),
    upper,
    start,
  );
}

/**
 * The noncentral χ² distribution with ν = df degrees of freedom in (0, 1e12] and noncentrality λ = ncp in [0, 1e12]: the law of
 * Σ(Zᵢ + μᵢ)² with λ = Σμᵢ².
 *
 * A Poisson mixture, Σⱼ P(J = j) χ²(ν + 2j) with J of mean λ/2, summed from the largest term outwards: 10 digits in the smaller tail,
 * and in its logarithm beyond underflow. Work grows as √λ.
 * @throws distribution-parameter, distribution-argument, probability-out-of-range, quantile-overflow
 */
export const noncentralChiSquared: Distribution<[df: number, ncp: number]> = {
  density: (x, df, ncp) => Math.exp(logDensity(x, df, ncp)),
  logDensity,
  lower: (x, df, ncp) => tail(x, df, ncp, false, false),
  upper: (x, df, ncp) => tail(x, df, ncp, true, false),
  logLower: (x, df, ncp) => tail(x, df, ncp, false, true),
  logUpper: (x, df, ncp) => tail(x, df, ncp, true, true),
  quantile: (p, df, ncp) => quantile(p, df, ncp, false),
  quantileUpper: (q, df, ncp) => quantile(q, df, ncp, true),
};
