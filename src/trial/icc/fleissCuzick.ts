import { DesignProblem } from "../../contract/problem.ts";
import { armTotals } from "./armTotals.ts";
import type { ClusterEvents } from "./clusterEvents.ts";
import type { Strata } from "./oneWayAnova.ts";

/** The two sums of the estimator and what each cluster adds to them. */
export interface FleissCuzick {
  /** 1 − A/B */
  readonly value: number;
  /** A = Σⱼ nⱼpⱼ(1 − pⱼ), heterogeneity within clusters. */
  readonly within: number;
  /** B = Σₐ (Nₐ − Jₐ) πₐ(1 − πₐ), what it would be if clusters were alike. */
  readonly expected: number;
  /** ∂A/∂wⱼ and ∂B/∂wⱼ for a weight wⱼ on cluster j. */
  readonly withinOf: Float64Array;
  readonly expectedOf: Float64Array;
}

/**
 * Fleiss & Cuzick (1979): the intracluster correlation of a yes-or-no outcome as chance-corrected agreement,
 *
 *   ρ = 1 − Σⱼ nⱼpⱼ(1 − pⱼ) / Σₐ (Nₐ − Jₐ) πₐ(1 − πₐ)
 *
 * with pⱼ the proportion of cluster j and πₐ that of arm a. With arms their heterogeneities are pooled, each about its
 * own proportion, which is the average of the arms' own estimates weighted by (Nₐ − Jₐ) πₐ(1 − πₐ): one without events
 * says nothing. Without arms it is the estimator as published. In [−J/(N − J), 1] without arms.
 *
 * @throws DesignProblem `clusters-of-one` when every cluster has one member, `outcome-without-variation` when no arm has
 *   both events and others (in clusters of two or more).
 */
export function fleissCuzick(data: ClusterEvents, strata: Strata | null = null): FleissCuzick {
  const { sizes, events } = data;
  const { armOf, clusters, participants, proportions } = armTotals(data, strata);
  const spare = participants.map((count, arm) => count - clusters[arm]!);
  if (!spare.some((count) => count > 0)) throw new DesignProblem("clusters-of-one", { clusters: sizes.length });
  const expected = spare.reduce((sum, count, arm) => sum + count * proportions[arm]! * (1 - proportions[arm]!), 0);
  if (!(expected > 0)) throw new DesignProblem("outcome-without-variation", {});
  const withinOf = new Float64Array(sizes.length);
  const expectedOf = new Float64Array(sizes.length);
  let within = 0;
  for (let j = 0; j < sizes.length; j++) {
    const arm = armOf(j);
    const [n, x, p] = [sizes[j]!, events[j]!, proportions[arm]!];
    withinOf[j] = (x * (n - x)) / n;
    within += withinOf[j]!;
    expectedOf[j] = (n - 1) * p * (1 - p) + (spare[arm]! / participants[arm]!) * (1 - 2 * p) * (x - n * p);
  }
  return { value: 1 - within / expected, within, expected, withinOf, expectedOf };
}
