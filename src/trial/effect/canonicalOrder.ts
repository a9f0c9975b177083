import type { Frame } from "../../data/frame.ts";
import { clusterOutcomes } from "./clusterOutcomes.ts";

/** Keys closer than this share of their range are the same but for rounding. */
const GRAIN = 1e-8;

/**
 * Clusters in an order that the data alone decide: by rows, by how far the outcome's mean is from one half (of proportions,
 * so that it does not matter which outcome is called the event), by that mean, by the means of covariates, and only then by
 * label. Draws made in this order do not depend on the order of rows, on what clusters are called, or on units and origins.
 */
export function canonicalClusters(frame: Frame): Int32Array {
  const { cluster, outcome, design, rows } = frame;
  const { means } = clusterOutcomes(frame);
  const clusters = cluster.labels.length;
  const proportions = outcome.kind === "binary" || outcome.kind === "grouped";
  const p = design.terms.length;
  const columns = design.terms.map(() => new Float64Array(clusters));
  const row = new Float64Array(p);
  for (let i = 0; i < rows; i++) {
    const j = cluster.codes[i]!;
    design.fill(i, i + 1, row, p, 0);
    for (let k = 0; k < p; k++) columns[k]![j]! += row[k]! / cluster.sizes[j]!;
  }
  const covariates = columns.filter((_, k) => design.terms[k]!.role === "covariate");
  const keys = [
    Float64Array.from(cluster.sizes),
    ...(proportions ? [means.map((mean) => Math.abs(2 * mean - 1))] : []),
    means,
    ...covariates,
  ].map(rounded);
  return Int32Array.from({ length: clusters }, (_, j) => j).sort((i, j) => {
    for (const key of keys) if (key[i] !== key[j]) return key[i]! - key[j]!;
    return i - j;
  });
}

function rounded(values: Float64Array): Float64Array {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return most > least
    ? values.map((value) => Math.round((value - least) / ((most - least) * GRAIN)))
    : values.map(() => 0);
}

/** The rows of each cluster in an order that the data decide: by outcome, then by covariates as listed. */
export function canonicalRows({ cluster, outcome, design, rows }: Frame): readonly Int32Array[] {
  const p = design.terms.length;
  const matrix = new Float64Array(rows * p);
  design.fill(0, rows, matrix, p, 0);
  const divisors = outcome.kind === "grouped" ? outcome.trials : outcome.kind === "count" ? outcome.exposure : null;
  const own = cluster.labels.map((): number[] => []);
  for (let i = 0; i < rows; i++) own[cluster.codes[i]!]!.push(i);
  return own.map((list) =>
    Int32Array.from(list).sort((a, b) => {
      const gap = outcome.values[a]! - outcome.values[b]! || (divisors === null ? 0 : divisors[a]! - divisors[b]!);
      if (gap !== 0) return gap;
      for (let k = 1; k < p; k++) {
        const between = matrix[a * p + k]! - matrix[b * p + k]!;
        if (between !== 0) return between;
      }
      return a - b;
    }),
  );
}
