import { z } from "zod";
import { type Coefficient, type Findings, summaryOf } from "../../contract/analysis.ts";
import { type Notice, notice } from "../../contract/notice.ts";
import { DesignProblem, InputProblem } from "../../contract/problem.ts";
import type { Frame } from "../../data/frame.ts";
import { type FixedEffectInference, normalInference } from "../../inference/fixedEffectInference.ts";
import { corrections } from "../../inference/sandwich/correction.ts";
import { givenDfInference } from "../../inference/wald/givenDfInference.ts";
import { waldCoefficient } from "../../inference/wald/waldCoefficient.ts";
import { compareMeans, meanEstimates } from "../estimand/compareMeans.ts";
import { contrastScale } from "../estimand/meanScale.ts";
import { outcomeUnits, populationWeights } from "../estimand/outcomeUnits.ts";
import { standardisedMeans } from "../estimand/standardisedMeans.ts";
import type { WorkingModel } from "../estimand/workingModel.ts";
import { defineMethod, type Question } from "../method.ts";
import { clusterRecords } from "./clusterRecords.ts";
import { measureOfOutcome } from "./outcomeMeasures.ts";
import { amountModels, fitTwoPart, type TwoPartFit } from "./twoPartModel.ts";

const options = z.strictObject({
  amounts: z.enum(amountModels).default("gamma").describe("model of costs above zero"),
  variance: z.enum(corrections).default("cr2"),
  inference: z.enum(["t", "z"]).default("t"),
});

type Options = z.output<typeof options>;

/** Below this the t reference itself is only approximate. */
const FEW_DF = 5;
/** Clusters below which corrections meant for many clusters reject too often (docs/simulation/continuous.md). */
const FEW_CLUSTERS = 40;
/** A coefficient whose variance is below this share of its square is determined by one cluster. */
const NO_VARIANCE = 1e-24;

/**
 * The difference in arithmetic mean cost per participant (or the ratio of means) from a two-part model: whether there is
 * any cost, and how much there is then, put together again (twoPartModel.ts):
 *
 *   r_a = Σᵢ wᵢ P(y > 0 | xᵢ, a) E(y | y > 0, xᵢ, a) / Σᵢ wᵢ,     effect r_a − r_0
 *
 * everybody under either arm, covariates as they are (standardisation). What is compared is the mean, not a median or the
 * mean of logs: it is what a total budget is made of. Variances by the delta method from what each cluster moves all
 * parameters of both parts by, adjusted for leverage (`variance`); t on J − the coefficients constant within clusters.
 *
 * Consistent where both parts have the right mean; without covariates r_a is the arm's mean whatever the amounts are
 * distributed like.
 *
 * @throws InputProblem `arm-needed`, `measure-not-for-outcome`, and as `fitTwoPart`
 * @throws DesignProblem `one-cluster`, `no-degrees-of-freedom`, `marginal-mean-out-of-range`, `no-variation`, and as `fitTwoPart`
 * @throws NumericalProblem `not-converged`
 */
export const twoPart = defineMethod({
  id: "two-part",
  title: "Two-part model of costs",
  purpose:
    "Difference in arithmetic mean cost, or ratio of means, where some participants have no cost at all: a model of whether there is any and a model of how much, put together, with standard errors that hold for any correlation within clusters",
  outcomes: ["continuous"],
  measures: ["mean-difference", "mean-ratio"],
  references: [
    "Duan N, Manning WG, Morris CN, Newhouse JP. A comparison of alternative models for the demand for medical care. J Bus Econ Stat 1983;1:115-126",
    "Duan N. Smearing estimate: a nonparametric retransformation method. J Am Stat Assoc 1983;78:605-610",
    "Manning WG, Mullahy J. Estimating log models: to transform or not to transform? J Health Econ 2001;20:461-494",
    "Belotti F, Deb P, Manning WG, Norton EC. twopm: two-part models. Stata J 2015;15:3-20",
    "Bell RM, McCaffrey DF. Bias reduction in standard errors for linear regression with multi-stage samples. Survey Methodology 2002;28:169-181",
  ],
  accepts: ["weights", "covariates"],
  options,
  analyse,
  workingModel: ({ frame, options: given }): WorkingModel => {
    requireClusters(frame);
    return workingModelOf(frame, fitTwoPart(frame, given.amounts, given.variance), given);
  },
});

function analyse({ frame, options: given, measure, level }: Question<Options>): Findings {
  requireClusters(frame);
  const asked = measureOfOutcome(frame.outcome, measure);
  const fit = fitTwoPart(frame, given.amounts, given.variance);
  const working = workingModelOf(frame, fit, given);
  const inference = working.inference()!;
  const weights = populationWeights(frame, outcomeUnits(frame), "participant-average");
  const found = standardisedMeans(frame, working, inference, weights);
  const scale = contrastScale[asked];
  found.means.forEach((mean, a) => {
    if (!scale.holds(mean))
      throw new DesignProblem("marginal-mean-out-of-range", { arm: frame.arm!.levels[a]!, mean, scale: scale.id });
  });
  const { effects, test } = compareMeans(frame, frame.compared!, found, asked, scale, level);
  return {
    variant: { ...given, ...working.variant },
    estimand: { population: "participant-average", contrast: "marginal", measure: asked },
    estimates: [...effects, ...meanEstimates(frame, frame.compared!, found, level)],
    ...coefficientsOf(frame, fit, inference, level),
    tests: test,
    variances: [],
    icc: null,
    summary: summaryOf({ dispersion: fit.dispersion }),
    clusters: clusterRecords(frame),
    notices: [...fit.notices, ...noticesOf(frame, given)],
  };
}

function requireClusters({ arm, cluster, design }: Frame): void {
  if (arm === null) throw new InputProblem("arm-needed", { path: "trial.arm", method: "two-part", methods: [] });
  const clusters = cluster.labels.length;
  if (clusters < 2) throw new DesignProblem("one-cluster", { clusters });
  const coefficients = design.terms.filter((term) => !term.variesWithinClusters).length;
  if (clusters <= coefficients) throw new DesignProblem("no-degrees-of-freedom", { clusters, coefficients });
}

function workingModelOf(frame: Frame, fit: TwoPartFit, { amounts, inference }: Options): WorkingModel {
  return {
    parameters: fit.parameters,
    marginalMean: fit.marginalMean,
    weighting: "rows",
    inference: () => inferenceOf(frame, fit, inference),
    variant: {
      any: fit.any === null ? null : "logit",
      smearing: fit.smearing === null ? null : "by-arm",
      ...(amounts === "log-normal" ? {} : { link: "log" }),
    },
    notices: () => fit.notices,
  };
}

function inferenceOf(
  { cluster, design }: Frame,
  { influence, parameters }: TwoPartFit,
  reference: Options["inference"],
): FixedEffectInference {
  const q = parameters.length;
  const clusters = cluster.labels.length;
  const covariance = new Float64Array(q * q);
  for (let at = 0; at < influence.length; at += q)
    for (let a = 0; a < q; a++)
      for (let b = 0; b < q; b++) covariance[a * q + b]! += influence[at + a]! * influence[at + b]!;
  if (reference === "z") return normalInference(covariance);
  return givenDfInference(covariance, clusters - design.terms.filter((term) => !term.variesWithinClusters).length);
}

/** Those of whether there is any cost ("any:…", log odds) and of how much ("amount:…", log means). */
function coefficientsOf(
  { design }: Frame,
  { any, amount, parameters }: TwoPartFit,
  { covariance, df: dfOf }: FixedEffectInference,
  level: number,
): Pick<Findings, "coefficients" | "covariance"> {
  const q = parameters.length;
  const own = amount.columns.length;
  const named = [
    ...(any?.columns ?? []).map((column, k) => ({ term: `any:${design.terms[column]!.name}`, k: own + k })),
    ...amount.columns.map((column, k) => ({ term: `amount:${design.terms[column]!.name}`, k })),
  ];
  const kept = named.filter(({ k }) => covariance[k * q + k]! > NO_VARIANCE * parameters[k]! ** 2);
  const unit = (k: number) => Float64Array.from(parameters, (_, l) => (l === k ? 1 : 0));
  return {
    coefficients: kept.map(
      ({ term, k }): Coefficient =>
        waldCoefficient(term, parameters[k]!, Math.sqrt(covariance[k * q + k]!), dfOf(unit(k)), level),
    ),
    covariance: kept.map((row) => kept.map((column) => covariance[row.k * q + column.k]!)),
  };
}

function noticesOf(frame: Frame, { variance, inference }: Options): readonly Notice[] {
  const clusters = frame.cluster.labels.length;
  const df = clusters - frame.design.terms.filter((term) => !term.variesWithinClusters).length;
  const cautious = inference === "t" && (variance === "cr2" || variance === "cr3");
  return [
    ...(!cautious && clusters < FEW_CLUSTERS
      ? [notice("few-clusters-for-inference", { clusters, variance, inference, better: "cr2 with t" })]
      : []),
    ...(cautious && df < FEW_DF ? frame.effects.map(({ term }) => notice("few-degrees-of-freedom", { term, df })) : []),
    ...(frame.weights === null ? [] : [notice("weights-change-estimand", {})]),
  ];
}
