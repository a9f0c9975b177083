import type { ClusterRecord } from "../../contract/analysis.ts";
import { participantsPerCluster } from "../../data/describeSample.ts";
import type { Frame } from "../../data/frame.ts";
import { clusterOutcomes } from "./clusterOutcomes.ts";

/** What a model adds to the record of cluster j. */
export interface ClusterPrediction {
  /** Predicted random intercept. */
  readonly effect: number;
  readonly conditionalVariance: number;
}

/**
 * One record per cluster, in the order of the frame: arm, participants, the mean, proportion or rate of its outcome,
 * and the prediction where the method has one.
 */
export function clusterRecords(
  frame: Frame,
  prediction: (cluster: number) => ClusterPrediction | null = () => null,
): readonly ClusterRecord[] {
  const { cluster, arm } = frame;
  const { means } = clusterOutcomes(frame);
  const sizes = participantsPerCluster(frame);
  return cluster.labels.map((label, j) => {
    const predicted = prediction(j);
    return {
      cluster: label,
      arm: arm === null ? null : arm.levels[arm.ofCluster[j]!]!,
      size: sizes[j]!,
      summary: means[j]!,
      effect: predicted?.effect ?? null,
      conditionalVariance: predicted?.conditionalVariance ?? null,
    };
  });
}
