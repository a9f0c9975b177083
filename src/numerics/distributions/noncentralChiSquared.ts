import { fromLog } from "../special/decay.ts";
import { gammaExponent, gammaFactor, incompleteGamma } from "../special/incompleteGamma.ts";
import { chiSquared } from "./chiSquared.ts";
import type { Distribution } from "./distribution.ts";
import { requireNonNegative, requireNumber, requireProbability, requireShape } from "./domain.ts";
import { gammaDensity } from "./gamma.ts";
import { type Kernel, logMixtureDensity, logMixtureTail } from "./poissonMixture.ts";
import { quantileOfPositive } from "./quantileSearch.ts";

const FAMILY = "noncentral chi-squared";

/** Below TINY tail and density are powers of x to all digits, above HUGE the exponent of the saddlepoint is their logarithm. */
const TINY = 1e-100;
const HUGE = 1e15;

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

/** K(s) − s x at K′(s) = x, with K(s) = λs/(1 − 2s) − ν/2 log(1 − 2s) and u = 1 − 2s. */
function saddleExponent(x: number, df: number, ncp: number): number {
  const u = (df / x + Math.sqrt((df / x) ** 2 + (4 * ncp) / x)) / 2;
  return ((1 - u) / 2) * (ncp / u - x) - (df / 2) * Math.log(u);
}

function tail(x: number, df: number, ncp: number, upper: boolean, log: boolean): number {
  check(x, df, ncp);
  if (ncp < TINY || x <= 0 || x === Number.POSITIVE_INFINITY) {
    if (log) return upper ? chiSquared.logUpper(x, df) : chiSquared.logLower(x, df);
    return upper ? chiSquared.upper(x, df) : chiSquared.lower(x, df);
  }
  if (x > HUGE) return fromLog(saddleExponent(x, df, ncp), !upper, log);
  if (x < TINY) return fromLog(tail(TINY, df, ncp, false, true) + (df / 2) * Math.log(x / TINY), upper, log);
  const small = x > df + ncp;
  return fromLog(logMixtureTail(ncp / 2, 0, kernel(x, df), small), small !== upper, log);
}

function logDensity(x: number, df: number, ncp: number): number {
  check(x, df, ncp);
  if (ncp < TINY) return chiSquared.logDensity(x, df);
  if (x <= 0 || x === Number.POSITIVE_INFINITY) return chiSquared.logDensity(x, df) - (x === 0 ? ncp / 2 : 0);
  if (x > HUGE) return saddleExponent(x, df, ncp);
  if (x < TINY) return logDensity(TINY, df, ncp) + (df / 2 - 1) * Math.log(x / TINY);
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
