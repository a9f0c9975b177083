import type { Test } from "../../contract/estimate.ts";
import { type Notice, notice } from "../../contract/notice.ts";
import type { Frame } from "../../data/frame.ts";
import { anovaIcc } from "./anovaIcc.ts";
import { armTotals } from "./armTotals.ts";
import {
  type BootstrapInterval,
  bootstrapFleissCuzick,
  bootstrapPairs,
  bootstrapRates,
  bootstrapT,
} from "./bootstrapT.ts";
import { type ClusterEvents, clusterEvents, sumsOfEvents } from "./clusterEvents.ts";
import { clusterRates } from "./clusterRates.ts";
import { type ClusterSums, clusterSums } from "./clusterSums.ts";
import {
  component,
  type Found,
  type IccEstimator,
  type IccQuestion,
  type IntervalName,
  strataOf,
} from "./estimator.ts";
import { fleissCuzick } from "./fleissCuzick.ts";
import {
  fisherInterval,
  type IccInterval,
  type IccLimits,
  searleInterval,
  smithInterval,
  swigerInterval,
} from "./iccIntervals.ts";
import { type OneWayAnova, oneWayAnova, type Strata } from "./oneWayAnova.ts";
import { pairwiseIcc } from "./pairwiseIcc.ts";
import { coefficient, rateVariation, rateVariationInterval } from "./rateVariation.ts";
import { zouDonnerInterval } from "./zouDonner.ts";

const marginal = { population: "participant-average", contrast: "marginal" } as const;

const anovaWith = (needsArm: boolean): IccEstimator => ({
  outcomes: ["continuous", "binary", "grouped"],
  measure: "icc",
  estimand: marginal,
  needsArm,
  aboutArms: needsArm,
  intervals: (dichotomous) => [
    "searle",
    "smith",
    "swiger",
    "fisher",
    "bootstrap-t",
    ...(dichotomous ? (["zou-donner"] as const) : []),
  ],
  defaultInterval: () => "searle",
  find: (question, interval) => fromAnova(question, interval, needsArm ? strataOf(question.frame) : null),
});

/** Mean squares about arm means. */
export const anovaWithinArm = anovaWith(true);
/** Mean squares about one mean. */
export const anova = anovaWith(false);

/** Chance-corrected agreement, about the proportions of arms when there are arms. */
export const fleissCuzickEstimator: IccEstimator = {
  outcomes: ["binary", "grouped"],
  measure: "icc",
  estimand: marginal,
  needsArm: false,
  aboutArms: true,
  intervals: () => ["zou-donner", "bootstrap-t"],
  defaultInterval: () => "zou-donner",
  find(question, interval) {
    const { frame, level, seed } = question;
    const strata = strataOf(frame);
    const data = clusterEvents(frame.outcome, frame.cluster)!;
    const { value } = fleissCuzick(data, strata);
    const { limits, ...rest } = intervalOf(interval, {
      "zou-donner": () => zouDonnerInterval("fleiss-cuzick", data, strata, level),
      "bootstrap-t": () =>
        bootstrapFleissCuzick(data, strata, effectiveSizeOf(sumsOfEvents(data), strata), level, seed),
    });
    return found("icc", value, limits, null, "proportion", [], rest, armNotices(frame, data));
  },
};

/** Correlation over pairs of members, about arm means when there are arms. */
export const pearson: IccEstimator = {
  outcomes: ["continuous", "binary", "grouped"],
  measure: "icc",
  estimand: marginal,
  needsArm: false,
  aboutArms: true,
  intervals: (dichotomous) => (dichotomous ? ["zou-donner", "bootstrap-t"] : ["bootstrap-t"]),
  defaultInterval: (dichotomous) => (dichotomous ? "zou-donner" : null),
  find({ frame, level, seed }, interval) {
    const strata = strataOf(frame);
    const { sums, events } = sumsOf(frame);
    const value = pairwiseIcc(sums, strata);
    const { limits, ...rest } = intervalOf(value === 1 ? null : interval, {
      "zou-donner": () => zouDonnerInterval("pearson", events!, strata, level),
      "bootstrap-t": () => bootstrapPairs(sums, strata, effectiveSizeOf(sums, strata), level, seed),
    });
    return found("icc", value, limits, null, scaleOf(events), [], rest, armNotices(frame, events));
  },
};

/** Between-cluster coefficient of variation of rates or proportions. */
export const rateK: IccEstimator = {
  outcomes: ["binary", "count", "grouped"],
  measure: "coefficient-of-variation",
  estimand: { population: "cluster-average", contrast: "marginal" },
  needsArm: false,
  aboutArms: true,
  intervals: () => ["searle", "bootstrap-t"],
  defaultInterval: () => "searle",
  find({ frame, level, seed }, interval) {
    const strata = strataOf(frame);
    const rates = clusterRates(frame);
    const variation = rateVariation(rates, strata);
    const { squared, betweenVariance } = variation;
    const { limits, ...rest } = intervalOf(interval, {
      searle: () => ({ ...rateVariationInterval(variation, level), working: null }),
      "bootstrap-t": () => bootstrapRates(rates, strata, level, seed),
    });
    const notices = squared < 0 ? [notice("variation-below-chance", { squared })] : [];
    const variances = [component(frame.cluster.name, betweenVariance)];
    return found("k", coefficient(squared), limits, null, "coefficient-of-variation", variances, rest, notices);
  },
};

const closedForms: Partial<Record<IntervalName, IccInterval>> = {
  searle: searleInterval,
  smith: smithInterval,
  swiger: swigerInterval,
  fisher: fisherInterval,
};

function fromAnova({ frame, level, seed }: IccQuestion, interval: IntervalName | null, strata: Strata | null): Found {
  const { sums, events } = sumsOf(frame);
  const table = oneWayAnova(sums, strata);
  const value = anovaIcc(table);
  const closed = interval === null ? undefined : closedForms[interval];
  const identical = table.fStatistic === null;
  const { limits, ...rest } = intervalOf(identical ? null : interval, {
    ...(closed === undefined || interval === null ? {} : { [interval]: () => closed(table, value, level) }),
    "bootstrap-t": () => bootstrapT(sums, strata, level, seed),
    "zou-donner": () => zouDonnerInterval("anova", events!, strata, level),
  });
  const variances = [
    component(frame.cluster.name, (table.msBetween - table.msWithin) / table.effectiveSize),
    component("residual", table.msWithin),
  ];
  const notices = identical ? [notice("icc-without-within-variation", {})] : armNotices(frame, events);
  const result = found("icc", value, limits, testOf(table), scaleOf(events), variances, rest, notices);
  return { ...result, summary: { ...summaryOfTable(table), ...result.summary } };
}

/** An interval by its name, a bootstrap with its account. */
function intervalOf(
  name: IntervalName | null,
  made: Partial<Record<IntervalName, () => IccLimits | BootstrapInterval>>,
): { limits: IccLimits | null; bootstrap: BootstrapInterval | null } {
  const make = name === null ? undefined : made[name];
  if (make === undefined) return { limits: null, bootstrap: null };
  const limits = make();
  if (!("logF" in limits)) return { limits, bootstrap: null };
  const { lower, upper, logF, standardError } = limits;
  const working = { scale: "fisher-z", value: logF / 2, standardError: standardError / 2 } as const;
  return { limits: { lower, upper, working }, bootstrap: limits };
}

function found(
  term: string,
  value: number,
  limits: IccLimits | null,
  test: Test | null,
  scale: string,
  variances: Found["variances"],
  { bootstrap }: { readonly bootstrap: BootstrapInterval | null },
  notices: readonly Notice[],
): Found {
  const lost = bootstrap !== null && bootstrap.failures > 0;
  return {
    numbers: [
      {
        term,
        value,
        interval: limits === null ? null : { lower: limits.lower, upper: limits.upper },
        working: limits?.working ?? null,
        test,
      },
    ],
    scale,
    variant: {},
    variances,
    summary: bootstrap === null ? {} : { draws: bootstrap.draws, failures: bootstrap.failures },
    notices: lost
      ? [...notices, notice("bootstrap-failures", { draws: bootstrap.draws, failures: bootstrap.failures })]
      : notices,
  };
}

/** Sums of the outcome by cluster, from events where it is yes or no. */
function sumsOf({ outcome, cluster }: Frame): { readonly sums: ClusterSums; readonly events: ClusterEvents | null } {
  const declared = clusterEvents(outcome, cluster);
  return { sums: declared === null ? clusterSums(outcome.values, cluster) : sumsOfEvents(declared), events: declared };
}

const scaleOf = (events: ClusterEvents | null) => (events === null ? "identity" : "proportion");

const effectiveSizeOf = (sums: ClusterSums, strata: Strata | null) => oneWayAnova(sums, strata).effectiveSize;

/** Arms in which nobody, or everybody, had the event. */
function armNotices({ arm }: Pick<Frame, "arm">, events: ClusterEvents | null): readonly Notice[] {
  if (arm === null || events === null) return [];
  const { proportions } = armTotals(events, { levels: arm.levels.length, ofCluster: arm.ofCluster });
  return arm.levels.flatMap((level, a) =>
    proportions[a] === 0 || proportions[a] === 1 ? [notice("icc-arm-without-variation", { arm: level })] : [],
  );
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
