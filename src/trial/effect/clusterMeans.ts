import type { Grouping } from "../../data/grouping.ts";

/** Mean of the values in each group, in two passes so that a large level does not swallow the differences. */
export function clusterMeans(values: Float64Array, groups: Grouping): Float64Array {
  const { codes, sizes } = groups;
  const first = new Float64Array(sizes.length);
  for (let i = 0; i < values.length; i++) first[codes[i]!]! += values[i]!;
  for (let j = 0; j < sizes.length; j++) first[j]! /= sizes[j]!;
  const rest = new Float64Array(sizes.length);
  for (let i = 0; i < values.length; i++) rest[codes[i]!]! += values[i]! - first[codes[i]!]!;
  return first.map((mean, j) => mean + rest[j]! / sizes[j]!);
}
