import type { RandomStream } from "../../numerics/random/randomStream.ts";

/**
 * Every allocation of clusters to arms that a randomisation could have made. An allocation is one arm per cluster, 0 for
 * control, in the frame's order of arms and clusters.
 */
export interface AllocationSpace {
  readonly scheme: "simple" | "stratified" | "paired" | "blocked" | "constrained" | "minimised";
  /** J */
  readonly clusters: number;
  /** Number of arms. */
  readonly arms: number;
  /** How many allocations there are, all equally probable; null where they are not (minimisation) and can only be drawn. */
  readonly count: bigint | null;
  /** Why an allocation could not have been made, in words; null when it could. */
  refusal(allocation: Int32Array): string | null;
  /** Draws an allocation into `out` as the randomisation would have. */
  draw(stream: RandomStream, out: Int32Array): void;
  /**
   * Visits every allocation once, the same order always. `visit` is told which two clusters exchanged arms since the last
   * visit (one control, one not, before), or −1, −1 at the first visit and wherever more than two changed. `allocation` is
   * overwritten between visits. Present only where `count` is not null and fits a safe integer.
   */
  readonly enumerate: ((visit: (allocation: Int32Array, one: number, other: number) => void) => void) | null;
}
