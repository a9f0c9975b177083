import type { OptionValue } from "../../contract/analysis.ts";
import type { RandomStream } from "../../numerics/random/randomStream.ts";

export type AllocationScheme = "simple" | "stratified" | "paired" | "blocked" | "constrained" | "minimised";

/**
 * Told of every allocation in turn, and which two clusters have exchanged arms since the last one (with two arms, one of
 * them was control and the other is now), or −1, −1 at the first and wherever more than two changed. `allocation` is
 * overwritten between visits.
 */
export type VisitAllocation = (allocation: Int32Array, one: number, other: number) => void;

/**
 * Every allocation of clusters to arms that a randomisation could have made. An allocation is one arm per cluster, 0 for
 * control, in the frame's order of arms and clusters.
 */
export interface AllocationSpace {
  readonly scheme: AllocationScheme;
  /** J */
  readonly clusters: number;
  /** Number of arms A. */
  readonly arms: number;
  /** Clusters per arm, length A, the same in every allocation; null where it varies. */
  readonly armSizes: Int32Array | null;
  /** How many allocations there are, all equally probable; null where they are not (minimisation), or are too many to be told apart, and can only be drawn. */
  readonly count: bigint | null;
  /** What else decides the space (a cut-off, a probability), for a result to report. */
  readonly details: Readonly<Record<string, OptionValue>>;
  /** Why an allocation could not have been made, in words; null when it could. */
  refusal(allocation: Int32Array): string | null;
  /** Draws an allocation into `out` as the randomisation would have. What was drawn before makes no difference. */
  draw(stream: RandomStream, out: Int32Array): void;
  /** Visits every allocation once, the same order always. Present only where `count` is not null and fits a safe integer. */
  readonly enumerate: ((visit: VisitAllocation) => void) | null;
}
