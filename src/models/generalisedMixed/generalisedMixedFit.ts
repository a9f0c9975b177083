import type { Frame } from "../../data/frame.ts";
import type { LinkName } from "../family/link.ts";

/** Families of the generalised linear mixed model; "negative-binomial" is NB2 (Var = μ + μ²/θ), "negative-binomial-1" NB1 (Var = μ(1 + θ)), "gamma" has Var = μ²/ν. */
export const mixedFamilyNames = ["binomial", "poisson", "negative-binomial", "negative-binomial-1", "gamma"] as const;
export type MixedFamilyName = (typeof mixedFamilyNames)[number];

/** What a generalised linear mixed model reads of the data. */
export type MixedFrame = Pick<Frame, "rows" | "cluster" | "outcome" | "design" | "weights" | "offset">;

export interface GeneralisedMixedOptions {
  readonly family: MixedFamilyName;
  readonly link: LinkName;
  /** Nodes of the adaptive Gauss–Hermite rule per cluster, odd; 1 is the Laplace approximation. */
  readonly quadrature: number;
}

/** Random effects of one level of nesting as fitted; r effects per group. */
export interface FittedRandomLevel {
  /** Column path: "practice", "practice/id". */
  readonly name: string;
  readonly groups: number;
  /** Terms by block, "intercept" or the covariate; effects of one block are correlated, blocks are independent. */
  readonly blocks: readonly (readonly string[])[];
  /** Σ, r × r row-major, zero between blocks. */
  readonly covariance: Float64Array;
  /** Conditional modes of the effects given the data and the estimates, groups × r. */
  readonly modes: Float64Array;
  /** Their conditional covariances (inverse curvature at the mode), groups × r × r. */
  readonly conditionalVariances: Float64Array;
}

/**
 * A generalised linear mixed model fitted by (approximate) maximum likelihood: p coefficients β, m free elements of the
 * lower-triangular roots of the random-effect covariances (for intercepts alone, their standard deviations σ), and for
 * negative binomial families log θ, for gamma log ν. q = p + m (+ 1), in this order.
 */
export interface GeneralisedMixedFit {
  readonly options: GeneralisedMixedOptions;
  /** β, length p. */
  readonly coefficients: Float64Array;
  /** Length m: by level, block and row of each block's lower triangle L, Σ = LLᵀ; diagonal elements are ≥ 0. */
  readonly deviations: Float64Array;
  /**
   * Dispersion of the negative binomial families: θ of NB2, and for NB1 the θ of Var = μ(1 + θ). null for other families,
   * and where the estimate is the Poisson limit (θ infinite for NB2, 0 for NB1).
   */
  readonly nbTheta: number | null;
  /** ν of the gamma family; null for others. */
  readonly shape: number | null;
  /** Is the dispersion of a negative binomial family at its Poisson limit? Its row of the information is left out of the covariance. */
  readonly poissonLimit: boolean;
  /** With all constants, under the quadrature of `options`. */
  readonly logLikelihood: number;
  /** Observed information of all parameters at the estimate, q × q. */
  readonly information: Float64Array;
  /** Its inverse; rows and columns of parameters at the edge of their range (a zero deviation) are zero and the others' are the inverse of their own block. */
  readonly covariance: Float64Array;
  /** Derivative of each coarsest group's log-likelihood in the q parameters, groups × q; they sum to zero (within boundaries). */
  readonly scores: Float64Array;
  /** Coarsest first. */
  readonly levels: readonly FittedRandomLevel[];
  readonly iterations: number;
  /** Is some deviation zero (or some correlation ±1)? */
  readonly atBoundary: boolean;
}
