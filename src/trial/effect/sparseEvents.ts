import { type Notice, notice } from "../../contract/notice.ts";
import type { Frame } from "../../data/frame.ts";
import { clustersPerArm } from "./unequalArms.ts";

/** Events per cluster below which docs/simulation/binary.md has rates far from nominal in either direction. */
const FEW_PER_CLUSTER = 2;

/**
 * A notice for comparisons of events where some arm has fewer than two events, or non-events, per cluster: then most
 * clusters have none or one, their proportions are far from normal, and tests miss their level in both directions.
 */
export function sparseEvents(frame: Frame): readonly Notice[] {
  const { outcome, arm, cluster } = frame;
  if (outcome.kind === "continuous") return [];
  const clusters = arm === null ? [cluster.labels.length] : clustersPerArm(frame);
  const events = clusters.map(() => 0);
  const others = clusters.map(() => 0);
  for (let i = 0; i < outcome.values.length; i++) {
    const level = arm === null ? 0 : arm.ofCluster[cluster.codes[i]!]!;
    const trials = outcome.kind === "grouped" ? outcome.trials[i]! : 1;
    events[level]! += outcome.values[i]!;
    others[level]! += trials - outcome.values[i]!;
  }
  const counted = outcome.kind === "count" ? events : [...events, ...others];
  const rates = counted.map((count, k) => count / clusters[k % clusters.length]!);
  const least = rates.indexOf(Math.min(...rates));
  if (rates[least]! >= FEW_PER_CLUSTER) return [];
  return [
    notice("sparse-events", {
      arm: arm === null ? null : arm.levels[least % clusters.length]!,
      what: least < clusters.length ? "events" : "non-events",
      events: counted[least]!,
      clusters: clusters[least % clusters.length]!,
    }),
  ];
}
