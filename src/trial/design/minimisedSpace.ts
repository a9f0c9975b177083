import { InputProblem } from "../../contract/problem.ts";
import type { RandomStream } from "../../numerics/random/randomStream.ts";
import type { AllocationSpace } from "./allocationSpace.ts";
import { misfit, nameOf, type SpaceNames } from "./spaceNames.ts";

/** A minimisation as it was run. */
export interface Minimisation {
  readonly arms: number;
  /** Level per cluster, one list per factor. */
  readonly factors: readonly ArrayLike<number>[];
  /** One per factor; default 1 each. */
  readonly weights?: readonly number[];
  /** Probability of the arm that balances best, from 1/A to 1. */
  readonly probability: number;
  /** Clusters in the order in which they entered, each once. */
  readonly order: ArrayLike<number>;
  /** Default range. */
  readonly imbalance?: "range" | "variance";
}

/**
 * Minimisation (Pocock and Simon). The next cluster is tried in every arm; with n_b clusters of its own level of a factor
 * then in arm b, itself included, the factor is out of balance by
 *
 *   range: max n − min n          variance: Σ (n_b − n̄)² / (A − 1)
 *
 * and the arm whose weighted sum over factors is smallest is taken with probability P, each other one with
 * (1 − P)/(A − 1). Of several smallest, one is first chosen at random.
 *
 * Allocations are not equally probable and their number says nothing, so `count` and `enumerate` are null: re-running the
 * algorithm, clusters entering in the same order, draws them as they were drawn (Simon R. Biometrics 1979;35:503–512).
 *
 * Pocock SJ, Simon R. Biometrics 1975;31:103–115.
 *
 * @throws InputProblem `minimisation` when the parts do not fit each other
 */
export function minimisedSpace(given: Minimisation, names: SpaceNames = {}): AllocationSpace {
  const { arms, probability, imbalance = "range" } = given;
  const order = Int32Array.from(given.order);
  const clusters = order.length;
  const factors = given.factors.map((levels) => Int32Array.from(levels));
  const weights = Float64Array.from(factors, (_, f) => given.weights?.[f] ?? 1);
  requireMinimisation(given, factors, order);
  const unevenness = imbalance === "range" ? rangeOf : varianceOf;
  /** Clusters so far by factor, level and arm. */
  const counts = factors.map((levels) => new Int32Array(arms * (1 + levels.reduce((a, b) => Math.max(a, b), 0))));
  const best = new Int32Array(arms);

  const clear = (): void => {
    for (const count of counts) count.fill(0);
  };
  const enter = (cluster: number, arm: number): void => {
    for (let f = 0; f < factors.length; f++) counts[f]![factors[f]![cluster]! * arms + arm]!++;
  };
  /** Writes the arms that balance best into `best` and says how many they are. */
  const balanceBest = (cluster: number): number => {
    let least = Number.POSITIVE_INFINITY;
    let tied = 0;
    for (let arm = 0; arm < arms; arm++) {
      let total = 0;
      for (let f = 0; f < factors.length; f++)
        total += weights[f]! * unevenness(counts[f]!, factors[f]![cluster]! * arms, arms, arm);
      // Sums of weights that are equal on paper may differ in their last digit.
      const tie = Math.abs(total - least) <= 1e-9 * total;
      if (!tie && total > least) continue;
      if (!tie) tied = 0;
      least = Math.min(least, total);
      best[tied++] = arm;
    }
    return tied;
  };
  const choose = (stream: RandomStream, cluster: number): number => {
    const tied = balanceBest(cluster);
    const preferred = best[tied === 1 ? 0 : stream.integer(tied)]!;
    if (probability === 1 || stream.uniform() < probability) return preferred;
    const other = stream.integer(arms - 1);
    return other < preferred ? other : other + 1;
  };

  return {
    scheme: "minimised",
    clusters,
    arms,
    armSizes: null,
    count: null,
    details: { probability, imbalance, weights: Array.from(weights) },
    refusal(allocation) {
      const strange = misfit(allocation, clusters, arms, names);
      if (strange !== null || probability < 1) return strange;
      clear();
      for (const [entry, cluster] of order.entries()) {
        const tied = balanceBest(cluster);
        if (!best.subarray(0, tied).includes(allocation[cluster]!))
          return `cluster "${nameOf(names.clusters, cluster)}", number ${entry + 1} to enter, is in arm "${nameOf(names.arms, allocation[cluster]!)}" though "${nameOf(names.arms, best[0]!)}" balances better and the best arm is certain (probability 1)`;
        enter(cluster, allocation[cluster]!);
      }
      return null;
    },
    draw(stream, out) {
      clear();
      for (let entry = 0; entry < clusters; entry++) {
        const cluster = order[entry]!;
        const arm = choose(stream, cluster);
        out[cluster] = arm;
        enter(cluster, arm);
      }
    },
    enumerate: null,
  };
}

/** Of `arms` counts from `from`, one more in `arm`: largest less smallest. */
function rangeOf(counts: Int32Array, from: number, arms: number, arm: number): number {
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  for (let b = 0; b < arms; b++) {
    const count = counts[from + b]! + (b === arm ? 1 : 0);
    least = Math.min(least, count);
    most = Math.max(most, count);
  }
  return most - least;
}

function varianceOf(counts: Int32Array, from: number, arms: number, arm: number): number {
  let total = 1;
  for (let b = 0; b < arms; b++) total += counts[from + b]!;
  let squares = 0;
  for (let b = 0; b < arms; b++) squares += (counts[from + b]! + (b === arm ? 1 : 0) - total / arms) ** 2;
  return squares / (arms - 1);
}

function requireMinimisation(
  { arms, weights, probability }: Minimisation,
  factors: readonly Int32Array[],
  order: Int32Array,
): void {
  const refuse = (reason: string) => {
    throw new InputProblem("minimisation", { reason });
  };
  if (!(Number.isInteger(arms) && arms >= 2)) refuse(`${arms} arms; it takes two or more`);
  if (factors.length === 0) refuse("no factor to balance");
  if (factors.some((levels) => levels.length !== order.length || levels.some((level) => level < 0)))
    refuse("every factor needs a level for every cluster");
  if (!order.toSorted().every((cluster, k) => cluster === k)) refuse("the order of entry must name every cluster once");
  if (!(probability >= 1 / arms && probability <= 1))
    refuse(
      `a probability of ${probability} for the best of ${arms} arms; it lies between ${(1 / arms).toPrecision(3)} and 1`,
    );
  if (weights !== undefined && !(weights.length === factors.length && weights.every((w) => w > 0 && w < Infinity)))
    refuse("every factor needs one weight above 0");
}
