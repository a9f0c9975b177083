import { DesignProblem, Problem } from "../../contract/problem.ts";
import type { Arm, Frame } from "../../data/frame.ts";
import { withoutCluster } from "../../data/withoutCluster.ts";
import { waldF } from "../../inference/wald/givenDfInference.ts";
import { quadraticForm } from "../../numerics/matrix/product.ts";
import type { ArmMeans } from "./armMeans.ts";
import type { MeanScale } from "./meanScale.ts";
import { type OutcomeUnits, outcomeUnits, type Population } from "./outcomeUnits.ts";
import { predictRows } from "./predictRows.ts";
import type { WorkingModel } from "./workingModel.ts";

/** Share of left-out fits that may fail before their spread says nothing any more. */
const MOST_FAILURES = 0.1;

/** Augmented means with their jackknife: what was left out, and how often that failed. */
export interface JackknifedMeans extends ArmMeans {
  readonly failures: number;
  /** Index of the first cluster whose left-out fit failed; null when none did. */
  readonly firstFailure: number | null;
}

/**
 * Model-robust (augmented) marginal means of the arms:
 *
 *   μⱼ(a) = 1(Aⱼ = a)/πₐ · (Ȳⱼ − η̂ⱼ(a)) + η̂ⱼ(a),   μ(a) = Σⱼ ωⱼ μⱼ(a)/Σⱼ ωⱼ
 *
 * Ȳⱼ: mean of cluster j, η̂ⱼ(a): mean of its rows' marginal means under arm a, πₐ = Jₐ/J, ωⱼ = nⱼ (participant-average) or 1
 * (cluster-average). Under randomisation they are consistent for their population whatever the working model got wrong.
 *
 * @param without index of a cluster that is left out of all sums; null for none
 * @returns one mean per arm, control first
 */
function augmentedMeans(
  frame: Frame,
  model: WorkingModel,
  population: Population,
  without: number | null,
): Float64Array {
  const arm = frame.arm!;
  const units = outcomeUnits(frame);
  const { clusterSize } = units;
  const observed = clusterMeans(frame, units, (row) => units.outcome[row]!);
  const clusters = clusterSize.length - (without === null ? 0 : 1);
  const weight = (j: number) => (j === without ? 0 : population === "participant-average" ? clusterSize[j]! : 1);
  const total = clusterSize.reduce((sum, _, j) => sum + weight(j), 0);
  const inArm = countsPerArm(arm, without);
  return Float64Array.from(arm.levels, (_, a) => {
    const predictions = new Float64Array(frame.rows);
    predictRows(frame, model, a, (row, mean) => {
      predictions[row] = mean;
    });
    const predicted = clusterMeans(frame, units, (row) => predictions[row]!);
    let sum = 0;
    for (let j = 0; j < clusterSize.length; j++) {
      const residual = arm.ofCluster[j] === a ? (clusters / inArm[a]!) * (observed[j]! - predicted[j]!) : 0;
      sum += (weight(j) / total) * (residual + predicted[j]!);
    }
    return sum;
  });
}

/**
 * Augmented means with their delete-one-cluster jackknife: the working model is fitted again without each cluster, and
 *
 *   Cov(T(μ)) = (J − 1)/J Σⱼ (T(μ₍₋ⱼ₎) − T̄)(T(μ₍₋ⱼ₎) − T̄)ᵀ,   t and F with J − (arms) degrees of freedom
 *
 * A fit that fails without some cluster is left out of the sum, J being the number that did not fail.
 *
 * @throws DesignProblem `one-cluster-left-out-of-arm` for an arm of one cluster, `left-out-fits-failed` when more than a tenth fail,
 *   `marginal-mean-out-of-range` for a left-out mean outside the range of the scale.
 */
export function jackknifedMeans(
  frame: Frame,
  model: WorkingModel,
  population: Population,
  fitTo: (frame: Frame) => WorkingModel,
): JackknifedMeans {
  const arm = frame.arm!;
  const arms = arm.levels.length;
  const clusters = frame.cluster.labels.length;
  countsPerArm(arm, null).forEach((count, a) => {
    if (count < 2) throw new DesignProblem("one-cluster-left-out-of-arm", { arm: arm.levels[a]! });
  });
  const means = augmentedMeans(frame, model, population, null);
  const leftOut: Float64Array[] = [];
  let firstFailure: number | null = null;
  let reason = "";
  for (let j = 0; j < clusters; j++) {
    try {
      leftOut.push(meansWithout(frame, model, population, fitTo, j));
    } catch (problem) {
      if (!(problem instanceof Problem) || (problem.kind !== "design" && problem.kind !== "numerical")) throw problem;
      if (firstFailure === null) reason = problem.message;
      firstFailure ??= j;
    }
  }
  const failures = clusters - leftOut.length;
  if (failures > MOST_FAILURES * clusters)
    throw new DesignProblem("left-out-fits-failed", { failures, clusters, reason });
  return {
    means,
    failures,
    firstFailure,
    on: (scale) => {
      const covariance = jackknifeCovariance(leftOut, scale, arm);
      const df = clusters - arms;
      return {
        standardError: (contrast) => Math.sqrt(Math.max(0, quadraticForm(covariance, contrast, arms))),
        df: () => df,
        test: (contrasts, values) => waldF(covariance, contrasts, values, df),
      };
    },
  };
}

/** The augmented means without cluster j: by the model's own short way where it has one, else from a frame without it. */
function meansWithout(
  frame: Frame,
  model: WorkingModel,
  population: Population,
  fitTo: (frame: Frame) => WorkingModel,
  cluster: number,
): Float64Array {
  try {
    if (model.without !== undefined) {
      const parameters = model.without(cluster);
      return augmentedMeans(frame, { ...model, parameters }, population, cluster);
    }
  } catch (problem) {
    // A column that is nothing without the cluster leaves the design, which only the long way can do.
    if (!(problem instanceof DesignProblem && problem.code === "rank-deficient")) throw problem;
  }
  const rest = withoutCluster(frame, cluster);
  return augmentedMeans(rest, fitTo(rest), population, null);
}

/** (J − 1)/J Σ (T − T̄)(T − T̄)ᵀ, arms × arms. */
function jackknifeCovariance(leftOut: readonly Float64Array[], scale: MeanScale, arm: Arm): Float64Array {
  const arms = arm.levels.length;
  const count = leftOut.length;
  const values = leftOut.map((means) =>
    means.map((mean, a) => {
      if (!scale.holds(mean))
        throw new DesignProblem("marginal-mean-out-of-range", { arm: arm.levels[a]!, mean, scale: scale.id });
      return scale.at(mean);
    }),
  );
  const centre = Float64Array.from(arm.levels, (_, a) => values.reduce((sum, each) => sum + each[a]!, 0) / count);
  const covariance = new Float64Array(arms * arms);
  for (const each of values)
    for (let a = 0; a < arms; a++)
      for (let b = 0; b < arms; b++)
        covariance[a * arms + b]! += ((count - 1) / count) * (each[a]! - centre[a]!) * (each[b]! - centre[b]!);
  return covariance;
}

/** Σᵢ sᵢ vᵢ/nⱼ of each cluster. */
function clusterMeans(frame: Frame, { size, clusterSize }: OutcomeUnits, value: (row: number) => number): Float64Array {
  const { codes } = frame.cluster;
  const sums = new Float64Array(clusterSize.length);
  for (let i = 0; i < codes.length; i++) sums[codes[i]!]! += size[i]! * value(i);
  return sums.map((sum, j) => sum / clusterSize[j]!);
}

function countsPerArm({ levels, ofCluster }: Arm, without: number | null): Int32Array {
  const counts = new Int32Array(levels.length);
  for (const a of ofCluster) counts[a]! += 1;
  if (without !== null) counts[ofCluster[without]!]! -= 1;
  return counts;
}
