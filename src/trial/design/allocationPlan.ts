import type { AllocationScheme } from "./allocationSpace.ts";

/** How the clusters were randomised, as `trial.allocation` of a plan says it. Columns are constant within clusters. */
export interface AllocationPlan {
  readonly scheme: AllocationScheme;
  /** blocked: column of the block in the order of randomisation. */
  readonly block?: string;
}
