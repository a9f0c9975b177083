/**
 * What degrees of freedom and Kenward–Roger ask of a Gaussian fit whose covariance is linear in its variance
 * parameters, V = Σᵢ γᵢ Gᵢ. With Φ = (XᵀV⁻¹X)⁻¹ and the residual-making projection P = V⁻¹ − V⁻¹XΦXᵀV⁻¹:
 *
 *   Pᵢ  = −XᵀV⁻¹GᵢV⁻¹X           Qᵢₖ = XᵀV⁻¹GᵢV⁻¹GₖV⁻¹X
 *
 * All matrices are row-major; p coefficients, c variance parameters.
 */
export interface VarianceParts {
  /** p */
  readonly coefficients: number;
  /** c: the random effects' variances and covariances, then the residual variance unless it is known. */
  readonly components: number;
  /** Φ, p × p. */
  readonly covariance: Float64Array;
  /** Pᵢ, c matrices p × p. */
  readonly first: readonly Float64Array[];
  /** Qᵢₖ at index i · c + k, c² matrices p × p; Qₖᵢ = Qᵢₖᵀ. */
  readonly second: readonly Float64Array[];
  /** Expected information of (γᵢ, γₖ) on the −2 log-likelihood scale that was maximised, c × c: tr(PGᵢPGₖ) for REML, tr(V⁻¹GᵢV⁻¹Gₖ) for ML. */
  readonly expectedInformation: Float64Array;
  /** Hessian of −2 log-likelihood in γ at the estimate, c × c. */
  readonly observedInformation: Float64Array;
  /** Is some variance parameter at the edge of its range, so that the Hessian is not that of a stationary point? */
  readonly atBoundary: boolean;
}
