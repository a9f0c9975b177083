import { TIE } from "./exceedance.ts";
import { TERMS } from "./wildStatistic.ts";

/** Squared, as statistics are compared here. */
const TIED = (1 - TIE) ** 2;
/** Steps of the search outwards, in standard errors, and as a share of the way so far once that is more. */
const STEP = 1 / 8;
/** Beyond this many standard errors there is no end. */
const FAR = 1e9;
/** Ends are located to this share of a standard error, or of the distance when that is more. */
const TOLERANCE = 1e-10;

/**
 * The restricted test of a linear model as a function of the null value, from the terms of its replicates
 * (`restrictedTerms`): m is the distance of the estimate from the null value, t = m/se.
 *
 * @param at of the first replicate's terms
 * @param squares se² without its factor, which t* lacks as well
 */
export function restrictedCounts(numbers: Float64Array, at: number, stride: number, squares: number) {
  /** Replicates with |t*(m)| ≥ |t(m)|, cross-multiplied: (n₀ + n₁m)² se² ≥ m² (q₀ + q₁m + q₂m²). */
  const countAt = (m: number): number => {
    const limit = TIED * m * m;
    let count = 0;
    for (let i = at; i + TERMS <= numbers.length; i += stride) {
      const top = numbers[i]! + m * numbers[i + 1]!;
      const below = numbers[i + 2]! + m * (numbers[i + 3]! + m * numbers[i + 4]!);
      if (top * top * squares >= limit * below) count++;
    }
    return count;
  };
  /** The same as m → ±∞: those whose variance does not grow with m, as that of equal weights. */
  const countFarOff = (): number => {
    let count = 0;
    for (let i = at; i + TERMS <= numbers.length; i += stride)
      if (numbers[i + 4] === 0 && numbers[i + 1]! ** 2 * squares >= TIED * numbers[i + 2]!) count++;
    return count;
  };
  /** Replicates with t* ≥ t and with t* ≤ t, t = m/se. */
  const countBySign = (m: number): { readonly above: number; readonly below: number } => {
    const t = m / Math.sqrt(squares);
    const margin = TIE * Math.abs(t);
    let above = 0;
    let below = 0;
    for (let i = at; i + TERMS <= numbers.length; i += stride) {
      const top = numbers[i]! + m * numbers[i + 1]!;
      const spread = Math.sqrt(Math.max(0, numbers[i + 2]! + m * (numbers[i + 3]! + m * numbers[i + 4]!)));
      if (top >= (t - margin) * spread) above++;
      if (top <= (t + margin) * spread) below++;
    }
    return { above, below };
  };
  return { countAt, countFarOff, countBySign };
}

/**
 * Where a step function that holds at 0 first ceases to hold, going outwards in steps and then by bisection; null where it
 * holds as far as one can see.
 *
 * @param holds of a distance in standard errors
 */
export function endOutwards(holds: (distance: number) => boolean): number | null {
  let inside = 0;
  let outside = STEP;
  while (holds(outside)) {
    if (outside > FAR) return null;
    inside = outside;
    outside += Math.max(STEP, outside / 8);
  }
  while (outside - inside > TOLERANCE * Math.max(1, inside)) {
    const middle = (inside + outside) / 2;
    if (holds(middle)) inside = middle;
    else outside = middle;
  }
  return inside;
}
