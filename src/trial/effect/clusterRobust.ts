import { z } from "zod";
import { summaryOf } from "../../contract/analysis.ts";
import { type Notice, notice } from "../../contract/notice.ts";
import { DesignProblem, InputProblem } from "../../contract/problem.ts";
import type { Frame } from "../../data/frame.ts";
import { type FixedEffectInference, normalInference } from "../../inference/fixedEffectInference.ts";
import { corrections } from "../../inference/sandwich/correction.ts";
import { sandwichInference } from "../../inference/sandwich/sandwichInference.ts";
import { type SandwichVariance, sandwichVariance } from "../../inference/sandwich/sandwichVariance.ts";
import { givenDfInference } from "../../inference/wald/givenDfInference.ts";
import { fitLinear } from "../../models/linear/fitLinear.ts";
import type { LinearFit } from "../../models/linear/linearFit.ts";
import { defineMethod } from "../method.ts";
import { clusterRecords } from "./clusterRecords.ts";
import { fixedEffectFindings } from "./fixedEffectFindings.ts";
import { linkMeasure } from "./linkMeasure.ts";
import { clustersPerArm, unequalArms } from "./unequalArms.ts";

const options = z.strictObject({
  family: z.enum(["gaussian", "binomial", "poisson", "gamma"]).default("gaussian"),
  link: z.enum(["identity", "logit", "log"]).default("identity"),
  variance: z.enum(corrections).default("cr2"),
  inference: z.enum(["satterthwaite", "t", "z"]).default("satterthwaite"),
});

type Options = z.infer<typeof options>;

/** Below this, or with an arm of this few clusters, the Satterthwaite t test itself is only approximate (docs/simulation). */
const FEW_DF = 5;
const FEW_IN_ARM = 3;
/** Type I error of cr2 when arms are unequal in clusters and in variance (docs/simulation/continuous.md). */
const WITH_UNEQUAL_ARMS = [0.017, 0.064] as const;
/** Clusters below which corrections meant for many clusters reject too often. */
const FEW_CLUSTERS = 40;

/**
 * The difference between arms by least squares over participants, with a variance that allows any correlation within
 * clusters.
 *
 *   β = (XᵀWX)⁻¹ XᵀWy,   V = M (Σⱼ XⱼᵀWⱼAⱼ eⱼeⱼᵀ AⱼWⱼXⱼ) M,   M = (XᵀWX)⁻¹
 *
 * X: n × p design, W: row weights (I by default), eⱼ: residuals of cluster j, Aⱼ: the correction (`variance`); cr2 takes
 * rows as homoscedastic and independent for its target and is exactly unbiased then, approximately otherwise. Degrees of
 * freedom: Satterthwaite's under that target, coefficient by coefficient; several terms at once by Hotelling's T² with
 * Zhang's degrees of freedom. `t` and `z` are the large-sample references, J − 1 and normal; their joint tests are F on q
 * and J − 1, and χ².
 *
 * Answers the participant-average marginal effect, without assuming anything about the correlation; with weights, the
 * average over participants as weighted.
 *
 * @throws InputProblem `family-not-available` for families and links other than gaussian identity.
 * @throws DesignProblem `one-cluster`, `no-degrees-of-freedom`, `rank-deficient`, `too-few-rows`, `too-few-clusters-for-correction`,
 *   `no-variation`, `no-degrees-of-freedom-left`.
 */
export const clusterRobust = defineMethod({
  id: "cluster-robust",
  title: "Least squares with a cluster-robust variance",
  purpose:
    "Difference between arms averaged over participants, with standard errors and degrees of freedom that hold for any correlation within clusters, also when clusters are few",
  outcomes: ["continuous"],
  measures: ["mean-difference", "coefficient"],
  references: [
    "Bell RM, McCaffrey DF. Bias reduction in standard errors for linear regression with multi-stage samples. Survey Methodology 2002;28:169-181",
    "Pustejovsky JE, Tipton E. Small-sample methods for cluster-robust variance estimation and hypothesis testing in fixed effects models. J Bus Econ Stat 2018;36:672-683",
    "Tipton E, Pustejovsky JE. Small-sample adjustments for tests of moderators and model fit using robust variance estimation in meta-regression. J Educ Behav Stat 2015;40:604-634",
  ],
  accepts: ["weights", "covariates", "no-arm"],
  options,
  analyse: ({ frame, options: chosen, level }) => {
    if (chosen.family !== "gaussian" || chosen.link !== "identity")
      throw new InputProblem("family-not-available", {
        method: "cluster-robust",
        ...chosen,
        available: "gaussian, identity",
      });
    refuseWithoutClusters(frame);
    const fit = fitLinear({
      terms: frame.design.terms.map(({ name }) => name),
      design: frame.design,
      outcome: frame.outcome.values,
      cluster: frame.cluster,
      weights: frame.weights,
    });
    const variance = sandwichVariance(fit.clusterParts, chosen.variance);
    const inference = inferenceOf(variance, chosen);
    const measure = linkMeasure(frame, "identity");
    const found = fixedEffectFindings(frame, fit.coefficients, independentScales(fit), inference, level, measure);
    return {
      ...found,
      variant: { ...chosen, target: "homoscedastic" },
      estimand: {
        population: weightedPopulation(frame),
        contrast: "marginal",
        measure,
      },
      variances: [],
      icc: null,
      summary: summaryOf({
        fStatistic: fit.fStatistic,
        residualStandardDeviation: fit.residualStandardDeviation,
        rSquared: fit.rSquared,
      }),
      clusters: clusterRecords(frame),
      notices: [...found.notices, ...noticesOf(frame, variance, inference, chosen)],
    };
  },
});

/** An effect of clusters needs more clusters than coefficients of clusters. */
function refuseWithoutClusters({ cluster, design, effects }: Frame): void {
  const clusters = cluster.labels.length;
  if (clusters < 2) throw new DesignProblem("one-cluster", { clusters });
  const coefficients = design.terms.filter((term) => !term.variesWithinClusters).length;
  const ofClusters = effects.some(({ weights }) =>
    design.terms.every((term, k) => weights[k] === 0 || !term.variesWithinClusters),
  );
  if (ofClusters && clusters <= coefficients)
    throw new DesignProblem("no-degrees-of-freedom", { clusters, coefficients });
}

function inferenceOf(variance: SandwichVariance, { inference }: Options): FixedEffectInference {
  switch (inference) {
    case "satterthwaite":
      return sandwichInference(variance);
    case "t":
      return givenDfInference(variance.covariance, variance.clusters - 1);
    case "z":
      return normalInference(variance.covariance);
  }
}

/** √ of the variances that coefficients would have if rows were independent. */
function independentScales({ root, terms, residualStandardDeviation, residualSumOfSquares }: LinearFit): Float64Array {
  const p = terms.length;
  const spread = residualStandardDeviation ?? Math.sqrt(residualSumOfSquares);
  return Float64Array.from(terms, (_, k) => spread * Math.hypot(...root.subarray(k * p, (k + 1) * p)));
}

/** Weights of one over the cluster's size make every cluster count alike. */
function weightedPopulation({ weights, cluster }: Frame): "participant-average" | "cluster-average" {
  if (weights === null) return "participant-average";
  const constant = weights[0]! * cluster.sizes[cluster.codes[0]!]!;
  const alike = weights.every((w, i) => Math.abs(w * cluster.sizes[cluster.codes[i]!]! - constant) < 1e-9 * constant);
  const sizesAlike = cluster.sizes.every((size) => size === cluster.sizes[0]);
  return alike && !sizesAlike ? "cluster-average" : "participant-average";
}

function noticesOf(
  frame: Frame,
  variance: SandwichVariance,
  inference: FixedEffectInference,
  chosen: Options,
): readonly Notice[] {
  const notices: Notice[] = [];
  const { clusters, determiningClusters } = variance;
  if (determiningClusters.length > 0)
    notices.push(
      notice("cluster-determines-coefficient", {
        clusters: determiningClusters.length,
        first: frame.cluster.labels[determiningClusters[0]!]!,
      }),
    );
  const cautious = chosen.inference === "satterthwaite" && (chosen.variance === "cr2" || chosen.variance === "cr3");
  if (!cautious && clusters < FEW_CLUSTERS)
    notices.push(
      notice("few-clusters-for-inference", { clusters, variance: chosen.variance, inference: chosen.inference }),
    );
  if (chosen.inference === "satterthwaite")
    for (const { term, weights } of frame.effects) {
      const df = inference.df(weights)!;
      if (df < FEW_DF || Math.min(...clustersPerArm(frame)) <= FEW_IN_ARM)
        notices.push(notice("few-degrees-of-freedom", { term, df }));
    }
  notices.push(...unequalArms(frame, WITH_UNEQUAL_ARMS));
  if (frame.weights !== null && weightedPopulation(frame) === "participant-average")
    notices.push(notice("weights-change-estimand", {}));
  return notices;
}
