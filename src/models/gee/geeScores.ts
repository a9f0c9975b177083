import type { ClusterScores } from "../../contract/clusterScores.ts";
import type { ColumnSource } from "../../data/design.ts";
import type { Grouping } from "../../data/grouping.ts";
import { cholesky, solveLower, solveLowerTransposed } from "../../numerics/matrix/cholesky.ts";
import type { Family } from "../family/family.ts";
import type { Link } from "../family/link.ts";
import type { Response } from "../family/response.ts";
import { geeRows } from "./geeRows.ts";
import { type GeeModel, geeState, moveTo, whitenCluster, whitenedRoom } from "./geeState.ts";
import type { WorkingCorrelation } from "./workingCorrelation.ts";

/** Estimating equations as a function of the coefficients b of standardised covariates. */
export interface GeeScores {
  /** β in the plan's units as b. */
  fromCoefficients(beta: Float64Array): Float64Array;
  /** c with cᵀβ = its bᵀ. */
  fromContrast(contrast: Float64Array): Float64Array;
  /** Scores and informations at b; null where a mean leaves its range or the information is not positive. */
  at(b: Float64Array): ClusterScores | null;
}

/**
 * The equations of a GEE, Σⱼ DⱼᵀVⱼ⁻¹(yⱼ − μⱼ), with its working correlation held: with independence those of a generalised
 * linear model.
 *
 * @param alpha of the working correlation
 */
export function geeScores(
  design: ColumnSource,
  response: Response,
  cluster: Grouping,
  family: Family,
  link: Link,
  correlation: WorkingCorrelation,
  alpha: number,
): GeeScores {
  const rows = geeRows(design, response, cluster, correlation.ordered);
  const model: GeeModel = { rows, family, link };
  const state = geeState(model);
  const room = whitenedRoom(rows);
  const { clusters, coefficients: p, centre, scale } = rows;
  const width = p + 1;
  return {
    fromCoefficients(beta) {
      const b = beta.map((value, k) => value * scale[k]!);
      for (let k = 1; k < p; k++) b[0]! += beta[k]! * centre[k]!;
      return b;
    },
    fromContrast: (contrast) => contrast.map((weight, k) => (weight - contrast[0]! * centre[k]!) / scale[k]!),
    at(b) {
      if (!moveTo(model, b, state)) return null;
      const scores = new Float64Array(clusters * p);
      const information = new Float64Array(clusters * p * p);
      const total = new Float64Array(p * p);
      for (let j = 0; j < clusters; j++) {
        const used = whitenCluster(rows, state, correlation, alpha, j, room);
        for (let e = 0; e < used * width; e += width)
          for (let k = 0; k < p; k++) {
            scores[j * p + k]! += room[e + k]! * room[e + p]!;
            for (let l = 0; l <= k; l++) information[(j * p + k) * p + l]! += room[e + k]! * room[e + l]!;
          }
        for (let k = 0; k < p; k++)
          for (let l = 0; l <= k; l++) {
            const value = information[(j * p + k) * p + l]!;
            information[(j * p + l) * p + k] = value;
            total[k * p + l]! += value;
            if (l < k) total[l * p + k]! += value;
          }
      }
      if (!cholesky(total, p, total)) return null;
      whiten(total, clusters, p, scores, information);
      const root = new Float64Array(p * p);
      for (let k = 0; k < p; k++) root[k * p + k] = 1;
      solveLowerTransposed(total, p, root, root, p);
      return { clusters, coefficients: p, root, scores, information };
    },
  };
}

/** L⁻¹u and L⁻¹GL⁻ᵀ of every cluster, in place. */
function whiten(lower: Float64Array, clusters: number, p: number, scores: Float64Array, information: Float64Array) {
  for (let j = 0; j < clusters; j++) {
    const u = scores.subarray(j * p, (j + 1) * p);
    solveLower(lower, p, u, u);
    const g = information.subarray(j * p * p, (j + 1) * p * p);
    solveLower(lower, p, g, g, p);
    for (let k = 0; k < p; k++)
      for (let l = 0; l < k; l++) {
        const swapped = g[k * p + l]!;
        g[k * p + l] = g[l * p + k]!;
        g[l * p + k] = swapped;
      }
    solveLower(lower, p, g, g, p);
  }
}
