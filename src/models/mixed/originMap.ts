import type { MixedStructure } from "./mixedStructure.ts";

/**
 * S (p × p) from coefficients of shifted columns to those of the columns themselves: with xₖ − cₖ in the fit, β = Sβ*, S
 * the identity less cₖ in row 0. The shift of the outcome is not in it.
 */
export function originMap({ moments: { shift }, coefficients: p }: MixedStructure): Float64Array {
  const map = new Float64Array(p * p);
  for (let k = 0; k < p; k++) {
    map[k * p + k] = 1;
    if (k > 0) map[k] = -shift[k]!;
  }
  return map;
}
