import { incompleteGamma } from "../special/incompleteGamma.ts";
import type { Distribution } from "./distribution.ts";
import { requireNumber, requireProbability, requireShape } from "./domain.ts";
import { gammaDensity, gammaQuantile } from "./gamma.ts";

const FAMILY = "chi-squared";

function check(x: number, df: number): void {
  requireNumber(FAMILY, x);
  requireShape(FAMILY, "df", df);
}

function tail(x: number, df: number, upper: boolean, log: boolean): number {
  check(x, df);
  return incompleteGamma(df / 2, x / 2, (x - df) / 2, upper, log);
}

/**
 * The χ² distribution with ν = df degrees of freedom in (0, 1e12], real: a gamma with shape ν/2 and scale 2.
 *
 * P(X > x) = Q(ν/2, x/2): 12 digits in the smaller tail for ν from 0.5 to 1e6, and in its logarithm beyond underflow.
 * @throws distribution-parameter, distribution-argument, probability-out-of-range, quantile-overflow
 */
export const chiSquared: Distribution<[df: number]> = {
  density: (x, df) => {
    check(x, df);
    return gammaDensity(x, df / 2, 2, (x - df) / 2, false);
  },
  logDensity: (x, df) => {
    check(x, df);
    return gammaDensity(x, df / 2, 2, (x - df) / 2, true);
  },
  lower: (x, df) => tail(x, df, false, false),
  upper: (x, df) => tail(x, df, true, false),
  logLower: (x, df) => tail(x, df, false, true),
  logUpper: (x, df) => tail(x, df, true, true),
  quantile: (p, df) => {
    requireProbability(FAMILY, p);
    check(0, df);
    return 2 * gammaQuantile(FAMILY, p, df / 2, false);
  },
  quantileUpper: (q, df) => {
    requireProbability(FAMILY, q);
    check(0, df);
    return 2 * gammaQuantile(FAMILY, q, df / 2, true);
  },
};
