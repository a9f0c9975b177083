import type { ClusterRecord } from "../../contract/analysis.ts";
import type { Frame } from "../../data/frame.ts";
import { clusterMeans } from "./clusterMeans.ts";

/** What a model adds to the record of cluster j. */
export interface ClusterPrediction {
  /** Predicted random intercept. */
  readonly effect: number;
  readonly conditionalVariance: number;
}

/**
 * One record per cluster, in the order of the frame: arm, participants, mean outcome of its rows, and the prediction
 * where the method has one.
 */
export function clusterRecords(
  frame: Frame,
  prediction: (cluster: number) => ClusterPrediction | null = () => null,
): readonly ClusterRecord[] {
  const { cluster, arm, outcome } = frame;
  const means = clusterMeans(outcome.values, cluster);
  const sizes = participantsOf(frame);
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

/** Participants per cluster: the distinct ones where rows name them, else rows. */
function participantsOf({ cluster, participant }: Frame): Int32Array {
  if (participant === null) return cluster.sizes;
  const sizes = new Int32Array(cluster.labels.length);
  const seen = new Uint8Array(participant.labels.length);
  for (let i = 0; i < participant.codes.length; i++) {
    const person = participant.codes[i]!;
    if (seen[person] === 0) sizes[cluster.codes[i]!]! += 1;
    seen[person] = 1;
  }
  return sizes;
}
