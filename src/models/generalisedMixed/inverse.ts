import { Defect } from "../../contract/problem.ts";

/**
 * Inverse of an n × n matrix by Gauss–Jordan elimination with row pivoting.
 *
 * @throws Defect when it is singular: the maps between parameters that come here never are.
 */
export function inverse(matrix: Float64Array, n: number): Float64Array {
  const a = matrix.slice();
  const out = new Float64Array(n * n);
  for (let k = 0; k < n; k++) out[k * n + k] = 1;
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(a[i * n + k]!) > Math.abs(a[pivot * n + k]!)) pivot = i;
    const head = a[pivot * n + k]!;
    if (head === 0) throw new Defect("The map of the parameters is singular", {});
    for (const m of [a, out]) {
      for (let e = 0; e < n; e++) {
        const value = m[pivot * n + e]!;
        m[pivot * n + e] = m[k * n + e]!;
        m[k * n + e] = value / head;
      }
    }
    for (let i = 0; i < n; i++) {
      const factor = a[i * n + k]!;
      if (i === k || factor === 0) continue;
      for (let e = 0; e < n; e++) {
        a[i * n + e]! -= factor * a[k * n + e]!;
        out[i * n + e]! -= factor * out[k * n + e]!;
      }
    }
  }
  return out;
}
