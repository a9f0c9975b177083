import type { VarianceComponent } from "../contract/analysis.ts";
import { notice } from "../contract/notice.ts";
import { DesignProblem } from "../contract/problem.ts";
import {
  type FixedEffectInference,
  kenwardRogerInference,
  normalInference,
  satterthwaiteInference,
} from "../inference/fixedEffectInference.ts";
import { type BivariateMixedFit, fitBivariateMixed } from "../models/joint/bivariateMixed.ts";
import { jointMoments } from "../models/joint/jointMoments.ts";
import { multiply, sandwich } from "../numerics/matrix/product.ts";
import { defineJointEstimator } from "./jointEstimator.ts";
import type { JointData, JointFit } from "./jointFit.ts";
import { clusterDf, jointIncrements } from "./jointIncrements.ts";
import { requireClusters } from "./sur.ts";

const inferences = ["kenward-roger", "satterthwaite", "t", "z"] as const;

type Inference = (typeof inferences)[number];

/**
 * Increments in cost and effect from the bivariate Gaussian mixed model (bivariateMixed.ts): random intercepts of the
 * clusters for cost and for effect that are correlated, and correlated residuals, by REML. The covariance of increments
 * and the degrees of freedom of any combination of them are Kenward and Roger's; `satterthwaite` has its model-based
 * covariance, `t` counts clusters.
 *
 * Clusters weigh by precision, and each outcome of a cluster borrows from the other where covariates differ.
 *
 * @throws DesignProblem `one-cluster`, `no-degrees-of-freedom`, and as `fitBivariateMixed`
 * @throws NumericalProblem as `fitBivariateMixed`
 */
export const bivariateMixedModel = defineJointEstimator({
  id: "bivariate-mixed-model",
  references: [
    "Gomes M, Ng ES-W, Grieve R, Nixon R, Carpenter J, Thompson SG. Developing appropriate methods for cost-effectiveness analysis of cluster randomized trials. Med Decis Making 2012;32:350-361",
    "Grieve R, Nixon R, Thompson SG. Bayesian hierarchical models for cost-effectiveness analyses that use data from cluster randomized trials. Med Decis Making 2010;30:163-175",
    "Kenward MG, Roger JH. Small sample inference for fixed effects from restricted maximum likelihood. Biometrics 1997;53:983-997",
  ],
  variances: [],
  inferences,
  correlations: [],
  fit: (data: JointData, { inference }: { readonly inference: Inference }) => estimate(data, inference),
});

function estimate(data: JointData, inference: Inference): JointFit {
  const { cost, effect, cluster } = data;
  const clusters = cluster.labels.length;
  if (clusters < 2) throw new DesignProblem("one-cluster", { clusters });
  requireClusters(data);
  const fitted = fitBivariateMixed(jointMoments([cost, effect], cluster), "reml");
  const { parts, toCoefficients: map, coefficients } = fitted;
  const p = coefficients.length;
  const judged = inferenceOf(fitted, inference);
  const covariance = new Float64Array(p * p);
  sandwich(map, judged.covariance, p, p, covariance);
  const counted = clusterDf(data);
  const turned = new Float64Array(p);
  const df = (contrast: Float64Array): number | null => {
    if (inference === "t") return counted(contrast);
    multiply(contrast, map, 1, p, p, turned);
    return judged.df(turned.slice());
  };
  const parameters = p + parts.components;
  return {
    ...jointIncrements(data, { coefficients, covariance, df }),
    population: "precision-weighted",
    contrast: "marginal",
    variances: [
      ...components(cluster.name, cost.name, effect.name, fitted.betweenCovariance),
      ...components("residual", cost.name, effect.name, fitted.residualCovariance),
    ],
    summary: {
      logLikelihood: -fitted.criterion / 2,
      criterion: fitted.criterion,
      aic: fitted.criterion + 2 * parameters,
      bic: fitted.criterion + Math.log(2 * cost.values.length) * parameters,
      iterations: fitted.iterations,
    },
    variant: { estimation: "reml", inference },
    notices: boundaryOf(fitted, data),
  };
}

function boundaryOf({ atBoundary, betweenCovariance }: BivariateMixedFit, { cost, effect, cluster }: JointData) {
  const group = cluster.name;
  const zero = [cost, effect].filter((_, k) => betweenCovariance[3 * k] === 0);
  if (zero.length > 0) return zero.map(({ name }) => notice("variance-at-boundary", { group, term: name }));
  return atBoundary ? [notice("correlation-at-boundary", { group, term: cost.name, other: effect.name })] : [];
}

function inferenceOf({ parts }: BivariateMixedFit, inference: Inference): FixedEffectInference {
  switch (inference) {
    case "kenward-roger":
      return kenwardRogerInference(parts, "expected");
    case "satterthwaite":
      return satterthwaiteInference(parts, "expected");
    default:
      return normalInference(parts.covariance);
  }
}

function components(group: string, cost: string, effect: string, matrix: Float64Array): readonly VarianceComponent[] {
  const variance = (term: string, value: number): VarianceComponent => ({
    group,
    term,
    with: null,
    variance: value,
    standardDeviation: Math.sqrt(value),
    correlation: null,
    interval: null,
  });
  const scale = Math.sqrt(matrix[0]! * matrix[3]!);
  return [
    variance(cost, matrix[0]!),
    variance(effect, matrix[3]!),
    {
      group,
      term: cost,
      with: effect,
      variance: matrix[1]!,
      standardDeviation: null,
      correlation: scale > 0 ? Math.max(-1, Math.min(1, matrix[1]! / scale)) : null,
      interval: null,
    },
  ];
}
