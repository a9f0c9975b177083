import { decayOver, extreme } from "../special/decay.ts";
import { gammaExponent, gammaFactor, incompleteGamma } from "../special/incompleteGamma.ts";
import { logGammaOnePlus } from "../special/logGamma.ts";
import { productError } from "../summation.ts";
import type { Distribution } from "./distribution.ts";
import { requireNumber, requirePositive, requireProbability, requireShape } from "./domain.ts";
import { normal } from "./normal.ts";
import { quantileOfPositive, scaleQuantile } from "./quantileSearch.ts";

const FAMILY = "gamma";

/** x/scale − shape, with the digits that the division would lose. */
function excess(x: number, shape: number, scale: number): number {
  const centre = shape * scale;
  if (centre === Number.POSITIVE_INFINITY) return x / scale - shape;
  return (x - centre - productError(shape, scale, centre)) / scale;
}

function check(x: number, shape: number, scale: number): void {
  requireNumber(FAMILY, x);
  requireShape(FAMILY, "shape", shape);
  requirePositive(FAMILY, "scale", scale);
}

function tail(x: number, shape: number, scale: number, upper: boolean, log: boolean): number {
  check(x, shape, scale);
  return incompleteGamma(shape, x / scale, excess(x, shape, scale), upper, log);
}

/** Density of the gamma distribution, or its logarithm; its value at 0 is the limit from the right. */
export function gammaDensity(x: number, shape: number, scale: number, excess: number, log: boolean): number {
  const z = x / scale;
  if (z === 0 && shape <= 1) {
    const value = shape < 1 ? Number.POSITIVE_INFINITY : 1 / scale;
    return log ? Math.log(value) : value;
  }
  if (z <= 0 || z === Number.POSITIVE_INFINITY) return extreme(false, log);
  return decayOver(x, gammaExponent(shape, z, excess), gammaFactor(shape) * shape, log);
}

/** Quantile for scale 1 from the lower (p) or the upper tail (p = upper tail probability). */
export function gammaQuantile(family: string, p: number, shape: number, upper: boolean): number {
  if (p === 0) return upper ? Number.POSITIVE_INFINITY : 0;
  if (p === 1) return upper ? 0 : Number.POSITIVE_INFINITY;
  if (p > 0.5) return gammaQuantile(family, 1 - p, shape, !upper);
  const target = Math.log(p);
  const third = 1 / (9 * shape);
  const z = upper ? normal.quantileUpper(p) : normal.quantile(p);
  // E. B. Wilson and M. M. Hilferty (1931); below it the first term of the power series bounds the lower quantile.
  const cube = Math.max(0, 1 - third + z * Math.sqrt(third));
  const power = Math.exp((target + logGammaOnePlus(shape)) / shape);
  const start = Math.max(shape * cube * cube * cube, upper ? 1e-3 : power);
  return quantileOfPositive(
    {
      family,
      logTail: (x, upper) => incompleteGamma(shape, x, x - shape, upper, true),
      logSlope: (x) => Math.log(gammaFactor(shape) * shape) - gammaExponent(shape, x, x - shape),
    },
    target,
    upper,
    start,
  );
}

/**
 * The gamma distribution, f(x) = x^(k − 1) exp(−x/θ)/(Γ(k) θᵏ), with shape k in (0, 1e12] and scale θ > 0; mean kθ.
 *
 * P(X ≤ x) = P(k, x/θ), the regularised incomplete gamma function: 12 digits in the smaller tail for k ≥ 0.01.
 * @throws distribution-parameter, distribution-argument, probability-out-of-range, quantile-overflow
 */
export const gamma: Distribution<[shape: number, scale: number]> = {
  density: (x, shape, scale) => {
    check(x, shape, scale);
    return gammaDensity(x, shape, scale, excess(x, shape, scale), false);
  },
  logDensity: (x, shape, scale) => {
    check(x, shape, scale);
    return gammaDensity(x, shape, scale, excess(x, shape, scale), true);
  },
  lower: (x, shape, scale) => tail(x, shape, scale, false, false),
  upper: (x, shape, scale) => tail(x, shape, scale, true, false),
  logLower: (x, shape, scale) => tail(x, shape, scale, false, true),
  logUpper: (x, shape, scale) => tail(x, shape, scale, true, true),
  quantile: (p, shape, scale) => {
    requireProbability(FAMILY, p);
    check(0, shape, scale);
    return scaleQuantile(FAMILY, gammaQuantile(FAMILY, p, shape, false), scale);
  },
  quantileUpper: (q, shape, scale) => {
    requireProbability(FAMILY, q);
    check(0, shape, scale);
    return scaleQuantile(FAMILY, gammaQuantile(FAMILY, q, shape, true), scale);
  },
};
