import { DesignProblem } from "../../contract/problem.ts";
import type { ClusterFactor, Frame } from "../../data/frame.ts";
import { naturalOrder } from "../../data/naturalOrder.ts";
import type { ResamplingUnits } from "../../inference/bootstrap/resamplingUnits.ts";
import { canonicalClusters } from "./canonicalOrder.ts";

/** What a bootstrap of a trial draws, and in words from among which. */
export interface BootstrapUnits extends ResamplingUnits {
  readonly within: "pairs" | "arm and stratum" | "arm" | "stratum" | "all clusters";
}

/**
 * Units of the cluster bootstrap: pairs among all pairs; clusters within each arm and stratum. They come in an order that
 * neither labels of clusters nor the choice of control decide (`canonicalClusters`), and so do the groups.
 *
 * @throws DesignProblem `nothing-to-draw-from` for a group of one, whose draws would all be alike
 */
export function bootstrapUnits(frame: Frame): BootstrapUnits {
  const { cluster, arm, stratum, pair } = frame;
  const order = canonicalClusters(frame);
  const clusters = order.length;
  if (pair !== null) {
    const members = new Map<number, number[]>();
    for (const j of order) members.set(pair.ofCluster[j]!, [...(members.get(pair.ofCluster[j]!) ?? []), j]);
    const units = [...members.values()].map((list) => Int32Array.from(list));
    if (units.length < 2) throw refusal(`pair "${pair.levels[0]!}"`, cluster.labels[0]!, false);
    return { clusters, members: units, groups: [Int32Array.from(units.keys())], within: "pairs" };
  }
  const strata = inOrder(stratum);
  const arms = inOrder(arm);
  const groups: Int32Array[] = [];
  for (const s of strata)
    for (const a of arms) {
      const own = order.filter((j) => isIn(stratum, s, j) && isIn(arm, a, j));
      if (own.length === 0) continue;
      const names = [
        arm === null ? "" : `arm "${arm.levels[a]!}"`,
        stratum === null ? "" : `stratum "${stratum.levels[s]!}"`,
      ];
      if (own.length === 1) {
        const group = names.filter(Boolean).join(" of ") || "the trial";
        throw refusal(group, cluster.labels[own[0]!]!, stratum !== null);
      }
      groups.push(own);
    }
  return {
    clusters,
    members: Array.from({ length: clusters }, (_, j) => Int32Array.of(j)),
    groups,
    within:
      arm !== null ? (stratum !== null ? "arm and stratum" : "arm") : stratum !== null ? "stratum" : "all clusters",
  };
}

const inOrder = (factor: ClusterFactor | null): readonly number[] =>
  factor === null ? [0] : [...naturalOrder(factor.levels)];

const isIn = (factor: ClusterFactor | null, level: number, cluster: number) =>
  factor === null || factor.ofCluster[cluster] === level;

const refusal = (group: string, cluster: string, stratified: boolean) =>
  new DesignProblem("nothing-to-draw-from", { group, cluster, stratified });
