import type { Grouping } from "../../data/grouping.ts";
import type { Moments } from "../../data/moments.ts";
import { decimalUnits } from "./decimalUnits.ts";

/** One outcome by cluster, about a shift so that a large level does not swallow the variation. Length J each. */
export interface ClusterSums {
  /** nⱼ */
  readonly sizes: Float64Array;
  /** ȳⱼ − shift. */
  readonly means: Float64Array;
  /** Σᵢ (yᵢⱼ − ȳⱼ)² */
  readonly within: Float64Array;
  readonly shift: number;
}

/**
 * Sums of a column of values by group, in two passes over the rows: squares are taken of deviations from cluster means,
 * and differences in whole units where the values are decimals.
 */
export function clusterSums(values: Float64Array, groups: Grouping): ClusterSums {
  const { codes } = groups;
  const sizes = Float64Array.from(groups.sizes);
  const shift = values[0] ?? 0;
  const unit = decimalUnits(values);
  const origin = unit === null ? shift : Math.round(shift * unit);
  const about = (value: number) => (unit === null ? value - origin : (Math.round(value * unit) - origin) / unit);
  const means = new Float64Array(sizes.length);
  for (let i = 0; i < values.length; i++) means[codes[i]!]! += about(values[i]!);
  for (let j = 0; j < sizes.length; j++) means[j]! /= sizes[j]!;
  const rest = new Float64Array(sizes.length);
  const within = new Float64Array(sizes.length);
  for (let i = 0; i < values.length; i++) {
    const j = codes[i]!;
    const deviation = about(values[i]!) - means[j]!;
    rest[j]! += deviation;
    within[j]! += deviation * deviation;
  }
  for (let j = 0; j < sizes.length; j++) {
    within[j] = Math.max(0, within[j]! - rest[j]! ** 2 / sizes[j]!);
    means[j]! += rest[j]! / sizes[j]!;
  }
  return { sizes, means, within, shift };
}

/**
 * The same from cluster moments, where the rows are elsewhere; loses twice the digits by which the spread of cluster
 * means exceeds that within clusters.
 *
 * @param column position of the outcome among the moments' columns; default the last
 */
export function clusterSumsFromMoments(moments: Moments, column = moments.columns.length - 1): ClusterSums {
  const q = moments.columns.length;
  const sizes = Float64Array.from(moments.sizes);
  const means = new Float64Array(moments.groups);
  const within = new Float64Array(moments.groups);
  for (let j = 0; j < moments.groups; j++) {
    const base = j * q * q;
    const sum = moments.cross[base + column]!;
    means[j] = sum / sizes[j]!;
    within[j] = Math.max(0, moments.cross[base + column * q + column]! - sum * means[j]!);
  }
  return { sizes, means, within, shift: moments.shift[column]! };
}
