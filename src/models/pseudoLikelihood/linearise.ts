import type { Family } from "../family/family.ts";
import type { Link } from "../family/link.ts";
import type { Response } from "../family/response.ts";

/** What the next working mixed model is fitted to. */
export interface WorkingResponse {
  /** P − Xβ: the random part of the predictor plus (y − μ)/μ′. */
  readonly values: Float64Array;
  /** w μ′²/V(μ) */
  readonly weights: Float64Array;
}

/** Means stay this far from the ends of a bounded range, and this far above zero in an unbounded one. */
const EDGE = 2 ** -52;
const NEXT_TO_NOTHING = 1e-290;

/**
 * Linearises y = μ(η) + noise about the current predictor. Where η is so extreme that its mean cannot be told from the
 * edge of the family's range, the expansion is about the nearest η whose mean can.
 *
 * @param predictor η per row
 * @param random η − offset − Xβ per row
 * @returns whether every number is finite and every weight positive
 */
export function linearise(
  { values, weights }: Response,
  family: Family,
  link: Link,
  predictor: Float64Array,
  random: Float64Array,
  out: WorkingResponse,
): boolean {
  const bounded = Number.isFinite(family.highest);
  const lowest = family.lowest === 0 ? (bounded ? EDGE : NEXT_TO_NOTHING) : family.lowest;
  const highest = bounded ? family.highest - EDGE : Number.MAX_VALUE;
  for (let i = 0; i < predictor.length; i++) {
    let eta = predictor[i]!;
    let mean = link.mean(eta);
    if (mean < lowest || mean > highest) {
      mean = mean < lowest ? lowest : highest;
      eta = link.predictor(mean);
    }
    const slope = link.slope(eta);
    const value = random[i]! + (eta - predictor[i]!) + (values[i]! - mean) / slope;
    const weight = ((weights === null ? 1 : weights[i]!) * slope * slope) / family.variance(mean);
    if (!(weight > 0 && weight * value * value < Number.MAX_VALUE)) return false;
    out.values[i] = value;
    out.weights[i] = weight;
  }
  return true;
}
