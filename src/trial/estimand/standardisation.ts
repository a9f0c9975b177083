import { z } from "zod";
import { type Findings, type OptionValue, summaryOf } from "../../contract/analysis.ts";
import type { Estimate, Measure } from "../../contract/estimate.ts";
import { type Notice, notice } from "../../contract/notice.ts";
import { DesignProblem, InputProblem } from "../../contract/problem.ts";
import type { Compared, Frame } from "../../data/frame.ts";
import type { FixedEffectInference } from "../../inference/fixedEffectInference.ts";
import { clusterRecords } from "../effect/clusterRecords.ts";
import { measureOfOutcome, outcomeMeasures } from "../effect/outcomeMeasures.ts";
import { sparseEvents } from "../effect/sparseEvents.ts";
import { defineMethod, type Question, type RegisteredMethod } from "../method.ts";
import { parseInput } from "../parseInput.ts";
import type { ArmMeans } from "./armMeans.ts";
import { type JackknifedMeans, jackknifedMeans } from "./augmentedMeans.ts";
import { compareMeans, meanEstimates } from "./compareMeans.ts";
import { informativeSizeNotices } from "./informativeSizeNotices.ts";
import { contrastScale, type MeanScale } from "./meanScale.ts";

import { outcomeUnits, type Population, populationWeights, weightedAlike } from "./outcomeUnits.ts";
import { requireAccepted } from "./requireAccepted.ts";
import { standardisedMeans } from "./standardisedMeans.ts";
import { workingCoefficients } from "./workingCoefficients.ts";
import type { WorkingModel } from "./workingModel.ts";
import { type MethodChoice, workingModelOption } from "./workingModelOption.ts";

/** A regression method that has a working model. */
type Regression = RegisteredMethod & Required<Pick<RegisteredMethod, "workingModel">>;

interface Options {
  readonly model: MethodChoice;
  readonly estimand: Population;
  readonly augmentation: "none" | "model-robust";
}

/** Below this the t reference itself is only approximate. */
const FEW_DF = 5;

/**
 * Marginal means, risks or rates of the arms from a working model, and what two of them differ by.
 *
 * With `augmentation: none` the model's predictions with everybody in arm a are averaged over the analysed rows
 * (g-computation) and the covariance of its coefficients carried over by the delta method ({@link standardisedMeans}); with
 * `model-robust` each cluster's own residual is added and the variance is the delete-one-cluster jackknife's
 * ({@link jackknifedMeans}), which is valid under randomisation whatever the model got wrong.
 *
 * The population is that of `estimand`: participants alike (trials of a grouped outcome, units of exposure of a count), or
 * clusters alike. Models that take rows as independent are fitted to that population too: for the cluster average with
 * weights of one over the cluster's size, unless augmented. Models that weigh clusters by precision answer neither average
 * when cluster size is informative, unless augmented; the result then says `precision-weighted`.
 *
 * Without arms the levels of the covariate of interest are compared in the same way (delta method only).
 *
 * Ratios are estimated, tested and given intervals on the log scale, odds ratios on that of the log odds.
 *
 * @param list methods; those with a working model can be named in `model`
 * @param preferred id of the one taken when none is named
 * @throws InputProblem `arm-needed`, `effect-without-levels`, `feature-not-accepted`, `outcome-not-for-method`, `measure-not-for-outcome`,
 *   `no-delta-method`.
 * @throws DesignProblem `marginal-mean-out-of-range`, `one-cluster-left-out-of-arm`, `left-out-fits-failed`,
 *   `no-degrees-of-freedom`, `no-variation`, and whatever the working model refuses.
 */
export function standardisation(list: readonly RegisteredMethod[], preferred: string) {
  const models = list.filter((method): method is Regression => method.workingModel !== undefined);
  const modelOf = (id: string): Regression => models.find((model) => model.id === id)!;
  return defineMethod({
    id: "standardisation",
    title: "Marginal means by standardisation",
    purpose:
      "Risks, rates or means of the arms and their differences or ratios, averaged over participants or clusters, from any regression; model-robust on request",
    outcomes: ["continuous", "binary", "count", "grouped"],
    measures: [...new Set(Object.values(outcomeMeasures).flat())],
    references: [
      "Benitez A, Petersen ML, van der Laan MJ, et al. Defining and estimating effects in cluster randomized trials: a methods comparison. Stat Med 2023;42:3443-3466",
      "Li F, Tong J, Fang X, Cheng C, Kahan BC, Wang B. Model-robust standardization in cluster-randomized trials. Stat Med 2025;44:e70270",
      "Kahan BC, Li F, Copas AJ, Harhay MO. Estimands in cluster-randomized trials: choosing analyses that answer the right question. Int J Epidemiol 2023;52:107-118",
      "Localio AR, Margolis DJ, Berlin JA. Relative risks and confidence intervals were easily computed indirectly from multivariable logistic regression. J Clin Epidemiol 2007;60:874-882",
    ],
    accepts: ["weights", "offset", "covariates", "no-arm"],
    options: z.strictObject({
      model: workingModelOption(models, preferred),
      estimand: z.enum(["participant-average", "cluster-average"]).default("participant-average"),
      augmentation: z.enum(["none", "model-robust"]).default("none"),
    }),
    needs: ({ model }, measure) => modelOf(model.method).needs(model.options, measure),
    analyse: (question: Question<Options>) => analyse(question, modelOf(question.options.model.method)),
  });
}

function analyse({ frame, options, measure, level, seed }: Question<Options>, model: Regression): Findings {
  const { estimand: population, augmentation } = options;
  const compared = requireCompared(frame, augmentation);
  requireAccepted(frame, model);
  const asked = measureOfOutcome(frame.outcome, measure);
  const scale = contrastScale[asked];
  const clusters = frame.cluster.labels.length;
  if (frame.arm !== null && clusters <= compared.levels.length)
    throw new DesignProblem("no-degrees-of-freedom", { clusters, coefficients: compared.levels.length });

  const fitTo = (rows: Frame) =>
    model.workingModel({ frame: rows, options: options.model.options, measure: null, level, seed });
  const robust = augmentation === "model-robust";
  const working = robust ? fitTo(frame) : fittedTo(population, frame, fitTo);
  const inference = working.inference();
  const jackknifed = robust ? jackknifedMeans(frame, working, population, fitTo) : null;
  const found: ArmMeans = jackknifed ?? byDeltaMethod(frame, working, inference, population, model.id);
  requireRange(found.means, scale, compared);

  const { effects, test } = compareMeans(frame, compared, found, asked, scale, level);
  const means = meanEstimates(frame, compared, found, level);
  const answers = robust || working.weighting === "rows" ? population : "precision-weighted";
  return {
    variant: {
      model: {
        method: model.id,
        options: {
          ...JSON.parse(JSON.stringify(parseInput(model.options, options.model.options, "options.model.options"))),
          ...working.variant,
        },
      } as OptionValue,
      estimand: population,
      augmentation,
      variance: robust ? "jackknife" : "delta-method",
    },
    estimand: { population: answers, contrast: "marginal", measure: asked },
    estimates: [...effects, ...means],
    ...(inference === null
      ? { coefficients: [], covariance: null }
      : workingCoefficients(frame, working.parameters, inference, level)),
    tests: test,
    variances: [],
    icc: null,
    summary: summaryOf({ failures: jackknifed === null ? null : jackknifed.failures }),
    clusters: clusterRecords(frame),
    notices: [
      ...working.notices(),
      ...noticesOf(frame, options, answers, effects, means, jackknifed),
      ...sparseEvents(frame),
    ],
  };
}

/** Arms, or without any the levels of the covariate of interest; the jackknife is that of clusters randomised to arms. */
function requireCompared({ arm, compared, effects }: Frame, augmentation: Options["augmentation"]): Compared {
  if (arm === null && augmentation === "model-robust")
    throw new InputProblem("arm-needed", { path: "options.augmentation", method: "model-robust", methods: [] });
  if (compared === null) throw new InputProblem("effect-without-levels", { effect: effects[0]!.term });
  return compared;
}

/** The fit, to rows weighted so that clusters count alike where these are asked for and weights can say so. */
function fittedTo(population: Population, frame: Frame, fitTo: (frame: Frame) => WorkingModel): WorkingModel {
  const working = fitTo(frame);
  if (population === "participant-average" || working.weighting === "precision") return working;
  const alike = weightedAlike(frame, outcomeUnits(frame));
  return alike === frame ? working : fitTo(alike);
}

/** @throws InputProblem `no-delta-method` */
function byDeltaMethod(
  frame: Frame,
  working: WorkingModel,
  inference: FixedEffectInference | null,
  population: Population,
  model: string,
): ArmMeans {
  if (inference === null) throw new InputProblem("no-delta-method", { model });
  const weights = populationWeights(frame, outcomeUnits(frame), population);
  return standardisedMeans(frame, working, inference, weights);
}

function requireRange(means: Float64Array, scale: MeanScale, { levels }: Compared): void {
  means.forEach((mean, a) => {
    if (!scale.holds(mean))
      throw new DesignProblem("marginal-mean-out-of-range", { arm: levels[a]!, mean, scale: scale.id });
  });
}

function noticesOf(
  frame: Frame,
  { model }: Options,
  answers: Findings["estimand"]["population"],
  effects: readonly Estimate[],
  means: readonly Estimate[],
  jackknifed: JackknifedMeans | null,
): readonly Notice[] {
  const notices: Notice[] = [];
  for (const { quantity, value } of means)
    if (quantity.scale === "probability" && !(value >= 0 && value <= 1))
      notices.push(notice("risk-outside-range", { quantity: quantity.term, risk: value }));
  if (answers === "precision-weighted")
    notices.push(
      notice("working-model-weighs-by-precision", { model: model.method }),
      ...informativeSizeNotices(frame, effects[0]!.quantity.measure as Measure),
    );
  for (const { quantity, test } of effects) {
    const df = test?.reference.name === "t" ? test.reference.df : null;
    if (df !== null && df < FEW_DF) notices.push(notice("few-degrees-of-freedom", { term: quantity.term, df }));
  }
  if (jackknifed !== null && jackknifed.firstFailure !== null)
    notices.push(
      notice("left-out-fits-not-used", {
        failures: jackknifed.failures,
        clusters: frame.cluster.labels.length,
        first: frame.cluster.labels[jackknifed.firstFailure]!,
      }),
    );
  if (frame.weights !== null) notices.push(notice("weights-change-estimand", {}));
  return notices;
}
