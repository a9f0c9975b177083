import type { OptionValue } from "../../contract/analysis.ts";
import type { Notice } from "../../contract/notice.ts";
import type { FixedEffectInference } from "../../inference/fixedEffectInference.ts";
import type { Link } from "../../models/family/link.ts";

/**
 * A fitted regression as standardisation sees it: parameters ψ of length q, how a row's marginal mean follows from them,
 * and how sure we are of them. Standardisation asks for nothing else and never for the model's name.
 */
export interface WorkingModel {
  /** ψ: the p coefficients β in the order of the frame's design, then the q − p other parameters that marginal means depend on. */
  readonly parameters: Float64Array;
  readonly marginalMean: MarginalMean;
  /**
   * Who decides how much a cluster counts in the fit. "rows": every row by its weight, so that weights of one over the
   * cluster's size make clusters count alike (independence). "precision": a correlation or random effects of the model.
   */
  readonly weighting: "rows" | "precision";
  /**
   * Covariance (q × q) and degrees of freedom of contrasts of ψ, robust to the correlation within clusters; computed when
   * asked for. null where the fit has none: then only the jackknife can judge.
   */
  inference(): FixedEffectInference | null;
  /** What the record of the model's options should say beyond them: defaults that the data decided, variants of the inference. */
  readonly variant: { readonly [option: string]: OptionValue };
  /**
   * ψ without one cluster, from this fit on: for models that get there faster than by fitting anew.
   *
   * @throws DesignProblem `rank-deficient` where a column is nothing without the cluster; then the model is fitted anew
   */
  readonly without?: (cluster: number) => Float64Array;
  /** Of the fit and its inference. */
  notices(): readonly Notice[];
}

/**
 * The mean of a row's outcome (per trial, per unit of exposure) over clusters like its own, at linear predictor η = xᵀβ + offset.
 */
export interface MarginalMean {
  /** q − p */
  readonly others: number;
  /**
   * The mean; writes ∂/∂η to derivatives[0] and ∂/∂ψ_{p+k} to derivatives[1 + k].
   *
   * @param row of the frame
   * @param arm index of the arm it is thought to be in, for random effects that vary with the arm
   */
  at(row: number, arm: number, predictor: number, derivatives: Float64Array): number;
}

/** m(η) = g⁻¹(η), of models without random effects. */
export const meanOfLink = (link: Link): MarginalMean => ({
  others: 0,
  at(_row, _arm, predictor, derivatives) {
    derivatives[0] = link.slope(predictor);
    return link.mean(predictor);
  },
});
