import type { Estimand, MethodRecord, Summary, VarianceComponent } from "../contract/analysis.ts";
import type { Notice } from "../contract/notice.ts";
import type { Design } from "../data/design.ts";
import type { Arm, ClusterFactor } from "../data/frame.ts";
import type { Grouping } from "../data/grouping.ts";

/** One of the two regressions: cost or effect of the same participants, with covariates of its own. */
export interface JointEquation {
  /** Beginning of its terms: "cost:intercept", "effect:age". */
  readonly name: "cost" | "effect";
  /** Column of the outcome. */
  readonly column: string;
  /** Length N. */
  readonly values: Float64Array;
  /** Intercept, arms, covariates: N × p of this equation. */
  readonly design: Design;
  /** Per arm but the control, in the order of `arm.levels`: weights of this equation's coefficients (length p) whose sum is the increment. */
  readonly increments: readonly Float64Array[];
}

/** Cost and effect of the same N participants, as every joint model takes them. */
export interface JointData {
  readonly cost: JointEquation;
  readonly effect: JointEquation;
  readonly cluster: Grouping;
  readonly arm: Arm;
  /** Factors of the randomisation: null when not given. A model has them only among its covariates; counting degrees of freedom may ask. */
  readonly stratum: ClusterFactor | null;
  readonly pair: ClusterFactor | null;
}

/** Differences in mean cost and mean effect of one arm against the control: arm − control. */
export interface Increment {
  readonly cost: number;
  readonly effect: number;
}

/** Coefficients of both equations, those of cost first; terms begin with the name of their equation. */
export interface JointCoefficients {
  readonly terms: readonly string[];
  /** Length p. */
  readonly values: Float64Array;
  /** p × p, row-major. */
  readonly covariance: Float64Array;
  /** Of t, one per coefficient; null for the normal. */
  readonly df: readonly (number | null)[];
}

/**
 * Increments in cost and effect estimated together: whatever gives these gives net benefits, an acceptability curve and
 * Fieller's interval. The numbers of E arms but the control are in the order cost 1, effect 1, cost 2, effect 2, …
 */
export interface JointFit {
  /** One per arm but the control. */
  readonly increments: readonly Increment[];
  /** 2E × 2E, row-major. */
  readonly covariance: Float64Array;
  /** Degrees of freedom of t for a linear combination of the increments, weights of length 2E; (−1, λ) on the two of one arm is its net benefit at λ. null for the normal. */
  df(weights: Float64Array): number | null;
  /** null where a method has increments only. */
  readonly coefficients: JointCoefficients | null;
  readonly population: Estimand["population"];
  readonly contrast: Estimand["contrast"];
  readonly variances: readonly VarianceComponent[];
  readonly summary: Partial<Summary>;
  /** What was chosen, besides the options as written. */
  readonly variant: MethodRecord["variant"];
  readonly notices: readonly Notice[];
}
