import { DesignProblem } from "../../contract/problem.ts";
import { accumulateTotal } from "../../data/accumulateMoments.ts";
import { columnSource, concatenateColumns } from "../../data/columnSource.ts";
import type { ColumnSource } from "../../data/design.ts";
import { findDependencies } from "../../data/findDependencies.ts";
import type { Arm, ClusterFactor } from "../../data/frame.ts";
import type { Grouping } from "../../data/grouping.ts";
import { pilotShift } from "../../data/pilotShift.ts";
import type { FixedEffectTest } from "../../inference/fixedEffectInference.ts";
import { waldF } from "../../inference/wald/givenDfInference.ts";
import { fitLinear } from "../../models/linear/fitLinear.ts";
import { modelCovariance } from "../../models/linear/linearFit.ts";
import { fisherF } from "../../numerics/distributions/index.ts";
import { type ClusterColumn, strataColumns, strataNames } from "./summaryStage1.ts";

/** Stage 2 of an analysis of cluster summaries: coefficients of arms (and strata), each with its own t reference. */
export interface SummaryComparison {
  /** "intercept", one per non-control arm, then strata. */
  readonly terms: readonly string[];
  readonly coefficients: Float64Array;
  /** p × p */
  readonly covariance: Float64Array;
  readonly df: readonly number[];
  /** F test that no arm differs from control; null for two arms. */
  readonly joint: FixedEffectTest | null;
  /** Spread of summaries about their arm (and stratum); null when arms have their own. */
  readonly residualStandardDeviation: number | null;
}

const armColumns = (arm: Arm): readonly ClusterColumn[] =>
  arm.levels.slice(1).map((level, k) => ({
    name: `${arm.name}[${level}]`,
    values: Float64Array.from(arm.ofCluster, (code) => (code === k + 1 ? 1 : 0)),
  }));

/**
 * Least squares of cluster summaries on arm and strata (or pairs), one residual variance: the t test of cluster means,
 * stratified, weighted or paired. df = J − A − (strata − 1) − `clusterLevel` covariates that arm and strata do not
 * already explain. Exact for normal summaries of equal variance (or variance inverse to their weights).
 *
 * @param weights one per cluster, or null
 * @param clusterLevel columns taken out at stage 1 that cost a degree of freedom here; [] to ignore them
 * @throws DesignProblem `no-degrees-of-freedom`, `rank-deficient`
 */
export function comparePooled(
  summaries: Float64Array,
  arm: Arm,
  strata: ClusterFactor | null,
  weights: Float64Array | null,
  clusterLevel: readonly ClusterColumn[],
): SummaryComparison {
  const clusters = summaries.length;
  const arms = armColumns(arm);
  const ones = { name: "intercept", values: new Float64Array(clusters).fill(1) };
  const given = columnSource([ones, ...arms].map(({ values }) => values));
  const design =
    strata === null
      ? given
      : concatenateColumns(
          given,
          strataColumns(strata, (j) => strata.ofCluster[j]!, clusters),
        );
  const terms = ["intercept", ...arms.map(({ name }) => name), ...(strata === null ? [] : strataNames(strata))];
  const spent = terms.length + independentOf(design, clusterLevel);
  const df = clusters - spent;
  if (df <= 0) throw new DesignProblem("no-degrees-of-freedom", { clusters, coefficients: spent });
  const fit = fitLinear({ terms, design, outcome: summaries, cluster: oneGroup(clusters), weights });
  const covariance = modelCovariance(fit)!;
  return {
    terms: fit.terms,
    coefficients: fit.coefficients,
    covariance,
    df: fit.terms.map(() => df),
    joint: arms.length < 2 ? null : jointOfArms(fit.coefficients, covariance, arms.length, df),
    residualStandardDeviation: fit.residualStandardDeviation,
  };
}

/** How many further columns are not combinations of the design's and of each other. */
function independentOf(design: ColumnSource, further: readonly ClusterColumn[]): number {
  if (further.length === 0) return 0;
  const source = concatenateColumns(design, columnSource(further.map(({ values }) => values)));
  const names = Array.from({ length: source.width }, (_, k) => (k === 0 ? "intercept" : String(k)));
  const shift = pilotShift(names, source, []);
  const dependent = findDependencies(names, accumulateTotal(source, shift), shift);
  return further.length - dependent.filter(({ column }) => Number(column) >= design.width).length;
}

/** Summaries are independent rows: nothing is asked of them cluster by cluster. */
const oneGroup = (rows: number): Grouping => ({
  name: "all",
  labels: ["all"],
  codes: new Int32Array(rows),
  sizes: Int32Array.of(rows),
});

function jointOfArms(
  coefficients: Float64Array,
  covariance: Float64Array,
  arms: number,
  df: number,
): FixedEffectTest | null {
  const p = coefficients.length;
  const contrasts = new Float64Array(arms * p);
  for (let k = 0; k < arms; k++) contrasts[k * p + k + 1] = 1;
  return waldF(covariance, contrasts, coefficients.slice(1, 1 + arms), df);
}

/**
 * Welch's comparison of cluster summaries, each arm with its own variance:
 *
 *   SE² = s₀²/J₀ + s₁²/J₁,   df = SE⁴ / Σₐ (sₐ²/Jₐ)²/(Jₐ − 1)
 *
 * Approximate; better than the pooled one when arms differ both in variance and in number of clusters. Several arms at
 * once by Welch's (1951) analysis of variance.
 *
 * @param penalty degrees of freedom spent on cluster-level covariates
 * @throws DesignProblem `one-cluster-in-arm` when an arm has a single cluster, `no-degrees-of-freedom`
 */
export function compareWelch(
  summaries: Float64Array,
  arm: Arm,
  clusterLevel: readonly ClusterColumn[],
): SummaryComparison {
  const arms = arm.levels.map((level, code) => {
    const own = summaries.filter((_, j) => arm.ofCluster[j] === code);
    if (own.length < 2) throw new DesignProblem("one-cluster-in-arm", { arm: level });
    const mean = own.reduce((sum, x) => sum + x, 0) / own.length;
    const squares = own.reduce((sum, x) => sum + (x - mean) ** 2, 0);
    return { count: own.length, mean, variance: squares / (own.length - 1) / own.length };
  });
  const columns = armColumns(arm);
  const ones = { name: "intercept", values: new Float64Array(summaries.length).fill(1) };
  const penalty = independentOf(columnSource([ones, ...columns].map(({ values }) => values)), clusterLevel);
  const control = arms[0]!;
  const others = arms.slice(1);
  const p = arms.length;
  const covariance = new Float64Array(p * p).fill(control.variance);
  for (let k = 1; k < p; k++) {
    covariance[k] = -control.variance;
    covariance[k * p] = -control.variance;
    covariance[k * p + k]! += arms[k]!.variance;
  }
  const df = others.map(({ variance, count }) => {
    const spread = control.variance ** 2 / (control.count - 1) + variance ** 2 / (count - 1);
    return (control.variance + variance) ** 2 / spread - penalty;
  });
  const least = Math.min(control.count - 1 - penalty, ...df);
  if (least <= 0)
    throw new DesignProblem("no-degrees-of-freedom", { clusters: summaries.length, coefficients: p + penalty });
  return {
    terms: ["intercept", ...columns.map(({ name }) => name)],
    coefficients: Float64Array.from([control.mean, ...others.map(({ mean }) => mean - control.mean)]),
    covariance,
    df: [control.count - 1 - penalty, ...df],
    joint: p < 3 ? null : welchF(arms, penalty),
    residualStandardDeviation: null,
  };
}

/** Welch (1951): arms of different variance compared at once. */
function welchF(
  arms: readonly { readonly count: number; readonly mean: number; readonly variance: number }[],
  penalty: number,
): FixedEffectTest | null {
  const k = arms.length;
  const weights = arms.map(({ variance }) => 1 / variance);
  const total = weights.reduce((a, b) => a + b, 0);
  const mean = arms.reduce((sum, each, a) => sum + weights[a]! * each.mean, 0) / total;
  const between = arms.reduce((sum, each, a) => sum + weights[a]! * (each.mean - mean) ** 2, 0) / (k - 1);
  const lack = arms.reduce((sum, { count }, a) => sum + (1 - weights[a]! / total) ** 2 / (count - 1), 0);
  const statistic = between / (1 + (2 * (k - 2) * lack) / (k * k - 1));
  const df = (k * k - 1) / (3 * lack) - penalty;
  if (!(df > 0) || !Number.isFinite(statistic)) return null;
  return { statistic, reference: { name: "F", df: [k - 1, df] }, pValue: fisherF.upper(statistic, k - 1, df) };
}
