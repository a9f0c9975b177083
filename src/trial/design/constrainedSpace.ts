import { DesignProblem } from "../../contract/problem.ts";
import { growableInt32 } from "../../data/growable.ts";
import { randomStream } from "../../numerics/random/randomStream.ts";
import type { AllocationSpace } from "./allocationSpace.ts";
import type { BalanceScore } from "./balanceScore.ts";
import { listedSpace } from "./listedSpace.ts";
import { orderStatistic } from "./orderStatistic.ts";
import type { SpaceNames } from "./spaceNames.ts";

/** Either the share of the allocations that were allowed, the best balanced first, or the largest score that was. */
export type Cutoff = { readonly quantile: number } | { readonly score: number };

/** Spaces with more allocations are not searched through: their scores are known from a sample. */
const largestSearch = 20_000_000n;
const sampleSize = 100_000;
/** Allowed allocations are kept as long as they take no more numbers than that. */
const largestList = 1 << 23;

/**
 * Covariate-constrained randomisation: the allocations of another space whose balance score is at or below a cut-off, all
 * equally probable.
 *
 * With a quantile q the cut-off is the smallest score that at least a share q of all allocations do not exceed; every
 * allocation with that score is allowed (scores within a relative 10⁻⁹ of it are that score, rounding apart), so that
 * with equal arms an allocation and its mirror image are both in or both out. Spaces of up to 20 million allocations are
 * searched through; beyond that the quantile is estimated from 100 000 random allocations, always the same, the space has
 * no count, and can only be drawn from.
 *
 * Moulton LH. Clin Trials 2004;1:297–305. Raab GM, Butcher I. Stat Med 2001;20:351–365.
 *
 * @param within the space without the constraint, of fixed arm sizes
 * @throws DesignProblem `constraint-too-tight` when no allocation is found at or below the cut-off
 */
export function constrainedSpace(
  within: AllocationSpace,
  balance: BalanceScore,
  cutoff: Cutoff,
  names: SpaceNames = {},
): AllocationSpace {
  const search = within.enumerate !== null && within.count !== null && within.count <= largestSearch;
  const sampled = search ? null : sampleScores(within, balance);
  const limit =
    "score" in cutoff
      ? cutoff.score
      : sampled === null
        ? quantileOfAll(within, balance, cutoff.quantile)
        : sampled[rankOf(cutoff.quantile, sampled.length) - 1]!;
  const allowed = limit + 1e-9 * Math.abs(limit) + 1e-12 * balance.scale;
  const found = search ? searched(within, balance, allowed) : null;
  const none = found === null ? sampled![0]! > allowed : found.count === 0;
  if (none)
    throw new DesignProblem("constraint-too-tight", {
      cutoff: limit,
      tried: search ? String(within.count) : String(sampleSize),
    });

  const list = found?.list ?? null;
  const listed = list === null ? null : listedSpace(list, within.clusters, within.arms, names);
  const byRejection = (stream: Parameters<AllocationSpace["draw"]>[0], out: Int32Array): void => {
    do within.draw(stream, out);
    while (balance.of(out) > allowed);
  };
  const enumerate = within.enumerate;
  return {
    scheme: "constrained",
    clusters: within.clusters,
    arms: within.arms,
    armSizes: within.armSizes,
    count: found === null ? null : BigInt(found.count),
    details: {
      within: within.scheme,
      allocationsWithin: String(within.count),
      cutoffScore: limit,
      cutoffEstimated: "quantile" in cutoff && !search,
    },
    refusal(allocation) {
      const refused = within.refusal(allocation);
      if (refused !== null) return refused;
      const score = balance.of(allocation);
      return score <= allowed
        ? null
        : `its balance score is ${score.toPrecision(6)}, and the largest allowed ${limit.toPrecision(6)}`;
    },
    draw: listed?.draw ?? byRejection,
    enumerate:
      listed !== null
        ? listed.enumerate
        : found === null || enumerate === null
          ? null
          : (visit) => {
              enumerate((allocation, one, other) => {
                if (balance.follow(allocation, one, other) <= allowed) visit(allocation, -1, -1);
              });
            },
  };
}

const rankOf = (quantile: number, count: number): number =>
  Math.min(count, Math.max(1, Math.ceil(quantile * count * (1 - 1e-12))));

function quantileOfAll({ enumerate, count }: AllocationSpace, balance: BalanceScore, quantile: number): number {
  return orderStatistic(
    (receive) => {
      enumerate!((allocation, one, other) => receive(balance.follow(allocation, one, other)));
    },
    rankOf(quantile, Number(count)),
    balance.scale,
  );
}

/** Scores of random allocations in ascending order. */
function sampleScores(within: AllocationSpace, balance: BalanceScore): Float64Array {
  const allocation = new Int32Array(within.clusters);
  const stream = randomStream(0);
  return Float64Array.from({ length: sampleSize }, () => {
    within.draw(stream, allocation);
    return balance.of(allocation);
  }).sort();
}

/** How many allocations are allowed, and which, one after another, unless they are too many to keep. */
function searched(
  { enumerate, clusters }: AllocationSpace,
  balance: BalanceScore,
  allowed: number,
): { readonly count: number; readonly list: Int32Array | null } {
  const list = growableInt32();
  let count = 0;
  enumerate!((allocation, one, other) => {
    if (balance.follow(allocation, one, other) > allowed) return;
    if (++count * clusters <= largestList) for (const arm of allocation) list.push(arm);
  });
  return { count, list: count * clusters <= largestList ? list.finish() : null };
}
