import { NumericalProblem } from "../../contract/problem.ts";
import { productError } from "../summation.ts";

const MAX_REFINEMENTS = 6;

export interface LeastSquares {
  /** One per column of X in its own order; zero for columns that depend on earlier ones. */
  readonly coefficients: Float64Array;
  readonly rank: number;
  /** Column order used: the first `rank` are in the fit, in their own order; the rest depend on them. */
  readonly pivots: Int32Array;
  /** Σ (yᵢ − xᵢᵀβ)². */
  readonly residualSumOfSquares: number;
  /** (XᵀX)⁻¹ over the columns in the fit, cols × cols in the order of X; zero rows and columns for the others. */
  readonly inverseCross: Float64Array;
}

/**
 * Least squares, min ‖y − X β‖², by Householder QR with iterative refinement of coefficients and residuals together
 * (Björck 1967) in doubled precision: as long as X is numerically of its rank, the coefficients are right to nearly all
 * digits for the stored X and y.
 *
 * Columns are taken in order; one that keeps less than `tolerance` of its length after projection on those before it
 * is left out, so that of two dependent columns the later goes, independent of units.
 *
 * @param x rows × cols, row-major
 * @param y rows
 * @param tolerance share of a column's length; default 1e-11
 * @throws not-finite when an entry is NaN or infinite
 */
export function leastSquares(
  x: Float64Array,
  rows: number,
  cols: number,
  y: Float64Array,
  tolerance = 1e-11,
): LeastSquares {
  const { columns, exponents } = scaledColumns(x, rows, cols);
  const qr = factorise(columns, rows, cols, tolerance);
  const { rank, pivots } = qr;

  const solution = new Float64Array(rank);
  const residual = new Float64Array(rows);
  refine(columns, qr, rows, y, solution, residual);

  const coefficients = new Float64Array(cols);
  for (let k = 0; k < rank; k++) coefficients[pivots[k]!] = solution[k]! * 2 ** -exponents[pivots[k]!]!;
  let residualSumOfSquares = 0;
  for (let i = 0; i < rows; i++) residualSumOfSquares += residual[i]! * residual[i]!;
  if (!Number.isFinite(residualSumOfSquares))
    throw new NumericalProblem("not-finite", { what: "The outcome of a regression" });
  const inverseCross = inverseCrossOf(qr, rows, cols, exponents);
  if (!coefficients.every(Number.isFinite) || !inverseCross.every(Number.isFinite)) {
    throw new NumericalProblem("not-finite", { what: "A regression coefficient or its variance" });
  }
  return { coefficients, rank, pivots, residualSumOfSquares, inverseCross };
}

/** Columns of X contiguous, each scaled by a power of two (exact) to a length near one. */
function scaledColumns(x: Float64Array, rows: number, cols: number) {
  const columns = new Float64Array(rows * cols);
  const exponents = new Int32Array(cols);
  for (let j = 0; j < cols; j++) {
    let largest = 0;
    for (let i = 0; i < rows; i++) {
      const entry = x[i * cols + j]!;
      if (!Number.isFinite(entry)) throw new NumericalProblem("not-finite", { what: "A column of a regression" });
      largest = Math.max(largest, Math.abs(entry));
    }
    const exponent = largest > 0 ? Math.min(-Math.round(Math.log2(largest)), 1000) : 0;
    exponents[j] = -exponent;
    const scale = 2 ** exponent;
    for (let i = 0; i < rows; i++) columns[j * rows + i] = x[i * cols + j]! * scale;
  }
  return { columns, exponents };
}

interface Factorisation {
  /** Column k (rows entries, contiguous): R above the diagonal, the Householder vector from it down. */
  readonly reflectors: Float64Array;
  /** Diagonal of R. */
  readonly diagonal: Float64Array;
  readonly rank: number;
  readonly pivots: Int32Array;
}

function factorise(columns: Float64Array, rows: number, cols: number, tolerance: number): Factorisation {
  const reflectors = new Float64Array(columns.length);
  const diagonal = new Float64Array(cols);
  const pivots = new Int32Array(cols);
  const dependent: number[] = [];
  let rank = 0;
  for (let j = 0; j < cols; j++) {
    const column = reflectors.subarray(rank * rows, (rank + 1) * rows);
    column.set(columns.subarray(j * rows, (j + 1) * rows));
    const whole = norm(column, 0);
    for (let k = 0; k < rank; k++) reflect(reflectors, k, rows, column);
    const left = rank < rows ? norm(column, rank) : 0;
    if (!(left > tolerance * whole)) {
      dependent.push(j);
      continue;
    }
    // v = (a + sign(a₁)‖a‖ e₁), normalised so that H = I − v vᵀ.
    const head = column[rank]!;
    const pivot = head > 0 ? -left : left;
    const length = Math.sqrt(left * (left + Math.abs(head)));
    column[rank] = head - pivot;
    for (let i = rank; i < rows; i++) column[i]! /= length;
    diagonal[rank] = pivot;
    pivots[rank++] = j;
  }
  pivots.set(dependent, rank);
  return { reflectors, diagonal, rank, pivots };
}

/** Length of the entries from `from` down; columns are scaled, so squares neither over- nor underflow. */
function norm(column: Float64Array, from: number): number {
  let squares = 0;
  for (let i = from; i < column.length; i++) squares += column[i]! * column[i]!;
  return Math.sqrt(squares);
}

function reflect(reflectors: Float64Array, k: number, rows: number, target: Float64Array): void {
  const start = k * rows;
  let projection = 0;
  for (let i = k; i < rows; i++) projection += reflectors[start + i]! * target[i]!;
  for (let i = k; i < rows; i++) target[i]! -= projection * reflectors[start + i]!;
}

/**
 * Solves [I X; Xᵀ 0] [r; β] = [y; 0] and refines: right-hand sides of the corrections in doubled precision.
 * The first step, from zero, is the ordinary QR solution.
 */
function refine(
  columns: Float64Array,
  { reflectors, diagonal, rank, pivots }: Factorisation,
  rows: number,
  y: Float64Array,
  solution: Float64Array,
  residual: Float64Array,
): void {
  const upper = new Float64Array(rows);
  const lower = new Float64Array(rank);
  let previous = Number.POSITIVE_INFINITY;
  for (let step = 0; step <= MAX_REFINEMENTS; step++) {
    outcomeDefect(columns, rows, rank, pivots, y, solution, residual, upper);
    orthogonalityDefect(columns, rows, rank, pivots, residual, lower);

    // h = R⁻ᵀ g, d = Qᵀ f, δβ = R⁻¹ (d₁ − h), δr = Q [h; d₂].
    for (let k = 0; k < rank; k++) {
      let value = lower[k]!;
      for (let i = 0; i < k; i++) value -= reflectors[k * rows + i]! * lower[i]!;
      lower[k] = value / diagonal[k]!;
    }
    for (let k = 0; k < rank; k++) reflect(reflectors, k, rows, upper);
    for (let k = 0; k < rank; k++) {
      const h = lower[k]!;
      lower[k] = upper[k]! - h;
      upper[k] = h;
    }
    for (let k = rank - 1; k >= 0; k--) {
      let value = lower[k]!;
      for (let j = k + 1; j < rank; j++) value -= reflectors[j * rows + k]! * lower[j]!;
      lower[k] = value / diagonal[k]!;
    }
    for (let k = rank - 1; k >= 0; k--) reflect(reflectors, k, rows, upper);

    const size = correctionSize(lower, solution, rank) + correctionSize(upper, residual, rows);
    // A correction that does not shrink means that X is singular to working precision: more steps would only wander.
    if (step > 0 && !(size < previous / 2)) return;
    for (let k = 0; k < rank; k++) solution[k]! += lower[k]!;
    for (let i = 0; i < rows; i++) residual[i]! += upper[i]!;
    if (step > 0 && size < 4 * Number.EPSILON) return;
    previous = step > 0 ? size : Number.POSITIVE_INFINITY;
  }
}

/** f = y − r − X β. */
function outcomeDefect(
  columns: Float64Array,
  rows: number,
  rank: number,
  pivots: Int32Array,
  y: Float64Array,
  solution: Float64Array,
  residual: Float64Array,
  out: Float64Array,
): void {
  for (let i = 0; i < rows; i++) {
    let total = y[i]!;
    let lost = 0;
    let next = total - residual[i]!;
    let part = next - total;
    lost += total - (next - part) + (-residual[i]! - part);
    total = next;
    for (let k = 0; k < rank; k++) {
      const entry = columns[pivots[k]! * rows + i]!;
      const product = -entry * solution[k]!;
      next = total + product;
      part = next - total;
      lost += total - (next - part) + (product - part) + productError(-entry, solution[k]!, product);
      total = next;
    }
    out[i] = total + lost;
  }
}

/** g = −Xᵀ r. */
function orthogonalityDefect(
  columns: Float64Array,
  rows: number,
  rank: number,
  pivots: Int32Array,
  residual: Float64Array,
  out: Float64Array,
): void {
  for (let k = 0; k < rank; k++) {
    const start = pivots[k]! * rows;
    let total = 0;
    let lost = 0;
    for (let i = 0; i < rows; i++) {
      const product = columns[start + i]! * residual[i]!;
      const next = total + product;
      const part = next - total;
      lost += total - (next - part) + (product - part) + productError(columns[start + i]!, residual[i]!, product);
      total = next;
    }
    out[k] = -(total + lost);
  }
}

function correctionSize(correction: Float64Array, value: Float64Array, length: number): number {
  let change = 0;
  let size = 0;
  for (let i = 0; i < length; i++) {
    change = Math.max(change, Math.abs(correction[i]!));
    size = Math.max(size, Math.abs(value[i]!));
  }
  return size > 0 ? change / size : 0;
}

/** (XᵀX)⁻¹ = R⁻¹ R⁻ᵀ, unscaled and put back in the order of the columns. */
function inverseCrossOf(
  { reflectors, diagonal, rank, pivots }: Factorisation,
  rows: number,
  cols: number,
  exponents: Int32Array,
) {
  const inverse = new Float64Array(rank * rank);
  for (let j = 0; j < rank; j++) {
    inverse[j * rank + j] = 1 / diagonal[j]!;
    for (let i = j - 1; i >= 0; i--) {
      let value = 0;
      for (let k = i + 1; k <= j; k++) value += reflectors[k * rows + i]! * inverse[k * rank + j]!;
      inverse[i * rank + j] = -value / diagonal[i]!;
    }
  }
  const out = new Float64Array(cols * cols);
  for (let i = 0; i < rank; i++) {
    for (let j = i; j < rank; j++) {
      let value = 0;
      for (let k = j; k < rank; k++) value += inverse[i * rank + k]! * inverse[j * rank + k]!;
      const a = pivots[i]!;
      const b = pivots[j]!;
      value *= 2 ** -(exponents[a]! + exponents[b]!);
      out[a * cols + b] = value;
      out[b * cols + a] = value;
    }
  }
  return out;
}
