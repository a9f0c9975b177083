import { z } from "zod";
import { type Findings, summaryOf, type VarianceComponent } from "../../contract/analysis.ts";
import type { Estimate, Interval, Test, Working } from "../../contract/estimate.ts";
import { type Notice, notice } from "../../contract/notice.ts";
import { InputProblem } from "../../contract/problem.ts";
import type { Frame } from "../../data/frame.ts";
import { fitMixedModel } from "../../models/mixed/fitMixedModel.ts";
import { mixedStructureOf } from "../../models/mixed/mixedStructureOf.ts";
import { iccProfile } from "../../models/mixed/profileLikelihood.ts";
import { clusterRecords } from "../effect/clusterRecords.ts";
import { defineMethod, type Question } from "../method.ts";
import { anovaIcc } from "./anovaIcc.ts";
import { bootstrapT } from "./bootstrapT.ts";
import { clusterSums } from "./clusterSums.ts";
import { fisherInterval, type IccInterval, searleInterval, smithInterval, swigerInterval } from "./iccIntervals.ts";
import { type OneWayAnova, oneWayAnova, type Strata } from "./oneWayAnova.ts";
import { pairwiseIcc } from "./pairwiseIcc.ts";

const estimators = [
  "anova-within-arm",
  "anova",
  "reml",
  "fleiss-cuzick",
  "pearson",
  "latent",
  "proportion",
  "rate-k",
  "nakagawa",
] as const;
const intervals = ["searle", "smith", "swiger", "fisher", "bootstrap-t", "profile", "zou-donner"] as const;

type Estimator = (typeof estimators)[number];
type IntervalName = (typeof intervals)[number];

const options = z.strictObject({
  /** Default anova-within-arm, anova when there is no arm. */
  estimator: z.enum(estimators).optional(),
  /** Default searle, profile for reml, none for pearson. */
  interval: z.enum(intervals).optional(),
  /** Report a negative correlation, and limits outside 0 … 1, as 0 or 1. */
  truncate: z.boolean().default(false),
});

type Options = z.output<typeof options>;

/** What one estimator finds; `interval` is null where none is defined. */
interface Found {
  readonly value: number;
  readonly interval: { readonly lower: number; readonly upper: number } | null;
  readonly working: Working | null;
  readonly test: Test | null;
  readonly variances: readonly VarianceComponent[];
  readonly summary: Parameters<typeof summaryOf>[0];
  readonly notices: readonly Notice[];
}

/** Estimators of continuous outcomes, the intervals that each has (its default first), and how it is computed. */
const continuous: Partial<
  Record<
    Estimator,
    {
      readonly intervals: readonly IntervalName[];
      readonly needsArm: boolean;
      find(question: Question<Options>, interval: IntervalName | null): Found;
    }
  >
> = {
  "anova-within-arm": {
    intervals: ["searle", "smith", "swiger", "fisher", "bootstrap-t"],
    needsArm: true,
    find: (question, interval) => fromAnova(question, interval, strataOf(question.frame)),
  },
  anova: {
    intervals: ["searle", "smith", "swiger", "fisher", "bootstrap-t"],
    needsArm: false,
    find: (question, interval) => fromAnova(question, interval, null),
  },
  reml: { intervals: ["profile"], needsArm: false, find: fromReml },
  pearson: { intervals: [], needsArm: false, find: fromPairs },
};

/**
 * The intracluster correlation of a continuous outcome: the share of its variance that lies between clusters, or the
 * correlation of two members of one cluster.
 *
 * anova-within-arm (default)  mean squares about arm means, so that the effect of treatment is not taken for clustering
 * anova                       the same about one common mean
 * reml                        σ²ᵤ/(σ²ᵤ + σ²ₑ) of the mixed model with arm as fixed effect; at least 0
 * pearson                     correlation over pairs of members, about arm means
 *
 * Reported as found, negative included, unless `truncate`. The effect of no covariate is taken out but the arm's.
 *
 * @throws InputProblem `icc-estimator-not-available`, `icc-interval-not-available`, `icc-estimator-needs-arm`.
 * @throws DesignProblem `no-degrees-of-freedom`, `clusters-of-one`, `outcome-without-variation`,
 *   `interval-needs-clusters`, `bootstrap-failed`; with reml those of the mixed model.
 */
function analyse(question: Question<Options>): Findings {
  const { frame, options: chosen, level } = question;
  const { estimator, interval } = resolve(frame, chosen);
  const found = continuous[estimator]!.find(question, interval);
  const clip = (x: number) => (chosen.truncate ? Math.min(1, Math.max(0, x)) : x);
  const value = clip(found.value);
  const limits: Interval | null =
    found.interval === null || interval === null
      ? null
      : { level, lower: clip(found.interval.lower), upper: clip(found.interval.upper), method: interval };
  const estimate: Estimate = {
    quantity: { term: "icc", measure: "icc", scale: "correlation", unit: "1" },
    value,
    working: found.working,
    interval: limits,
    test: found.test,
  };
  return {
    variant: { estimator, interval, truncate: chosen.truncate },
    estimand: { population: "participant-average", contrast: "marginal", measure: "icc" },
    estimates: [estimate],
    coefficients: [],
    covariance: null,
    tests: [],
    variances: found.variances,
    icc: { value, scale: "identity", estimator, interval: limits },
    summary: summaryOf(found.summary),
    clusters: clusterRecords(frame),
    notices: [...found.notices, ...belowZero(found.value, chosen.truncate)],
  };
}

export const icc = defineMethod({
  id: "icc",
  title: "Intracluster correlation",
  purpose:
    "How alike members of a cluster are, as a correlation with an interval: what sample size calculations and reports of cluster trials ask for",
  outcomes: ["continuous"],
  measures: ["icc"],
  references: [
    "Donner A. A review of inference procedures for the intraclass correlation coefficient in the one-way random effects model. Int Stat Rev 1986;54:67-82",
    "Searle SR. Linear Models. Wiley 1971",
    "Smith CAB. On the estimation of intraclass correlation. Ann Hum Genet 1956;21:363-373",
    "Swiger LA, Harvey WR, Everson DO, Gregory KE. The variance of intraclass correlation involving groups with one observation. Biometrics 1964;20:818-826",
    "Ukoumunne OC, Davison AC, Gulliford MC, Chinn S. Non-parametric bootstrap confidence intervals for the intraclass correlation coefficient. Stat Med 2003;22:3805-3821",
  ],
  accepts: ["no-arm", "strata", "pairs"],
  options,
  analyse,
});

function resolve(frame: Frame, chosen: Options): { estimator: Estimator; interval: IntervalName | null } {
  const estimator = chosen.estimator ?? (frame.arm === null ? "anova" : "anova-within-arm");
  const known = continuous[estimator];
  if (known === undefined)
    throw new InputProblem("icc-estimator-not-available", {
      estimator,
      kind: frame.outcome.kind,
      available: Object.keys(continuous),
    });
  if (known.needsArm && frame.arm === null) throw new InputProblem("icc-estimator-needs-arm", { estimator });
  const interval = chosen.interval ?? known.intervals[0] ?? null;
  if (interval !== null && !known.intervals.includes(interval))
    throw new InputProblem("icc-interval-not-available", { interval, estimator, available: known.intervals });
  return { estimator, interval };
}

const strataOf = ({ arm }: Frame): Strata | null =>
  arm === null ? null : { levels: arm.levels.length, ofCluster: arm.ofCluster };

const closedForms: Partial<Record<IntervalName, IccInterval>> = {
  searle: searleInterval,
  smith: smithInterval,
  swiger: swigerInterval,
  fisher: fisherInterval,
};

function fromAnova(
  { frame, level, seed }: Question<Options>,
  interval: IntervalName | null,
  strata: Strata | null,
): Found {
  const sums = clusterSums(frame.outcome.values, frame.cluster);
  const table = oneWayAnova(sums, strata);
  const value = anovaIcc(table);
  const between = (table.msBetween - table.msWithin) / table.effectiveSize;
  const common = {
    value,
    test: testOf(table),
    variances: [
      component(frame.cluster.name, "intercept", between),
      component("residual", "intercept", table.msWithin),
    ],
  };
  const summary = summaryOfTable(table);
  if (table.fStatistic === null)
    return { ...common, interval: null, working: null, summary, notices: [notice("icc-without-within-variation", {})] };
  const closed = interval === null ? undefined : closedForms[interval];
  if (closed !== undefined) {
    const { lower, upper, working } = closed(table, value, level);
    return { ...common, interval: { lower, upper }, working, summary, notices: [] };
  }
  const { lower, upper, draws, failures, logF, standardError } = bootstrapT(sums, strata, level, seed);
  return {
    ...common,
    interval: { lower, upper },
    working: { scale: "fisher-z", value: logF / 2, standardError: standardError / 2 },
    summary: { ...summary, draws, failures },
    notices: failures > 0 ? [notice("bootstrap-failures", { draws, failures })] : [],
  };
}

function fromReml({ frame, level }: Question<Options>): Found {
  const fit = fitMixedModel(mixedStructureOf(frame, []), { estimation: "reml", covariance: "bounded" });
  const between = fit.covariances[0]![0]!;
  const profile = iccProfile(fit, level);
  return {
    value: between / (between + fit.residualVariance),
    interval: profile,
    working: null,
    test: null,
    variances: [
      component(frame.cluster.name, "intercept", between),
      component("residual", "intercept", fit.residualVariance),
    ],
    summary: {
      logLikelihood: -fit.criterion / 2,
      criterion: fit.criterion,
      residualStandardDeviation: Math.sqrt(fit.residualVariance),
      iterations: fit.iterations,
    },
    notices: between === 0 ? [notice("variance-at-boundary", { group: frame.cluster.name, term: "intercept" })] : [],
  };
}

function fromPairs({ frame }: Question<Options>): Found {
  const sums = clusterSums(frame.outcome.values, frame.cluster);
  return {
    value: pairwiseIcc(sums, strataOf(frame)),
    interval: null,
    working: null,
    test: null,
    variances: [],
    summary: {},
    notices: [],
  };
}

/** F test that clusters are alike, against the alternative that members of one resemble each other. */
function testOf({ fStatistic, pValue, dfBetween, dfWithin }: OneWayAnova): Test | null {
  if (fStatistic === null || pValue === null) return null;
  return {
    nullValue: 0,
    alternative: "greater",
    statistic: fStatistic,
    reference: { name: "F", df: [dfBetween, dfWithin] },
    pValue,
  };
}

function summaryOfTable(table: OneWayAnova): Found["summary"] {
  return {
    n0: table.effectiveSize,
    msBetween: table.msBetween,
    msWithin: table.msWithin,
    fStatistic: table.fStatistic,
    residualStandardDeviation: Math.sqrt(table.msWithin),
    rSquared: table.rSquared,
  };
}

const component = (group: string, term: string, variance: number): VarianceComponent => ({
  group,
  term,
  with: null,
  variance,
  standardDeviation: variance < 0 ? null : Math.sqrt(variance),
  correlation: null,
  interval: null,
});

function belowZero(value: number, truncated: boolean): readonly Notice[] {
  if (value >= 0) return [];
  return [truncated ? notice("icc-truncated", { icc: value }) : notice("icc-below-zero", { icc: value })];
}
