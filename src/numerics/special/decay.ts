import { logOneMinusExp, logOnePlusMinus } from "./logOnePlus.ts";

/**
 * u − log(1 + u) ≥ 0, where `ratio` = 1 + u is given by itself because it is the better known of the two when u is near −1.
 */
export function deviance(u: number, ratio: number): number {
  if (u > -0.6 && u < 1.4) return -logOnePlusMinus(u);
  return u === Number.POSITIVE_INFINITY ? u : u - Math.log(ratio);
}

/** factor·exp(−exponent) or its logarithm; the value does not underflow before the product does. */
export function decay(exponent: number, factor: number, log: boolean): number {
  if (log) return Math.log(factor) - exponent;
  if (exponent < 700) return factor * Math.exp(-exponent);
  const half = Math.exp(-exponent / 2);
  return half * factor * half;
}

/** decay(exponent, factor, log)/x, also where factor/x would overflow. */
export function decayOver(x: number, exponent: number, factor: number, log: boolean): number {
  return x < 1e-280 ? decay(exponent + Math.log(x), factor, log) : decay(exponent, factor / x, log);
}

/** 1 − factor·exp(−exponent) or its logarithm, for a product that is a probability. */
export function complementOfDecay(exponent: number, factor: number, log: boolean): number {
  const tail = Math.min(1, factor * Math.exp(-exponent));
  return log ? Math.log1p(-tail) : 1 - tail;
}

/** The probability 1 (`certain`) or 0, or its logarithm. */
export function extreme(certain: boolean, log: boolean): number {
  if (certain) return log ? 0 : 1;
  return log ? Number.NEGATIVE_INFINITY : 0;
}

/** exp(logarithm) or its complement, or the logarithm of either, for the logarithm of a probability. */
export function fromLog(logarithm: number, complement: boolean, log: boolean): number {
  const value = Math.min(logarithm, 0);
  if (complement) return log ? logOneMinusExp(value) : -Math.expm1(value);
  return log ? value : Math.exp(value);
}
