import { randomStream } from "../../../src/numerics/random/randomStream.ts";
import type { AllocationSpace } from "../../../src/trial/design/allocationSpace.ts";

/** Every assignment of arms to clusters that keeps the condition, one by one: A^J of them are tried. */
export function bruteForce(clusters: number, arms: number, keeps: (allocation: readonly number[]) => boolean) {
  const found: string[] = [];
  const allocation = new Array<number>(clusters).fill(0);
  for (;;) {
    if (keeps(allocation)) found.push(allocation.join(""));
    let j = clusters - 1;
    while (j >= 0 && allocation[j] === arms - 1) allocation[j--] = 0;
    if (j < 0) return found;
    allocation[j]!++;
  }
}

/** Allocations in the order of enumeration, and for each how many clusters changed and whether the visit named them. */
export function enumerated(space: AllocationSpace) {
  const visited: string[] = [];
  const changes: { readonly changed: number; readonly named: boolean }[] = [];
  let last: Int32Array | null = null;
  space.enumerate!((allocation, one, other) => {
    const changed = Array.from(allocation.keys()).filter((j) => last !== null && allocation[j] !== last[j]);
    const named =
      changed.length === 2 &&
      changed.includes(one) &&
      changed.includes(other) &&
      allocation[one] === last![other] &&
      allocation[other] === last![one];
    changes.push({ changed: changed.length, named: named || (one === -1 && other === -1) });
    visited.push(allocation.join(""));
    last = allocation.slice();
  });
  return { visited, changes };
}

/** How often each allocation came up in so many draws, one stream each. */
export function drawn(space: AllocationSpace, draws: number, seed = 1): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const out = new Int32Array(space.clusters);
  for (let k = 0; k < draws; k++) {
    space.draw(randomStream(seed, k), out);
    const key = out.join("");
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** Pearson's statistic of equal frequencies over `cells` allocations. */
export function unevenness(counts: ReadonlyMap<string, number>, draws: number, cells: number): number {
  const expected = draws / cells;
  let statistic = (cells - counts.size) * expected;
  for (const count of counts.values()) statistic += (count - expected) ** 2 / expected;
  return statistic;
}

export const counted = (allocation: readonly number[], arms: number, of = allocation.map(() => true)) =>
  Array.from({ length: arms }, (_, arm) => allocation.filter((a, j) => of[j] && a === arm).length).join();
