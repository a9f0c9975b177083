import type { Grouping } from "../../data/grouping.ts";

/** Mean of the values in each group, of differences to the first value so that a large level does not swallow them. */
export function clusterMeans(values: Float64Array, groups: Grouping): Float64Array {
  const { codes, sizes } = groups;
  const shift = values[0] ?? 0;
  const means = new Float64Array(sizes.length);
  for (let i = 0; i < values.length; i++) means[codes[i]!]! += values[i]! - shift;
  for (let j = 0; j < sizes.length; j++) means[j] = shift + means[j]! / sizes[j]!;
  return means;
}
