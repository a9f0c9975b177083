/**
 * C = A B.
 *
 * @param a n × k, row-major
 * @param b k × m, row-major
 * @param out n × m; neither `a` nor `b`
 */
export function multiply(a: Float64Array, b: Float64Array, n: number, k: number, m: number, out: Float64Array): void {
  for (let i = 0; i < n; i++) {
    const row = i * m;
    for (let j = 0; j < m; j++) out[row + j] = 0;
    for (let l = 0; l < k; l++) {
      const factor = a[i * k + l]!;
      const other = l * m;
      for (let j = 0; j < m; j++) out[row + j]! += factor * b[other + j]!;
    }
  }
}

/**
 * C = Aᵀ B.
 *
 * @param a k × n, row-major
 * @param b k × m, row-major
 * @param out n × m; neither `a` nor `b`
 */
export function multiplyTransposed(
  a: Float64Array,
  b: Float64Array,
  n: number,
  k: number,
  m: number,
  out: Float64Array,
): void {
  for (let i = 0; i < n * m; i++) out[i] = 0;
  for (let l = 0; l < k; l++) {
    const other = l * m;
    for (let i = 0; i < n; i++) {
      const factor = a[l * n + i]!;
      const row = i * m;
      for (let j = 0; j < m; j++) out[row + j]! += factor * b[other + j]!;
    }
  }
}

/**
 * C = A S Aᵀ for symmetric S; C is symmetric to the last bit.
 *
 * @param a n × m, row-major
 * @param s m × m, symmetric
 * @param out n × n; neither `a` nor `s`
 * @param scratch m; pass one in loops to save the allocation
 */
export function sandwich(
  a: Float64Array,
  s: Float64Array,
  n: number,
  m: number,
  out: Float64Array,
  scratch: Float64Array = new Float64Array(m),
): void {
  for (let i = 0; i < n; i++) {
    for (let l = 0; l < m; l++) scratch[l] = 0;
    for (let k = 0; k < m; k++) {
      const factor = a[i * m + k]!;
      for (let l = 0; l < m; l++) scratch[l]! += factor * s[k * m + l]!;
    }
    for (let j = 0; j <= i; j++) {
      let value = 0;
      for (let l = 0; l < m; l++) value += scratch[l]! * a[j * m + l]!;
      out[i * n + j] = value;
      out[j * n + i] = value;
    }
  }
}

/** tr(A B) = Σᵢⱼ aᵢⱼ bⱼᵢ, both n × n. */
export function traceOfProduct(a: Float64Array, b: Float64Array, n: number): number {
  let value = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) value += a[i * n + j]! * b[j * n + i]!;
  }
  return value;
}

/** xᵀ A x, A n × n, x of length n. */
export function quadraticForm(a: Float64Array, x: Float64Array, n: number): number {
  let value = 0;
  for (let i = 0; i < n; i++) {
    let row = 0;
    for (let j = 0; j < n; j++) row += a[i * n + j]! * x[j]!;
    value += x[i]! * row;
  }
  return value;
}
