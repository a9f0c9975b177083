import { DesignProblem } from "../../contract/problem.ts";
import type { ClusterSums } from "./clusterSums.ts";
import type { Strata } from "./oneWayAnova.ts";

/** The two sums of the pairwise correlation and what each cluster adds to them. */
export interface PairwiseSums {
  /** G/H */
  readonly value: number;
  /** H */
  readonly spread: number;
  /** mₐ less the shift, by arm. */
  readonly centres: Float64Array;
  /** (nⱼ(ȳⱼ − m))² − Σᵢ (yᵢⱼ − m)²: shares of G. */
  readonly sharedOf: Float64Array;
  /** (nⱼ − 1) Σᵢ (yᵢⱼ − m)²: shares of H. */
  readonly spreadOf: Float64Array;
}

/**
 * Pearson's pairwise intracluster correlation: the correlation over all ordered pairs of members of the same cluster,
 * pairs weighing alike, so that a cluster counts by nⱼ(nⱼ − 1),
 *
 *   ρ = Σⱼ Σ_{i≠k} (yᵢⱼ − m)(yₖⱼ − m) / Σⱼ (nⱼ − 1) Σᵢ (yᵢⱼ − m)² = G/H,   m = Σⱼ (nⱼ − 1) nⱼ ȳⱼ / Σⱼ (nⱼ − 1) nⱼ
 *
 * about each arm's own m when there are arms. In [−1/(max nⱼ − 1), 1]; clusters of one say nothing about it.
 *
 * @throws DesignProblem `clusters-of-one` without any pair, `outcome-without-variation` when pairs do not vary.
 */
export function pairwiseSums({ sizes, means, within }: ClusterSums, strata: Strata | null = null): PairwiseSums {
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
  const centres = total.map((sum, level) => (pairs[level]! > 0 ? sum / pairs[level]! : 0));
  const sharedOf = new Float64Array(sizes.length);
  const spreadOf = new Float64Array(sizes.length);
  let shared = 0;
  let spread = 0;
  for (let j = 0; j < sizes.length; j++) {
    const n = sizes[j]!;
    if (n === 1) continue;
    const deviation = means[j]! - centres[levelOf(j)]!;
    const squares = within[j]! + n * deviation ** 2;
    sharedOf[j] = (n * deviation) ** 2 - squares;
    spreadOf[j] = (n - 1) * squares;
    shared += sharedOf[j]!;
    spread += spreadOf[j]!;
  }
  if (!(spread > 0)) throw new DesignProblem("outcome-without-variation", {});
  return { value: shared / spread, spread, centres, sharedOf, spreadOf };
}

/** The pairwise correlation alone. */
export const pairwiseIcc = (sums: ClusterSums, strata: Strata | null = null): number =>
  pairwiseSums(sums, strata).value;
