import { Defect, NumericalProblem } from "../../contract/problem.ts";

const MAX_SWEEPS = 60;

/**
 * Moore–Penrose inverse A⁺ = Σ vₖ uₖᵀ / σₖ over the singular values σₖ > tolerance · max σ, by one-sided Jacobi rotations.
 *
 * @param a rows × cols, row-major; it is not changed
 * @param tolerance relative to the largest singular value; default max(rows, cols) ε
 * @returns cols × rows, row-major
 * @throws not-finite when an entry is NaN or infinite
 */
export function pseudoInverse(
  a: Float64Array,
  rows: number,
  cols: number,
  tolerance = Math.max(rows, cols) * Number.EPSILON,
): Float64Array {
  // The short side is orthogonalised: its vectors are kept contiguous, so a wide matrix is used as it is.
  const wide = rows < cols;
  const count = wide ? rows : cols;
  const length = wide ? cols : rows;
  const vectors = new Float64Array(count * length);
  let largest = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      const entry = a[i * cols + j]!;
      if (!Number.isFinite(entry)) throw new NumericalProblem("not-finite", { what: "A matrix to invert" });
      largest = Math.max(largest, Math.abs(entry));
      vectors[wide ? i * cols + j : j * rows + i] = entry;
    }
  }
  const out = new Float64Array(rows * cols);
  if (largest === 0) return out;
  // Scaling by a power of two is exact and keeps squares from over- and underflowing.
  const scale = 2 ** -Math.round(Math.log2(largest));
  for (let i = 0; i < vectors.length; i++) vectors[i]! *= scale;

  const rotations = new Float64Array(count * count);
  for (let k = 0; k < count; k++) rotations[k * count + k] = 1;
  orthogonalise(vectors, rotations, count, length);

  const squares = new Float64Array(count);
  for (let k = 0; k < count; k++) squares[k] = inner(vectors, length, k, k);
  const floor = tolerance * tolerance * squares.reduce((x, y) => Math.max(x, y), 0);
  for (let k = 0; k < count; k++) {
    if (squares[k]! <= floor) continue;
    const factor = scale / squares[k]!;
    for (let i = 0; i < count; i++) {
      const weight = rotations[k * count + i]! * factor;
      for (let j = 0; j < length; j++) {
        out[wide ? j * rows + i : i * rows + j]! += weight * vectors[k * length + j]!;
      }
    }
  }
  return out;
}

/** Rotates pairs of vectors until all are orthogonal; `rotations` collects the rotations, row k for vector k. */
function orthogonalise(vectors: Float64Array, rotations: Float64Array, count: number, length: number): void {
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    let rotated = false;
    for (let p = 0; p < count - 1; p++) {
      for (let q = p + 1; q < count; q++) {
        const app = inner(vectors, length, p, p);
        const aqq = inner(vectors, length, q, q);
        const apq = inner(vectors, length, p, q);
        // The second condition retires vectors that are nothing but rounding of much larger ones.
        if (Math.abs(apq) <= length * Number.EPSILON * Math.sqrt(app) * Math.sqrt(aqq) || Math.abs(apq) < 1e-40)
          continue;
        rotated = true;
        const half = (aqq - app) / (2 * apq);
        const t = (half < 0 ? -1 : 1) / (Math.abs(half) + Math.sqrt(1 + half * half));
        const c = 1 / Math.sqrt(1 + t * t);
        turn(vectors, length, p, q, c, c * t);
        turn(rotations, count, p, q, c, c * t);
      }
    }
    if (!rotated) return;
  }
  throw new Defect("Jacobi rotations did not converge", { count, length, sweeps: MAX_SWEEPS });
}

function inner(rows: Float64Array, length: number, p: number, q: number): number {
  let value = 0;
  for (let k = 0; k < length; k++) value += rows[p * length + k]! * rows[q * length + k]!;
  return value;
}

function turn(rows: Float64Array, length: number, p: number, q: number, c: number, s: number): void {
  for (let k = 0; k < length; k++) {
    const g = rows[p * length + k]!;
    const h = rows[q * length + k]!;
    rows[p * length + k] = c * g - s * h;
    rows[q * length + k] = s * g + c * h;
  }
}
