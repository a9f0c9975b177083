import { Defect } from "../../contract/problem.ts";
import type { ColumnSource } from "../../data/design.ts";
import type { Grouping } from "../../data/grouping.ts";
import type { Response } from "../family/response.ts";
import { type PatternTable, patternTable } from "./patternTable.ts";

/**
 * Rows of one cluster with the same covariates, offset and prior weight, taken together: a generalised linear model sees
 * no more of them than their number and their mean outcome.
 */
export interface CovariatePatterns {
  /** J */
  readonly clusters: number;
  /** N, rows. */
  readonly rows: number;
  /** p */
  readonly columns: number;
  /** The first pattern of each cluster and, at J, the number of patterns G. */
  readonly starts: Int32Array;
  /** Pattern of each row, length N. */
  readonly ofRow: Int32Array;
  /** Rows of each pattern, length G. */
  readonly counts: Float64Array;
  /** Covariates less their shift, G × p row-major. */
  readonly design: Float64Array;
  /** Mean outcome, length G. */
  readonly outcomes: Float64Array;
  /** Prior weight of each of its rows, length G; null when all are 1. */
  readonly weights: Float64Array | null;
  /** Offset, length G; null when all are 0. */
  readonly offsets: Float64Array | null;
}

const blockRows = 256;

/**
 * Covariate patterns within clusters, in one pass over the rows, by hashing; O(N p) time, O(G p) memory. Patterns are
 * sorted by cluster, and within a cluster by their first row.
 *
 * @param shift subtracted from the columns, length p
 */
export function covariatePatterns(
  design: ColumnSource,
  { values, weights, offset }: Response,
  cluster: Grouping,
  shift: Float64Array,
): CovariatePatterns {
  const { rows, width: p } = design;
  if (values.length !== rows || cluster.codes.length !== rows)
    throw new Defect("Design, outcome and clusters differ in length", { rows });
  const found = patternTable(p + 2);
  const { key } = found;
  const ofRow = new Int32Array(rows);
  const block = new Float64Array(Math.min(blockRows, rows) * p);
  for (let from = 0; from < rows; from += blockRows) {
    const to = Math.min(from + blockRows, rows);
    design.fill(from, to, block, p, 0);
    for (let i = from; i < to; i++) {
      const at = (i - from) * p;
      // Adding 0 turns −0 into 0: they are the same covariate.
      for (let k = 0; k < p; k++) key[k] = block[at + k]! - shift[k]! + 0;
      key[p] = offset === null ? 0 : offset[i]! + 0;
      key[p + 1] = weights === null ? 1 : weights[i]!;
      ofRow[i] = found.indexOf(cluster.codes[i]!);
    }
  }
  return sortedByCluster(found, ofRow, values, cluster.labels.length, p, weights !== null, offset !== null);
}

function sortedByCluster(
  found: PatternTable,
  ofRow: Int32Array,
  values: Float64Array,
  clusters: number,
  p: number,
  weighted: boolean,
  shifted: boolean,
): CovariatePatterns {
  const size = found.size();
  const starts = new Int32Array(clusters + 1);
  for (let g = 0; g < size; g++) starts[found.clusterOf(g) + 1]! += 1;
  for (let j = 0; j < clusters; j++) starts[j + 1]! += starts[j]!;
  const next = starts.slice();
  const place = new Int32Array(size);
  const design = new Float64Array(size * p);
  const weights = weighted ? new Float64Array(size) : null;
  const offsets = shifted ? new Float64Array(size) : null;
  for (let g = 0; g < size; g++) {
    const home = next[found.clusterOf(g)]!;
    next[found.clusterOf(g)] = home + 1;
    place[g] = home;
    const key = found.keyOf(g);
    design.set(key.subarray(0, p), home * p);
    if (offsets !== null) offsets[home] = key[p]!;
    if (weights !== null) weights[home] = key[p + 1]!;
  }
  const counts = new Float64Array(size);
  const outcomes = new Float64Array(size);
  for (let i = 0; i < ofRow.length; i++) {
    const g = place[ofRow[i]!]!;
    ofRow[i] = g;
    counts[g]! += 1;
    outcomes[g]! += values[i]!;
  }
  for (let g = 0; g < size; g++) outcomes[g]! /= counts[g]!;
  return { clusters, rows: ofRow.length, columns: p, starts, ofRow, counts, design, outcomes, weights, offsets };
}
