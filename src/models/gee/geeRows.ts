import type { ColumnSource } from "../../data/design.ts";
import type { Grouping } from "../../data/grouping.ts";
import type { Response } from "../family/response.ts";

/**
 * Rows sorted by cluster, in the order of the file within each, with the covariates standardised. Rows of one cluster that
 * have the same covariates, offset and weight may stand together as one entry: every sum that an exchangeable or
 * independent working correlation asks for follows from their number, mean outcome and squares about it.
 */
export interface GeeRows {
  /** J */
  readonly clusters: number;
  /** N, rows before they were put together. */
  readonly observations: number;
  /** p */
  readonly coefficients: number;
  /** Entries of cluster j: start[j] … start[j + 1] − 1. Length J + 1. */
  readonly start: Int32Array;
  /** nⱼ, rows of cluster j. */
  readonly sizes: Int32Array;
  /** Rows of an entry. */
  readonly counts: Float64Array;
  /** Standardised covariates zₖ = (xₖ − centreₖ)/scaleₖ, entries × p; the intercept stays 1. */
  readonly design: Float64Array;
  /** Mean outcome of an entry. */
  readonly outcome: Float64Array;
  /** Σ (y − mean)² of an entry. */
  readonly squares: Float64Array;
  /** Prior weight of each row of an entry; only ratios matter under moments "n". */
  readonly weights: Float64Array;
  readonly offset: Float64Array;
  /** Length p, 0 for the intercept. */
  readonly centre: Float64Array;
  /** Length p, 1 for the intercept. */
  readonly scale: Float64Array;
}

/** Where fewer than this share of the rows repeats another, looking for repetitions does not pay. */
const WORTHWHILE = 0.2;
const LOOKED_AT = 2000;

/**
 * Rows as a GEE takes them.
 *
 * @param keepOrder one entry per row, for working correlations that depend on the order of rows
 */
export function geeRows(design: ColumnSource, response: Response, cluster: Grouping, keepOrder: boolean): GeeRows {
  const { rows, width: p } = design;
  const { codes, sizes } = cluster;
  const clusters = sizes.length;
  const first = new Int32Array(clusters + 1);
  for (let j = 0; j < clusters; j++) first[j + 1] = first[j]! + sizes[j]!;
  const sorted = sortByCluster(design, response, codes, first);
  const start = new Int32Array(clusters + 1);
  const counts = new Float64Array(rows);
  const squares = new Float64Array(rows);
  const entries = keepOrder ? null : putTogether(sorted, first, start, counts, squares, p);
  if (entries === null) {
    start.set(first);
    counts.fill(1);
    squares.fill(0);
  }
  const used = entries ?? rows;
  const standard = standardise(sorted.design, counts, used, p, rows);
  return {
    clusters,
    observations: rows,
    coefficients: p,
    start,
    sizes,
    counts: counts.subarray(0, used),
    design: sorted.design.subarray(0, used * p),
    outcome: sorted.outcome.subarray(0, used),
    squares: squares.subarray(0, used),
    weights: sorted.weights.subarray(0, used),
    offset: sorted.offset.subarray(0, used),
    ...standard,
  };
}

interface SortedRows {
  readonly design: Float64Array;
  readonly outcome: Float64Array;
  readonly weights: Float64Array;
  readonly offset: Float64Array;
}

function sortByCluster(design: ColumnSource, response: Response, codes: Int32Array, first: Int32Array): SortedRows {
  const { rows, width: p } = design;
  const next = first.slice();
  const sorted: SortedRows = {
    design: new Float64Array(rows * p),
    outcome: new Float64Array(rows),
    weights: new Float64Array(rows).fill(1),
    offset: new Float64Array(rows),
  };
  const block = new Float64Array(Math.min(512, rows) * p);
  for (let from = 0; from < rows; from += 512) {
    const to = Math.min(from + 512, rows);
    design.fill(from, to, block, p, 0);
    for (let i = from; i < to; i++) {
      const at = next[codes[i]!]!++;
      for (let k = 0; k < p; k++) sorted.design[at * p + k] = block[(i - from) * p + k]!;
      sorted.outcome[at] = response.values[i]!;
      if (response.weights !== null) sorted.weights[at] = response.weights[i]!;
      if (response.offset !== null) sorted.offset[at] = response.offset[i]!;
    }
  }
  return sorted;
}

/**
 * Puts rows that repeat each other within a cluster into one entry, in place. Gives up, returning null with the rows as they
 * were, when the first clusters hold hardly any.
 */
function putTogether(
  { design, outcome, weights, offset }: SortedRows,
  first: Int32Array,
  start: Int32Array,
  counts: Float64Array,
  squares: Float64Array,
  p: number,
): number | null {
  const clusters = first.length - 1;
  const bits = new Int32Array(design.buffer);
  let largest = 0;
  for (let j = 0; j < clusters; j++) largest = Math.max(largest, first[j + 1]! - first[j]!);
  const slots = 2 ** Math.ceil(Math.log2(2 * largest + 1));
  const table = new Int32Array(slots).fill(-1);
  if (!repeats(design, weights, offset, first, bits, table, p)) return null;
  // Slots that hold entries of clusters before this one count as empty.
  table.fill(-1);
  let used = 0;
  for (let j = 0; j < clusters; j++) {
    start[j] = used;
    for (let i = first[j]!; i < first[j + 1]!; i++) {
      let slot = hashOf(bits, i, p) & (slots - 1);
      while (table[slot]! >= start[j]! && !same(design, weights, offset, table[slot]!, i, p))
        slot = (slot + 1) & (slots - 1);
      const entry = table[slot]!;
      const y = outcome[i]!;
      if (entry >= start[j]!) {
        // Running mean and squares about it.
        const count = ++counts[entry]!;
        const away = y - outcome[entry]!;
        outcome[entry]! += away / count;
        squares[entry]! += away * (y - outcome[entry]!);
        continue;
      }
      table[slot] = used;
      if (used !== i) {
        for (let k = 0; k < p; k++) design[used * p + k] = design[i * p + k]!;
        weights[used] = weights[i]!;
        offset[used] = offset[i]!;
        outcome[used] = y;
      }
      counts[used] = 1;
      squares[used] = 0;
      used += 1;
    }
  }
  start[clusters] = used;
  return used;
}

/** Do the first rows repeat each other often enough? */
function repeats(
  design: Float64Array,
  weights: Float64Array,
  offset: Float64Array,
  first: Int32Array,
  bits: Int32Array,
  table: Int32Array,
  p: number,
): boolean {
  let seen = 0;
  let repeated = 0;
  for (let j = 0; j < first.length - 1 && seen < LOOKED_AT; j++) {
    for (let i = first[j]!; i < first[j + 1]!; i++) {
      let slot = hashOf(bits, i, p) & (table.length - 1);
      while (table[slot]! >= first[j]! && !same(design, weights, offset, table[slot]!, i, p))
        slot = (slot + 1) & (table.length - 1);
      seen += 1;
      if (table[slot]! >= first[j]!) repeated += 1;
      else table[slot] = i;
    }
  }
  return repeated > WORTHWHILE * seen;
}

/** Of the covariates' bits; rows with equal covariates and other weights are told apart by {@link same}. */
function hashOf(bits: Int32Array, row: number, p: number): number {
  let hash = 0;
  for (let k = row * 2 * p; k < (row + 1) * 2 * p; k++) hash = Math.imul(hash ^ bits[k]!, 0x9e3779b1) ^ (hash >>> 15);
  return hash ^ (hash >>> 13);
}

function same(
  design: Float64Array,
  weights: Float64Array,
  offset: Float64Array,
  a: number,
  b: number,
  p: number,
): boolean {
  if (weights[a] !== weights[b] || offset[a] !== offset[b]) return false;
  for (let k = 0; k < p; k++) if (design[a * p + k] !== design[b * p + k]) return false;
  return true;
}

/** Centres and scales every column but the intercept, in place. */
function standardise(design: Float64Array, counts: Float64Array, entries: number, p: number, rows: number) {
  const centre = new Float64Array(p);
  const scale = new Float64Array(p).fill(1);
  for (let k = 1; k < p; k++) {
    let total = 0;
    for (let i = 0; i < entries; i++) total += counts[i]! * design[i * p + k]!;
    const mean = total / rows;
    // A second sum about the first mean: what a far origin cost the first one.
    let rest = 0;
    let squares = 0;
    for (let i = 0; i < entries; i++) {
      const away = design[i * p + k]! - mean;
      rest += counts[i]! * away;
      squares += counts[i]! * away * away;
    }
    centre[k] = mean + rest / rows;
    scale[k] = Math.sqrt(squares / rows) || 1;
    for (let i = 0; i < entries; i++) design[i * p + k] = (design[i * p + k]! - centre[k]!) / scale[k]!;
  }
  return { centre, scale };
}
