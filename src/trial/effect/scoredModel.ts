import type { Estimand, OptionValue, Summary } from "../../contract/analysis.ts";
import type { ClusterScores } from "../../contract/clusterScores.ts";
import type { Notice } from "../../contract/notice.ts";
import type { ScoresAt } from "../../inference/wildBootstrap/restrictedScores.ts";

/** A fitted regression as a wild bootstrap sees it: estimating equations, cluster by cluster, whoever's they are. */
export interface ScoredModel {
  readonly estimand: Estimand;
  /** β, length p, in the order of the frame's design. */
  readonly coefficients: Float64Array;
  /** √ of each coefficient's variance by the model alone; tells a variance of zero from a small one. */
  readonly scales: Float64Array;
  readonly equations: Equations;
  /** What the record of the model should say: its options as resolved, but for those about inference, of which a bootstrap makes no use. */
  readonly variant: { readonly [option: string]: OptionValue };
  readonly summary: Summary;
  readonly notices: readonly Notice[];
}

/**
 * Equations that are linear in β are known everywhere from their scores at the solution; others are evaluated where they
 * are asked for, in coordinates b of their own.
 */
export type Equations =
  | { readonly linear: true; readonly scores: ClusterScores }
  | {
      readonly linear: false;
      readonly at: ScoresAt;
      /** The solution, nearly. */
      readonly start: Float64Array;
      /** The contrast of b that is cᵀβ. */
      fromContrast(contrast: Float64Array): Float64Array;
    };
