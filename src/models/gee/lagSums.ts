import type { GeeRows } from "./geeRows.ts";

/** Over pairs of rows of one cluster that stand t apart: Σ eᵢ eᵢ₊ₜ, and Σ wᵢ wᵢ₊ₜ (their number without weights). */
export type LagSums = (lag: number) => { readonly product: number; readonly weight: number };

/** Sums at the distances that are asked for, each found once; O(N) a distance. */
export function lagSums({ clusters, start }: GeeRows, values: Float64Array, weights: Float64Array | null): LagSums {
  const found: { product: number; weight: number }[] = [];
  return (lag) => {
    for (let t = found.length + 1; t <= lag; t++) {
      let product = 0;
      let weight = 0;
      for (let j = 0; j < clusters; j++) {
        const last = start[j + 1]! - t;
        for (let i = start[j]!; i < last; i++) product += values[i]! * values[i + t]!;
        if (weights !== null) for (let i = start[j]!; i < last; i++) weight += weights[i]! * weights[i + t]!;
        else weight += Math.max(0, last - start[j]!);
      }
      found.push({ product, weight });
    }
    return found[lag - 1]!;
  };
}

/** t αᵗ⁻¹ below this leaves nothing of a pair. */
const VANISHED = 1e-20;
const STEPS = 200;

/**
 * α with Σₜ t αᵗ⁻¹ (Pₜ/φ − Wₜ αᵗ) = 0 over the distances t, P the sums of products and W of weights: least squares of
 * products on αᵗ. Gauss–Newton from `previous`; from 0 the first step is the mean product of neighbours. An α that leaves
 * [−1, 1] on the way is returned as it is.
 */
export function solveAutoregression(sums: LagSums, dispersion: number, previous: number): number {
  let alpha = Math.abs(previous) < 1 ? previous : 0;
  for (let step = 0; step < STEPS; step++) {
    let slope = 0;
    let curvature = 0;
    let power = 1;
    for (let t = 1; ; t++) {
      const derivative = t * power;
      // Past its peak at t = −1/log|α| the derivative only falls.
      if (Math.abs(derivative) < VANISHED && t * (1 - Math.abs(alpha)) > 1) break;
      const { product, weight } = sums(t);
      if (weight === 0) break;
      power *= alpha;
      slope += derivative * (product / dispersion - weight * power);
      curvature += derivative * derivative * weight;
    }
    const change = slope / curvature;
    alpha += change;
    if (!(Math.abs(alpha) < 1) || Math.abs(change) < 1e-15) return alpha;
  }
  return alpha;
}
