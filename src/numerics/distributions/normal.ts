import { scaledErfc } from "../special/scaledErfc.ts";
import type { Distribution } from "./distribution.ts";
import { requireNumber, requireProbability } from "./domain.ts";

const FAMILY = "normal";
const SQRT_2PI = 2.5066282746310007;
const HALF_LOG_2PI = 0.9189385332046728;

/** exp(−z²/2), z ≥ 0, with z² taken in two exact parts: its rounding alone would cost two digits at z = 37. */
function decayOfSquare(z: number): number {
  if (z > 40) return 0;
  const head = Math.fround(z);
  return Math.exp((-head * head) / 2) * Math.exp((-(z - head) * (z + head)) / 2);
}

/** P(X > z)/φ(z), z ≥ 0. */
const millsRatio = (z: number): number => (SQRT_2PI / 2) * scaledErfc(z * Math.SQRT1_2);

function tail(x: number, upper: boolean, log: boolean): number {
  requireNumber(FAMILY, x);
  const z = Math.abs(x);
  const small = upper ? x > 0 : x < 0;
  if (log && small) return (-z * z) / 2 + Math.log(scaledErfc(z * Math.SQRT1_2) / 2);
  const value = (decayOfSquare(z) * scaledErfc(z * Math.SQRT1_2)) / 2;
  if (small) return value;
  return log ? Math.log1p(-value) : 1 - value;
}

/** z ≥ 0 with P(X > z) = q, for q ≤ ½. */
function upperQuantile(q: number): number {
  if (q === 0) return Number.POSITIVE_INFINITY;
  if (q > 0.2) return centralQuantile(0.5 - q);
  const target = Math.log(q);
  const t = Math.sqrt(-2 * target);
  // Abramowitz & Stegun 26.2.23, then Newton on the logarithm of the tail.
  let z = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  for (let i = 0; i < 10; i++) {
    const ratio = millsRatio(z);
    const step = ratio * (Math.log(ratio) - HALF_LOG_2PI - (z * z) / 2 - target);
    z += step;
    if (Math.abs(step) < 1e-8) break;
  }
  return z;
}

/** z ≥ 0 with P(0 < X < z) = c, for c ≤ 0.3: φ(z)(z + z³/3 + z⁵/15 + …) keeps all digits of a small z. */
function centralQuantile(c: number): number {
  let z = c * SQRT_2PI;
  for (let i = 0; i < 20; i++) {
    const square = z * z;
    let term = z;
    let sum = z;
    for (let k = 3; term > 1e-17 * sum; k += 2) {
      term *= square / k;
      sum += term;
    }
    const gap = sum - c * SQRT_2PI * Math.exp(square / 2);
    const step = gap / (1 + (z * gap) / 2);
    z -= step;
    if (Math.abs(step) <= 1e-6 * z) break;
  }
  return z;
}

/**
 * The standard normal distribution, φ(x) = exp(−x²/2)/√2π, P(X > x) = ½ erfc(x/√2).
 *
 * Tails have 15 digits down to underflow (|x| = 38.5), their logarithms for any x.
 * @throws distribution-argument, probability-out-of-range
 */
export const normal: Distribution<[]> = {
  density: (x) => {
    requireNumber(FAMILY, x);
    return decayOfSquare(Math.abs(x)) / SQRT_2PI;
  },
  logDensity: (x) => {
    requireNumber(FAMILY, x);
    return (-x * x) / 2 - HALF_LOG_2PI;
  },
  lower: (x) => tail(x, false, false),
  upper: (x) => tail(x, true, false),
  logLower: (x) => tail(x, false, true),
  logUpper: (x) => tail(x, true, true),
  quantile: (p) => {
    requireProbability(FAMILY, p);
    return p <= 0.5 ? 0 - upperQuantile(p) : upperQuantile(1 - p);
  },
  quantileUpper: (q) => {
    requireProbability(FAMILY, q);
    return q <= 0.5 ? upperQuantile(q) : 0 - upperQuantile(1 - q);
  },
};
