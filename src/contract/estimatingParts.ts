/**
 * What small-sample corrections ask of the solution of clustered estimating equations Σⱼ uⱼ(β) = 0,
 * uⱼ = DⱼᵀVⱼ⁻¹(yⱼ − μⱼ), with Dⱼ = ∂μⱼ/∂β (nⱼ × p) and Vⱼ the working covariance without its dispersion φ. They never ask
 * which model it was. All matrices are row-major.
 *
 * With M = (Σⱼ DⱼᵀVⱼ⁻¹Dⱼ)⁻¹ = T Tᵀ, clusters are seen in the coordinates γ of β = T γ, where the information of all of
 * them together is the identity: nothing is lost to collinear columns or to a far origin.
 */
export interface EstimatingParts {
  /** J */
  readonly clusters: number;
  /** N, rows in all. */
  readonly observations: number;
  /** p */
  readonly coefficients: number;
  /** T, p × p, upper triangular. */
  readonly root: Float64Array;
  /** φ, 1 where the working model fixes it. */
  readonly dispersion: number;
  /** Writes Tᵀuⱼ (length p) and Tᵀ DⱼᵀVⱼ⁻¹Dⱼ T (p × p, eigenvalues in [0, 1]) of cluster j; allocates nothing. */
  fill(cluster: number, score: Float64Array, information: Float64Array): void;
}
