import { z } from "zod";
import { type Findings, type Summary, summaryOf, type VarianceComponent } from "../../contract/analysis.ts";
import type { Interval } from "../../contract/estimate.ts";
import { type Notice, notice } from "../../contract/notice.ts";
import { DesignProblem, InputProblem } from "../../contract/problem.ts";
import type { Frame } from "../../data/frame.ts";
import {
  betweenWithinInference,
  type FixedEffectInference,
  kenwardRogerInference,
  normalInference,
} from "../../inference/fixedEffectInference.ts";
import { binomial, type FamilyName, poisson } from "../../models/family/family.ts";
import { type LinkName, links } from "../../models/family/link.ts";
import { densityOf } from "../../models/generalisedMixed/densities.ts";
import { deviationProfile } from "../../models/generalisedMixed/deviationProfile.ts";
import {
  type FittedRandomLevel,
  type GeneralisedMixedFit,
  type MixedFamilyName,
  mixedFamilyNames,
} from "../../models/generalisedMixed/generalisedMixedFit.ts";
import { interceptFit } from "../../models/generalisedMixed/interceptFit.ts";
import { maximiseIntercept } from "../../models/generalisedMixed/maximiseIntercept.ts";
import { maximiseNested, nestedFit } from "../../models/generalisedMixed/nestedGeneralisedFit.ts";
import { nestedProfiles } from "../../models/generalisedMixed/nestedProfiles.ts";
import { expandRandomTerm, parseRandomTerm, type RandomTerm } from "../../models/mixed/randomFormula.ts";
import { fitPseudoLikelihood } from "../../models/pseudoLikelihood/fitPseudoLikelihood.ts";
import { informativeSizeNotices } from "../estimand/informativeSizeNotices.ts";
import { mixedWorkingModel } from "../estimand/mixedWorkingModel.ts";
import { randomEffectMean, rootsOf } from "../estimand/randomEffectMean.ts";
import type { WorkingModel } from "../estimand/workingModel.ts";
import { defineMethod, type Question } from "../method.ts";
import { chooseModel, outcomeKinds } from "./chooseModel.ts";
import { clusterRecords } from "./clusterRecords.ts";
import { fixedEffectFindings } from "./fixedEffectFindings.ts";
import { clusterPredictions, fittedRandomTerms, generalisedVariances, latentIcc } from "./generalisedVariances.ts";
import { originOf } from "./shiftedColumns.ts";
import { sparseEvents } from "./sparseEvents.ts";

const kinds = ["binary", "count", "grouped", "continuous"] as const;

const options = z.strictObject({
  /** Default from the outcome. */
  family: z.enum(mixedFamilyNames).optional(),
  /** Default logit for binomial, log for counts. */
  link: z.enum(["logit", "probit", "cloglog", "log"]).optional(),
  estimation: z.enum(["ml", "restricted-pseudo-likelihood"]).default("ml"),
  /** Nodes per cluster, odd; default 15 for one random intercept, else 1, the Laplace approximation. */
  quadrature: z.int().min(1).max(299).optional(),
  inference: z.enum(["between-within", "kenward-roger", "wald"]).default("between-within"),
  /** Default one intercept per cluster. */
  random: z.array(z.string()).default([]),
});

type Options = z.output<typeof options>;

interface Model {
  readonly family: MixedFamilyName;
  readonly link: LinkName;
  readonly terms: readonly RandomTerm[];
}

/** What the two ways of estimation give, in one shape. */
interface Fitted {
  readonly coefficients: Float64Array;
  readonly inference: FixedEffectInference;
  readonly levels: readonly FittedRandomLevel[];
  /** Of the standard deviation of effect a of level l; null where none is computed. */
  intervalOf(level: number, effect: number): Interval | null;
  readonly summary: Summary;
  readonly variant: { readonly quadrature: number | null; readonly inferenceVariant: string };
  readonly notices: readonly Notice[];
}

const NODES = 15;

/**
 * The effect of arms on a binary outcome or a count by a generalised linear mixed model,
 *
 *   y | b ~ family(g⁻¹(xᵀβ + offset + zᵀb)),   b ~ N(0, Σ) per cluster
 *
 * estimated by maximum likelihood (adaptive Gauss–Hermite quadrature for one random intercept, Laplace for nested
 * intercepts and slopes) or by restricted pseudo-likelihood. exp β is an odds or rate ratio for participants of one
 * cluster, not an average over clusters: nearer to one it is the average (method standardisation), the more clusters vary.
 *
 * Standard errors come from the observed information of all parameters under ml, from the last working model under
 * restricted pseudo-likelihood. Reference distribution: t with between–within degrees of freedom, J − (coefficients that
 * are constant within clusters) and N − J − (the others), N the analysed rows (of events out of trials too: rows, as SAS
 * counts observations); Kenward–Roger's on the last working model; or normal.
 *
 * @throws InputProblem `measure-needs-standardisation`, `family-not-available`, `quadrature-order-even`,
 *   `quadrature-needs-one-intercept`, `quadrature-with-pseudo-likelihood`, `kenward-roger-needs-pseudo-likelihood`,
 *   `random-term-malformed`, `random-term-repeated`, `crossed-random-effects`
 * @throws DesignProblem `one-cluster`, `no-degrees-of-freedom`, `clusters-of-one`, `separation`, `cluster-variance-unbounded`,
 *   `no-degrees-of-freedom-left`
 * @throws NumericalProblem `not-converged`, `information-not-positive`
 */
function analyse({ frame, options: given, measure: asked, level, effectsAlone = false }: Question<Options>): Findings {
  refuseWithoutClusters(frame);
  const { model, measure } = modelOf(frame, given, asked);
  const fitted =
    given.estimation === "ml"
      ? likelihood(frame, model, given, effectsAlone ? null : level)
      : pseudoLikelihood(frame, model, given);
  const { coefficients, inference, levels } = fitted;
  const p = coefficients.length;
  // A coefficient's variance here is that of a likelihood, never zero for want of clusters: it is its own scale.
  const scales = Float64Array.from({ length: p }, (_, k) => Math.sqrt(inference.covariance[k * p + k]!));
  const found = fixedEffectFindings(frame, coefficients, scales, inference, level, measure);
  const variances = generalisedVariances(levels, fitted.intervalOf);
  const onlyInterval = levels.length === 1 ? (variances[0]?.interval ?? null) : null;
  const icc = latentIcc(levels, frame, plainFamily(model.family), model.link, given.estimation, onlyInterval);
  return {
    ...found,
    variant: { ...given, family: model.family, link: model.link, ...fitted.variant, random: fittedRandomTerms(levels) },
    estimand: { population: "precision-weighted", contrast: "cluster-specific", measure },
    variances,
    icc,
    summary: fitted.summary,
    clusters: effectsAlone ? [] : clusterRecords(frame, clusterPredictions(levels, frame)),
    notices: effectsAlone
      ? []
      : [
          ...found.notices,
          ...fitted.notices,
          ...boundaryNotices(variances),
          ...decidedNotices(variances, icc),
          ...levelNotices(frame, given),
          ...sparseEvents(frame),
          ...informativeSizeNotices(frame, measure),
        ],
  };
}

function refuseWithoutClusters({ cluster, design }: Frame): void {
  const clusters = cluster.labels.length;
  if (clusters < 2) throw new DesignProblem("one-cluster", { clusters });
  const coefficients = design.terms.filter((term) => !term.variesWithinClusters).length;
  if (clusters <= coefficients) throw new DesignProblem("no-degrees-of-freedom", { clusters, coefficients });
}

/** NB1 and NB2 are one family to outcomes and measures. */
const plainFamily = (family: MixedFamilyName): Exclude<MixedFamilyName, "negative-binomial-1"> =>
  family === "negative-binomial-1" ? "negative-binomial" : family;

function modelOf(frame: Frame, { family: wanted, link, random }: Options, asked: Question<Options>["measure"]) {
  const family = wanted === undefined ? undefined : plainFamily(wanted);
  const chosen = chooseModel<FamilyName>(frame, { family, link }, asked);
  const found = wanted ?? mixedFamilyNames.find((name) => name === chosen.family);
  if (found === undefined)
    throw new InputProblem("family-not-available", {
      method: "generalised-linear-mixed-model",
      family: chosen.family,
      link: chosen.link,
      available: "gamma with log for positive amounts, when stated; linear-mixed-model is the gaussian one",
    });
  densityOf(found, chosen.link);
  const model: Model = { family: found, link: chosen.link, terms: random.map(parseRandomTerm) };
  return { model, measure: chosen.measure };
}

/** Is it one intercept per cluster and nothing else? */
const isOneIntercept = ({ terms }: Model, { cluster }: Frame): boolean =>
  terms.length === 0 ||
  (terms.length === 1 && terms[0]!.effects.join() === "intercept" && terms[0]!.path.join("/") === cluster.name);

/** @param level of the profile intervals; null without any */
function likelihood(frame: Frame, model: Model, given: Options, level: number | null): Fitted {
  if (given.inference === "kenward-roger")
    throw new InputProblem("kenward-roger-needs-pseudo-likelihood", { estimation: given.estimation });
  const { fit, profiles, quadrature } = maximumLikelihood(frame, model, given);
  const found = level === null ? null : profiles(level);
  const p = fit.coefficients.length;
  const q = Math.round(Math.sqrt(fit.covariance.length));
  const covariance = Float64Array.from({ length: p * p }, (_, e) => fit.covariance[Math.floor(e / p) * q + (e % p)]!);
  return {
    coefficients: fit.coefficients,
    inference: given.inference === "wald" ? normalInference(covariance) : betweenWithin(covariance, frame),
    levels: fit.levels,
    intervalOf: (l, effect) => {
      const profile = found?.[l]?.[effect];
      return level === null || profile == null ? null : { level, ...profile, method: "profile" };
    },
    summary: likelihoodSummary(fit, q, frame.rows),
    variant: { quadrature, inferenceVariant: given.inference === "wald" ? "wald-normal" : "between-within" },
    notices: fit.poissonLimit ? [notice("no-overdispersion", {})] : [],
  };
}

function maximumLikelihood(frame: Frame, model: Model, given: Options) {
  const { family, link, terms } = model;
  const one = isOneIntercept(model, frame);
  const quadrature = given.quadrature ?? (one ? NODES : 1);
  if (!one && quadrature > 1)
    throw new InputProblem("quadrature-needs-one-intercept", { quadrature, random: given.random.join(", ") });
  if (one) {
    const maximum = maximiseIntercept(frame, { family, link, quadrature });
    return {
      fit: interceptFit(maximum),
      profiles: (level: number) => [[deviationProfile(maximum, level)]],
      quadrature,
    };
  }
  const estimate = maximiseNested(frame, { family, link, quadrature }, terms);
  return { fit: nestedFit(estimate), profiles: (level: number) => nestedProfiles(estimate, level), quadrature };
}

function likelihoodSummary(
  { logLikelihood, nbTheta, shape, iterations }: GeneralisedMixedFit,
  parameters: number,
  rows: number,
): Summary {
  const criterion = -2 * logLikelihood;
  return summaryOf({
    logLikelihood,
    criterion,
    aic: criterion + 2 * parameters,
    bic: criterion + Math.log(rows) * parameters,
    nbTheta,
    dispersion: shape === null ? null : 1 / shape,
    iterations,
  });
}

function pseudoLikelihood(frame: Frame, { family, link, terms }: Model, given: Options): Fitted {
  if (given.quadrature !== undefined)
    throw new InputProblem("quadrature-with-pseudo-likelihood", { quadrature: given.quadrature });
  const families = { binomial, poisson };
  if (family !== "binomial" && family !== "poisson")
    throw new InputProblem("family-not-available", {
      method: "generalised-linear-mixed-model with restricted pseudo-likelihood",
      family,
      link,
      available: "binomial and poisson; estimation ml has the others",
    });
  const fit = fitPseudoLikelihood(frame, terms, { family: families[family], link, estimation: "reml" });
  const kenwardRoger = given.inference === "kenward-roger";
  return {
    coefficients: fit.coefficients,
    inference: kenwardRoger
      ? originOf(fit.working.structure).inference(kenwardRogerInference(fit.working.parts, "expected"))
      : given.inference === "wald"
        ? normalInference(fit.covariance)
        : betweenWithin(fit.covariance, frame),
    levels: fit.levels,
    intervalOf: () => null,
    summary: summaryOf({ iterations: fit.iterations }),
    variant: {
      quadrature: null,
      inferenceVariant: {
        "kenward-roger": "kr97-linear-expected",
        wald: "wald-normal",
        "between-within": "between-within",
      }[given.inference],
    },
    notices: [],
  };
}

/** For standardisation; after pseudo-likelihood, which gives its variances no covariance, for the jackknife alone. */
function workingModel({ frame, options: given, measure }: Question<Options>): WorkingModel {
  refuseWithoutClusters(frame);
  const { model } = modelOf(frame, given, measure);
  const { family, link } = model;
  if (given.estimation === "ml") {
    const { fit, quadrature } = maximumLikelihood(frame, model, given);
    const reference = given.inference === "wald" ? "wald" : "between-within";
    const working = mixedWorkingModel(frame, fit, links[link], reference);
    return { ...working, variant: { family, link, quadrature, ...working.variant } };
  }
  const { coefficients, levels } = pseudoLikelihood(frame, model, given);
  return {
    parameters: coefficients,
    marginalMean: randomEffectMean(frame, links[link], levels, rootsOf(levels)),
    weighting: "precision",
    inference: () => null,
    variant: { family, link },
    notices: () => [],
  };
}

function betweenWithin(covariance: Float64Array, { cluster, rows, design }: Frame): FixedEffectInference {
  const varies = design.terms.map((term) => term.variesWithinClusters);
  return betweenWithinInference(covariance, cluster.labels.length, rows, varies);
}

/** Where docs/simulation/binary.md has the test outside 0.035–0.06: below so many clusters, between these rates. */
const levelOf = {
  ml: { clusters: 40, lowest: 0.002, highest: 0.073 },
  "restricted-pseudo-likelihood": { clusters: 20, lowest: 0.001, highest: 0.053 },
  "kenward-roger": { clusters: 40, lowest: 0.003, highest: 0.049 },
} as const;

function levelNotices({ cluster }: Frame, { estimation, inference }: Options): readonly Notice[] {
  const clusters = cluster.labels.length;
  const { clusters: enough, lowest, highest } = levelOf[inference === "kenward-roger" ? inference : estimation];
  return clusters < enough ? [notice("mixed-model-with-few-clusters", { clusters, lowest, highest })] : [];
}

/** Latent share of the cluster from which it all but decides a binary outcome. */
const DECIDED = 0.95;

function boundaryNotices(variances: readonly VarianceComponent[]): readonly Notice[] {
  return variances.flatMap(({ group, term, with: other, variance, correlation }): readonly Notice[] => {
    if (other === null) return variance === 0 ? [notice("variance-at-boundary", { group, term })] : [];
    const atLimit = correlation !== null && Math.abs(correlation) > 1 - 1e-8;
    return atLimit ? [notice("correlation-at-boundary", { group, term, other })] : [];
  });
}

function decidedNotices(variances: readonly VarianceComponent[], icc: Findings["icc"]): readonly Notice[] {
  if (icc === null || icc.value < DECIDED) return [];
  const { group, standardDeviation } = variances.find(({ term }) => term === "intercept")!;
  return [notice("clusters-decide-outcome", { group, standardDeviation: standardDeviation! })];
}

export const generalisedLinearMixedModel = defineMethod({
  id: "generalised-linear-mixed-model",
  title: "Generalised linear mixed model",
  purpose:
    "Odds, rate or mean ratio for participants of one cluster, by random effects of clusters; for binary outcomes, counts and positive amounts when effects within clusters, or how much clusters vary, are what is asked",
  outcomes: kinds,
  measures: ["odds-ratio", "rate-ratio", "risk-ratio", "mean-ratio", "coefficient"],
  options,
  references: [
    "Pinheiro JC, Bates DM. J Comput Graph Stat 1995;4:12–35",
    "Liu Q, Pierce DA. Biometrika 1994;81:624–629",
    "Breslow NE, Clayton DG. J Am Stat Assoc 1993;88:9–25",
    "Wolfinger R, O'Connell M. J Stat Comput Simul 1993;48:233–243",
    "Brooks ME, Kristensen K, van Benthem KJ, et al. R Journal 2017;9:378–400",
    "Thompson JA, Leyrat C, Fielding KL, Hayes RJ. BMC Med Res Methodol 2022;22:222",
  ],
  accepts: ["weights", "offset", "covariates", "no-arm"],
  needs: ({ random, family }, measure) => {
    const terms = random.map(parseRandomTerm).flatMap(expandRandomTerm);
    const slopes = terms.flatMap((term) => term.effects).filter((effect) => effect !== "intercept");
    return {
      groupings: terms.map((term) => term.path),
      columns: [...new Set(slopes)],
      outcomes: outcomeKinds(family === undefined ? undefined : plainFamily(family), measure, kinds),
    };
  },
  analyse,
  workingModel,
});
