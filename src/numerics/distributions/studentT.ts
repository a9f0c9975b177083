import { decay, extreme } from "../special/decay.ts";
import { betaContinuedFraction, betaSeries } from "../special/incompleteBeta.ts";
import { logOnePlusMinus } from "../special/logOnePlus.ts";
import { stirlingError } from "../special/stirlingError.ts";
import type { Distribution } from "./distribution.ts";
import { requireNumber, requirePositive, requireProbability } from "./domain.ts";
import { normal } from "./normal.ts";
import { quantileOfPositive } from "./quantileSearch.ts";

const FAMILY = "t";
const SQRT_2PI = 2.5066282746310007;

/** Γ((ν + 1)/2)/(√(νπ) Γ(ν/2)), the density at 0. */
function densityAtZero(df: number): number {
  const a = df / 2;
  return Math.exp(a * logOnePlusMinus(1 / df) + (stirlingError(a + 0.5) - stirlingError(a))) / SQRT_2PI;
}

/** (ν + 1)/2 · log(1 + t²/ν). */
function exponent(t: number, df: number): number {
  const logarithm = t < 1e150 ? Math.log1p((t * t) / df) : 2 * Math.log(t) - Math.log(df);
  return ((df + 1) / 2) * logarithm;
}

/** P(0 < T < t), t ≥ 0, where t²(ν + 1)/(ν + t²) is small. */
function central(t: number, df: number): number {
  const square = t * t;
  const y = square / (df + square);
  return 0.5 * densityAtZero(df) * t * Math.exp(-exponent(t, df)) * betaSeries(0.5, df / 2, y);
}

const isCentral = (t: number, df: number): boolean => t * t < df && t * t * (df + 1) < 3 * (df + t * t);

/** P(T > t) or its logarithm, t ≥ 0. */
function tailBeyond(t: number, df: number, log: boolean): number {
  if (t === Number.POSITIVE_INFINITY) return extreme(false, log);
  if (isCentral(t, df)) {
    const tail = 0.5 - central(t, df);
    return log ? Math.log(tail) : tail;
  }
  const inverse = 1 / (t * t);
  const odds = df * inverse;
  const y = 1 / (1 + odds);
  const fraction = betaContinuedFraction(df / 2, 0.5, odds * y, y, -0.5 * df * (1 - inverse) * y);
  const factor = 0.5 * densityAtZero(df) * fraction;
  return t < 1e100 ? decay(exponent(t, df), factor * t, log) : decay(exponent(t, df) - Math.log(t), factor, log);
}

function tail(t: number, df: number, upper: boolean, log: boolean): number {
  requireNumber(FAMILY, t);
  requirePositive(FAMILY, "df", df);
  if (upper ? t >= 0 : t <= 0) return tailBeyond(Math.abs(t), df, log);
  const other = tailBeyond(Math.abs(t), df, false);
  return log ? Math.log1p(-other) : 1 - other;
}

/** The t ≥ 0 whose tail is about that of z ≥ 0 under the normal (D. L. Wallace, 1959, solved for t). */
export function approximateQuantile(z: number, df: number): number {
  const scaled = (z * (8 * df + 3)) / (8 * df + 1);
  const power = (scaled * scaled) / df;
  return power < 700 ? Math.sqrt(df * Math.expm1(power)) : Math.sqrt(df) * Math.exp(Math.min(power / 2, 690));
}

/** t ≥ 0 with P(T > t) = q, for q ≤ ½. */
function upperQuantile(q: number, df: number): number {
  if (q === 0) return Number.POSITIVE_INFINITY;
  const c = 0.5 - q;
  if (c === 0) return 0;
  const nearCentre = q > 0.3;
  return quantileOfPositive(
    {
      family: FAMILY,
      logTail: (t) =>
        nearCentre && isCentral(t, df)
          ? Math.log(central(t, df))
          : nearCentre
            ? Math.log(0.5 - tailBeyond(t, df, false))
            : tailBeyond(t, df, true),
      logSlope: (t) => Math.log(densityAtZero(df) * t) - exponent(t, df),
    },
    Math.log(nearCentre ? c : q),
    !nearCentre,
    approximateQuantile(normal.quantileUpper(q), df),
  );
}

/**
 * Student's t distribution with real degrees of freedom ν = df > 0: f(t) = f(0) (1 + t²/ν)^(−(ν + 1)/2).
 *
 * P(T > t) = ½ I_x(ν/2, ½), x = ν/(ν + t²), by continued fraction, or ½ less a power series near the centre.
 * 12 digits in the smaller tail for ν from 0.5 to beyond 1e6, and in its logarithm beyond underflow.
 * @throws distribution-parameter, distribution-argument, probability-out-of-range, quantile-overflow
 */
export const studentT: Distribution<[df: number]> = {
  density: (t, df) => {
    requireNumber(FAMILY, t);
    requirePositive(FAMILY, "df", df);
    return decay(exponent(Math.abs(t), df), densityAtZero(df), false);
  },
  logDensity: (t, df) => {
    requireNumber(FAMILY, t);
    requirePositive(FAMILY, "df", df);
    return decay(exponent(Math.abs(t), df), densityAtZero(df), true);
  },
  lower: (t, df) => tail(t, df, false, false),
  upper: (t, df) => tail(t, df, true, false),
  logLower: (t, df) => tail(t, df, false, true),
  logUpper: (t, df) => tail(t, df, true, true),
  quantile: (p, df) => {
    requireProbability(FAMILY, p);
    requirePositive(FAMILY, "df", df);
    return p <= 0.5 ? 0 - upperQuantile(p, df) : upperQuantile(1 - p, df);
  },
  quantileUpper: (q, df) => {
    requireProbability(FAMILY, q);
    requirePositive(FAMILY, "df", df);
    return q <= 0.5 ? upperQuantile(q, df) : 0 - upperQuantile(1 - q, df);
  },
};
