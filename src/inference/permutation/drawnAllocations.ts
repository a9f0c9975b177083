import type { Allocations } from "./statistic.ts";

/** Allocations drawn at random, one after another, J numbers each. */
export function drawnAllocations(drawn: Uint8Array, clusters: number): Allocations {
  const allocation = new Int32Array(clusters);
  return {
    total: drawn.length / clusters,
    complete: false,
    each(visit) {
      for (let from = 0; from < drawn.length; from += clusters) {
        for (let j = 0; j < clusters; j++) allocation[j] = drawn[from + j]!;
        visit(allocation, -1, -1);
      }
    },
  };
}
