/** Relative size below which a pivot counts as zero: the column is a combination of earlier ones in this group. */
const PIVOT_TOLERANCE = 1e-11;

/**
 * Partial Cholesky: takes the columns `pivots` out of the symmetric q × q matrix C, so that C = RᵀR + E. Writes R
 * (pivots.length × q) to `rows` and leaves E in `c`, exactly zero in the rows and columns taken out. A column without
 * variation of its own leaves a zero row. No allocation.
 */
export function eliminate(c: Float64Array, q: number, pivots: readonly number[], rows: Float64Array): void {
  const r = pivots.length;
  for (let k = 0; k < r; k++) {
    const z = pivots[k]!;
    const pivot = c[z * q + z]!;
    let own = pivot;
    for (let m = 0; m < k; m++) own += rows[m * q + z]! ** 2;
    const scale = pivot > PIVOT_TOLERANCE * own ? 1 / Math.sqrt(pivot) : 0;
    for (let a = 0; a < q; a++) rows[k * q + a] = c[z * q + a]! * scale;
    if (scale > 0) {
      for (let a = 0; a < q; a++) {
        const value = rows[k * q + a]!;
        if (value === 0) continue;
        for (let b = 0; b < q; b++) c[a * q + b]! -= value * rows[k * q + b]!;
      }
    }
    for (let a = 0; a < q; a++) {
      c[z * q + a] = 0;
      c[a * q + z] = 0;
    }
  }
}
