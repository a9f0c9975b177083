import type { EstimatingParts } from "../../contract/estimatingParts.ts";
import { solveLowerTransposed } from "../../numerics/matrix/cholesky.ts";
import type { GeeRows } from "./geeRows.ts";
import { type GeeState, whitenCluster, whitenedRoom } from "./geeState.ts";
import type { WorkingCorrelation } from "./workingCorrelation.ts";

/**
 * The parts that variances ask for, in coordinates where all clusters together have the identity for information.
 *
 * @param factor L, p × p, with LLᵀ the information about standardised covariates: T = S L⁻ᵀ, S back to original units
 */
export function geeParts(
  rows: GeeRows,
  state: GeeState,
  correlation: WorkingCorrelation,
  alpha: number,
  factor: Float64Array,
  dispersion: number,
): EstimatingParts {
  const { coefficients: p, centre, scale } = rows;
  const width = p + 1;
  const lower = factor.slice();
  const room = whitenedRoom(rows);
  const root = new Float64Array(p * p);
  for (let k = 0; k < p; k++) root[k * p + k] = 1;
  solveLowerTransposed(lower, p, root, root, p);
  for (let k = 0; k < p; k++) for (let l = 0; l < p; l++) root[k * p + l]! /= scale[k]!;
  for (let k = 1; k < p; k++) for (let l = 0; l < p; l++) root[l]! -= centre[k]! * root[k * p + l]!;

  const fill: EstimatingParts["fill"] = (cluster, score, information) => {
    const used = whitenCluster(rows, state, correlation, alpha, cluster, room);
    score.fill(0, 0, p);
    information.fill(0, 0, p * p);
    for (let at = 0; at < used * width; at += width) {
      const residual = room[at + p]!;
      // The row L⁻¹z in place of z.
      for (let k = 0; k < p; k++) {
        let value = room[at + k]!;
        for (let l = 0; l < k; l++) value -= lower[k * p + l]! * room[at + l]!;
        value /= lower[k * p + k]!;
        room[at + k] = value;
        score[k]! += value * residual;
        for (let l = 0; l <= k; l++) information[k * p + l]! += value * room[at + l]!;
      }
    }
    for (let k = 0; k < p; k++) for (let l = 0; l < k; l++) information[l * p + k] = information[k * p + l]!;
  };
  return { clusters: rows.clusters, observations: rows.observations, coefficients: p, root, dispersion, fill };
}
