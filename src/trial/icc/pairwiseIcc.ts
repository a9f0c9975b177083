import { DesignProblem } from "../../contract/problem.ts";
import type { ClusterSums } from "./clusterSums.ts";
import type { Strata } from "./oneWayAnova.ts";

/**
 * Pearson's pairwise intracluster correlation: the correlation over all ordered pairs of members of the same cluster,
 * pairs weighing alike, so that a cluster counts by nⱼ(nⱼ − 1),
 *
 *   ρ = Σⱼ Σ_{i≠k} (yᵢⱼ − m)(yₖⱼ − m) / Σⱼ (nⱼ − 1) Σᵢ (yᵢⱼ − m)²,   m = Σⱼ (nⱼ − 1) nⱼ ȳⱼ / Σⱼ (nⱼ − 1) nⱼ
 *
 * about each arm's own m when there are arms. In [−1/(max nⱼ − 1), 1]; clusters of one say nothing about it.
 *
 * @throws DesignProblem `clusters-of-one` without any pair, `outcome-without-variation` when pairs do not vary.
 */
export function pairwiseIcc({ sizes, means, within }: ClusterSums, strata: Strata | null = null): number {
  const levels = strata?.levels ?? 1;
  const levelOf = (j: number) => (strata === null ? 0 : strata.ofCluster[j]!);
  const pairs = new Float64Array(levels);
  const total = new Float64Array(levels);
  for (let j = 0; j < sizes.length; j++) {
    const own = sizes[j]! * (sizes[j]! - 1);
    pairs[levelOf(j)]! += own;
    total[levelOf(j)]! += own * means[j]!;
  }
  if (!pairs.some((count) => count > 0)) throw new DesignProblem("clusters-of-one", { clusters: sizes.length });
  let shared = 0;
  let spread = 0;
  for (let j = 0; j < sizes.length; j++) {
    const n = sizes[j]!;
    if (n === 1) continue;
    const deviation = means[j]! - total[levelOf(j)]! / pairs[levelOf(j)]!;
    const squares = within[j]! + n * deviation ** 2;
    shared += (n * deviation) ** 2 - squares;
    spread += (n - 1) * squares;
  }
  if (!(spread > 0)) throw new DesignProblem("outcome-without-variation", {});
  return shared / spread;
}
