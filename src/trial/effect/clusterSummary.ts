import { z } from "zod";
import { type Findings, type IccRecord, summaryOf } from "../../contract/analysis.ts";
import { type Notice, notice } from "../../contract/notice.ts";
import { DesignProblem, InputProblem } from "../../contract/problem.ts";
import type { Reweighted } from "../../contract/reweighted.ts";
import type { Arm, Frame, OutcomeKind } from "../../data/frame.ts";
import { waldCoefficient } from "../../inference/wald/waldCoefficient.ts";
import { waldEstimate } from "../../inference/wald/waldEstimate.ts";
import { informativeSizeNotices } from "../estimand/informativeSizeNotices.ts";
import { anovaIcc } from "../icc/anovaIcc.ts";
import { oneWayAnova } from "../icc/oneWayAnova.ts";
import { defineMethod, type Question } from "../method.ts";
import { outcomeKinds } from "./chooseModel.ts";
import { clusterOutcomes } from "./clusterOutcomes.ts";
import { clusterRecords } from "./clusterRecords.ts";
import { comparePooled, compareWelch, type SummaryComparison } from "./compareSummaries.ts";
import { effectQuantity, isRatio } from "./linkMeasure.ts";
import type { OutcomeMeasure } from "./outcomeMeasures.ts";
import { reweightedSummaries } from "./reweightedSummaries.ts";
import { sparseEvents } from "./sparseEvents.ts";
import { type ClusterSummaries, summariseClusters, type Zeros } from "./summariseClusters.ts";
import { summaryMeasure, summaryName } from "./summaryMeasure.ts";
import { unequalArms } from "./unequalArms.ts";

const options = z.strictObject({
  weights: z.enum(["none", "size", "inverse-variance"]).default("none"),
  variances: z.enum(["pooled", "welch"]).default("pooled"),
  df: z.enum(["adjusted", "unadjusted"]).default("adjusted"),
});

type Options = z.output<typeof options>;

const kinds: readonly OutcomeKind[] = ["continuous", "binary", "count", "grouped"];

const populations = {
  none: "cluster-average",
  size: "participant-average",
  "inverse-variance": "precision-weighted",
} as const;

/** Below this many clusters a t test is mostly its degrees of freedom. */
const FEW_CLUSTERS = 8;
/** Type I error of the pooled test when arms are unequal in clusters and in variance (docs/simulation/continuous.md). */
const WITH_UNEQUAL_ARMS = [0.024, 0.091] as const;

/**
 * The difference or ratio of arms by a t test of cluster summaries (Hayes & Moulton 2017, chapters 10 to 12).
 *
 * Stage 1 makes one number of each cluster: its mean, proportion or rate O/n, or, given covariates, (O − E)/n with E
 * expected by a regression on covariates and strata without arm; for ratios the logarithm, log(O/n) or log(O/E) (see
 * `summariseClusters`). Stage 2: least squares of the summaries on arm, and on strata or pairs when clusters were
 * randomised within them (pairs: the paired t test), each cluster weighing
 *
 *   none 1 · size n · inverse-variance nⱼ/(1 + (nⱼ − 1)ρ), ρ the within-arm ANOVA ICC of what is summarised, at least 0
 *
 * df = J − A − (strata − 1), less the cluster-level covariates of stage 1 when `adjusted`. Exact for normal summaries of
 * equal variance; for any distribution of participants it rests on cluster summaries alone, so no assumption about the
 * correlation within clusters is needed. A ratio compares geometric means over clusters of proportions, odds or rates.
 *
 * @throws InputProblem `welch-needs-plain-means`, `arm-interaction-in-summary`, `arm-needed`, `measure-not-for-outcome`,
 *   `summary-measure-with-covariates`, `inverse-variance-for-differences`.
 * @throws DesignProblem `one-cluster`, `no-degrees-of-freedom`, `one-cluster-in-arm`, `rank-deficient`, `no-variation`;
 *   as `summariseClusters`.
 */
function analyse({ frame, options: chosen, measure: asked, level }: Question<Options>): Findings {
  const clusters = frame.cluster.labels.length;
  const arm = requireArm(frame);
  if (clusters < 2) throw new DesignProblem("one-cluster", { clusters });
  const strata = frame.pair ?? frame.stratum;
  if (chosen.variances === "welch" && (chosen.weights !== "none" || strata !== null))
    throw new InputProblem("welch-needs-plain-means", {
      given: chosen.weights !== "none" ? `weights "${chosen.weights}"` : frame.pair !== null ? "pairs" : "strata",
    });
  refuseArmInteractions(frame, arm);
  const measure = summaryMeasure(frame, asked);
  if (chosen.weights === "inverse-variance" && (isRatio(measure) || measure === "rate-difference"))
    throw new InputProblem("inverse-variance-for-differences", { measure });
  const summaries = summariseClusters(frame, strata, measure);
  const icc = chosen.weights === "inverse-variance" ? withinArmIcc(frame, summaries, arm) : null;
  const spent = chosen.df === "adjusted" ? summaries.clusterLevel : [];
  const found =
    chosen.variances === "welch"
      ? compareWelch(summaries.values, arm, spent)
      : comparePooled(summaries.values, arm, strata, weightsOf(chosen, summaries, icc), spent);
  const adjusted = frame.design.terms.some((t) => t.role === "covariate");
  return {
    variant: {
      ...chosen,
      strata: strata?.name ?? null,
      adjusted,
      summary: summaryName(measure, adjusted),
    },
    estimand: { population: populations[chosen.weights], contrast: "marginal", measure },
    ...tables(frame, arm, found, measure, level),
    variances: [],
    icc,
    summary: summaryOf({ residualStandardDeviation: found.residualStandardDeviation }),
    clusters: clusterRecords(frame),
    notices: [
      ...noticesOf(clusters, icc),
      ...sparseEvents(frame),
      ...(summaries.zeros === null ? [] : zeroNotices(arm, summaries.zeros, measure)),
      ...(strata === null ? armsWithoutVariation(arm, summaries.values) : []),
      // Within pairs each arm has one cluster.
      ...(chosen.variances === "pooled" && frame.pair === null ? unequalArms(frame, WITH_UNEQUAL_ARMS) : []),
      ...(chosen.weights === "inverse-variance" ? informativeSizeNotices(frame, measure) : []),
    ],
  };
}

/**
 * Without a first stage a cluster's summary is its own, and only the ½ that is added to events depends on the others; given
 * covariates, or weights that rest on an ICC, every resample is an analysis of its own.
 */
function reweighted({ frame, options: chosen, measure: asked }: Question<Options>): Reweighted | null {
  if (chosen.weights === "inverse-variance" || frame.design.terms.some(({ role }) => role === "covariate")) return null;
  const arm = requireArm(frame);
  const strata = frame.pair ?? frame.stratum;
  const measure = summaryMeasure(frame, asked);
  const { values, sizes, zeros } = summariseClusters(frame, strata, measure);
  const zero = new Set(zeros === null ? [] : [...zeros.withoutEvents, ...zeros.withoutOthers]);
  const plain = zeros === null ? values : plainLogs(frame, measure);
  return reweightedSummaries({
    arm,
    strata,
    paired: frame.pair !== null,
    values: (multiplicity) =>
      zeros !== null && multiplicity.some((times, j) => times > 0 && zero.has(j)) ? values : plain,
    weights: chosen.weights === "size" ? sizes : null,
    welch: chosen.variances === "welch",
  });
}

/** Logarithms with nothing added; infinite for clusters that would need it. */
function plainLogs(frame: Frame, measure: OutcomeMeasure): Float64Array {
  const { totals, denominators } = clusterOutcomes(frame);
  return totals.map((total, j) =>
    Math.log(total / (measure === "odds-ratio" ? denominators[j]! - total : denominators[j]!)),
  );
}

/** Estimates of arms, every coefficient that has a variance, and the joint test of several arms. */
function tables(
  frame: Frame,
  arm: Arm,
  { terms, coefficients, covariance, df, joint }: SummaryComparison,
  measure: OutcomeMeasure,
  level: number,
): Pick<Findings, "estimates" | "coefficients" | "covariance" | "tests"> {
  const p = terms.length;
  const errors = terms.map((_, k) => Math.sqrt(covariance[k * p + k]!));
  // Welch's control mean has no variance when its clusters are all alike; the difference to it has.
  const kept = terms.flatMap((_, k) => (k === 0 && errors[k] === 0 ? [] : [k]));
  return {
    estimates: arm.levels.slice(1).map((_, k) => {
      const at = k + 1;
      const quantity = effectQuantity(terms[at]!, measure, frame);
      return waldEstimate(quantity, coefficients[at]!, errors[at]!, df[at]!, level);
    }),
    coefficients: kept.map((k) => waldCoefficient(terms[k]!, coefficients[k]!, errors[k]!, df[k]!, level)),
    covariance: kept.map((k) => kept.map((l) => covariance[k * p + l]!)),
    tests: joint === null ? [] : [{ terms: terms.slice(1, arm.levels.length), ...joint }],
  };
}

export const clusterSummary = defineMethod({
  id: "cluster-summary",
  title: "t test of cluster summaries",
  purpose:
    "Difference or ratio between arms of one summary per cluster: the simplest valid analysis, and the safest when clusters are few",
  outcomes: kinds,
  measures: [
    "mean-difference",
    "risk-difference",
    "rate-difference",
    "risk-ratio",
    "odds-ratio",
    "rate-ratio",
    "mean-ratio",
  ],
  references: [
    "Hayes RJ, Moulton LH. Cluster Randomised Trials. 2nd ed. Chapman & Hall/CRC 2017",
    "Donner A, Klar N. Design and Analysis of Cluster Randomization Trials in Health Research. Arnold 2000",
    "Bennett S, Parpia T, Hayes R, Cousens S. Int J Epidemiol 2002;31:839–846",
    "Thompson JA, Leurent B, Nash S, Moulton LH, Hayes RJ. Stata J 2023, doi 10.1177/1536867X231196294",
  ],
  accepts: ["strata", "pairs", "covariates"],
  options,
  needs: (_, measure) => ({ groupings: [], columns: [], outcomes: outcomeKinds(undefined, measure, kinds) }),
  analyse,
  reweighted,
});

function requireArm({ arm }: Frame): Arm {
  if (arm === null) throw new InputProblem("arm-needed", { path: "trial.arm", method: "cluster-summary", methods: [] });
  return arm;
}

/** Stage 1 has no arm, and so no interaction with it. */
export function refuseArmInteractions({ design }: Frame, arm: Arm): void {
  const found = design.terms.find(({ role, source }) => role === "arm" && source !== arm.name);
  if (found !== undefined) throw new InputProblem("arm-interaction-in-summary", { term: found.source, arm: arm.name });
}

function withinArmIcc({ outcome }: Frame, { sums }: ClusterSummaries, arm: Arm): IccRecord {
  const alone = sums === null || sums.sizes.every((size) => size === 1);
  const value = alone ? 0 : anovaIcc(oneWayAnova(sums, { levels: arm.levels.length, ofCluster: arm.ofCluster }));
  const scale = outcome.kind === "continuous" ? "identity" : "proportion";
  return { value, scale, estimator: "anova-within-arm", interval: null };
}

function weightsOf({ weights }: Options, { sizes }: ClusterSummaries, icc: IccRecord | null): Float64Array | null {
  if (weights === "none") return null;
  const correlation = Math.max(0, icc?.value ?? 0);
  return weights === "size" ? sizes : sizes.map((size) => size / (1 + (size - 1) * correlation));
}

function noticesOf(clusters: number, icc: IccRecord | null): readonly Notice[] {
  const notices: Notice[] = [];
  if (clusters < FEW_CLUSTERS) notices.push(notice("few-clusters", { clusters }));
  if (icc !== null && icc.value < 0) notices.push(notice("icc-below-zero-in-weights", { icc: icc.value }));
  return notices;
}

/** Clusters for which 0.5 was added, and arms about which nothing but that 0.5 speaks. */
export function zeroNotices({ levels, ofCluster }: Arm, zeros: Zeros, measure: OutcomeMeasure): readonly Notice[] {
  const { withoutEvents, withoutOthers } = zeros;
  const armsWithout = (clusters: readonly number[], what: string): readonly Notice[] =>
    levels.flatMap((arm, code) => {
      const without = clusters.filter((j) => ofCluster[j] === code).length;
      const all = ofCluster.reduce((count, level) => count + (level === code ? 1 : 0), 0);
      return without === all ? [notice("arm-without-events", { arm, what, measure })] : [];
    });
  const what = measure === "odds-ratio" ? "events or no non-events" : "events";
  return [
    notice("zero-clusters", { clusters: withoutEvents.length + withoutOthers.length, of: ofCluster.length, what }),
    ...armsWithout(withoutEvents, "events"),
    ...armsWithout(withoutOthers, "non-events"),
  ];
}

/** Arms whose summaries are all alike, so that another arm alone has a variance. */
function armsWithoutVariation(arm: Arm, summaries: Float64Array): readonly Notice[] {
  return arm.levels.flatMap((level, code): readonly Notice[] => {
    const own = summaries.filter((_, j) => arm.ofCluster[j] === code);
    return own.length > 1 && own.every((value) => value === own[0])
      ? [notice("summaries-alike-in-arm", { arm: level })]
      : [];
  });
}
