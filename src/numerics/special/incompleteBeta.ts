import { productError } from "../summation.ts";
import { complementOfDecay, decay, deviance, extreme } from "./decay.ts";
import { stirlingError } from "./stirlingError.ts";

const TWO_PI = 2 * Math.PI;
/** Relative change that ends a continued fraction: two units in the last place, since one may go on for ever. */
const SETTLED = 2 ** -51;
const BEYOND = 1e20;

/** b x − a y with y = 1 − x, to full relative accuracy even where the products cancel. */
export function betaExcess(a: number, b: number, x: number): number {
  const first = x * a;
  const second = x * b;
  const sum = first + second;
  const part = sum - first;
  const sumError = first - (sum - part) + (second - part);
  return sum - a + (sumError + productError(x, a, first) + productError(x, b, second));
}

/**
 * Minus the logarithm of xᵃ yᵇ (a + b)ᵃ⁺ᵇ/(aᵃ bᵇ), x + y = 1: zero at x = a/(a + b), never negative; excess = b x − a y.
 *
 * a(u − log(1 + u)) + b(v − log(1 + v)), u = excess/a, v = −excess/b: a sum of two positive terms, nothing cancels.
 */
export function betaExponent(a: number, b: number, x: number, y: number, excess: number): number {
  const n = a + b;
  return a * deviance(excess / a, (x * n) / a) + b * deviance(-excess / b, (y * n) / b);
}

/** What multiplies exp(−betaExponent) to give xᵃ yᵇ/B(a, b). */
export function betaFactor(a: number, b: number): number {
  const n = a + b;
  return Math.sqrt((a / n) * (b / TWO_PI)) * Math.exp(stirlingError(n) - stirlingError(a) - stirlingError(b));
}

/** I_x(a, b) over xᵃ yᵇ/B(a, b): (1/a) Σ xᵏ (a + b)ₖ/(a + 1)ₖ, all terms positive; for small (a + b) x. */
export function betaSeries(a: number, b: number, x: number): number {
  const n = a + b;
  let term = 1;
  let sum = 1;
  for (let k = 0; term > 1e-17 * sum; k++) {
    term *= (x * (n + k)) / (a + 1 + k);
    sum += term;
  }
  return sum / a;
}

/**
 * I_x(a, b) over xᵃ yᵇ/B(a, b) by the continued fraction of A. R. DiDonato and A. H. Morris (ACM TOMS 18, 1992, eq. 9), for
 * excess = b x − a y ≤ 0; the number of terms grows as √min(a, b) at the worst.
 */
export function betaContinuedFraction(a: number, b: number, x: number, y: number, excess: number): number {
  const start = 1 - excess;
  let bottom = (a / (a + 1)) * start;
  let previousTop = 0;
  let top = 1 / bottom;
  let previousBottom = top;
  let value = top;
  let step = 1;
  const n = a + b - 1;
  for (let k = 1; Math.abs(step) > SETTLED * value; k++) {
    const inverse = 1 / (a + 2 * k - 1);
    const mixed = k * (b - k) * x * inverse;
    const partial = (a + k - 1) * inverse * x * ((n + k) * mixed);
    const next = k + mixed + ((a + k) / (a + 2 * k + 1)) * (start + k * (1 + y));
    const nextTop = partial * previousTop + next * top;
    bottom = partial * previousBottom + next;
    const scale = 1 / bottom;
    previousTop = top * scale;
    previousBottom = scale;
    top = nextTop * scale;
    step = top - value;
    value = top;
  }
  return value;
}

/**
 * Regularised incomplete beta function I_x(a, b) = ∫₀ˣ tᵃ⁻¹(1 − t)ᵇ⁻¹ dt/B(a, b), or 1 − I_x = I_y(b, a) (`upper`), or its logarithm.
 *
 * a, b > 0 (to about 1e12); x + y = 1, both to full relative accuracy; excess = b x − a y likewise (`betaExcess` when only x is known).
 * Continued fraction on the side of the mean a/(a + b) where x lies, or the power series of the other side where that is short; the
 * prefactor in Loader's deviance form. 12 digits in the smaller tail down to underflow, and in its logarithm beyond. Where a shape is
 * below 1e-3 the smaller of two very unequal tails loses digits: its absolute error is 1e-16.
 */
export function incompleteBeta(
  a: number,
  b: number,
  x: number,
  y: number,
  excess: number,
  upper: boolean,
  log: boolean,
): number {
  if (excess > 0) return incompleteBeta(b, a, y, x, -excess, !upper, log);
  if (x <= 0) return extreme(upper, log);
  const exponent = betaExponent(a, b, x, y, excess);
  // Here the logarithm is the exponent to all digits.
  if (exponent > BEYOND) return upper ? extreme(true, log) : decay(exponent, 1, log);
  const factor = betaFactor(a, b);
  if (y < 0.5 && (a + b) * y < Math.min(3, 1 + 8 * b)) {
    const tail = factor * betaSeries(b, a, y);
    return upper ? decay(exponent, tail, log) : complementOfDecay(exponent, tail, log);
  }
  const tail = factor * betaContinuedFraction(a, b, x, y, excess);
  return upper ? complementOfDecay(exponent, tail, log) : decay(exponent, tail, log);
}
