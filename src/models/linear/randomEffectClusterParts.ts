import type { ClusterParts } from "../../contract/clusterParts.ts";
import { Defect } from "../../contract/problem.ts";
import { cholesky, choleskySolve } from "../../numerics/matrix/cholesky.ts";
import { compress } from "./compress.ts";

/** Cross-products of one cluster's columns and the covariance of its random effects; arrays may be longer than in use. */
interface RandomEffectCluster {
  /** s columns: the p fixed effects first, then whatever random-effect columns are not among them. */
  columns: number;
  /** [X Z]ᵀ[X Z], s × s row-major. */
  readonly gram: Float64Array;
  /** [X Z]ᵀe, length s. */
  readonly products: Float64Array;
  /** m random effects of this cluster. */
  effects: number;
  /** Where among the s columns each random effect's column is; a random intercept has 0. */
  readonly effectColumns: Int32Array;
  /** Ψ, covariance of the random effects, m × m row-major. */
  readonly covariance: Float64Array;
}

export interface RandomEffectFit {
  readonly clusters: number;
  readonly observations: number;
  /** p */
  readonly coefficients: number;
  /** T (p × p) in the coordinates of the cross-products: T Tᵀ = (Σ XᵀV⁻¹X)⁻¹. */
  readonly basis: Float64Array;
  /** The same in the coordinates in which coefficients are reported; the basis itself unless columns were shifted. */
  readonly root: Float64Array;
  /** σ² */
  readonly residualVariance: number;
  /** Largest s and m of any cluster. */
  readonly maxColumns: number;
  readonly maxEffects: number;
  fill(cluster: number, into: RandomEffectCluster): void;
}

/**
 * Cluster parts of a Gaussian model with random effects, V = σ²I + ZΨZᵀ = W⁻¹ = Θ, from cross-products: V maps the span
 * of [X Z] into itself and is σ²I outside of it, so in orthonormal coordinates of that span
 *
 *   Θ̃ = σ²I + Z̃ΨZ̃ᵀ,   WX̂ = Θ̃⁻¹X̂
 *
 * and no nⱼ × nⱼ matrix is needed.
 */
export function randomEffectClusterParts(fit: RandomEffectFit): ClusterParts {
  const { coefficients: p, maxColumns: s, maxEffects: m, residualVariance, basis } = fit;
  const cluster: RandomEffectCluster = {
    columns: 0,
    gram: new Float64Array(s * s),
    products: new Float64Array(s),
    effects: 0,
    effectColumns: new Int32Array(m),
    covariance: new Float64Array(m * m),
  };
  const coordinates = new Float64Array(s * s);
  const lengths = new Float64Array(s);
  const spread = new Float64Array(m);
  const lower = new Float64Array(s * s);

  return {
    clusters: fit.clusters,
    observations: fit.observations,
    coefficients: p,
    root: fit.root,
    maxRows: s,
    target: "inverse-weight",
    fill(j, block) {
      fit.fill(j, cluster);
      const { columns, effects, effectColumns, covariance } = cluster;
      const rank = compress(cluster.gram, cluster.products, columns, coordinates, block.residual, lengths);
      block.rows = rank;
      for (let i = 0; i < rank; i++) {
        const row = i * columns;
        for (let a = 0; a < p; a++) {
          let value = 0;
          for (let b = 0; b < p; b++) value += coordinates[row + b]! * basis[b * p + a]!;
          block.design[i * p + a] = value;
        }
        for (let u = 0; u < effects; u++) {
          let value = 0;
          for (let v = 0; v < effects; v++)
            value += coordinates[row + effectColumns[v]!]! * covariance[v * effects + u]!;
          spread[u] = value;
        }
        for (let k = 0; k <= i; k++) {
          let value = i === k ? residualVariance : 0;
          for (let u = 0; u < effects; u++) value += spread[u]! * coordinates[k * columns + effectColumns[u]!]!;
          block.target[i * rank + k] = value;
          block.target[k * rank + i] = value;
        }
      }
      if (!cholesky(block.target, rank, lower))
        throw new Defect("The covariance of a cluster's rows is singular", { cluster: j });
      choleskySolve(lower, rank, block.design, block.weightedDesign, p);
    },
  };
}
