import type { JointData, JointFit } from "./jointFit.ts";

/** What a plan may choose of a joint model; each is one of what the estimator lists, its first where the plan says nothing. */
interface JointChoice<Variance extends string, Inference extends string, Correlation extends string> {
  readonly variance: Variance;
  readonly inference: Inference;
  readonly correlation: Correlation;
}

/**
 * A joint model of cost and effect as a value in a list: what a plan may choose, and the fit. Choices that a model does
 * not have are empty lists, and a plan that makes them is refused.
 */
export interface JointEstimator<
  Variance extends string = string,
  Inference extends string = string,
  Correlation extends string = string,
> {
  readonly id: string;
  readonly references: readonly string[];
  /** Of the covariance of the increments, the default first. */
  readonly variances: readonly Variance[];
  /** Reference distributions, the default first: "t", "satterthwaite", "z". */
  readonly inferences: readonly Inference[];
  /** Working correlations of rows of one cluster, the default first. */
  readonly correlations: readonly Correlation[];
  /** @throws DesignProblem, NumericalProblem where there is no fit */
  fit(data: JointData, choice: JointChoice<Variance, Inference, Correlation>): JointFit;
}

/** The same as everybody else sees it, so that one list holds them all. */
export interface RegisteredJointEstimator extends Omit<JointEstimator, "fit"> {
  /** Choices are of the lists, or undefined for the default. */
  fit(data: JointData, choice: Partial<JointChoice<string, string, string>>): JointFit;
}

/** Closes an estimator over the names of its choices. */
export function defineJointEstimator<const V extends string, const I extends string, const C extends string>(
  estimator: JointEstimator<V, I, C>,
): RegisteredJointEstimator {
  const chosen = <T extends string>(from: readonly T[], name: string | undefined): T =>
    from.find((each) => each === name) ?? (from[0] as T);
  return {
    ...estimator,
    fit: (data, choice) =>
      estimator.fit(data, {
        variance: chosen(estimator.variances, choice.variance),
        inference: chosen(estimator.inferences, choice.inference),
        correlation: chosen(estimator.correlations, choice.correlation),
      }),
  };
}
