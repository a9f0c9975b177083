import { InputProblem } from "../contract/problem.ts";
import type { AllocationScheme } from "../trial/design/allocationSpace.ts";
import { keyPath } from "../trial/parseInput.ts";
import type { WrittenAllocation, WrittenTrial } from "./planSchema.ts";

type Key = Exclude<keyof WrittenAllocation, "scheme">;

/** Keys of each scheme. */
const keysOf: Readonly<Record<AllocationScheme, readonly Key[]>> = {
  simple: [],
  stratified: [],
  paired: [],
  blocked: ["block"],
  constrained: ["covariates", "weights", "metric", "cutoff", "score", "allocations"],
  minimised: ["factors", "weights", "probability", "order", "imbalance"],
};

const at = "trial.allocation";

/**
 * What an allocation says, checked to be complete and to say nothing twice; a minimisation without factors is over the
 * trial's strata.
 *
 * @throws InputProblem `allocation-key`, `allocation-keys-exclude`, `allocation-weights`, `missing-key`.
 */
export function checkAllocation(trial: WrittenTrial): WrittenTrial {
  const { allocation } = trial;
  if (allocation === undefined) return trial;
  const { scheme } = allocation;
  const given = (Object.keys(allocation) as (keyof WrittenAllocation)[]).filter(
    (key): key is Key => key !== "scheme" && allocation[key] !== undefined,
  );
  const takes = keysOf[scheme];
  const strange = given.find((key) => !takes.includes(key));
  if (strange !== undefined)
    throw new InputProblem("allocation-key", { path: keyPath(at, [strange]), key: strange, scheme, takes });
  switch (scheme) {
    case "stratified":
      if (trial.strata === undefined) throw missing("trial.strata", "the factors of the randomisation");
      return trial;
    case "paired":
      if (trial.pairs === undefined) throw missing("trial.pairs", "the column that names the pair");
      return trial;
    case "blocked":
      if (allocation.block === undefined) throw missing(`${at}.block`, "the column that names the block");
      return trial;
    case "constrained":
      checkConstraint(allocation, given);
      return trial;
    case "minimised": {
      const factors = allocation.factors ?? trial.strata;
      if (factors === undefined) throw missing(`${at}.factors`, "a list of columns of clusters that were balanced");
      if (allocation.order === undefined)
        throw missing(`${at}.order`, "the column of the order in which clusters entered");
      if (allocation.probability === undefined)
        throw missing(`${at}.probability`, "the probability of the arm that balances best, such as 0.8");
      checkWeights(allocation, "factors", factors.length);
      return { ...trial, allocation: { ...allocation, factors } };
    }
    default:
      return trial;
  }
}

function checkConstraint(allocation: WrittenAllocation, given: readonly Key[]): void {
  const { covariates, allocations, cutoff, score } = allocation;
  if (allocations !== undefined) {
    const other = given.find((key) => key !== "allocations");
    if (other !== undefined)
      throw new InputProblem("allocation-keys-exclude", { path: at, first: other, second: "allocations" });
    return;
  }
  if (covariates === undefined)
    throw missing(`${at}.covariates`, "a list of columns of clusters (or give allocations, a file that lists them)");
  if (cutoff !== undefined && score !== undefined)
    throw new InputProblem("allocation-keys-exclude", { path: at, first: "cutoff", second: "score" });
  if (cutoff === undefined && score === undefined)
    throw missing(
      `${at}.cutoff`,
      "the share of the allocations that were allowed, such as 0.1 (or give score, the largest allowed)",
    );
  checkWeights(allocation, "covariates", covariates.length);
}

function checkWeights({ weights }: WrittenAllocation, of: "covariates" | "factors", needed: number): void {
  if (weights === undefined || weights.length === needed) return;
  throw new InputProblem("allocation-weights", { path: `${at}.weights`, weights: weights.length, of, needed });
}

const missing = (path: string, expected: string) => new InputProblem("missing-key", { path, expected });
