/** A column that is a combination of columns before it. */
export interface Dependency {
  readonly column: string;
  /** column = Σ coefficient · on, in the columns' own units; the intercept counts as a column of ones. */
  readonly on: readonly { readonly column: string; readonly coefficient: number }[];
}

/** Share of a column's variance that the columns before it must leave unexplained. */
const defaultTolerance = 1e-11;

/**
 * Columns that depend linearly on columns before them, from their cross-products C (q × q about `shift`, column 0 the
 * intercept).
 *
 * Columns are centred by means of the intercept and scaled to unit variance, then taken in order into a Cholesky factor;
 * one whose remaining variance 1 − R² is at most `tolerance` is left out and solved for:
 *
 *   1 − Σₖ lₐₖ² ≤ tolerance,   b = L⁻ᵀ lₐ,   coefficient of b's column × sdₐ / sd_b
 *
 * So the intercept is kept first, then the arm, then covariates as listed. The default tolerance 10⁻¹¹ is about what
 * cross-products in double precision can tell from rounding.
 */
export function findDependencies(
  columns: readonly string[],
  cross: Float64Array,
  shift: Float64Array,
  tolerance = defaultTolerance,
): readonly Dependency[] {
  const q = columns.length;
  const n = cross[0]!;
  const mean = Float64Array.from({ length: q }, (_, a) => cross[a]! / n);
  const centred = (a: number, b: number) => cross[a * q + b]! - n * mean[a]! * mean[b]!;
  const spread = Float64Array.from({ length: q }, (_, a) => {
    const variance = centred(a, a);
    // A constant column keeps only the rounding of its squares.
    return variance > 1e-14 * q * cross[a * q + a]! ? Math.sqrt(variance) : 0;
  });
  const kept: number[] = [];
  const factor: Float64Array[] = [];
  const found: Dependency[] = [];
  const dependency = (a: number, weights: readonly number[]): Dependency => {
    const slopes = weights
      .map((weight, k) => ({ index: kept[k]!, weight, coefficient: (weight * spread[a]!) / spread[kept[k]!]! }))
      // On the scale of correlations, so that what is only rounding does not get into the sentence.
      .filter(({ weight }) => Math.abs(weight) > 1e-6);
    let level = mean[a]! + shift[a]!;
    let size = Math.abs(level);
    for (const { index, coefficient } of slopes) {
      const part = coefficient * (mean[index]! + shift[index]!);
      level -= part;
      size = Math.max(size, Math.abs(part));
    }
    const constant =
      Math.abs(level) > 1e-7 * (size + spread[a]! / Math.sqrt(n)) ? [{ column: columns[0]!, coefficient: level }] : [];
    return {
      column: columns[a]!,
      on: [...constant, ...slopes.map(({ index, coefficient }) => ({ column: columns[index]!, coefficient }))],
    };
  };
  for (let a = 1; a < q; a++) {
    if (spread[a] === 0) {
      found.push(dependency(a, []));
      continue;
    }
    const row = new Float64Array(kept.length + 1);
    let rest = 1;
    for (let k = 0; k < kept.length; k++) {
      let value = centred(a, kept[k]!) / (spread[a]! * spread[kept[k]!]!);
      for (let m = 0; m < k; m++) value -= row[m]! * factor[k]![m]!;
      row[k] = value / factor[k]![k]!;
      rest -= row[k]! * row[k]!;
    }
    if (rest > tolerance) {
      row[kept.length] = Math.sqrt(rest);
      factor.push(row);
      kept.push(a);
      continue;
    }
    const weights = new Array<number>(kept.length).fill(0);
    for (let k = kept.length - 1; k >= 0; k--) {
      let value = row[k]!;
      for (let m = k + 1; m < kept.length; m++) value -= factor[m]![k]! * weights[m]!;
      weights[k] = value / factor[k]![k]!;
    }
    found.push(dependency(a, weights));
  }
  return found;
}
