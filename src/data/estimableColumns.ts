import { findDependencies } from "./findDependencies.ts";

/**
 * Columns of a design that some of the rows (a resample of clusters, all but one) can tell apart: what a covariate said about
 * the others alone leaves the design, the rest stays.
 *
 * @param names of the p columns, intercept first
 * @param cross their cross-products over those rows about `shift`, p × p
 * @param needed columns without which nothing that is asked can be estimated
 * @returns indices of the columns that stay; null when one of `needed` depends on others, or others on it
 */
export function estimableColumns(
  names: readonly string[],
  cross: Float64Array,
  shift: Float64Array,
  needed: (column: number) => boolean,
): readonly number[] | null {
  const dependencies = findDependencies(names, cross, shift);
  const all = names.map((_, k) => k);
  if (dependencies.length === 0) return all;
  const dependent = new Set(dependencies.map(({ column }) => column));
  const involved = new Set(dependencies.flatMap(({ column, on }) => [column, ...on.map((other) => other.column)]));
  // The intercept stays whatever is constant.
  if (all.some((k) => k > 0 && needed(k) && involved.has(names[k]!))) return null;
  return all.filter((k) => !dependent.has(names[k]!));
}

/** Share of a column's variance that the columns before it must leave unexplained; as in `findDependencies`. */
const TOLERANCE = 1e-11;

/**
 * Whether every column stays, by the same rule and without allocating: the quick answer that is nearly always yes.
 *
 * @param cross q × q, q ≥ p
 * @param scratch length p × p
 */
export function isFullRank(cross: Float64Array, q: number, p: number, scratch: Float64Array): boolean {
  const n = cross[0]!;
  if (!(n > 0)) return false;
  for (let a = 1; a < p; a++) {
    const square = cross[a * q + a]!;
    const own = square - (cross[a] as number) ** 2 / n;
    if (!(own > 1e-14 * p * square)) return false;
    let rest = own;
    for (let b = 1; b < a; b++) {
      let value = cross[a * q + b]! - (cross[a]! * cross[b]!) / n;
      for (let k = 1; k < b; k++) value -= scratch[a * p + k]! * scratch[b * p + k]!;
      value /= scratch[b * p + b]!;
      scratch[a * p + b] = value;
      rest -= value * value;
    }
    if (!(rest > TOLERANCE * own)) return false;
    scratch[a * p + a] = Math.sqrt(rest);
  }
  return true;
}
