import { DesignProblem, NumericalProblem } from "../../contract/problem.ts";
import type { ClusterFactor, Frame } from "../../data/frame.ts";
import { fitLinear } from "../../models/linear/fitLinear.ts";
import { type ClusterSums, clusterSums } from "../icc/clusterSums.ts";
import { type ClusterOutcomes, clusterOutcomes } from "./clusterOutcomes.ts";
import { type ExpectedOutcomes, expectedOutcomes } from "./expectedOutcomes.ts";
import { isRatio } from "./linkMeasure.ts";
import type { OutcomeMeasure } from "./outcomeMeasures.ts";
import { type ClusterColumn, type Stage1Design, stage1Design } from "./summaryStage1.ts";

/** Stage 1 of an analysis of cluster summaries: one number per cluster, covariates taken out. */
export interface ClusterSummaries {
  /** Summary of each cluster on the scale on which they are compared. */
  readonly values: Float64Array;
  /** Participants, trials or exposure of each cluster. */
  readonly sizes: Float64Array;
  /** Participants' values that the summaries are means of, by cluster: what is left of their outcomes. null for ratios and rates. */
  readonly sums: ClusterSums | null;
  /** Covariate columns that never vary within a cluster, J values each: they cost degrees of freedom at stage 2. */
  readonly clusterLevel: readonly ClusterColumn[];
  /** Clusters whose logarithm would be infinite, for which 0.5 was added to every cluster; null when none. */
  readonly zeros: Zeros | null;
}

export interface Zeros {
  readonly withoutEvents: readonly number[];
  /** Of log odds only. */
  readonly withoutOthers: readonly number[];
}

/**
 * The summary of each cluster. With O its total, n what the total is out of (participants, trials, exposure) and, given
 * covariates, E what the first stage expects of it:
 *
 *   difference   O/n, or (O − E)/n            ratio of risks or rates   log(O/n), or log(O/E)
 *   odds ratio   log(O/(n − O))               ratio of means            log(O/n)
 *
 * The first stage is least squares of continuous, logistic regression of binary and grouped, and Poisson regression with
 * log exposure of count outcomes on covariates and strata over participants, without the arm (Hayes & Moulton 2017,
 * chapter 10). If any cluster has O = 0, every O of a ratio of risks or rates becomes O + ½, as Stata's clan has it; if
 * any has O = 0 or O = n, log odds are those of O + ½ events and n − O + ½ others, in every cluster.
 *
 * @param strata strata or pairs; null without
 * @throws DesignProblem `expected-none`, `first-stage-separation`, `mean-not-positive`; as `fitLinear` and
 *   `expectedOutcomes`
 * @throws NumericalProblem `not-finite`
 */
export function summariseClusters(
  frame: Frame,
  strata: ClusterFactor | null,
  measure: OutcomeMeasure,
): ClusterSummaries {
  const stage1 = stage1Design(frame, strata);
  const found =
    frame.outcome.kind === "continuous"
      ? continuousSummaries(frame, stage1, measure)
      : eventSummaries(frame, stage1, measure);
  const bad = found.values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new NumericalProblem("not-finite", { what: `The summary of ${frame.cluster.labels[bad]!}` });
  return { ...found, clusterLevel: stage1?.clusterLevel ?? [] };
}

type Unadorned = Omit<ClusterSummaries, "clusterLevel">;

function continuousSummaries(frame: Frame, stage1: Stage1Design | null, measure: OutcomeMeasure): Unadorned {
  const { cluster, outcome } = frame;
  if (stage1 === null) {
    const sums = clusterSums(outcome.values, cluster);
    const { sizes } = sums;
    const means = sums.means.map((mean) => mean + sums.shift);
    if (!isRatio(measure)) return { values: means, sizes, sums, zeros: null };
    const low = means.findIndex((mean) => !(mean > 0));
    if (low >= 0)
      throw new DesignProblem("mean-not-positive", { of: `cluster "${cluster.labels[low]!}"`, mean: means[low]! });
    return { values: means.map(Math.log), sizes, sums: null, zeros: null };
  }
  const fit = fitLinear({ terms: stage1.names, design: stage1.source, outcome: outcome.values, cluster });
  const sizes = Float64Array.from(cluster.sizes);
  const means = fit.clusterResidualSums.map((sum, j) => sum / sizes[j]!);
  const within = fit.clusterResidualSquares.map((square, j) => Math.max(0, square - sizes[j]! * means[j]! ** 2));
  return { values: means, sizes, sums: { sizes, means, within, shift: 0 }, zeros: null };
}

function eventSummaries(frame: Frame, stage1: Stage1Design | null, measure: OutcomeMeasure): Unadorned {
  const outcomes = clusterOutcomes(frame);
  const expected = stage1 === null ? null : expectedOutcomes(frame, stage1);
  if (isRatio(measure)) return logSummaries(frame, outcomes, expected, measure);
  const { totals, denominators, means } = outcomes;
  const values = expected === null ? means : totals.map((total, j) => (total - expected.totals[j]!) / denominators[j]!);
  const within =
    expected === null
      ? totals.map((events, j) => events * (1 - means[j]!))
      : expected.squares.map((square, j) => Math.max(0, square - denominators[j]! * values[j]! ** 2));
  const proportions = frame.outcome.kind !== "count";
  return {
    values,
    sizes: denominators,
    sums: proportions ? { sizes: denominators, means: values, within, shift: 0 } : null,
    zeros: null,
  };
}

function logSummaries(
  frame: Frame,
  { totals, denominators }: ClusterOutcomes,
  expected: ExpectedOutcomes | null,
  measure: OutcomeMeasure,
): Unadorned {
  const odds = measure === "odds-ratio";
  const others = denominators.map((n, j) => n - totals[j]!);
  const divisors = expected?.totals ?? (odds ? others : denominators);
  const none = expected?.totals.findIndex((total) => !(total > 0)) ?? -1;
  if (none >= 0) throw new DesignProblem("expected-none", { cluster: frame.cluster.labels[none]!, measure });
  const withoutEvents = where(totals);
  const withoutOthers = odds ? where(others) : [];
  const zeros = withoutEvents.length + withoutOthers.length > 0 ? { withoutEvents, withoutOthers } : null;
  const added = zeros === null ? 0 : 0.5;
  return {
    values: totals.map((total, j) => Math.log((total + added) / (divisors[j]! + (odds ? added : 0)))),
    sizes: denominators,
    sums: null,
    zeros,
  };
}

/** Clusters with a total of zero. */
const where = (totals: Float64Array): readonly number[] =>
  Array.from(totals).flatMap((total, j) => (total === 0 ? [j] : []));
