import type { Frame } from "../../data/frame.ts";
import { clusterEvents } from "./clusterEvents.ts";
import type { ClusterRates } from "./rateVariation.ts";

/**
 * Events by cluster over person-time (rows where no exposure is given), or over participants where the outcome is yes or
 * no.
 */
export function clusterRates({ outcome, cluster }: Pick<Frame, "outcome" | "cluster">): ClusterRates {
  const declared = outcome.kind === "count" ? null : clusterEvents(outcome, cluster);
  if (declared !== null) return { events: declared.events, exposures: declared.sizes, kind: "proportion" };
  const events = new Float64Array(cluster.sizes.length);
  const exposures = new Float64Array(cluster.sizes.length);
  const exposure = outcome.kind === "count" ? outcome.exposure : null;
  for (let i = 0; i < cluster.codes.length; i++) {
    events[cluster.codes[i]!]! += outcome.values[i]!;
    exposures[cluster.codes[i]!]! += exposure === null ? 1 : exposure[i]!;
  }
  return { events, exposures, kind: "rate" };
}
