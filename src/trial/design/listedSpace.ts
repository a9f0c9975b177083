import { InputProblem } from "../../contract/problem.ts";
import type { AllocationSpace } from "./allocationSpace.ts";
import { misfit, type SpaceNames } from "./spaceNames.ts";

/**
 * A list of allocations from which one was drawn, all equally probable; one that stands there twice is twice as probable,
 * and counts twice.
 *
 * @param list K × J row-major, the arm of every cluster, an allocation per row
 * @param clusters J
 * @throws InputProblem `allocations-empty`
 */
export function listedSpace(list: Int32Array, clusters: number, arms: number, names: SpaceNames = {}): AllocationSpace {
  const count = list.length / clusters;
  if (!(count >= 1)) throw new InputProblem("allocations-empty", {});
  const row = (k: number) => list.subarray(k * clusters, (k + 1) * clusters);
  const current = new Int32Array(clusters);
  return {
    scheme: "constrained",
    clusters,
    arms,
    armSizes: commonSizes(list, clusters, arms),
    count: BigInt(count),
    details: {},
    refusal(allocation) {
      const strange = misfit(allocation, clusters, arms, names);
      if (strange !== null) return strange;
      let k = 0;
      while (k < count && !row(k).every((arm, j) => arm === allocation[j])) k++;
      return k < count ? null : `it is not among the allocations listed (${count})`;
    },
    draw(stream, out) {
      out.set(row(stream.integer(count)));
    },
    enumerate(visit) {
      for (let k = 0; k < count; k++) {
        current.set(row(k));
        visit(current, -1, -1);
      }
    },
  };
}

/** Clusters per arm; null where two rows differ in them. */
function commonSizes(list: Int32Array, clusters: number, arms: number): Int32Array | null {
  const first = new Int32Array(arms);
  const found = new Int32Array(arms);
  for (let from = 0; from < list.length; from += clusters) {
    const sizes = from === 0 ? first : found.fill(0);
    for (let j = 0; j < clusters; j++) sizes[list[from + j]!]!++;
    if (from > 0) for (let arm = 0; arm < arms; arm++) if (found[arm] !== first[arm]) return null;
  }
  return first;
}
