import { z } from "zod";
import { type Findings, summaryOf } from "../../contract/analysis.ts";
import type { Estimate, Interval, Measure } from "../../contract/estimate.ts";
import { type Notice, notice } from "../../contract/notice.ts";
import { DesignProblem, InputProblem } from "../../contract/problem.ts";
import type { Frame, OutcomeKind } from "../../data/frame.ts";
import { sum } from "../../numerics/summation.ts";
import { clusterRecords } from "../effect/clusterRecords.ts";
import { defineMethod, type Question } from "../method.ts";
import { clusterEvents, isDichotomous } from "./clusterEvents.ts";
import {
  type EstimatorName,
  estimatorNames,
  type IccEstimator,
  type IntervalName,
  intervalNames,
} from "./estimator.ts";
import { latent, nakagawa, proportion, reml } from "./modelEstimators.ts";
import { anova, anovaWithinArm, fleissCuzickEstimator, pearson, rateK } from "./momentEstimators.ts";
import { coverageNotices } from "./simulatedCoverage.ts";

const options = z.strictObject({
  /** Default anova-within-arm, anova when there is no arm; nakagawa for counts; rate-k for the measure coefficient-of-variation. */
  estimator: z.enum(estimatorNames).optional(),
  /** Default searle (anova, rate-k), zou-donner (fleiss-cuzick, binary pearson), profile (reml, latent, proportion, nakagawa). */
  interval: z.enum(intervalNames).optional(),
  /** Report a negative correlation, and limits outside 0 … 1, as 0 or 1. */
  truncate: z.boolean().default(false),
});

type Options = z.output<typeof options>;

const estimators: Readonly<Record<EstimatorName, IccEstimator>> = {
  "anova-within-arm": anovaWithinArm,
  anova,
  reml,
  "fleiss-cuzick": fleissCuzickEstimator,
  pearson,
  latent,
  proportion,
  "rate-k": rateK,
  nakagawa,
};

/** Every kind; a bare column of numbers is continuous, for which 0 and 1 are numbers like others. */
const outcomes: readonly OutcomeKind[] = ["continuous", "binary", "count", "grouped"];

/**
 * The intracluster correlation: the share of an outcome's variance that lies between clusters, or the correlation of two
 * members of one cluster. It depends on the scale on which the outcome varies, and the result says on which.
 *
 * of any outcome; of a yes-or-no one on the scale of proportions
 *   anova-within-arm (default)  mean squares about arm means, so that the effect of treatment is not taken for clustering
 *   anova                       the same about one common mean
 *   reml                        σ²ᵤ/(σ²ᵤ + σ²ₑ) of the linear mixed model with arm as fixed effect; at least 0
 *   pearson                     correlation over pairs of members, about arm means
 * of a yes-or-no outcome
 *   fleiss-cuzick               chance-corrected agreement, about the proportions of arms
 *   latent                      σ²ᵤ/(σ²ᵤ + π²/3) of the logistic mixed model with the arm
 *   proportion                  the same model's variance of a cluster's probability over p(1 − p)
 * of a count
 *   nakagawa (default)          σ²ᵤ of the Poisson mixed model with the arm over itself and the variance of a count
 * of a count or a yes-or-no outcome
 *   rate-k                      k, the coefficient of variation between clusters of their true rates, within arms; default
 *                               for the measure coefficient-of-variation
 *
 * Reported as found, negative included, unless `truncate`. The effect of no covariate is taken out but the arm's.
 *
 * @throws InputProblem `icc-estimator-not-available`, `icc-interval-not-available`, `icc-estimator-needs-arm`,
 *   `icc-measure`.
 * @throws DesignProblem `no-degrees-of-freedom`, `clusters-of-one`, `outcome-without-variation`,
 *   `interval-needs-clusters`, `bootstrap-failed`; with reml, latent, proportion and nakagawa those of the mixed model.
 */
function analyse(question: Question<Options>): Findings {
  const { frame, options: chosen, level } = question;
  const { name, estimator, interval } = resolve(frame, chosen, question.measure);
  const found = estimator.find(question, interval);
  const correlation = estimator.measure === "icc";
  const clip = (x: number) => (chosen.truncate && correlation ? Math.min(1, Math.max(0, x)) : x);
  const estimates = found.numbers.map(({ term, value, interval: limits, working, test }): Estimate => {
    const made: Interval | null =
      limits === null || interval === null
        ? null
        : { level, lower: clip(limits.lower), upper: clip(limits.upper), method: interval };
    const scale = correlation ? "correlation" : "identity";
    return {
      quantity: { term, measure: estimator.measure, scale, unit: "1" },
      value: clip(value),
      working,
      interval: made,
      test,
    };
  });
  const first = estimates[0]!;
  return {
    variant: { estimator: name, interval, truncate: chosen.truncate, ...found.variant },
    estimand: { ...estimator.estimand, measure: estimator.measure },
    estimates,
    coefficients: [],
    covariance: null,
    tests: [],
    variances: found.variances,
    icc: { value: first.value, scale: found.scale, estimator: name, interval: first.interval },
    summary: summaryOf(found.summary),
    clusters: clusterRecords(frame),
    notices: [
      ...found.notices,
      ...belowZero(found.numbers[0].value, chosen.truncate),
      ...coverageNotices(name, first.interval === null ? null : interval, proportionOf(frame)),
    ],
  };
}

export const icc = defineMethod({
  id: "icc",
  title: "Intracluster correlation",
  purpose:
    "How alike members of a cluster are, as a correlation (for rates a coefficient of variation) with an interval: what sample size calculations and reports of cluster trials ask for",
  outcomes,
  measures: ["icc", "coefficient-of-variation"],
  references: [
    "Donner A. A review of inference procedures for the intraclass correlation coefficient in the one-way random effects model. Int Stat Rev 1986;54:67-82",
    "Searle SR. Linear Models. Wiley 1971",
    "Smith CAB. On the estimation of intraclass correlation. Ann Hum Genet 1956;21:363-373",
    "Swiger LA, Harvey WR, Everson DO, Gregory KE. The variance of intraclass correlation involving groups with one observation. Biometrics 1964;20:818-826",
    "Ukoumunne OC, Davison AC, Gulliford MC, Chinn S. Non-parametric bootstrap confidence intervals for the intraclass correlation coefficient. Stat Med 2003;22:3805-3821",
    "Fleiss JL, Cuzick J. The reliability of dichotomous judgments: unequal numbers of judges per subject. Appl Psychol Meas 1979;3:537-542",
    "Zou G, Donner A. Confidence interval estimation of the intraclass correlation coefficient for binary outcome data. Biometrics 2004;60:807-811",
    "Eldridge SM, Ukoumunne OC, Carlin JB. The intra-cluster correlation coefficient in cluster randomized trials: a review of definitions. Int Stat Rev 2009;77:378-394",
    "Hayes RJ, Bennett S. Simple sample size calculation for cluster-randomized trials. Int J Epidemiol 1999;28:319-326",
    "Nakagawa S, Johnson PCD, Schielzeth H. The coefficient of determination R2 and intra-class correlation coefficient from generalized linear mixed-effects models revisited and expanded. J R Soc Interface 2017;14:20170213",
  ],
  accepts: ["no-arm", "strata", "pairs"],
  options,
  needs: ({ estimator, interval }, measure) => {
    const kinds = estimator === undefined ? kindsFor(measure) : estimators[estimator].outcomes;
    // An interval for yes-or-no outcomes says that the outcome is one.
    const wanted = interval === "zou-donner" ? kinds.filter((kind) => kind === "binary" || kind === "grouped") : kinds;
    return { groupings: [], columns: [], outcomes: wanted.length === 0 ? kinds : wanted };
  },
  analyse,
});

/** Events per participant of a yes-or-no outcome; null for others. */
function proportionOf({ outcome, cluster }: Frame): number | null {
  const data = clusterEvents(outcome, cluster);
  return data === null ? null : sum(data.events) / sum(data.sizes);
}

const kindsFor = (measure: Measure | null): readonly OutcomeKind[] =>
  measure === rateK.measure ? rateK.outcomes : outcomes;

interface Resolved {
  readonly name: EstimatorName;
  readonly estimator: IccEstimator;
  readonly interval: IntervalName | null;
}

function resolve({ arm, cluster, outcome }: Frame, chosen: Options, measure: Measure | null): Resolved {
  const name = chosen.estimator ?? (measure === rateK.measure ? "rate-k" : defaultFor(outcome.kind, arm !== null));
  const estimator = estimators[name];
  if (!estimator.outcomes.includes(outcome.kind)) {
    const available = estimatorNames.filter((each) => estimators[each].outcomes.includes(outcome.kind));
    throw new InputProblem("icc-estimator-not-available", { estimator: name, kind: outcome.kind, available });
  }
  if (measure !== null && measure !== estimator.measure)
    throw new InputProblem("icc-measure", { estimator: name, gives: estimator.measure, measure });
  const arms = estimator.aboutArms && arm !== null ? arm.levels.length : 1;
  const clusters = cluster.labels.length;
  if (clusters <= arms) throw new DesignProblem("no-degrees-of-freedom", { clusters, coefficients: arms });
  if (estimator.needsArm && arm === null) throw new InputProblem("icc-estimator-needs-arm", { estimator: name });
  const dichotomous = isDichotomous(outcome);
  const available = estimator.intervals(dichotomous);
  const interval = chosen.interval ?? estimator.defaultInterval(dichotomous);
  if (interval !== null && !available.includes(interval))
    throw new InputProblem("icc-interval-not-available", { interval, estimator: name, available });
  return { name, estimator, interval };
}

function defaultFor(kind: OutcomeKind, hasArm: boolean): EstimatorName {
  if (kind === "count") return "nakagawa";
  return hasArm ? "anova-within-arm" : "anova";
}

function belowZero(value: number, truncated: boolean): readonly Notice[] {
  if (value >= 0) return [];
  return [truncated ? notice("icc-truncated", { icc: value }) : notice("icc-below-zero", { icc: value })];
}
