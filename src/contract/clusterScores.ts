/**
 * Clustered estimating equations Σⱼ uⱼ(β) = 0 at one β, reduced to what a wild bootstrap asks of them: a score and an
 * information per cluster. They are in the coordinates γ of β = T γ in which all clusters together have the identity for
 * information, M = (Σⱼ Gⱼ)⁻¹ = T Tᵀ, and never say which model they are of. All matrices are row-major.
 */
export interface ClusterScores {
  /** J */
  readonly clusters: number;
  /** p */
  readonly coefficients: number;
  /** T, p × p. */
  readonly root: Float64Array;
  /** Tᵀuⱼ, J × p. They add up to zero where β solves the equations. */
  readonly scores: Float64Array;
  /** TᵀGⱼT, J × p × p. */
  readonly information: Float64Array;
}
