import { symmetricEigen } from "./eigen.ts";

/** Arrays that {@link symmetricPower} needs for n × n; make one and pass it in loops. */
export interface PowerScratch {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
  readonly work: Float64Array;
}

export const powerScratch = (n: number): PowerScratch => ({
  values: new Float64Array(n),
  vectors: new Float64Array(n * n),
  work: new Float64Array(n * n),
});

/**
 * Power of a symmetric positive semidefinite matrix in the Moore–Penrose sense: A^e = Σ λₖ^e vₖ vₖᵀ over the eigenvalues
 * λₖ > tolerance · max λ; the others, negative ones included, count as zero and contribute nothing, whatever e.
 * With e = −½ this is the symmetric inverse square root, with e = −1 the pseudo-inverse.
 *
 * @param a n × n, row-major, symmetric
 * @param exponent any real number
 * @param out n × n, receives the symmetric power; may be `a`
 * @param tolerance relative to the largest eigenvalue; default 1e-12
 * @returns the rank, that is the number of eigenvalues used
 * @throws not-finite when an entry is NaN or infinite
 */
export function symmetricPower(
  a: Float64Array,
  n: number,
  exponent: number,
  out: Float64Array,
  tolerance = 1e-12,
  scratch: PowerScratch = powerScratch(n),
): number {
  const { values, vectors, work } = scratch;
  symmetricEigen(a, n, values, vectors, work);
  const floor = n > 0 ? tolerance * Math.max(values[n - 1]!, 0) : 0;
  let rank = 0;
  for (let k = 0; k < n; k++) {
    const used = values[k]! > floor;
    if (used) rank++;
    values[k] = !used
      ? 0
      : exponent === -0.5
        ? 1 / Math.sqrt(values[k]!)
        : exponent === 0.5
          ? Math.sqrt(values[k]!)
          : values[k]! ** exponent;
  }
  const first = n - rank;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let value = 0;
      for (let k = first; k < n; k++) value += vectors[i * n + k]! * values[k]! * vectors[j * n + k]!;
      out[i * n + j] = value;
      out[j * n + i] = value;
    }
  }
  return rank;
}
