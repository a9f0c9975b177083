import { z } from "zod";
import { type Findings, summaryOf, type VarianceComponent } from "../../contract/analysis.ts";
import { type Notice, notice } from "../../contract/notice.ts";
import { DesignProblem, InputProblem } from "../../contract/problem.ts";
import type { Reweighted } from "../../contract/reweighted.ts";
import type { Frame } from "../../data/frame.ts";
import {
  betweenWithinInference,
  cr2Inference,
  type FixedEffectInference,
  kenwardRogerInference,
  normalInference,
  satterthwaiteInference,
} from "../../inference/fixedEffectInference.ts";
import { scoresOfClusterParts } from "../../inference/wildBootstrap/clusterScores.ts";
import { identityLink } from "../../models/family/link.ts";
import { fitMixedModel, isRandomIntercept, type MixedFit } from "../../models/mixed/fitMixedModel.ts";
import { mixedClusterParts } from "../../models/mixed/mixedClusterParts.ts";
import { mixedLayoutOf, mixedStructureOf } from "../../models/mixed/mixedStructureOf.ts";
import { randomEffects } from "../../models/mixed/randomEffects.ts";
import { expandRandomTerm, parseRandomTerm } from "../../models/mixed/randomFormula.ts";
import { mixedSimulator } from "../../models/mixed/simulateMixed.ts";
import { informativeSizeNotices } from "../estimand/informativeSizeNotices.ts";
import { meanOfLink, type WorkingModel } from "../estimand/workingModel.ts";
import { defineMethod, type Question, type Simulated } from "../method.ts";
import { canonicalClusters, canonicalRows } from "./canonicalOrder.ts";
import { chooseModel } from "./chooseModel.ts";
import { type ClusterPrediction, clusterRecords } from "./clusterRecords.ts";
import { fixedEffectFindings } from "./fixedEffectFindings.ts";
import { linkMeasure } from "./linkMeasure.ts";
import { iccOf, randomOf, varianceComponents } from "./mixedVariances.ts";
import { reweightedMixed } from "./reweightedMixed.ts";
import type { ScoredModel } from "./scoredModel.ts";
import { originOf } from "./shiftedColumns.ts";
import { unequalArms } from "./unequalArms.ts";

const inferences = [
  "kenward-roger",
  "kenward-roger-observed",
  "satterthwaite",
  "satterthwaite-observed",
  "between-within",
  "cr2",
  "wald",
] as const;

const options = z.strictObject({
  estimation: z.enum(["reml", "ml"]).default("reml"),
  /** Default kenward-roger under reml, satterthwaite under ml. */
  inference: z.enum(inferences).optional(),
  /** Default one intercept per cluster. */
  random: z.array(z.string()).default([]),
  covariance: z.enum(["bounded", "compound-symmetry"]).default("bounded"),
});

type Options = z.output<typeof options>;
type Inference = (typeof inferences)[number];

/**
 * Where docs/simulation/continuous.md finds the Kenward–Roger test rejecting a true null in fewer than 3.5 % of trials:
 * with fewer clusters than the first whatever the intracluster correlation, with fewer than the second when it is near 0.
 */
const ALWAYS_CONSERVATIVE = 20;
const CONSERVATIVE_NEAR_ZERO = 50;
/** Its type I error there when arms are unequal in clusters and in variance, from 10 clusters up. */
const WITH_UNEQUAL_ARMS = [0.002, 0.088] as const;

/** How each inference is named where software disagrees, and how it is made. */
const inferenceOf: Readonly<
  Record<
    Inference,
    {
      readonly variant: string;
      readonly restrictedOnly: boolean;
      make(fit: MixedFit, frame: Frame): FixedEffectInference;
    }
  >
> = {
  "kenward-roger": {
    variant: "kr97-linear-expected",
    restrictedOnly: true,
    make: (fit) => kenwardRogerInference(fit.parts, "expected"),
  },
  "kenward-roger-observed": {
    variant: "kr97-linear-observed",
    restrictedOnly: true,
    make: (fit) => kenwardRogerInference(fit.parts, "observed"),
  },
  satterthwaite: {
    variant: "satterthwaite-expected",
    restrictedOnly: false,
    make: (fit) => satterthwaiteInference(fit.parts, "expected"),
  },
  "satterthwaite-observed": {
    variant: "satterthwaite-observed",
    restrictedOnly: false,
    make: (fit, frame) => (fit.atBoundary ? betweenWithin(fit, frame) : satterthwaiteInference(fit.parts, "observed")),
  },
  "between-within": { variant: "between-within", restrictedOnly: false, make: betweenWithin },
  cr2: { variant: "cr2-target-model", restrictedOnly: false, make: (fit) => cr2Inference(mixedClusterParts(fit)) },
  wald: { variant: "wald-normal", restrictedOnly: false, make: (fit) => normalInference(fit.parts.covariance) },
};

function betweenWithin(fit: MixedFit, { cluster, rows, design }: Frame): FixedEffectInference {
  const varies = design.terms.map((term) => term.variesWithinClusters);
  return betweenWithinInference(fit.parts.covariance, cluster.labels.length, rows, varies);
}

/**
 * The Gaussian linear mixed model y = Xβ + Zb + ε of a cluster randomised trial, by REML or ML.
 *
 * The effect is a difference of means, estimated by generalised least squares: clusters weigh more the larger they are,
 * less than in proportion. Standard errors and degrees of freedom as `inference` says; Kenward–Roger by default.
 *
 * @throws InputProblem "random-term-malformed", "random-term-repeated", "crossed-random-effects",
 *   "kenward-roger-needs-reml", "compound-symmetry-needs-one-intercept", "weights-with-cr2"
 * @throws DesignProblem "one-cluster", "no-degrees-of-freedom", "too-few-rows", "no-replication", "no-residual-variation",
 *   "no-degrees-of-freedom-left"
 * @throws NumericalProblem "not-converged", "information-not-positive"
 */
function analyse({ frame, options: given, level, effectsAlone = false }: Question<Options>): Findings {
  const inference = inferenceAsked(given);
  const { fit, origin, structure, chosen } = fitted(frame, given, inference);
  const measure = linkMeasure(frame, "identity");
  const found = fixedEffectFindings(
    frame,
    origin.coefficients(fit.algebra.beta),
    origin.standardErrors(fit.parts.covariance),
    origin.inference(chosen.make(fit, frame)),
    level,
    measure,
  );
  const variances = effectsAlone ? [] : varianceComponents(fit, level);
  const icc = effectsAlone ? null : iccOf(fit, frame, level);
  return {
    ...found,
    variant: { ...given, inference, inferenceVariant: chosen.variant, random: randomOf(structure) },
    estimand: { population: "precision-weighted", contrast: "marginal", measure },
    variances,
    icc,
    summary: summaryOf({
      logLikelihood: -fit.criterion / 2,
      criterion: fit.criterion,
      aic: fit.criterion + 2 * parameterCount(fit),
      bic: fit.criterion + Math.log(frame.rows) * parameterCount(fit),
      residualStandardDeviation: Math.sqrt(fit.residualVariance),
      iterations: fit.iterations,
    }),
    clusters: effectsAlone ? [] : clusterRecords(frame, predictions(fit, frame)),
    notices: effectsAlone
      ? []
      : [
          ...found.notices,
          ...noticesOf(fit, frame, variances, icc, inference),
          ...informativeSizeNotices(frame, measure),
        ],
  };
}

/** The fit, and how its coefficients are judged. */
function fitted(frame: Frame, given: Options, inference: Inference) {
  const { structure, chosen } = prepared(frame, given, inference);
  const { estimation, covariance } = given;
  return { fit: fitMixedModel(structure, { estimation, covariance }), origin: originOf(structure), structure, chosen };
}

/** What is fitted, once it is clear that it can be. */
function prepared(frame: Frame, { estimation, covariance, random }: Options, inference: Inference) {
  const clusters = frame.cluster.labels.length;
  if (clusters < 2) throw new DesignProblem("one-cluster", { clusters });
  const between = frame.design.terms.filter((term) => !term.variesWithinClusters).length;
  if (clusters <= between) throw new DesignProblem("no-degrees-of-freedom", { clusters, coefficients: between });
  const chosen = inferenceOf[inference];
  if (chosen.restrictedOnly && estimation !== "reml") throw new InputProblem("kenward-roger-needs-reml", { inference });
  if (inference === "cr2" && frame.weights !== null) throw new InputProblem("weights-with-cr2", {});
  const structure = mixedStructureOf(frame, random.map(parseRandomTerm));
  if (covariance === "compound-symmetry" && !isRandomIntercept(structure)) {
    throw new InputProblem("compound-symmetry-needs-one-intercept", { random: random.join(", ") });
  }
  return { structure, chosen };
}

/** Kenward–Roger where it is defined, unless stated. */
const inferenceAsked = ({ inference, estimation }: Options): Inference =>
  inference ?? (estimation === "reml" ? "kenward-roger" : "satterthwaite");

function reweighted({ frame, options: given }: Question<Options>): Reweighted | null {
  const { structure, chosen } = prepared(frame, given, inferenceAsked(given));
  const { estimation, covariance } = given;
  return reweightedMixed(frame, structure, { estimation, covariance }, (fit) => chosen.make(fit, frame));
}

/** Outcomes as the fitted model has them, whatever the inference. */
function simulated({ frame, options: given }: Question<Options>): Simulated {
  const { fit, origin } = fitted(frame, given, inferenceAsked(given));
  const layout = mixedLayoutOf(frame, given.random.map(parseRandomTerm));
  const rows = canonicalRows(frame);
  const order = Int32Array.from([...canonicalClusters(frame)].flatMap((j) => [...rows[j]!]));
  return {
    draw: mixedSimulator(fit, layout, origin.coefficients(fit.algebra.beta), {
      offset: frame.offset,
      weights: frame.weights,
      order,
    }),
  };
}

/**
 * For standardisation. Means do not depend on the random effects; coefficients are judged by `inference` when it is stated,
 * else by CR2, which holds whatever the random effects got wrong (with row weights, for which it is not available, by
 * Satterthwaite's method).
 */
function workingModel({ frame, options: given }: Question<Options>): WorkingModel {
  const inference = given.inference ?? (frame.weights === null ? "cr2" : "satterthwaite");
  const { fit, origin, chosen } = fitted(frame, given, inference);
  return {
    parameters: origin.coefficients(fit.algebra.beta),
    marginalMean: meanOfLink(identityLink),
    weighting: "precision",
    inference: () => origin.inference(chosen.make(fit, frame)),
    variant: { inference, inferenceVariant: chosen.variant },
    notices: () => [],
  };
}

/**
 * For a wild bootstrap: generalised least squares with the fitted covariance held. Clusters are the coarsest groups of the
 * random effects; effects do not involve the intercept, so that the fit's shifted columns have the same contrasts.
 */
function scoredModel({ frame, options: given, measure: asked }: Question<Options>): ScoredModel {
  const { measure } = chooseModel(frame, { family: "gaussian", link: "identity" }, asked);
  const { fit, origin, structure } = fitted(frame, given, "between-within");
  return {
    estimand: { population: "precision-weighted", contrast: "marginal", measure },
    coefficients: origin.coefficients(fit.algebra.beta),
    scales: origin.standardErrors(fit.parts.covariance),
    equations: { linear: true, scores: scoresOfClusterParts(mixedClusterParts(fit)) },
    variant: { estimation: given.estimation, covariance: given.covariance, random: randomOf(structure) },
    summary: summaryOf({
      logLikelihood: -fit.criterion / 2,
      criterion: fit.criterion,
      residualStandardDeviation: Math.sqrt(fit.residualVariance),
      iterations: fit.iterations,
    }),
    notices: [...zeroVariances(fit), ...informativeSizeNotices(frame, measure)],
  };
}

function zeroVariances({ structure: { levels }, covariances }: MixedFit): readonly Notice[] {
  return levels.flatMap((level, l) => {
    const terms = level.blocks.flatMap((block) => block.terms);
    const matrix = covariances[l]!;
    return terms.flatMap((term, k) =>
      matrix[k * terms.length + k] === 0 ? [notice("variance-at-boundary", { group: level.name, term })] : [],
    );
  });
}

/** β and the variance parameters, residual included. */
const parameterCount = (fit: MixedFit): number => fit.structure.coefficients + fit.algebra.components;

/** The predicted intercept of each cluster, where the model has one. */
function predictions(fit: MixedFit, { cluster }: Frame): (j: number) => ClusterPrediction | null {
  const { levels } = fit.structure;
  const level = levels.findIndex((randomLevel) => randomLevel.name === cluster.name);
  const position = levels[level]?.blocks.flatMap((block) => block.terms).indexOf("intercept") ?? -1;
  if (position < 0) return () => null;
  const { effects: r, values, conditionalVariances } = randomEffects(fit)[level]!;
  return (j) => ({
    effect: values[j * r + position]!,
    conditionalVariance: conditionalVariances[(j * r + position) * r + position]!,
  });
}

function noticesOf(
  fit: MixedFit,
  frame: Frame,
  variances: readonly VarianceComponent[],
  icc: Findings["icc"],
  inference: Inference,
): Notice[] {
  const notices: Notice[] = [...unequalArms(frame, WITH_UNEQUAL_ARMS)];
  const clusters = fit.structure.levels[0]!.groups;
  const maybeZero = icc === null || icc.interval === null || icc.interval.lower <= 0;
  if (clusters < ALWAYS_CONSERVATIVE || (clusters < CONSERVATIVE_NEAR_ZERO && maybeZero)) {
    notices.push(notice("conservative-test", { clusters }));
  }
  for (const { group, term, with: other, variance, correlation } of variances) {
    if (other === null && variance === 0) notices.push(notice("variance-at-boundary", { group, term }));
    if (other !== null && correlation !== null && Math.abs(correlation) > 1 - 1e-8) {
      notices.push(notice("correlation-at-boundary", { group, term, other }));
    }
  }
  if (icc !== null && icc.value < 0) notices.push(notice("icc-below-zero", { icc: icc.value }));
  if (inference === "satterthwaite-observed" && fit.atBoundary) {
    notices.push(notice("satterthwaite-at-boundary", { term: frame.effects[0]!.term }));
  }
  return notices;
}

export const linearMixedModel = defineMethod({
  id: "linear-mixed-model",
  title: "Linear mixed model",
  purpose:
    "Difference of means adjusted for clustering by random effects, with small-sample inference; the usual analysis of a continuous outcome",
  outcomes: ["continuous"],
  measures: ["mean-difference", "coefficient"],
  options,
  references: [
    "Kenward MG, Roger JH. Biometrics 1997;53:983–997",
    "Bates D, Mächler M, Bolker B, Walker S. J Stat Softw 2015;67(1)",
    "Fai AH-T, Cornelius PL. J Stat Comput Simul 1996;54:363–378",
    "Leyrat C, Morgan KE, Leurent B, Kahan BC. Int J Epidemiol 2018;47:321–331",
  ],
  accepts: ["weights", "offset", "covariates", "no-arm"],
  needs: ({ random }) => {
    const terms = random.map(parseRandomTerm).flatMap(expandRandomTerm);
    const slopes = terms.flatMap((term) => term.effects).filter((effect) => effect !== "intercept");
    return { groupings: terms.map((term) => term.path), columns: [...new Set(slopes)] };
  },
  analyse,
  workingModel,
  scoredModel,
  reweighted,
  simulated,
});
