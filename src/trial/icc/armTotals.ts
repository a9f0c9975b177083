import type { ClusterEvents } from "./clusterEvents.ts";
import type { Strata } from "./oneWayAnova.ts";

/** Events of each arm; of everybody when there are no arms. Length A each. */
export interface ArmTotals {
  readonly armOf: (cluster: number) => number;
  /** Jₐ */
  readonly clusters: Float64Array;
  /** Nₐ */
  readonly participants: Float64Array;
  /** πₐ, events per participant. */
  readonly proportions: Float64Array;
}

export function armTotals({ sizes, events }: ClusterEvents, strata: Strata | null): ArmTotals {
  const levels = strata?.levels ?? 1;
  const armOf = (j: number) => (strata === null ? 0 : strata.ofCluster[j]!);
  const clusters = new Float64Array(levels);
  const participants = new Float64Array(levels);
  const proportions = new Float64Array(levels);
  for (let j = 0; j < sizes.length; j++) {
    const arm = armOf(j);
    clusters[arm]! += 1;
    participants[arm]! += sizes[j]!;
    proportions[arm]! += events[j]!;
  }
  for (let arm = 0; arm < levels; arm++) if (participants[arm]! > 0) proportions[arm]! /= participants[arm]!;
  return { armOf, clusters, participants, proportions };
}
