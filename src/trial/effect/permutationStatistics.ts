import type { Findings } from "../../contract/analysis.ts";
import { DesignProblem, InputProblem } from "../../contract/problem.ts";
import type { ClusterFactor, Frame } from "../../data/frame.ts";
import { clusterContrast } from "../../inference/permutation/clusterContrast.ts";
import { type PermutationStatistic, statisticAt } from "../../inference/permutation/statistic.ts";
import {
  type Studentisation,
  studentisationOf,
  studentisedContrast,
} from "../../inference/permutation/studentisedContrast.ts";
import { responseOf } from "../../models/family/response.ts";
import { findRoot } from "../../numerics/optimize/findRoot.ts";
import { isRatio } from "./linkMeasure.ts";
import { measureOfOutcome, type OutcomeMeasure } from "./outcomeMeasures.ts";
import { shiftedResiduals } from "./permutationResiduals.ts";
import { clusterScores } from "./permutationScores.ts";
import type { ComparedArm, Comparison } from "./permutationSpace.ts";
import { type ClusterSummaries, summariseClusters } from "./summariseClusters.ts";
import { summaryMeasure } from "./summaryMeasure.ts";

export const statisticNames = [
  "difference",
  "weighted-difference",
  "adjusted-residuals",
  "mixed-model-score",
  "studentised",
] as const;

export type StatisticName = (typeof statisticNames)[number];

/** A statistic of one comparison, at no shift and at others. */
export interface Tested {
  readonly statistic: PermutationStatistic;
  /** The statistic as it was. */
  readonly observed: number;
  /** A bound on the statistic, in whose units rounding is judged. */
  readonly largest: number;
  /** The shift at which the statistic says that arms do not differ, on the working scale. */
  readonly estimate: number;
  /**
   * The statistic and a bound on it when the outcomes of the arm are made `shift` lower; null where the statistic itself
   * writes what a shift takes off it.
   */
  readonly at: ((shift: number) => { readonly statistic: PermutationStatistic; readonly largest: number }) | null;
  /** Order of magnitude of an interval, and how far one may reach. */
  readonly step: number;
  readonly reach: number;
}

/** Everything that is asked of an outcome's statistic, whatever the arms compared. */
export interface Testing {
  readonly measure: OutcomeMeasure;
  readonly population: Findings["estimand"]["population"];
  /** Cluster summaries where the statistic rests on them. */
  readonly summaries: ClusterSummaries | null;
  /** Per cluster of the trial: what a joint test of several arms compares. */
  readonly joint: { readonly values: Float64Array; readonly weights: Float64Array | null } | null;
  studentisation(comparison: Comparison): Studentisation | null;
  of(comparison: Comparison): Tested;
}

/** Logarithms of ratios beyond this are not looked for. */
const LARGEST_LOG = 30;

/**
 * The statistic by its name, for an outcome of the frame.
 *
 * @param within pairs, strata or blocks within which arms are compared
 * @throws InputProblem `statistic-not-for-measure`, `measure-not-for-outcome`, `summary-measure-with-covariates`
 * @throws DesignProblem as the first stage or the mixed model of the statistic
 */
export function testingOf(
  frame: Frame,
  name: StatisticName,
  measure: OutcomeMeasure | null,
  within: ClusterFactor | null,
): Testing {
  const asked = measureOfOutcome(frame.outcome, measure);
  const ratio = isRatio(asked);
  if (name === "mixed-model-score" || (name === "adjusted-residuals" && ratio)) {
    if (ratio && (name === "mixed-model-score" || asked === "mean-ratio"))
      throw new InputProblem("statistic-not-for-measure", {
        statistic: name,
        measure: asked,
        statistics: ["difference"],
      });
    const valuesOf = (compared: ComparedArm) =>
      name === "mixed-model-score"
        ? clusterScores(frame, compared, within)
        : shiftedResiduals(frame, compared, within, asked);
    return {
      measure: asked,
      population: name === "mixed-model-score" ? "precision-weighted" : "cluster-average",
      summaries: null,
      joint: jointValues(frame, valuesOf),
      studentisation: () => null,
      of: (comparison) =>
        name === "mixed-model-score"
          ? searched(comparison, valuesOf(comparison), deviationOf(frame), Number.POSITIVE_INFINITY)
          : searched(comparison, valuesOf(comparison), 0.1, LARGEST_LOG),
    };
  }
  const summaries = summariseClusters(frame, within, summaryMeasure(frame, measure));
  const weights = name === "weighted-difference" ? summaries.sizes : null;
  return {
    measure: asked,
    population: name === "weighted-difference" ? "participant-average" : "cluster-average",
    summaries,
    joint: { values: summaries.values, weights },
    studentisation: ({ observed, strata }) => (name === "studentised" ? studentisationOf(observed, strata) : null),
    of: (comparison) =>
      name === "studentised"
        ? studentised(comparison, pick(summaries.values, comparison))
        : linear(comparison, pick(summaries.values, comparison), weights && pick(weights, comparison)),
  };
}

const pick = (values: Float64Array, { clusters }: Comparison) => Float64Array.from(clusters, (j) => values[j]!);

/** Order of magnitude of what an outcome differs by between people. */
function deviationOf({ outcome }: Frame): number {
  const { values } = responseOf(outcome, { id: "gaussian" }, "identity", null, null);
  const centre = values.reduce((sum, value) => sum + value / values.length, 0);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2 / values.length, 0));
}

/** A difference of numbers that a shift makes lower by itself. */
function linear(comparison: Comparison, values: Float64Array, weights: Float64Array | null): Tested {
  const { observed, strata } = comparison;
  const statistic = clusterContrast({ values, weights, strata }, Float64Array.from(observed));
  const estimate = statisticAt(statistic, observed);
  const largest = requireVariation(comparison, values, weights, statistic.largest) / statistic.spread();
  return { statistic, observed: estimate, largest, estimate, at: null, step: largest, reach: Infinity };
}

/** A difference over its own standard error. */
function studentised(comparison: Comparison, values: Float64Array): Tested {
  const { observed, strata, clusters } = comparison;
  const plain = linear(comparison, values, null);
  const kind = studentisationOf(observed, strata);
  const inUse = strata === null ? 1 : new Set(strata).size;
  if (kind === "pooled" && clusters.length - inUse - 1 <= 0)
    throw new DesignProblem("no-degrees-of-freedom", { clusters: clusters.length, coefficients: inUse + 1 });
  const statistic = studentisedContrast(values, strata, kind);
  const found = statisticAt(statistic, observed);
  if (!Number.isFinite(found)) throw new DesignProblem("no-variation", { term: comparison.term });
  const step = found === 0 ? plain.largest / clusters.length : Math.abs(plain.estimate / found);
  return {
    statistic,
    observed: found,
    largest: 0,
    estimate: plain.estimate,
    at: (shift) => ({
      statistic: studentisedContrast(
        values.map((value, j) => value - shift * observed[j]!),
        strata,
        kind,
      ),
      largest: 0,
    }),
    step: 2 * step,
    reach: Infinity,
  };
}

/** A difference of numbers (residuals, scores) that are another function of every shift. */
function searched(
  comparison: Comparison,
  valuesAt: (shift: number) => Float64Array,
  unit: number,
  reach: number,
): Tested {
  const { observed, strata } = comparison;
  const at = (shift: number) => {
    const statistic = clusterContrast({ values: valuesAt(shift), weights: null, strata });
    return { statistic, largest: statistic.largest };
  };
  const values = valuesAt(0);
  const statistic = clusterContrast({ values, weights: null, strata });
  const found = statisticAt(statistic, observed);
  const spread = statistic.spread();
  const largest = requireVariation(comparison, values, null, statistic.largest) / spread;
  const balance = (shift: number) => statisticAt(at(shift).statistic, observed);
  // Twice the shift that moves the statistic by its standard deviation over allocations.
  const moved = Math.abs(found - balance(unit)) / unit;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length / spread);
  const step = moved > 0 ? Math.min((2 * deviation) / moved, reach / 2) : unit;
  return {
    statistic,
    observed: found,
    largest,
    estimate: found === 0 ? 0 : balanced(balance, step, reach, comparison),
    at: (shift) => {
      const there = at(shift);
      return { statistic: there.statistic, largest: there.largest / spread };
    },
    step,
    reach,
  };
}

/** The shift at which the observed statistic is zero. */
function balanced(f: (shift: number) => number, step: number, reach: number, { term }: Comparison): number {
  const start = f(0);
  const towards = start > 0 ? step : -step;
  let inside = 0;
  for (let outside = towards; Math.abs(outside) <= reach; outside *= 2) {
    const value = f(outside);
    if (value === 0) return outside;
    if (value > 0 !== start > 0)
      return findRoot(f, Math.min(inside, outside), Math.max(inside, outside), {
        what: `The estimate of ${term}`,
        tolerance: 1e-12 * step,
      }).argument[0]!;
    inside = outside;
    if (Math.abs(outside) > 1e15 * step) break;
  }
  throw new DesignProblem("no-variation", { term });
}

/** Clusters that are all alike leave nothing to test. */
function requireVariation(
  { term }: Comparison,
  values: Float64Array,
  weights: Float64Array | null,
  largest: number,
): number {
  const size = values.reduce((sum, value, j) => sum + Math.abs(value) * (weights?.[j] ?? 1), 0);
  if (!(largest > 1e-14 * size)) throw new DesignProblem("no-variation", { term });
  return largest;
}

/** Scores and residuals of all clusters, whichever arm they are looked at for; null with two arms. */
function jointValues(
  frame: Frame,
  valuesOf: (compared: ComparedArm) => (shift: number) => Float64Array,
): Testing["joint"] {
  const { levels, ofCluster } = frame.arm!;
  if (levels.length === 2) return null;
  const clusters = Int32Array.from(ofCluster.keys());
  return { values: valuesOf({ term: "every arm", arm: null, clusters })(0), weights: null };
}
