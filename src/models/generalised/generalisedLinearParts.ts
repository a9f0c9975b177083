import type { ClusterParts } from "../../contract/clusterParts.ts";
import type { EstimatingParts } from "../../contract/estimatingParts.ts";
import { solveLower } from "../../numerics/matrix/cholesky.ts";
import type { Family } from "../family/family.ts";
import type { Link } from "../family/link.ts";
import type { CanonicalPatterns } from "./canonicalPatterns.ts";
import type { Maximum } from "./maximise.ts";

interface FittedPatterns {
  readonly patterns: CanonicalPatterns;
  readonly family: Family;
  readonly link: Link;
  readonly without: number | null;
  readonly maximum: Maximum;
  /** T, p × p. */
  readonly root: Float64Array;
  /** φ */
  readonly dispersion: number;
  readonly observations: number;
}

/**
 * What sandwich variances and estimating-equation corrections ask of a generalised linear model.
 *
 * A cluster's rows enter as clubSandwich takes them, on the scale of the outcome: design D = μ′x, weights W = w/V, target
 * Θ = V/w = W⁻¹, residuals y − μ. Rows of one pattern are alike in all of these, so the normalised indicators of patterns
 * span what W, Θ and D leave invariant: with n rows a pattern is the single row √n (D, y̅ − μ) with the same W and Θ.
 */
export function generalisedLinearParts(fitted: FittedPatterns): {
  readonly clusterParts: ClusterParts;
  readonly estimatingParts: EstimatingParts;
} {
  const { patterns, family, link, without, maximum, root, dispersion, observations } = fitted;
  const { columns: p, starts, counts, outcomes, weights, coordinates: z } = patterns;
  const inUse = Int32Array.from({ length: patterns.clusters }, (_, j) => j).filter((j) => j !== without);
  let maxRows = 0;
  for (const j of inUse) maxRows = Math.max(maxRows, starts[j + 1]! - starts[j]!);
  const row = new Float64Array(p);

  return {
    clusterParts: {
      clusters: inUse.length,
      observations,
      coefficients: p,
      root,
      maxRows,
      target: "inverse-diagonal",
      fill(cluster, block) {
        const first = starts[inUse[cluster]!]!;
        const end = starts[inUse[cluster]! + 1]!;
        let i = 0;
        for (let g = first; g < end; g++) {
          const eta = maximum.predictor[g]!;
          const mean = link.mean(eta);
          const variance = family.variance(mean) / (weights === null ? 1 : weights[g]!);
          // A mean rounded to the edge of its range is fitted exactly and takes part in nothing.
          if (!(variance > 0)) continue;
          const times = Math.sqrt(counts[g]!);
          for (let k = 0; k < p; k++) row[k] = times * link.slope(eta) * z[g * p + k]!;
          solveLower(maximum.information, p, row, row);
          for (let k = 0; k < p; k++) {
            block.design[i * p + k] = row[k]!;
            block.weightedDesign[i * p + k] = row[k]! / variance;
          }
          block.target[i] = variance;
          block.residual[i] = times * (outcomes[g]! - mean);
          i++;
        }
        block.rows = i;
      },
    },
    estimatingParts: {
      clusters: inUse.length,
      observations,
      coefficients: p,
      root,
      dispersion,
      fill(cluster, score, information) {
        score.fill(0, 0, p);
        information.fill(0, 0, p * p);
        const j = inUse[cluster]!;
        for (let g = starts[j]!; g < starts[j + 1]!; g++) {
          const eta = maximum.predictor[g]!;
          const mean = link.mean(eta);
          const slope = link.slope(eta);
          const variance = family.variance(mean);
          if (!(variance > 0)) continue;
          const times = ((weights === null ? 1 : weights[g]!) * counts[g]! * slope) / variance;
          row.set(z.subarray(g * p, (g + 1) * p));
          solveLower(maximum.information, p, row, row);
          for (let a = 0; a < p; a++) {
            score[a]! += times * (outcomes[g]! - mean) * row[a]!;
            for (let c = 0; c < p; c++) information[a * p + c]! += times * slope * row[a]! * row[c]!;
          }
        }
      },
    },
  };
}
