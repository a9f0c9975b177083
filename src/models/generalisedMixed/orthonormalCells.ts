import { NumericalProblem } from "../../contract/problem.ts";
import { canonicalStep, startingBasis } from "../linear/canonicalBasis.ts";
import type { ClusterCells } from "./clusterCells.ts";

/** Cells in coordinates γ of β = Mγ in which the columns are orthogonal with mean square 1, so that units do not matter. */
export interface OrthonormalCells {
  readonly cells: ClusterCells;
  /** M, p × p row-major. */
  readonly map: Float64Array;
}

/**
 * Centres every column but the first, the intercept, and makes them orthonormal over the cells.
 *
 * @throws NumericalProblem `information-not-positive` when a column depends on others to rounding
 */
export function orthonormalCells(cells: ClusterCells): OrthonormalCells {
  const { coefficients: p, design } = cells;
  const n = cells.events.length;
  const centre = new Float64Array(p);
  for (let i = 0, e = 0; i < n; i++) for (let k = 0; k < p; k++) centre[k]! += design[e++]! / n;
  centre[0] = 0;
  const s = p + 1;
  const total = new Float64Array(s * s);
  total[s * s - 1] = 1;
  const row = new Float64Array(p);
  const centred = new Float64Array(n * p);
  for (let i = 0, e = 0; i < n; i++) {
    for (let k = 0; k < p; k++, e++) {
      row[k] = design[e]! - centre[k]!;
      centred[e] = row[k]!;
    }
    for (let k = 0; k < p; k++) for (let l = 0; l < p; l++) total[k * s + l]! += (row[k]! * row[l]!) / n;
  }
  const step = canonicalStep(total, startingBasis(p));
  if (step === null) throw new NumericalProblem("information-not-positive", { coefficients: p });
  const { root } = step.basis;
  const map = root.slice();
  for (let k = 1; k < p; k++) for (let l = 0; l < p; l++) map[l]! -= centre[k]! * root[k * p + l]!;
  for (let i = 0; i < n; i++) {
    // The root is upper triangular: from the last column backwards each may overwrite its own place.
    for (let k = p - 1; k >= 0; k--) {
      let value = 0;
      for (let l = 0; l <= k; l++) value += root[l * p + k]! * centred[i * p + l]!;
      centred[i * p + k] = value;
    }
  }
  return { cells: { ...cells, design: centred }, map };
}
