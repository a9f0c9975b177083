import type { Frame } from "../../data/frame.ts";

/** The outcome of each cluster, J numbers each. */
export interface ClusterOutcomes {
  /** Sum of the outcome; events of binary, grouped and count outcomes. */
  readonly totals: Float64Array;
  /** What the total is divided by: rows, trials of a grouped outcome, exposure of a count. */
  readonly denominators: Float64Array;
  /** Mean, proportion or rate. */
  readonly means: Float64Array;
}

/** Mean, proportion or rate of the outcome in each cluster. Means are of differences to the first value, so that a large level does not swallow them. */
export function clusterOutcomes({ cluster, outcome }: Pick<Frame, "cluster" | "outcome">): ClusterOutcomes {
  const { codes, sizes } = cluster;
  const { values } = outcome;
  const clusters = sizes.length;
  const divisors = outcome.kind === "grouped" ? outcome.trials : outcome.kind === "count" ? outcome.exposure : null;
  const totals = new Float64Array(clusters);
  const means = new Float64Array(clusters);
  const denominators = divisors === null ? Float64Array.from(sizes) : new Float64Array(clusters);
  if (divisors !== null) for (let i = 0; i < codes.length; i++) denominators[codes[i]!]! += divisors[i]!;
  const shift = outcome.kind === "continuous" ? (values[0] ?? 0) : 0;
  for (let i = 0; i < codes.length; i++) totals[codes[i]!]! += values[i]! - shift;
  for (let j = 0; j < clusters; j++) {
    means[j] = shift + totals[j]! / denominators[j]!;
    totals[j]! += shift * denominators[j]!;
  }
  return { totals, denominators, means };
}
