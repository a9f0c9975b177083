import type { Design } from "../data/design.ts";
import { dot } from "../numerics/summation.ts";

/** A design with orthonormal columns in place of its own: X = Q R, R upper triangular. */
export interface OrthonormalDesign {
  readonly rows: number;
  /** p */
  readonly width: number;
  /** Q, N × p row-major. */
  readonly basis: Float64Array;
  /** R⁻¹, p × p row-major: β = R⁻¹θ. */
  readonly inverse: Float64Array;
}

/**
 * Gram–Schmidt, each column freed twice of those before it: a covariate's unit and origin cost no digits later on.
 *
 * @param order row of the design at each place
 */
export function orthonormalDesign(design: Design, order: Int32Array): OrthonormalDesign {
  const { rows, width: p } = design;
  const x = new Float64Array(rows * p);
  design.fill(0, rows, x, p, 0);
  const columns = Array.from({ length: p }, (_, k) => Float64Array.from(order, (row) => x[row * p + k]!));
  const inverse = new Float64Array(p * p);
  for (let k = 0; k < p; k++) {
    const column = columns[k]!;
    inverse[k * p + k] = 1;
    for (let pass = 0; pass < 2; pass++)
      for (let l = 0; l < k; l++) {
        const share = dot(columns[l]!, column);
        for (let i = 0; i < rows; i++) column[i]! -= share * columns[l]![i]!;
        for (let m = 0; m <= l; m++) inverse[m * p + k]! -= share * inverse[m * p + l]!;
      }
    const length = Math.sqrt(dot(column, column));
    for (let i = 0; i < rows; i++) column[i]! /= length;
    for (let m = 0; m <= k; m++) inverse[m * p + k]! /= length;
  }
  const basis = new Float64Array(rows * p);
  for (let i = 0; i < rows; i++) for (let k = 0; k < p; k++) basis[i * p + k] = columns[k]![i]!;
  return { rows, width: p, basis, inverse };
}
