/**
 * A pivot that lost all but n·ε of its diagonal entry is rounding noise: the matrix is then singular to working
 * precision, whatever sign the noise has.
 */
const noise = (n: number): number => n * Number.EPSILON;

/**
 * Cholesky factor of a symmetric positive definite matrix: A = L Lᵀ, L lower triangular with positive diagonal.
 *
 * @param a n × n, row-major; only the lower triangle is read
 * @param out n × n, receives L with zeros above the diagonal; may be `a`
 * @returns false when A is not positive definite to working precision (some pivot ≤ n ε aᵢᵢ) or not finite;
 *   `out` is then unspecified
 */
export function cholesky(a: Float64Array, n: number, out: Float64Array): boolean {
  const floor = noise(n);
  for (let i = 0; i < n; i++) {
    const rowI = i * n;
    for (let j = 0; j < i; j++) {
      const rowJ = j * n;
      let value = a[rowI + j]!;
      for (let k = 0; k < j; k++) value -= out[rowI + k]! * out[rowJ + k]!;
      out[rowI + j] = value / out[rowJ + j]!;
    }
    const diagonal = a[rowI + i]!;
    let pivot = diagonal;
    for (let k = 0; k < i; k++) pivot -= out[rowI + k]! * out[rowI + k]!;
    // Written so that NaN fails too.
    if (!(pivot > floor * diagonal && pivot < Number.POSITIVE_INFINITY)) return false;
    out[rowI + i] = Math.sqrt(pivot);
    for (let j = i + 1; j < n; j++) out[rowI + j] = 0;
  }
  return true;
}

/**
 * Solves L X = B by forward substitution.
 *
 * @param l n × n lower triangle with nonzero diagonal; the upper triangle is not read
 * @param b n × columns, row-major
 * @param out n × columns; may be `b`
 * @param columns right-hand sides; default 1
 */
export function solveLower(l: Float64Array, n: number, b: Float64Array, out: Float64Array, columns = 1): void {
  for (let i = 0; i < n; i++) {
    const pivot = l[i * n + i]!;
    for (let c = 0; c < columns; c++) {
      let value = b[i * columns + c]!;
      for (let k = 0; k < i; k++) value -= l[i * n + k]! * out[k * columns + c]!;
      out[i * columns + c] = value / pivot;
    }
  }
}

/**
 * Solves Lᵀ X = B by back substitution; arguments as in {@link solveLower}.
 */
export function solveLowerTransposed(
  l: Float64Array,
  n: number,
  b: Float64Array,
  out: Float64Array,
  columns = 1,
): void {
  for (let i = n - 1; i >= 0; i--) {
    const pivot = l[i * n + i]!;
    for (let c = 0; c < columns; c++) {
      let value = b[i * columns + c]!;
      for (let k = i + 1; k < n; k++) value -= l[k * n + i]! * out[k * columns + c]!;
      out[i * columns + c] = value / pivot;
    }
  }
}

/**
 * Solves A X = B given the Cholesky factor L of A; arguments as in {@link solveLower}.
 */
export function choleskySolve(l: Float64Array, n: number, b: Float64Array, out: Float64Array, columns = 1): void {
  solveLower(l, n, b, out, columns);
  solveLowerTransposed(l, n, out, out, columns);
}

/**
 * A⁻¹ = L⁻ᵀ L⁻¹ given the Cholesky factor L of A.
 *
 * @param l n × n, lower triangle
 * @param out n × n, receives the full symmetric inverse; may be `l`
 */
export function choleskyInverse(l: Float64Array, n: number, out: Float64Array): void {
  for (let i = 0; i < n; i++) {
    const pivot = l[i * n + i]!;
    // Row i of L⁻¹, left to right: entry j needs only entries k ≥ j of row i of L, so it may overwrite them.
    for (let j = 0; j < i; j++) {
      let value = 0;
      for (let k = j; k < i; k++) value += l[i * n + k]! * out[k * n + j]!;
      out[i * n + j] = -value / pivot;
    }
    out[i * n + i] = 1 / pivot;
  }
  for (let i = 0; i < n; i++) {
    for (let j = n - 1; j >= i; j--) {
      let value = 0;
      for (let k = j; k < n; k++) value += out[k * n + i]! * out[k * n + j]!;
      out[i * n + j] = value;
    }
    // Column i of L⁻¹ is not needed any more.
    for (let j = i + 1; j < n; j++) out[j * n + i] = out[i * n + j]!;
  }
}

/** log |A| = 2 Σ log Lᵢᵢ given the Cholesky factor L (n × n) of A. */
export function choleskyLogDeterminant(l: Float64Array, n: number): number {
  let value = 0;
  for (let i = 0; i < n; i++) value += Math.log(l[i * n + i]!);
  return 2 * value;
}

/** A[pivots, pivots] = L Lᵀ up to the tolerance, with L n × n lower triangular of which only `rank` columns are nonzero. */
export interface PivotedCholesky {
  /** n × n, row-major; rows in pivoted order: row i belongs to row pivots[i] of A. */
  readonly factor: Float64Array;
  /** The first `rank` entries are independent rows of A, the rest depend on them. */
  readonly pivots: Int32Array;
  readonly rank: number;
}

/**
 * Cholesky factor of a symmetric positive semidefinite matrix with symmetric pivoting, which finds its rank.
 *
 * The pivot is the row that kept the largest share of its own diagonal entry (1 − R² of that variable on those already
 * taken), the first among equals; so rank and pivots do not depend on the variables' units, and row 0 is taken first.
 *
 * @param a n × n, row-major, symmetric; it is not changed
 * @param tolerance share of its diagonal entry below which a row counts as dependent; default n ε · 10
 */
export function pivotedCholesky(a: Float64Array, n: number, tolerance = 10 * noise(n)): PivotedCholesky {
  const factor = new Float64Array(n * n);
  const pivots = Int32Array.from({ length: n }, (_, i) => i);
  const remaining = new Float64Array(n);
  for (let i = 0; i < n; i++) remaining[i] = a[i * n + i]!;

  let rank = 0;
  for (; rank < n; rank++) {
    let best = -1;
    let bestShare = tolerance;
    for (let i = rank; i < n; i++) {
      const share = remaining[i]! / a[pivots[i]! * n + pivots[i]!]!;
      if (share > bestShare) {
        best = i;
        bestShare = share;
      }
    }
    if (best < 0) break;
    if (best !== rank) swapRows(factor, n, pivots, remaining, rank, best);
    const pivot = Math.sqrt(remaining[rank]!);
    factor[rank * n + rank] = pivot;
    const column = pivots[rank]!;
    for (let i = rank + 1; i < n; i++) {
      let value = a[pivots[i]! * n + column]!;
      for (let k = 0; k < rank; k++) value -= factor[i * n + k]! * factor[rank * n + k]!;
      value /= pivot;
      factor[i * n + rank] = value;
      remaining[i]! -= value * value;
    }
  }
  return { factor, pivots, rank };
}

function swapRows(
  factor: Float64Array,
  n: number,
  pivots: Int32Array,
  remaining: Float64Array,
  i: number,
  j: number,
): void {
  for (let k = 0; k < i; k++) {
    const entry = factor[i * n + k]!;
    factor[i * n + k] = factor[j * n + k]!;
    factor[j * n + k] = entry;
  }
  const pivot = pivots[i]!;
  pivots[i] = pivots[j]!;
  pivots[j] = pivot;
  const left = remaining[i]!;
  remaining[i] = remaining[j]!;
  remaining[j] = left;
}
