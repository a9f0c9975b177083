import { z } from "zod";
import { type Estimand, type Findings, summaryOf } from "../../contract/analysis.ts";
import type { EstimatingParts } from "../../contract/estimatingParts.ts";
import { type Notice, notice } from "../../contract/notice.ts";
import type { designPhrases } from "../../contract/phrases/design.ts";
import { DesignProblem, type FactsOf, InputProblem } from "../../contract/problem.ts";
import type { Frame } from "../../data/frame.ts";
import {
  type EstimatingVariance,
  type EstimatingVarianceName,
  estimatingVariance,
  estimatingVariances,
} from "../../inference/estimatingEquations/estimatingVariance.ts";
import { type FixedEffectInference, normalInference } from "../../inference/fixedEffectInference.ts";
import { givenDfInference } from "../../inference/wald/givenDfInference.ts";
import { scoresOfEstimatingParts } from "../../inference/wildBootstrap/clusterScores.ts";
import { binomial, gamma, gaussian, poisson } from "../../models/family/family.ts";
import { links } from "../../models/family/link.ts";
import { responseOf } from "../../models/family/response.ts";
import { fitGee, type GeeFit } from "../../models/gee/fitGee.ts";
import { geeScores } from "../../models/gee/geeScores.ts";
import { correlationNames, momentNames, workingCorrelations } from "../../models/gee/workingCorrelation.ts";
import { informativeSizeNotices } from "../estimand/informativeSizeNotices.ts";
import { meanOfLink, type WorkingModel } from "../estimand/workingModel.ts";
import { defineMethod, type Question } from "../method.ts";
import { type ChosenModel, chooseModel, outcomeKinds } from "./chooseModel.ts";
import { clusterRecords } from "./clusterRecords.ts";
import { fixedEffectFindings } from "./fixedEffectFindings.ts";
import type { Equations, ScoredModel } from "./scoredModel.ts";
import { sparseEvents } from "./sparseEvents.ts";
import { weightedPopulation } from "./weightedPopulation.ts";

const kinds = ["continuous", "binary", "count", "grouped"] as const;

const options = z.strictObject({
  /** Default from the outcome. */
  family: z.enum(["gaussian", "binomial", "poisson", "gamma"]).optional(),
  /** Default the family's canonical link (log for gamma). */
  link: z.enum(["identity", "logit", "log"]).optional(),
  correlation: z.enum(correlationNames).default("exchangeable"),
  variance: z.enum(estimatingVariances).default("average"),
  moments: z.enum(momentNames).default("n"),
  inference: z.enum(["t-between", "t", "z"]).default("t-between"),
});

type Options = z.infer<typeof options>;

const families = { gaussian, binomial, poisson, gamma };

/** Clusters below which all but some variances reject too often (docs/simulation/binary.md), as the normal reference does. */
const FEW_CLUSTERS = 40;
const KEEP_LEVEL: readonly EstimatingVarianceName[] = ["average", "mancl-derouen"];

/**
 * The difference between arms on the scale of a link by generalised estimating equations: a marginal effect, with a
 * working correlation for efficiency and a variance that holds whatever the correlation is (fitGee.ts,
 * estimatingVariance.ts).
 *
 * Independence answers the participant-average effect (the cluster-average with weights of one over the cluster's size);
 * exchangeable and ar1 weigh clusters by the precision that the working correlation gives them, which is neither average
 * when size is related to outcome or effect.
 *
 * Reference distribution: t with J − (coefficients that do not vary within clusters, intercept and strata included) by
 * default, since covariates of participants cost no clusters; t with J − p; normal.
 *
 * @throws InputProblem `family-not-available`, `measure-needs-standardisation`.
 * @throws DesignProblem `one-cluster`, `no-degrees-of-freedom`, `too-few-clusters-for-correction`, and as `fitGee`.
 * @throws NumericalProblem as `fitGee`.
 */
export const gee = defineMethod({
  id: "gee",
  title: "Generalised estimating equations",
  purpose:
    "Marginal difference or ratio between arms for continuous, binary and count outcomes, with standard errors that hold for any correlation within clusters and are corrected for few clusters",
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
    "Liang K-Y, Zeger SL. Longitudinal data analysis using generalized linear models. Biometrika 1986;73:13-22",
    "Kauermann G, Carroll RJ. A note on the efficiency of sandwich covariance matrix estimation. J Am Stat Assoc 2001;96:1387-1396",
    "Mancl LA, DeRouen TA. A covariance estimator for GEE with improved small-sample properties. Biometrics 2001;57:126-134",
    "Fay MP, Graubard BI. Small-sample adjustments for Wald-type tests using sandwich estimators. Biometrics 2001;57:1198-1206",
    "Morel JG, Bokossa MC, Neerchal NK. Small sample correction for the variance of GEE estimators. Biom J 2003;45:395-409",
    "Ford WP, Westgate PM. Improved standard error estimator for maintaining the validity of inference in cluster randomized trials with a small number of clusters. Biom J 2017;59:478-495",
    "Thompson JA, Leyrat C, Fielding KL, Hayes RJ. Cluster randomised trials with a binary outcome and a small number of clusters. BMC Med Res Methodol 2022;22:222",
  ],
  accepts: ["weights", "offset", "covariates", "no-arm"],
  options,
  needs: ({ family, variance }, measure) => ({
    groupings: [],
    columns: [],
    outcomes: outcomeKinds(family, measure, kinds),
    probabilityWeights: variance !== "model",
  }),
  analyse,
  workingModel,
  scoredModel,
});

function analyse({ frame, options: chosen, measure: asked, level }: Question<Options>): Findings {
  const model = chooseModel(frame, chosen, asked);
  refuseWithoutClusters(frame, chosen);
  const { fit, used, outOfRange } = fitTo(frame, model, chosen);
  const variance = estimatingVariance(fit.parts, chosen.variance);
  const inference = inferenceOf(frame, variance.covariance, chosen);
  const found = fixedEffectFindings(frame, fit.coefficients, modelScales(fit.parts), inference, level, model.measure);
  return {
    ...found,
    variant: { ...chosen, family: model.family, link: model.link, correlationUsed: used.correlation },
    estimand: { population: populationOf(frame, used), contrast: "marginal", measure: model.measure },
    variances: [],
    icc: null,
    summary: summaryOf({ dispersion: fit.dispersion, alpha: fit.alpha, iterations: fit.iterations }),
    clusters: clusterRecords(frame),
    notices: [
      ...found.notices,
      ...outOfRange,
      ...noticesOf(frame, fit, variance, used),
      ...sparseEvents(frame),
      ...(used.correlation === "independence" ? [] : informativeSizeNotices(frame, model.measure)),
    ],
  };
}

/** The same fit, as standardisation takes it. */
function workingModel({ frame, options: chosen, measure }: Question<Options>): WorkingModel {
  const model = chooseModel(frame, chosen, measure);
  const { fit, used, outOfRange } = fitTo(frame, model, chosen);
  return {
    parameters: fit.coefficients,
    marginalMean: meanOfLink(links[model.link]),
    weighting: used.correlation === "independence" ? "rows" : "precision",
    inference: () => {
      refuseWithoutClusters(frame, chosen);
      return inferenceOf(frame, estimatingVariance(fit.parts, chosen.variance).covariance, chosen);
    },
    variant: { family: model.family, link: model.link, correlationUsed: used.correlation },
    notices: () => outOfRange,
  };
}

/** The same fit, as a wild bootstrap takes it: the working correlation is held at its estimate. */
function scoredModel({ frame, options: chosen, measure }: Question<Options>): ScoredModel {
  const model = chooseModel(frame, chosen, measure);
  refuseWithoutClusters(frame, { ...chosen, inference: "t-between" });
  const { fit, used, outOfRange } = fitTo(frame, model, chosen);
  return {
    estimand: { population: populationOf(frame, used), contrast: "marginal", measure: model.measure },
    coefficients: fit.coefficients,
    scales: modelScales(fit.parts),
    equations: equationsOf(frame, model, used, fit),
    variant: {
      family: model.family,
      link: model.link,
      correlation: chosen.correlation,
      moments: chosen.moments,
      correlationUsed: used.correlation,
    },
    summary: summaryOf({ dispersion: fit.dispersion, alpha: fit.alpha, iterations: fit.iterations }),
    notices: [
      ...outOfRange,
      ...rangeNotices(frame, fit),
      ...weightNotices(frame, used),
      ...(used.correlation === "independence" ? [] : informativeSizeNotices(frame, model.measure)),
    ],
  };
}

function equationsOf(
  frame: Frame,
  { family, link }: ChosenModel<keyof typeof families>,
  { correlation }: Options,
  fit: GeeFit,
): Equations {
  if (family === "gaussian" && link === "identity") return { linear: true, scores: scoresOfEstimatingParts(fit.parts) };
  const equations = geeScores(
    frame.design,
    responseOf(frame.outcome, { id: family }, link, frame.weights, frame.offset),
    frame.cluster,
    families[family],
    links[link],
    workingCorrelations[correlation],
    fit.alpha ?? 0,
  );
  return {
    linear: false,
    at: equations.at,
    start: equations.fromCoefficients(fit.coefficients),
    fromContrast: equations.fromContrast,
  };
}

type OutOfRange = FactsOf<typeof designPhrases, "correlation-out-of-range">;

interface Fitted {
  readonly fit: GeeFit;
  /** The options with the correlation that was used in the end. */
  readonly used: Options;
  readonly outOfRange: readonly Notice[];
}

/**
 * The fit with the working correlation asked for or, where its estimate is none for the largest cluster, under
 * independence with a notice: the estimating equations are right under any working correlation, and with few clusters a
 * small negative estimate is common.
 */
function fitTo(frame: Frame, model: ChosenModel<keyof typeof families>, chosen: Options): Fitted {
  refuseModel(model);
  const fitWith = ({ correlation, moments }: Options) =>
    fitGee({
      terms: frame.design.terms.map(({ name }) => name),
      design: frame.design,
      response: responseOf(frame.outcome, { id: model.family }, model.link, frame.weights, frame.offset),
      cluster: frame.cluster,
      family: families[model.family],
      link: links[model.link],
      correlation: workingCorrelations[correlation],
      moments,
    });
  try {
    return { fit: fitWith(chosen), used: chosen, outOfRange: [] };
  } catch (problem) {
    if (!(problem instanceof DesignProblem && problem.code === "correlation-out-of-range")) throw problem;
    const used = { ...chosen, correlation: "independence" } as const;
    return { fit: fitWith(used), used, outOfRange: [notice("independence-instead", problem.facts as OutOfRange)] };
  }
}

/** A logit keeps means below 1, where counts and amounts do not stay. */
function refuseModel({ family, link }: ChosenModel): void {
  if (link === "logit" && (family === "poisson" || family === "gamma"))
    throw new InputProblem("family-not-available", {
      method: "gee",
      family,
      link,
      available: "identity and log for poisson and gamma; identity, log and logit for gaussian and binomial",
    });
}

const betweenCoefficients = ({ design }: Frame): number =>
  design.terms.filter((term) => !term.variesWithinClusters).length;

/** Degrees of freedom of the t reference; null for the normal. */
function dfOf(frame: Frame, { inference }: Options): number | null {
  const clusters = frame.cluster.labels.length;
  switch (inference) {
    case "t-between":
      return clusters - betweenCoefficients(frame);
    case "t":
      return clusters - frame.design.terms.length;
    case "z":
      return null;
  }
}

/** Variances between clusters need two of them, and a t reference at least one degree of freedom. */
function refuseWithoutClusters(frame: Frame, chosen: Options): void {
  const clusters = frame.cluster.labels.length;
  if (clusters < 2) throw new DesignProblem("one-cluster", { clusters });
  const between = betweenCoefficients(frame);
  const df = dfOf(frame, chosen);
  if (df !== null && df < 1)
    throw new DesignProblem("no-degrees-of-freedom", { clusters, coefficients: clusters - df });
  const ofClusters = frame.effects.some(({ weights }) =>
    frame.design.terms.every((term, k) => weights[k] === 0 || !term.variesWithinClusters),
  );
  if (ofClusters && clusters <= between)
    throw new DesignProblem("no-degrees-of-freedom", { clusters, coefficients: between });
}

function inferenceOf(frame: Frame, covariance: Float64Array, chosen: Options): FixedEffectInference {
  const df = dfOf(frame, chosen);
  return df === null ? normalInference(covariance) : givenDfInference(covariance, df);
}

/** √ of the model-based variances: what tells a variance of zero from a small one. */
function modelScales({ root, coefficients: p, dispersion }: EstimatingParts): Float64Array {
  const spread = Math.sqrt(dispersion);
  return Float64Array.from({ length: p }, (_, k) => spread * Math.hypot(...root.subarray(k * p, (k + 1) * p)));
}

const populationOf = (frame: Frame, { correlation }: Options): Estimand["population"] =>
  correlation === "independence" ? weightedPopulation(frame) : "precision-weighted";

function noticesOf(
  frame: Frame,
  fit: GeeFit,
  { determiningClusters }: EstimatingVariance,
  chosen: Options,
): readonly Notice[] {
  const notices: Notice[] = [];
  const clusters = frame.cluster.labels.length;
  if (determiningClusters.length > 0)
    notices.push(
      notice("cluster-determines-coefficient", {
        clusters: determiningClusters.length,
        first: frame.cluster.labels[determiningClusters[0]!]!,
      }),
    );
  const keepsLevel = KEEP_LEVEL.includes(chosen.variance) && chosen.inference !== "z";
  if (!keepsLevel && clusters < FEW_CLUSTERS)
    notices.push(
      notice("few-clusters-for-inference", {
        clusters,
        variance: chosen.variance,
        inference: chosen.inference,
        better: `variance "average" with t-between`,
      }),
    );
  if (chosen.variance === "fay-graubard" && frame.arm !== null)
    notices.push(notice("variance-depends-on-coding", { control: frame.arm.levels[0]! }));
  return [...notices, ...rangeNotices(frame, fit), ...weightNotices(frame, chosen)];
}

function rangeNotices({ outcome }: Frame, { meansBelowZero: below, meansAboveOne: above }: GeeFit): readonly Notice[] {
  const probabilities = outcome.kind === "binary" || outcome.kind === "grouped";
  return probabilities && above + below > 0 ? [notice("means-outside-range", { below, above })] : [];
}

const weightNotices = (frame: Frame, used: Options): readonly Notice[] =>
  frame.weights !== null && populationOf(frame, used) === "participant-average"
    ? [notice("weights-change-estimand", {})]
    : [];
