import type { WildDraws } from "./wildDraws.ts";

/** Statistics this close below the observed one, relative to it, are ties and count. */
export const TIE = 1e-10;

/** How many vectors of weights give a statistic at least as large as the observed one, and what follows. */
export interface Exceedance {
  /** Share of them, when all vectors were enumerated; (b + 1)/(B + 1) of random ones. */
  pValue(vectors: number): number;
  /** The fewest vectors with which P is above `alpha`. */
  needed(alpha: number): number;
  /** Monte Carlo standard error of P; null when vectors were enumerated. */
  monteCarloError(pValue: number): number | null;
}

/** 1 − level as the decimal number that it is meant to be: 1 − 0.95 is 0.050000000000000044. */
const decimal = (alpha: number): number => Number(alpha.toPrecision(12));

export function exceedance({ count, each, complete }: Pick<WildDraws, "count" | "each" | "complete">): Exceedance {
  const total = count * each;
  const extra = complete ? 0 : 1;
  return {
    pValue: (vectors) => (vectors + extra) / (total + extra),
    needed(alpha) {
      // Both sides are exact up to one rounding: a product that ought to be whole is not passed over for it.
      const least = Math.floor(decimal(alpha) * (total + extra) * (1 + 4 * Number.EPSILON)) + 1 - extra;
      return Math.max(0, least);
    },
    monteCarloError: (pValue) => (complete ? null : Math.sqrt((pValue * (1 - pValue)) / total)),
  };
}

/** Among the numbers at `at`, `at + stride`, …: those at least as large as `observed`, in either direction, and by sign. */
export function tally(
  numbers: Float64Array,
  at: number,
  stride: number,
  observed: number,
): { readonly twoSided: number; readonly above: number; readonly below: number } {
  const size = Math.abs(observed) * (1 - TIE);
  const margin = Math.abs(observed) * TIE;
  let twoSided = 0;
  let above = 0;
  let below = 0;
  for (let i = at; i < numbers.length; i += stride) {
    const value = numbers[i]!;
    // A replicate without variation is as extreme as can be, in both directions.
    const endless = value === Number.POSITIVE_INFINITY;
    if (Math.abs(value) >= size) twoSided++;
    if (value >= observed - margin) above++;
    if (value <= observed + margin || endless) below++;
  }
  return { twoSided, above, below };
}
