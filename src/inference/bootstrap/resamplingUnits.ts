import type { RandomStream } from "../../numerics/random/randomStream.ts";

/** What a cluster bootstrap draws: units of clusters (one each, or the two of a pair), within groups (arm and stratum). */
export interface ResamplingUnits {
  /** J */
  readonly clusters: number;
  /** Clusters of each unit. */
  readonly members: readonly Int32Array[];
  /** Units of each group; every unit is in one. Draws are made in this order. */
  readonly groups: readonly Int32Array[];
}

/** Draws as many units of each group as it has, with replacement; writes how often each unit came. */
export function drawUnits({ groups }: ResamplingUnits, stream: RandomStream, counts: Int32Array): void {
  counts.fill(0);
  for (const group of groups) for (let k = 0; k < group.length; k++) counts[group[stream.integer(group.length)]!]! += 1;
}

/** How often each cluster counts when its unit counts as often as given. */
export function clusterMultiplicity({ members }: ResamplingUnits, counts: Int32Array, out: Int32Array): void {
  for (let u = 0; u < members.length; u++) for (const j of members[u]!) out[j] = counts[u]!;
}
