import { InputProblem } from "../../contract/problem.ts";
import type { AllocationScheme, AllocationSpace } from "./allocationSpace.ts";
import { countFixedSizes, drawFixedSizes, enumerateFixedSizes, type Stratum } from "./fixedSizes.ts";
import { misfit, nameOf, type SpaceNames } from "./spaceNames.ts";

/**
 * Fixed numbers of clusters per arm, every choice of clusters equally probable: J! / Π nₐ! allocations.
 *
 * @param armSizes n₀, n₁, …: clusters per arm, control first; J is their sum
 * @throws InputProblem `arm-sizes` unless there are two arms or more, of whole numbers of clusters
 */
export function simpleSpace(armSizes: ArrayLike<number>, names: SpaceNames = {}): AllocationSpace {
  requireSizes([armSizes]);
  const clusters = Array.from(armSizes).reduce((sum, size) => sum + size, 0);
  return fixedSizesSpace("simple", new Int32Array(clusters), [armSizes], names);
}

/**
 * Fixed numbers of clusters per arm within each stratum, strata independent of one another: Π over strata of
 * n! / Π nₐ! allocations.
 *
 * @param stratumOf stratum of every cluster, 0 … S − 1
 * @param armSizes clusters per arm in each stratum, control first
 * @throws InputProblem `arm-sizes` when these do not fit each other
 */
export function stratifiedSpace(
  stratumOf: ArrayLike<number>,
  armSizes: readonly ArrayLike<number>[],
  names: SpaceNames = {},
): AllocationSpace {
  return fixedSizesSpace("stratified", stratumOf, armSizes, names);
}

/**
 * One cluster of each pair in the control arm and the other in the intervention arm: 2^(J/2) allocations.
 *
 * @param pairOf pair of every cluster, 0 … J/2 − 1
 * @throws InputProblem `arm-sizes` when a pair has not two clusters
 */
export function pairedSpace(pairOf: ArrayLike<number>, names: SpaceNames = {}): AllocationSpace {
  const pairs = 1 + Array.from(pairOf).reduce((last, pair) => Math.max(last, pair), -1);
  return fixedSizesSpace(
    "paired",
    pairOf,
    Array.from({ length: pairs }, () => [1, 1]),
    names,
  );
}

/**
 * Permuted blocks in the order of randomisation, arm sizes fixed within each: a space like that of strata.
 *
 * @param blockOf block of every cluster, 0 … B − 1
 * @param armSizes clusters per arm in each block, control first
 * @throws InputProblem `arm-sizes` when these do not fit each other
 */
export function blockedSpace(
  blockOf: ArrayLike<number>,
  armSizes: readonly ArrayLike<number>[],
  names: SpaceNames = {},
): AllocationSpace {
  return fixedSizesSpace("blocked", blockOf, armSizes, names);
}

/** Clusters per arm within each stratum of an allocation; without strata, one list for all clusters. */
export function armSizesOf(allocation: Int32Array, arms: number, stratumOf: Int32Array | null): readonly Int32Array[] {
  const strata = stratumOf === null ? 1 : 1 + stratumOf.reduce((last, stratum) => Math.max(last, stratum), -1);
  const sizes = Array.from({ length: strata }, () => new Int32Array(arms));
  allocation.forEach((arm, j) => {
    sizes[stratumOf?.[j] ?? 0]![arm]!++;
  });
  return sizes;
}

/** Any of the above, by the name of its scheme; a pair of three arms has the two arms that it got. */
export function fixedSizesSpace(
  scheme: AllocationScheme,
  stratumOf: ArrayLike<number>,
  armSizes: readonly ArrayLike<number>[],
  names: SpaceNames,
): AllocationSpace {
  requireSizes(armSizes);
  const arms = armSizes[0]!.length;
  const clusters = stratumOf.length;
  const members = armSizes.map((): number[] => []);
  for (let j = 0; j < clusters; j++) members[stratumOf[j]!]?.push(j);
  const strata = armSizes.map(
    (sizes, stratum): Stratum => ({
      clusters: Int32Array.from(members[stratum]!),
      sizes: Int32Array.from(sizes),
    }),
  );
  requireMembers(strata, clusters);
  const total = new Int32Array(arms);
  for (const { sizes } of strata) for (let arm = 0; arm < arms; arm++) total[arm]! += sizes[arm]!;
  const count = countFixedSizes(strata);

  return {
    scheme,
    clusters,
    arms,
    armSizes: total,
    count,
    details: {},
    refusal(allocation) {
      const strange = misfit(allocation, clusters, arms, names);
      if (strange !== null) return strange;
      for (const [stratum, { clusters: members, sizes }] of strata.entries()) {
        const found = new Int32Array(arms);
        for (const j of members) found[allocation[j]!]!++;
        const arm = found.findIndex((size, k) => size !== sizes[k]);
        if (arm < 0) continue;
        const where = scheme === "simple" ? "" : ` of ${wordFor[scheme]} "${nameOf(names.strata, stratum)}"`;
        return `arm "${nameOf(names.arms, arm)}" has ${found[arm]} of the clusters${where}, and the randomisation gives it ${sizes[arm]}`;
      }
      return null;
    },
    draw: drawFixedSizes(strata),
    enumerate:
      count <= BigInt(Number.MAX_SAFE_INTEGER) ? (visit) => enumerateFixedSizes(strata, clusters, visit) : null,
  };
}

const wordFor: Readonly<Record<AllocationScheme, string>> = {
  simple: "the trial",
  stratified: "stratum",
  paired: "pair",
  blocked: "block",
  constrained: "stratum",
  minimised: "stratum",
};

function requireSizes(armSizes: readonly ArrayLike<number>[]): void {
  const lists = armSizes.map((sizes) => Array.from(sizes));
  const arms = lists[0]?.length ?? 0;
  const whole = lists.flat().every((size) => Number.isSafeInteger(size) && size >= 0);
  if (whole && arms >= 2 && lists.every((sizes) => sizes.length === arms)) return;
  throw new InputProblem("arm-sizes", {
    found: sayLists(lists),
    reason: "every stratum needs the same arms, two or more, each with a whole number of clusters",
  });
}

function requireMembers(strata: readonly Stratum[], clusters: number): void {
  const found = sayLists(strata.map(({ sizes }) => Array.from(sizes)));
  let placed = 0;
  strata.forEach(({ clusters: members, sizes }, stratum) => {
    const wanted = sizes.reduce((sum, size) => sum + size, 0);
    placed += members.length;
    if (wanted === members.length) return;
    const reason = `stratum ${stratum + 1} has ${members.length} clusters, and its arms ${wanted}`;
    throw new InputProblem("arm-sizes", { found, reason });
  });
  if (placed === clusters) return;
  const reason = `${clusters - placed} clusters are in none of the ${strata.length} strata`;
  throw new InputProblem("arm-sizes", { found, reason });
}

const sayLists = (lists: readonly (readonly number[])[]) => lists.map((sizes) => `[${sizes.join(", ")}]`).join(", ");
