import { complementOfDecay, decay, deviance, extreme } from "./decay.ts";
import { stirlingError } from "./stirlingError.ts";

const TWO_PI = 2 * Math.PI;
/** Relative change that ends a continued fraction: two units in the last place, since one may go on for ever. */
const SETTLED = 2 ** -51;
const BEYOND = 1e20;

/** a(t − log(1 + t)) with t = (x − a)/a: minus the logarithm of xᵃ e⁻ˣ eᵃ a⁻ᵃ, never negative. */
export function gammaExponent(a: number, x: number, excess: number): number {
  return a * deviance(excess / a, x / a);
}

/** What multiplies exp(−gammaExponent) to give xᵃ e⁻ˣ/Γ(a + 1). */
export function gammaFactor(a: number): number {
  return Math.exp(-stirlingError(a)) / Math.sqrt(TWO_PI * a);
}

/** P(a, x) over xᵃ e⁻ˣ/Γ(a + 1): Σ xⁿ/((a + 1)…(a + n)), all terms positive. */
function lowerRatio(a: number, x: number): number {
  let term = 1;
  let sum = 1;
  for (let n = a + 1; term > 1e-17 * sum; n++) {
    term *= x / n;
    sum += term;
  }
  return sum;
}

/** Q(a, x) over xᵃ e⁻ˣ/Γ(a + 1): a times Legendre's continued fraction, even part. */
function upperRatio(a: number, x: number): number {
  let denominator = x + 1 - a;
  let previousTop = 0;
  let top = 1 / denominator;
  let previousBottom = 1 / denominator;
  let value = top;
  let step = 1;
  for (let n = 1; Math.abs(step) > SETTLED * value; n++) {
    const partial = n * (a - n);
    denominator += 2;
    const nextTop = partial * previousTop + denominator * top;
    const nextBottom = partial * previousBottom + denominator;
    const scale = 1 / nextBottom;
    previousTop = top * scale;
    previousBottom = scale;
    top = nextTop * scale;
    step = top - value;
    value = top;
  }
  return a * value;
}

/**
 * Regularised incomplete gamma function: P(a, x) = ∫₀ˣ tᵃ⁻¹ e⁻ᵗ dt/Γ(a), or Q(a, x) = 1 − P (`upper`), or its logarithm.
 *
 * a > 0 (to about 1e12), x ≥ 0; `excess` = x − a, passed by itself because callers often know it to more digits than x.
 * P by its power series for x ≤ max(a, 3/2), else Q by continued fraction; the other side is the complement. The prefactor is
 * exp(−a(t − log(1 + t)) − δ(a))/√(2πa), t = (x − a)/a, so the smaller tail keeps 12 digits down to underflow, and its logarithm
 * beyond. Work grows as √a only where x is within a few √a of a. Where a < 1e-3 a small Q loses digits: its absolute error is 1e-16.
 */
export function incompleteGamma(a: number, x: number, excess: number, upper: boolean, log: boolean): number {
  if (x <= 0) return extreme(upper, log);
  if (x === Number.POSITIVE_INFINITY) return extreme(!upper, log);
  const exponent = gammaExponent(a, x, excess);
  // Here the logarithm is the exponent to all digits.
  if (exponent > BEYOND) return upper === x > a ? decay(exponent, 1, log) : extreme(true, log);
  const factor = gammaFactor(a);
  if (x <= a || x < 1.5) {
    const tail = factor * lowerRatio(a, x);
    return upper ? complementOfDecay(exponent, tail, log) : decay(exponent, tail, log);
  }
  const tail = factor * upperRatio(a, x);
  return upper ? decay(exponent, tail, log) : complementOfDecay(exponent, tail, log);
}
