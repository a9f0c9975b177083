import type { ColumnSource } from "./design.ts";
import type { Grouping } from "./grouping.ts";

/**
 * Cross-products of q columns within each group, about a shift:
 *
 *   Cⱼ[a, b] = Σ_{i in j} wᵢᵏ (xᵢₐ − shiftₐ)(x_{ib} − shift_b)
 *
 * Column 0 is always the constant 1 with shift 0, so that Cⱼ[0, 0] is the size (sum of weights), Cⱼ[0, b] the sums.
 * Sufficient for least squares, cluster-robust variances, the Gaussian mixed model, ICC and cluster means; they add
 * over disjoint rows, so they can be streamed, merged and computed elsewhere.
 */
export interface Moments {
  /** Names of the q columns; "intercept" first, the outcome usually last. */
  readonly columns: readonly string[];
  readonly groups: number;
  /** Rows nⱼ per group. */
  readonly sizes: Int32Array;
  /** Subtracted from each column before multiplying; shift[0] = 0. Length q. */
  readonly shift: Float64Array;
  /** groups × q × q, each block full and symmetric, row-major. */
  readonly cross: Float64Array;
}

export interface MomentOptions {
  /** Row weights, length = rows; null for none. */
  readonly weights?: Float64Array | null;
  /** Power of the weights; default 1. */
  readonly power?: 0 | 1 | 2;
  /** Shift to use; default: near the mean of each column (pilotShift.ts), zero for column 0 and for columns named in `unshifted`. */
  readonly shift?: Float64Array | null;
  /** Columns that keep their origin (random-slope columns, Fay–Graubard). */
  readonly unshifted?: readonly string[];
}

export type AccumulateMoments = (
  columns: readonly string[],
  source: ColumnSource,
  groups: Grouping,
  options?: MomentOptions,
) => Moments;
