import type { Outcome } from "../../data/frame.ts";
import type { Grouping } from "../../data/grouping.ts";
import type { ClusterSums } from "./clusterSums.ts";

/** A yes-or-no outcome by cluster: all that its intracluster correlation depends on. Length J each. */
export interface ClusterEvents {
  /** Participants (trials) nⱼ. */
  readonly sizes: Float64Array;
  /** Events xⱼ among them. */
  readonly events: Float64Array;
}

/** Participants and events of each cluster, from a row each or from rows of events out of trials; null for other outcomes. */
export function clusterEvents(outcome: Outcome, { codes, sizes: rows }: Grouping): ClusterEvents | null {
  if (!isDichotomous(outcome)) return null;
  const sizes = new Float64Array(rows.length);
  const events = new Float64Array(rows.length);
  for (let i = 0; i < codes.length; i++) {
    const j = codes[i]!;
    sizes[j]! += outcome.kind === "grouped" ? outcome.trials[i]! : 1;
    events[j]! += outcome.values[i]!;
  }
  return { sizes, events };
}

/** Yes-or-no outcomes, whether declared or a column of 0 and 1. */
export function isDichotomous(outcome: Outcome): boolean {
  if (outcome.kind !== "continuous") return outcome.kind !== "count";
  return outcome.values.every((value) => value === 0 || value === 1);
}

/** The sums of squares that those events stand for: ȳⱼ = xⱼ/nⱼ, Σᵢ(yᵢⱼ − ȳⱼ)² = xⱼ(nⱼ − xⱼ)/nⱼ. */
export function sumsOfEvents({ sizes, events }: ClusterEvents): ClusterSums {
  return {
    sizes,
    means: events.map((x, j) => x / sizes[j]!),
    within: events.map((x, j) => (x * (sizes[j]! - x)) / sizes[j]!),
    shift: 0,
  };
}
