import { Defect } from "../contract/problem.ts";
import type { Moments } from "./moments.ts";

/**
 * Moments of the rows of both, group by group: group k of `a` and group k of `b` are the same group. Cross-products about
 * one shift become those about another by
 *
 *   Σw(x − s + δ)(x − s + δ)ᵀ = C + δ tᵀ + t δᵀ + Σw δ δᵀ,     t = Σw(x − s),  δ = s − s′
 *
 * an identity, so nothing is lost but rounding. The result keeps the shift of `a`.
 */
export function mergeMoments(a: Moments, b: Moments): Moments {
  if (a.groups !== b.groups || a.columns.join("\n") !== b.columns.join("\n")) {
    throw new Defect("Moments to merge differ in their columns or groups", {
      first: [...a.columns],
      second: [...b.columns],
      firstGroups: a.groups,
      secondGroups: b.groups,
    });
  }
  const moved = moveShift(b, a.shift);
  return {
    columns: a.columns,
    groups: a.groups,
    sizes: a.sizes.map((size, g) => size + b.sizes[g]!),
    shift: a.shift,
    cross: a.cross.map((value, i) => value + moved.cross[i]!),
  };
}

/** The same moments about another shift (shift[0] must be 0). */
export function moveShift(moments: Moments, shift: Float64Array): Moments {
  const q = moments.columns.length;
  const cross = moments.cross.slice();
  const delta = Float64Array.from(shift, (s, k) => moments.shift[k]! - s);
  if (delta.every((d) => d === 0)) return { ...moments, cross };
  for (let g = 0; g < moments.groups; g++) {
    const base = g * q * q;
    const weight = moments.cross[base]!;
    for (let i = 0; i < q; i++) {
      for (let k = i; k < q; k++) {
        const old = moments.cross[base + i * q + k]!;
        const ti = moments.cross[base + i]!;
        const tk = moments.cross[base + k]!;
        const value = old + delta[i]! * tk + delta[k]! * ti + weight * delta[i]! * delta[k]!;
        cross[base + i * q + k] = value;
        cross[base + k * q + i] = value;
      }
    }
  }
  return { ...moments, shift: shift.slice(), cross };
}

/** Moments of the parents: group g adds to parent `parentOf[g]`, one of 0 … parents − 1. */
export function aggregateMoments(moments: Moments, parentOf: ArrayLike<number>, parents: number): Moments {
  const block = moments.columns.length ** 2;
  const sizes = new Int32Array(parents);
  const cross = new Float64Array(parents * block);
  for (let g = 0; g < moments.groups; g++) {
    const parent = parentOf[g]!;
    sizes[parent] = sizes[parent]! + moments.sizes[g]!;
    for (let k = 0; k < block; k++)
      cross[parent * block + k] = cross[parent * block + k]! + moments.cross[g * block + k]!;
  }
  return { columns: moments.columns, groups: parents, sizes, shift: moments.shift, cross };
}
