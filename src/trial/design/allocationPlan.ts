import type { Table } from "../../data/table.ts";
import type { AllocationScheme } from "./allocationSpace.ts";

/** How the clusters were randomised, as `trial.allocation` of a plan says it. Columns are constant within clusters. */
export interface AllocationPlan {
  readonly scheme: AllocationScheme;
  /** blocked: column of the block in the order of randomisation. */
  readonly block?: string | undefined;
  /** constrained: columns whose balance was asked for. */
  readonly covariates?: readonly string[] | undefined;
  /** One per covariate (constrained) or factor (minimised); default 1. */
  readonly weights?: readonly number[] | undefined;
  /** constrained: sum of squared or of absolute differences; default l2. */
  readonly metric?: "l2" | "l1" | undefined;
  /** constrained: share of the allocations, the best balanced, that were allowed. */
  readonly cutoff?: number | undefined;
  /** constrained: largest balance score that was allowed; in place of `cutoff`. */
  readonly score?: number | undefined;
  /** constrained: the allocations that were allowed, one per row, a column per cluster, cells being arms; in place of covariates. */
  readonly allocations?: Table | undefined;
  /** minimised: columns that the marginal balance was over. */
  readonly factors?: readonly string[] | undefined;
  /** minimised: column whose natural order is that in which clusters entered. */
  readonly order?: string | undefined;
  /** minimised: probability of the arm that balances best; the others share the rest. */
  readonly probability?: number | undefined;
  /** minimised: how uneven the arms' numbers are; default range. */
  readonly imbalance?: "range" | "variance" | undefined;
}

/** Columns of clusters that the scheme reads. */
export const allocationColumns = (plan: AllocationPlan | null | undefined): readonly string[] => [
  ...new Set(
    [plan?.block, ...(plan?.covariates ?? []), ...(plan?.factors ?? []), plan?.order].filter(
      (name) => name !== undefined,
    ),
  ),
];
