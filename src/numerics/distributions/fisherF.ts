import { decayOver, extreme } from "../special/decay.ts";
import { betaExponent, betaFactor, incompleteBeta } from "../special/incompleteBeta.ts";
import { betaOddsQuantile } from "./beta.ts";
import type { Distribution } from "./distribution.ts";
import { requireNumber, requireProbability, requireShape } from "./domain.ts";
import { scaleQuantile } from "./quantileSearch.ts";

const FAMILY = "F";

function check(f: number, df1: number, df2: number): void {
  requireNumber(FAMILY, f);
  requireShape(FAMILY, "df1", df1);
  requireShape(FAMILY, "df2", df2);
}

function tail(f: number, df1: number, df2: number, upper: boolean, log: boolean): number {
  check(f, df1, df2);
  if (f <= 0) return extreme(upper, log);
  if (f > 1) {
    const part = df2 / f;
    const sum = df1 + part;
    const excess = (((df1 / sum) * df2) / 2) * (f === Number.POSITIVE_INFINITY ? 1 : (f - 1) / f);
    return incompleteBeta(df1 / 2, df2 / 2, df1 / sum, part / sum, excess, upper, log);
  }
  const part = df1 * f;
  const sum = part + df2;
  return incompleteBeta(df1 / 2, df2 / 2, part / sum, df2 / sum, ((df1 * (f - 1)) / 2) * (df2 / sum), upper, log);
}

function density(f: number, df1: number, df2: number, log: boolean): number {
  check(f, df1, df2);
  if (f <= 0 || f === Number.POSITIVE_INFINITY) {
    const value = f !== 0 || df1 > 2 ? 0 : df1 < 2 ? Number.POSITIVE_INFINITY : 1;
    return log ? Math.log(value) : value;
  }
  const a = df1 / 2;
  const b = df2 / 2;
  const part = f > 1 ? df2 / f : df1 * f;
  const sum = f > 1 ? df1 + part : part + df2;
  const x = (f > 1 ? df1 : part) / sum;
  const y = (f > 1 ? part : df2) / sum;
  const excess = f > 1 ? b * x * ((f - 1) / f) : a * y * (f - 1);
  return decayOver(f, betaExponent(a, b, x, y, excess), betaFactor(a, b), log);
}

function quantile(p: number, df1: number, df2: number, upper: boolean): number {
  requireProbability(FAMILY, p);
  check(0, df1, df2);
  return scaleQuantile(FAMILY, betaOddsQuantile(FAMILY, p, df1 / 2, df2 / 2, upper), df2 / df1);
}

/**
 * Fisher's F distribution with real degrees of freedom df1, df2 in (0, 1e12].
 *
 * P(F ≤ f) = I_x(df1/2, df2/2), x = df1 f/(df1 f + df2): 12 digits in the smaller tail for df from 0.5 to 1e6, and in its logarithm
 * beyond underflow. F(1, ν) is the square of Student's t with ν degrees of freedom.
 * @throws distribution-parameter, distribution-argument, probability-out-of-range, quantile-overflow
 */
export const fisherF: Distribution<[df1: number, df2: number]> = {
  density: (f, df1, df2) => density(f, df1, df2, false),
  logDensity: (f, df1, df2) => density(f, df1, df2, true),
  lower: (f, df1, df2) => tail(f, df1, df2, false, false),
  upper: (f, df1, df2) => tail(f, df1, df2, true, false),
  logLower: (f, df1, df2) => tail(f, df1, df2, false, true),
  logUpper: (f, df1, df2) => tail(f, df1, df2, true, true),
  quantile: (p, df1, df2) => quantile(p, df1, df2, false),
  quantileUpper: (q, df1, df2) => quantile(q, df1, df2, true),
};
