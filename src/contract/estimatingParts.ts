/**
 * What small-sample corrections ask of the solution of clustered estimating equations Σⱼ uⱼ(β) = 0,
 * uⱼ = DⱼᵀVⱼ⁻¹(yⱼ − μⱼ), with Dⱼ = ∂μⱼ/∂β (nⱼ × p) and Vⱼ the working covariance without its dispersion φ. They never ask
 * which model it was. All matrices are row-major.
 */
export interface EstimatingParts {
  /** J */
  readonly clusters: number;
  /** N, rows in all. */
  readonly observations: number;
  /** p */
  readonly coefficients: number;
  /** uⱼ, J × p. */
  readonly scores: Float64Array;
  /** Gⱼ = DⱼᵀVⱼ⁻¹Dⱼ, J × p × p. */
  readonly information: Float64Array;
  /** M = (Σⱼ Gⱼ)⁻¹, p × p. */
  readonly inverse: Float64Array;
  /** φ, 1 where the working model fixes it. */
  readonly dispersion: number;
}
