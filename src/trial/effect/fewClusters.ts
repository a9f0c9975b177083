import { type Notice, notice } from "../../contract/notice.ts";
import type { Correction } from "../../inference/sandwich/correction.ts";

/** Clusters below which corrections meant for many clusters reject too often (docs/simulation/continuous.md). */
const FEW_CLUSTERS = 40;
/** Those that are meant for few. */
const CAUTIOUS: readonly Correction[] = ["cr2", "cr3", "cv3", "cv3j"];

/** A notice where a cluster-robust variance or its reference is meant for more clusters than there are. */
export function fewClusters(clusters: number, variance: Correction, inference: string): readonly Notice[] {
  if (clusters >= FEW_CLUSTERS || (inference === "satterthwaite" && CAUTIOUS.includes(variance))) return [];
  const better = "cr2 with Satterthwaite degrees of freedom";
  return [notice("few-clusters-for-inference", { clusters, variance, inference, better })];
}
