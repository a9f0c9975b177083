import { z } from "zod";
import { type Notice, notice } from "../../contract/notice.ts";
import { DesignProblem } from "../../contract/problem.ts";
import type { Reweighted } from "../../contract/reweighted.ts";
import type { Frame } from "../../data/frame.ts";
import { type FixedEffectInference, normalInference } from "../../inference/fixedEffectInference.ts";
import { corrections } from "../../inference/sandwich/correction.ts";
import { sandwichInference } from "../../inference/sandwich/sandwichInference.ts";
import { type SandwichVariance, sandwichVariance } from "../../inference/sandwich/sandwichVariance.ts";
import { givenDfInference } from "../../inference/wald/givenDfInference.ts";
import { familyNames } from "../../models/family/family.ts";
import { linkNames, links } from "../../models/family/link.ts";
import { meanOfLink, type WorkingModel } from "../estimand/workingModel.ts";
import { defineMethod, type Question } from "../method.ts";
import { chooseModel, outcomeKinds } from "./chooseModel.ts";
import { clusterRecords } from "./clusterRecords.ts";
import { fewClusters } from "./fewClusters.ts";
import { fixedEffectFindings } from "./fixedEffectFindings.ts";
import { marginalEquations } from "./marginalEquations.ts";
import { marginalModel } from "./marginalModel.ts";
import { reweightedGeneralised } from "./reweightedGeneralised.ts";
import { reweightedLeastSquares } from "./reweightedLeastSquares.ts";
import type { ScoredModel } from "./scoredModel.ts";
import { sparseEvents } from "./sparseEvents.ts";
import { clustersPerArm, unequalArms } from "./unequalArms.ts";
import { weightedPopulation } from "./weightedPopulation.ts";

const kinds = ["continuous", "binary", "count", "grouped"] as const;

const options = z.strictObject({
  /** Default from the outcome. */
  family: z.enum(familyNames).optional(),
  /** Default the family's canonical link (log for gamma). */
  link: z.enum(linkNames).optional(),
  variance: z.enum(corrections).default("cr2"),
  inference: z.enum(["satterthwaite", "t", "z"]).default("satterthwaite"),
});

type Options = z.infer<typeof options>;

/** Below this, or with an arm of this few clusters, the Satterthwaite t test itself is only approximate (docs/simulation). */
const FEW_DF = 5;
const FEW_IN_ARM = 3;
/** Type I error of cr2 when arms are unequal in clusters and in variance (docs/simulation/continuous.md). */
const WITH_UNEQUAL_ARMS = [0.017, 0.064] as const;

/**
 * The difference or ratio between arms from a regression over participants, with a variance that allows any correlation
 * within clusters.
 *
 *   Σᵢ wᵢ xᵢ (yᵢ − μᵢ) μ′ᵢ/V(μᵢ) = 0,   g(μᵢ) = xᵢᵀβ + offsetᵢ
 *   Var(β̂) = M (Σⱼ DⱼᵀWⱼAⱼ eⱼeⱼᵀ AⱼWⱼDⱼ) M,   M = (Σⱼ DⱼᵀWⱼDⱼ)⁻¹
 *
 * D = μ′X (n × p), W = w/V(μ), eⱼ = yⱼ − μⱼ: residuals of cluster j, Aⱼ: the correction (`variance`). cr2 takes rows as
 * independent for its target, with the variance V(μ)/w of the family (of least squares: alike), and is unbiased then: exactly
 * for least squares, to first order otherwise. Degrees of freedom: Satterthwaite's under that target, coefficient by
 * coefficient; several terms at once by Hotelling's T² with Zhang's degrees of freedom. `t` and `z` are the large-sample
 * references, J − 1 and normal; their joint tests are F on q and J − 1, and χ².
 *
 * gaussian identity is least squares; binomial with log link is log-binomial regression, poisson with log link on a yes/no
 * outcome modified Poisson regression (Zou), on counts quasi-Poisson: the robust variance makes up for V(μ) being wrong.
 *
 * Answers the participant-average marginal effect, without assuming anything about the correlation; with weights, the
 * average over participants as weighted.
 *
 * @throws InputProblem `family-not-available`, `measure-needs-standardisation`, `outcome-outside-family`.
 * @throws DesignProblem `one-cluster`, `no-degrees-of-freedom`, `rank-deficient`, `too-few-rows`, `separation`,
 *   `mean-at-boundary`, `too-few-clusters-for-correction`, `no-variation`, `no-degrees-of-freedom-left`.
 * @throws NumericalProblem `not-converged`, `no-valid-start`, `information-not-positive`.
 */
export const clusterRobust = defineMethod({
  id: "cluster-robust",
  title: "Regression with a cluster-robust variance",
  purpose:
    "Difference or ratio between arms averaged over participants, for continuous, binary and count outcomes, with standard errors and degrees of freedom that hold for any correlation within clusters, also when clusters are few",
  outcomes: kinds,
  measures: [
    "mean-difference",
    "mean-ratio",
    "risk-difference",
    "risk-ratio",
    "odds-ratio",
    "rate-difference",
    "rate-ratio",
    "coefficient",
  ],
  references: [
    "Bell RM, McCaffrey DF. Bias reduction in standard errors for linear regression with multi-stage samples. Survey Methodology 2002;28:169-181",
    "Pustejovsky JE, Tipton E. Small-sample methods for cluster-robust variance estimation and hypothesis testing in fixed effects models. J Bus Econ Stat 2018;36:672-683",
    "Tipton E, Pustejovsky JE. Small-sample adjustments for tests of moderators and model fit using robust variance estimation in meta-regression. J Educ Behav Stat 2015;40:604-634",
    "McCullagh P, Nelder JA. Generalized linear models, 2nd ed. Chapman & Hall 1989",
    "MacKinnon JG, Nielsen MØ, Webb MD. Fast and reliable jackknife and bootstrap methods for cluster-robust inference. J Appl Econom 2023;38:671-694",
    "Zou G. A modified Poisson regression approach to prospective studies with binary data. Am J Epidemiol 2004;159:702-706",
  ],
  accepts: ["weights", "offset", "covariates", "no-arm"],
  options,
  needs: ({ family }, measure) => ({
    groupings: [],
    columns: [],
    outcomes: outcomeKinds(family, measure, kinds),
    probabilityWeights: true,
  }),
  analyse: (question) => {
    const { frame, level } = question;
    const { model, fit, variance, inference, chosen } = fitted(question);
    const { measure } = model;
    const found = fixedEffectFindings(frame, fit.coefficients, fit.scales, inference, level, measure);
    return {
      ...found,
      variant: { ...chosen, target: fit.target },
      estimand: { population: weightedPopulation(frame), contrast: "marginal", measure },
      variances: [],
      icc: null,
      summary: fit.summary,
      clusters: clusterRecords(frame),
      notices: [
        ...found.notices,
        ...fit.notices,
        ...noticesOf(frame, variance, inference, chosen),
        ...sparseEvents(frame),
      ],
    };
  },
  workingModel: ({ frame, options: given, measure }): WorkingModel => {
    const model = chooseModel(frame, given, measure);
    refuseWithoutClusters(frame);
    const fit = marginalModel(frame, model.family, model.link);
    // A jackknife fits many times and asks for the variance of one fit alone.
    let known: SandwichVariance | null = null;
    const variance = () => {
      known ??= sandwichVariance(fit.clusterParts, given.variance);
      return known;
    };
    return {
      parameters: fit.coefficients,
      marginalMean: meanOfLink(links[model.link]),
      weighting: "rows",
      inference: () => inferenceOf(variance(), given),
      variant: { family: model.family, link: model.link, target: fit.target },
      notices: () => [...fit.notices, ...determining(frame, variance())],
      ...(fit.without === null ? {} : { without: fit.without }),
    };
  },
  reweighted,
  scoredModel: ({ frame, options: given, measure }): ScoredModel => {
    const model = chooseModel(frame, given, measure);
    refuseWithoutClusters(frame);
    const fit = marginalModel(frame, model.family, model.link);
    return {
      estimand: { population: weightedPopulation(frame), contrast: "marginal", measure: model.measure },
      coefficients: fit.coefficients,
      scales: fit.scales,
      equations: marginalEquations(frame, model.family, model.link, fit),
      variant: { family: model.family, link: model.link },
      summary: fit.summary,
      notices: [
        ...fit.notices,
        ...(frame.weights !== null && weightedPopulation(frame) === "participant-average"
          ? [notice("weights-change-estimand", {})]
          : []),
      ],
    };
  },
});

/** Least squares goes by cluster moments, logistic and Poisson regression by covariate patterns. */
function reweighted({ frame, options: given, measure }: Question<Options>): Reweighted | null {
  const { family, link } = chooseModel(frame, given, measure);
  refuseWithoutClusters(frame);
  return family === "gaussian" && link === "identity"
    ? reweightedLeastSquares(frame, given.variance)
    : reweightedGeneralised(frame, family, link);
}

/** The fit, its variance and how contrasts are judged. */
function fitted({ frame, options: given, measure }: Question<Options>) {
  const model = chooseModel(frame, given, measure);
  refuseWithoutClusters(frame);
  const fit = marginalModel(frame, model.family, model.link);
  const variance = sandwichVariance(fit.clusterParts, given.variance);
  return {
    model,
    fit,
    variance,
    inference: inferenceOf(variance, given),
    chosen: { ...given, family: model.family, link: model.link },
  };
}

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

function determining({ cluster }: Frame, { determiningClusters }: SandwichVariance): readonly Notice[] {
  if (determiningClusters.length === 0) return [];
  const first = cluster.labels[determiningClusters[0]!]!;
  return [notice("cluster-determines-coefficient", { clusters: determiningClusters.length, first })];
}

function noticesOf(
  frame: Frame,
  variance: SandwichVariance,
  inference: FixedEffectInference,
  chosen: Options,
): readonly Notice[] {
  const notices: Notice[] = [
    ...determining(frame, variance),
    ...fewClusters(variance.clusters, chosen.variance, chosen.inference),
  ];
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
