import { gammaExponent, gammaFactor } from "../special/incompleteGamma.ts";

/**
 * A family of central distributions indexed by j = 0, 1, …, whose tails differ by terms of one known ratio:
 * F(j) − F(j + 1) = D(j) and D(j + 1)/D(j) = (c + d j)/(a + j + 1).
 */
export interface Kernel {
  readonly a: number;
  readonly c: number;
  readonly d: number;
  /** log D(j). */
  logDifference(j: number): number;
  /** log F(j), or log(1 − F(j)). */
  logTail(j: number, upper: boolean): number;
}

/** Below this share of the largest, terms are left out. */
const NEGLIGIBLE = 1e-18;

/** Logarithm of the Poisson weight λʳ exp(−λ)/Γ(r + 1). */
function logWeight(r: number, lambda: number): number {
  return r === 0 ? -lambda : Math.log(gammaFactor(r)) - gammaExponent(r, lambda, lambda - r);
}

/** The j ≥ 0 about which λ(c + d j) = (j + 1 + shift)(a + j): there the products of weights and differences are largest. */
function peakOf(lambda: number, shift: number, a: number, c: number, d: number): number {
  const half = (a + 1 + shift - lambda * d) / 2;
  const constant = (1 + shift) * a - lambda * c;
  const discriminant = half * half - constant;
  if (constant >= 0 || discriminant <= 0) return 0;
  const root = Math.sqrt(discriminant);
  return Math.floor(half > 0 ? -constant / (half + root) : root - half);
}

/**
 * log Σⱼ w(j + shift) F(j), or with 1 − F(j) (`upper`), where w(r) = λʳ exp(−λ)/Γ(r + 1), λ > 0: the tail of a noncentral distribution.
 *
 * One tail of the kernel is computed at the end from which the recurrence F(j) = F(j + 1) + D(j) only adds; the sum covers every j
 * that matters, about 18√λ of them round the largest product, and everything is relative to that product, so nothing underflows.
 */
export function logMixtureTail(lambda: number, shift: number, kernel: Kernel, upper: boolean): number {
  const { a, c, d } = kernel;
  const peak = peakOf(lambda, shift, a + 1, c, d);
  const scale = logWeight(peak + shift, lambda) + kernel.logDifference(peak);
  let j = peak;
  let product = 1;
  if (upper) while (j > 0 && product > NEGLIGIBLE) product *= ((j + shift) * (a + j)) / (lambda * (c + d * --j));
  else while (product > NEGLIGIBLE) product *= (lambda * (c + d * j)) / ((j + 1 + shift) * (a + ++j));
  let term = Math.exp(kernel.logTail(j, upper) + logWeight(j + shift, lambda) - scale);
  let sum = term;
  while (upper || j > 0) {
    const before = term;
    if (upper) {
      term = ((term + product) * lambda) / (j + 1 + shift);
      product *= (lambda * (c + d * j)) / ((j + 1 + shift) * (a + j + 1));
      j++;
    } else {
      product *= ((j + shift) * (a + j)) / (lambda * (c + d * (j - 1)));
      term = (term * (j + shift)) / lambda + product;
      j--;
    }
    sum += term;
    // The terms are log-concave: once they fall they fall at least geometrically.
    if (term < before && term * term < NEGLIGIBLE * sum * (before - term)) break;
  }
  return scale + Math.log(sum);
}

/** log Σⱼ w(j) g(j) for positive g with g(j + 1)/g(j) = (c + d j)/(a + j): the density of a noncentral distribution. */
export function logMixtureDensity(
  lambda: number,
  a: number,
  c: number,
  d: number,
  logDensity: (j: number) => number,
): number {
  const peak = peakOf(lambda, 0, a, c, d);
  let sum = 1;
  let term = 1;
  for (let j = peak; term > NEGLIGIBLE * sum; j++) {
    term *= (lambda * (c + d * j)) / ((j + 1) * (a + j));
    sum += term;
  }
  term = 1;
  for (let j = peak; j > 0 && term > NEGLIGIBLE * sum; j--) {
    term *= (j * (a + j - 1)) / (lambda * (c + d * (j - 1)));
    sum += term;
  }
  return logWeight(peak, lambda) + logDensity(peak) + Math.log(sum);
}
