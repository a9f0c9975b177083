import fc from "fast-check";

/** Random rows × cols matrices with entries in [−10, 10], multiples of 2⁻²⁰ so that underflow stays out of the laws. */
export const matrixOf = (rows: number, cols: number): fc.Arbitrary<Float64Array> =>
  fc
    .array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: rows * cols, maxLength: rows * cols })
    .map((entries) => Float64Array.from(entries, (entry) => Math.round(entry * 2 ** 20) / 2 ** 20));

export function identity(n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) out[i * n + i] = 1;
  return out;
}

/** Largest absolute difference between entries. */
export function largestDifference(a: Float64Array, b: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  return largest;
}
