import { Defect, NumericalProblem } from "../../contract/problem.ts";

const MAX_SWEEPS = 60;

/**
 * Eigenvalues and eigenvectors of a symmetric matrix: A = V diag(λ) Vᵀ, by cyclic Jacobi rotations.
 *
 * Jacobi is chosen for its accuracy: eigenvalues of a positive definite matrix come out right relative to themselves,
 * not only relative to the largest, as far as the matrix scaled to unit diagonal determines them (Demmel & Veselić 1992).
 * Work is about 6 n³ per sweep and five to ten sweeps.
 *
 * @param a n × n, row-major, symmetric; it is not changed
 * @param values n, receives the eigenvalues in ascending order
 * @param vectors n × n, row-major, receives the unit eigenvector of values[k] in column k
 * @param work n × n scratch; pass one in loops to save the allocation
 * @throws not-finite when an entry is NaN or infinite
 */
export function symmetricEigen(
  a: Float64Array,
  n: number,
  values: Float64Array,
  vectors: Float64Array,
  work: Float64Array = new Float64Array(n * n),
): void {
  let size = 0;
  for (let i = 0; i < n * n; i++) {
    const entry = a[i]!;
    work[i] = entry;
    vectors[i] = 0;
    size += Math.abs(entry);
  }
  if (!(size < Number.POSITIVE_INFINITY)) throw new NumericalProblem("not-finite", { what: "A matrix to decompose" });
  for (let i = 0; i < n; i++) vectors[i * n + i] = 1;

  let sweep = 0;
  while (rotateAll(work, vectors, n, sweep)) {
    if (++sweep > MAX_SWEEPS) throw new Defect("Jacobi rotations did not converge", { n, sweeps: MAX_SWEEPS });
  }
  for (let i = 0; i < n; i++) values[i] = work[i * n + i]!;
  sortAscending(values, vectors, n);
  transpose(vectors, n);
}

/** One sweep over all pairs; true if any entry off the diagonal still mattered. `rows` holds eigenvectors as rows. */
function rotateAll(m: Float64Array, rows: Float64Array, n: number, sweep: number): boolean {
  let rotated = false;
  for (let p = 0; p < n - 1; p++) {
    for (let q = p + 1; q < n; q++) {
      const off = m[p * n + q]!;
      if (off === 0) continue;
      const app = m[p * n + p]!;
      const aqq = m[q * n + q]!;
      const size = Math.abs(off);
      // Negligible relative to both diagonal entries, the criterion that keeps small eigenvalues relatively accurate.
      // Where the diagonal itself is rounding noise it is never met, so after some sweeps either entry will do.
      const scale =
        sweep < 12 ? Math.sqrt(Math.abs(app)) * Math.sqrt(Math.abs(aqq)) : Math.max(Math.abs(app), Math.abs(aqq));
      if (size <= 0.125 * Number.EPSILON * scale) {
        m[p * n + q] = 0;
        continue;
      }
      rotated = true;
      rotate(m, rows, n, p, q, off, app, aqq);
    }
  }
  return rotated;
}

/** Rotation in the plane (p, q) that annihilates m[p, q]; only the upper triangle of `m` is kept. */
function rotate(
  m: Float64Array,
  rows: Float64Array,
  n: number,
  p: number,
  q: number,
  off: number,
  app: number,
  aqq: number,
): void {
  const half = (aqq - app) / (2 * off);
  const ratio = Math.abs(half);
  // tan of the smaller angle; the second form where half² would overflow.
  const t = (half < 0 ? -1 : 1) / (ratio < 1e150 ? ratio + Math.sqrt(1 + ratio * ratio) : 2 * ratio);
  const c = 1 / Math.sqrt(1 + t * t);
  const s = t * c;
  const tau = s / (1 + c);
  m[p * n + p] = app - t * off;
  m[q * n + q] = aqq + t * off;
  m[p * n + q] = 0;
  for (let k = 0; k < p; k++) {
    const g = m[k * n + p]!;
    const h = m[k * n + q]!;
    m[k * n + p] = g - s * (h + g * tau);
    m[k * n + q] = h + s * (g - h * tau);
  }
  for (let k = p + 1; k < q; k++) {
    const g = m[p * n + k]!;
    const h = m[k * n + q]!;
    m[p * n + k] = g - s * (h + g * tau);
    m[k * n + q] = h + s * (g - h * tau);
  }
  for (let k = q + 1; k < n; k++) {
    const g = m[p * n + k]!;
    const h = m[q * n + k]!;
    m[p * n + k] = g - s * (h + g * tau);
    m[q * n + k] = h + s * (g - h * tau);
  }
  for (let k = 0; k < n; k++) {
    const g = rows[p * n + k]!;
    const h = rows[q * n + k]!;
    rows[p * n + k] = g - s * (h + g * tau);
    rows[q * n + k] = h + s * (g - h * tau);
  }
}

/** Orders eigenvalues, moving the rows that hold their eigenvectors with them. */
function sortAscending(values: Float64Array, rows: Float64Array, n: number): void {
  for (let i = 0; i < n - 1; i++) {
    let smallest = i;
    for (let j = i + 1; j < n; j++) if (values[j]! < values[smallest]!) smallest = j;
    if (smallest === i) continue;
    const value = values[i]!;
    values[i] = values[smallest]!;
    values[smallest] = value;
    for (let k = 0; k < n; k++) {
      const entry = rows[i * n + k]!;
      rows[i * n + k] = rows[smallest * n + k]!;
      rows[smallest * n + k] = entry;
    }
  }
}

function transpose(m: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const entry = m[i * n + j]!;
      m[i * n + j] = m[j * n + i]!;
      m[j * n + i] = entry;
    }
  }
}
