/**
 * One cluster of a fit, rotated into r coordinates outside of which its design vanishes.
 *
 * Write cluster j's rows as X (nⱼ × p), W (nⱼ × nⱼ, working weights), Θ (nⱼ × nⱼ, target covariance), e (residuals).
 * Everything that a sandwich needs lives in the span of X and WX as long as Θ maps that span into itself: with Q
 * (nⱼ × r) an orthonormal basis of it, QᵀX, QᵀWX, QᵀΘQ and Qᵀe replace X, WX, Θ and e, and no nⱼ × nⱼ matrix is ever
 * formed. r is at most p for independent rows, 2p with row weights, p + q with q random-effect columns. A fit without
 * such structure may take Q = I, r = nⱼ; one with independent rows of unlike variance (a generalised linear model) then keeps
 * only the diagonal of Θ.
 *
 * The design is expressed in the coordinates γ of β = T γ (see {@link ClusterParts.root}): X̂ = X T.
 */
export interface ClusterBlock {
  /** r in use; the arrays may be longer. */
  rows: number;
  /** QᵀX̂, r × p row-major. */
  readonly design: Float64Array;
  /** QᵀWX̂, r × p row-major. */
  readonly weightedDesign: Float64Array;
  /** QᵀΘQ, r × r row-major; with target "inverse-diagonal" its diagonal alone, length r. */
  readonly target: Float64Array;
  /** Qᵀe, length r. */
  readonly residual: Float64Array;
}

/** What a cluster-robust variance asks of a fit, cluster by cluster; it never asks which model it was. */
export interface ClusterParts {
  /** J */
  readonly clusters: number;
  /** N, rows in all. */
  readonly observations: number;
  /** p */
  readonly coefficients: number;
  /** T (p × p, row-major) with T Tᵀ = M = (Σ XᵀWX)⁻¹, so that Σ X̂ᵀWX̂ = I. */
  readonly root: Float64Array;
  /** Largest r of any cluster: the room a block needs. */
  readonly maxRows: number;
  /**
   * How the target, the covariance under which the correction is unbiased, relates to the working weights:
   * "identity": Θ = W = I (least squares) · "inverse-weight": Θ = W⁻¹ (mixed models) · "inverse-diagonal": the same with both
   * diagonal (GLMs) · "general": neither (weighted least squares with homoscedastic target). A shortcut for all but the last,
   * nothing else depends on it.
   */
  readonly target: "identity" | "inverse-weight" | "inverse-diagonal" | "general";
  /**
   * "identity": the leverage adjustment is to be the one of Θ = W = I (working weights must be I then), the target being
   * for degrees of freedom only. Several least-squares regressions side by side are each adjusted by themselves.
   */
  readonly adjustedFor?: "identity";
  /** Writes cluster j into `block`; allocates nothing. */
  fill(cluster: number, block: ClusterBlock): void;
}

/** A fit that publishes its cluster parts. */
export interface HasClusterParts {
  readonly clusterParts: ClusterParts;
}

/** Room for any cluster of `parts`. */
export function clusterBlock(parts: Pick<ClusterParts, "coefficients" | "maxRows" | "target">): ClusterBlock {
  const { coefficients: p, maxRows: r, target } = parts;
  return {
    rows: 0,
    design: new Float64Array(r * p),
    weightedDesign: new Float64Array(r * p),
    target: new Float64Array(target === "inverse-diagonal" ? r : r * r),
    residual: new Float64Array(r),
  };
}
