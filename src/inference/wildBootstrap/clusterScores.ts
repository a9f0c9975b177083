import { type ClusterParts, clusterBlock } from "../../contract/clusterParts.ts";
import type { ClusterScores } from "../../contract/clusterScores.ts";
import type { EstimatingParts } from "../../contract/estimatingParts.ts";
import { cholesky, choleskySolve } from "../../numerics/matrix/cholesky.ts";

/** Scores X̂ⱼᵀWⱼeⱼ and informations X̂ⱼᵀWⱼX̂ⱼ of least squares, ordinary, weighted or generalised. */
export function scoresOfClusterParts(parts: ClusterParts): ClusterScores {
  const { clusters, coefficients: p, root } = parts;
  const block = clusterBlock(parts);
  const scores = new Float64Array(clusters * p);
  const information = new Float64Array(clusters * p * p);
  for (let j = 0; j < clusters; j++) {
    parts.fill(j, block);
    const { rows, design: x, weightedDesign: wx, residual } = block;
    for (let a = 0; a < p; a++) {
      for (let i = 0; i < rows; i++) scores[j * p + a]! += wx[i * p + a]! * residual[i]!;
      for (let b = 0; b < p; b++) {
        let value = 0;
        for (let i = 0; i < rows; i++) value += wx[i * p + a]! * x[i * p + b]!;
        information[(j * p + a) * p + b] = value;
      }
    }
  }
  return { clusters, coefficients: p, root, scores, information };
}

/** The same of any estimating equations at their solution. */
export function scoresOfEstimatingParts(parts: EstimatingParts): ClusterScores {
  const { clusters, coefficients: p, root } = parts;
  const scores = new Float64Array(clusters * p);
  const information = new Float64Array(clusters * p * p);
  for (let j = 0; j < clusters; j++)
    parts.fill(j, scores.subarray(j * p, (j + 1) * p), information.subarray(j * p * p, (j + 1) * p * p));
  return { clusters, coefficients: p, root, scores, information };
}

/** Tᵀc of each row of C (q × p): contrasts in the coordinates of the scores. */
export function inScoreCoordinates({ coefficients: p, root }: ClusterScores, contrasts: Float64Array): Float64Array {
  const out = new Float64Array(contrasts.length);
  for (let at = 0; at < contrasts.length; at += p)
    for (let a = 0; a < p; a++) for (let k = 0; k < p; k++) out[at + a]! += contrasts[at + k]! * root[k * p + a]!;
  return out;
}

/** A(AᵀA)⁻¹g of q directions (rows of `directions`, q × p): the shortest step whose inner products with them are g; null when they depend on each other. */
export function shortestStep(directions: Float64Array, gaps: Float64Array): Float64Array | null {
  const q = gaps.length;
  const p = directions.length / q;
  const gram = new Float64Array(q * q);
  for (let s = 0; s < q; s++)
    for (let t = 0; t < q; t++)
      for (let k = 0; k < p; k++) gram[s * q + t]! += directions[s * p + k]! * directions[t * p + k]!;
  if (!cholesky(gram, q, gram)) return null;
  const multipliers = new Float64Array(q);
  choleskySolve(gram, q, gaps, multipliers);
  const step = new Float64Array(p);
  for (let s = 0; s < q; s++) for (let k = 0; k < p; k++) step[k]! += multipliers[s]! * directions[s * p + k]!;
  return step;
}

/**
 * Scores of linear equations at their solution under Cβ = d: with γ̃ = γ̂ − A(AᵀA)⁻¹(Cβ̂ − d), ũⱼ = ûⱼ + Gⱼ(γ̂ − γ̃).
 *
 * @param directions A, one contrast a row in the coordinates of the scores, q × p
 * @param gaps Cβ̂ − d, length q
 * @returns null when the contrasts depend on each other
 */
export function restrictLinear(
  fitted: ClusterScores,
  directions: Float64Array,
  gaps: Float64Array,
): ClusterScores | null {
  const { clusters, coefficients: p, information } = fitted;
  const step = shortestStep(directions, gaps);
  if (step === null) return null;
  const scores = fitted.scores.slice();
  for (let r = 0; r < clusters * p; r++) for (let k = 0; k < p; k++) scores[r]! += information[r * p + k]! * step[k]!;
  return { ...fitted, scores };
}
