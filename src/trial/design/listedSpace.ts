import { InputProblem } from "../../contract/problem.ts";
import type { AllocationSpace } from "./allocationSpace.ts";
import { misfit, type SpaceNames } from "./spaceNames.ts";
import { armSizesOf } from "./stratifiedSpace.ts";

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
  const rows = Array.from({ length: count }, (_, k) => k);
  const sizes = armSizesOf(row(0), arms, null)[0]!;
  const sameSizes = rows.every((k) => armSizesOf(row(k), arms, null)[0]!.every((size, arm) => size === sizes[arm]));
  const current = new Int32Array(clusters);
  return {
    scheme: "constrained",
    clusters,
    arms,
    armSizes: sameSizes ? sizes : null,
    count: BigInt(count),
    details: {},
    refusal(allocation) {
      const strange = misfit(allocation, clusters, arms, names);
      if (strange !== null) return strange;
      const listed = rows.some((k) => row(k).every((arm, j) => arm === allocation[j]));
      return listed ? null : `it is not among the allocations listed (${count})`;
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
