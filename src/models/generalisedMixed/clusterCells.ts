import { InputProblem } from "../../contract/problem.ts";
import type { Grouping } from "../../data/grouping.ts";
import { logGammaOnePlus } from "../../numerics/special/logGamma.ts";
import type { MixedFamilyName, MixedFrame } from "./generalisedMixedFit.ts";

/**
 * Rows of one cluster with the same covariates and offset, as one: their conditional log-likelihood depends on the
 * predictor through sums alone. Binomial: `events` Σwy of `size` Σw·trials. Poisson: events Σwy, size Σw·exp(o − offset),
 * whatever the rows' offsets o. NB2 and gamma: Σwy and Σw. NB1 keeps one count y per cell with weight Σw.
 */
export interface ClusterCells {
  /** J */
  readonly clusters: number;
  /** p */
  readonly coefficients: number;
  /** Cells of cluster j are starts[j] … starts[j + 1] − 1. */
  readonly starts: Int32Array;
  /** cells × p, row-major. */
  readonly design: Float64Array;
  readonly offset: Float64Array;
  readonly events: Float64Array;
  readonly size: Float64Array;
  /** What the log-likelihood has beside the cells: binomial coefficients, factorials, events at offsets. */
  readonly constant: number;
  /** Distinct outcomes with their total weights, for what depends on outcomes and dispersion alone; empty but for NB2 and gamma. */
  readonly counts: { readonly values: Float64Array; readonly weights: Float64Array };
}

interface CellRows {
  readonly events: Float64Array;
  readonly size: Float64Array;
  readonly offset: Float64Array;
  readonly constant: number;
}

/** Offsets within a cell of Poisson rows may differ by this much: exp() of more would lose the smaller ones. */
const CLOSE_OFFSETS = 30;

/**
 * Groups the rows of each cluster into cells; exact. O(rows × p).
 *
 * @throws InputProblem `outcome-outside-family` for amounts that are not positive in a gamma model
 */
export function clusterCells(frame: MixedFrame, family: MixedFamilyName): ClusterCells {
  const { design, cluster, rows } = frame;
  const p = design.width;
  const x = new Float64Array(rows * p);
  design.fill(0, rows, x, p, 0);
  if (family === "gamma") refuseUnlessPositive(frame.outcome.values);
  const given = cellRows(frame, family);
  const order = rowsByCluster(cluster);
  const merge = {
    offset: family === "poisson" ? (a: number, b: number) => Math.abs(a - b) < CLOSE_OFFSETS : Object.is,
    byCount: family === "negative-binomial-1",
  };
  const cellOfRow = new Int32Array(rows);
  const firstRow = new Int32Array(rows);
  const starts = new Int32Array(cluster.labels.length + 1);
  const hashes = rowHashes(x, rows, p);
  let cells = 0;
  let at = 0;
  for (let j = 0; j < cluster.labels.length; j++) {
    starts[j] = cells;
    const known = new Map<number, number[]>();
    for (const end = at + cluster.sizes[j]!; at < end; at++) {
      const i = order[at]!;
      const candidates = known.get(hashes[i]!);
      let cell = -1;
      if (candidates !== undefined)
        for (const c of candidates) {
          const other = firstRow[c]!;
          if (
            sameRow(x, p, i, other) &&
            merge.offset(given.offset[i]!, given.offset[other]!) &&
            (!merge.byCount || given.events[i] === given.events[other])
          ) {
            cell = c;
            break;
          }
        }
      if (cell < 0) {
        cell = cells++;
        firstRow[cell] = i;
        if (candidates === undefined) known.set(hashes[i]!, [cell]);
        else candidates.push(cell);
      }
      cellOfRow[i] = cell;
    }
  }
  starts[cluster.labels.length] = cells;
  const result = {
    clusters: cluster.labels.length,
    coefficients: p,
    starts,
    design: new Float64Array(cells * p),
    offset: new Float64Array(cells),
    events: new Float64Array(cells),
    size: new Float64Array(cells),
  };
  for (let c = 0; c < cells; c++) {
    const i = firstRow[c]!;
    for (let k = 0; k < p; k++) result.design[c * p + k] = x[i * p + k]!;
    result.offset[c] = given.offset[i]!;
    if (merge.byCount) result.events[c] = given.events[i]!;
  }
  let { constant } = given;
  for (let i = 0; i < rows; i++) {
    const c = cellOfRow[i]!;
    const ahead = given.offset[i]! - result.offset[c]!;
    if (!merge.byCount) result.events[c]! += given.events[i]!;
    result.size[c]! += ahead === 0 ? given.size[i]! : given.size[i]! * Math.exp(ahead);
    if (ahead !== 0) constant += given.events[i]! * ahead;
  }
  return { ...result, constant, counts: countsOf(frame, family) };
}

function refuseUnlessPositive(values: Float64Array): void {
  const bad = values.find((value) => !(value > 0));
  if (bad !== undefined)
    throw new InputProblem("outcome-outside-family", { family: "gamma", range: "above 0", value: bad });
}

/** Events, sizes and offsets row by row, weights taken as frequencies. */
function cellRows({ outcome, weights, offset, rows }: MixedFrame, family: MixedFamilyName): CellRows {
  const { values } = outcome;
  const weight = (i: number) => (weights === null ? 1 : weights[i]!);
  const divisor = outcome.kind === "grouped" ? outcome.trials : outcome.kind === "count" ? outcome.exposure : null;
  const byCount = family === "negative-binomial-1";
  const events = Float64Array.from(values, (y, i) => (byCount ? y : weight(i) * y));
  if (family === "binomial") {
    let constant = 0;
    if (outcome.kind === "grouped")
      for (let i = 0; i < rows; i++) constant += weight(i) * logChoose(outcome.trials[i]!, values[i]!);
    return {
      events,
      size: Float64Array.from({ length: rows }, (_, i) => weight(i) * (outcome.kind === "grouped" ? divisor![i]! : 1)),
      offset: offset === null ? new Float64Array(rows) : offset.slice(),
      constant,
    };
  }
  let constant = 0;
  if (family !== "gamma") for (let i = 0; i < rows; i++) constant -= weight(i) * logGammaOnePlus(values[i]!);
  return {
    events,
    size: Float64Array.from({ length: rows }, (_, i) => weight(i)),
    offset: Float64Array.from(
      { length: rows },
      (_, i) => (divisor === null ? 0 : Math.log(divisor[i]!)) + (offset === null ? 0 : offset[i]!),
    ),
    constant,
  };
}

/** log of the number of ways to have k events in n trials. */
function logChoose(n: number, k: number): number {
  return k === 0 || k === n ? 0 : logGammaOnePlus(n) - logGammaOnePlus(k) - logGammaOnePlus(n - k);
}

function countsOf({ outcome, weights }: MixedFrame, family: MixedFamilyName): ClusterCells["counts"] {
  const total = new Map<number, number>();
  if (family === "negative-binomial" || family === "gamma")
    outcome.values.forEach((y, i) => {
      total.set(y, (total.get(y) ?? 0) + (weights === null ? 1 : weights[i]!));
    });
  const values = Float64Array.from(total.keys()).sort();
  return { values, weights: values.map((y) => total.get(y)!) };
}

/** Rows in the order of their clusters. */
function rowsByCluster({ codes, sizes }: Grouping): Int32Array {
  const next = new Int32Array(sizes.length);
  for (let j = 1; j < sizes.length; j++) next[j] = next[j - 1]! + sizes[j - 1]!;
  const order = new Int32Array(codes.length);
  for (let i = 0; i < codes.length; i++) order[next[codes[i]!]!++] = i;
  return order;
}

/** A 32-bit hash of each row's bits. */
function rowHashes(x: Float64Array, rows: number, p: number): Int32Array {
  const bits = new Int32Array(x.buffer, x.byteOffset, 2 * x.length);
  const hashes = new Int32Array(rows);
  for (let i = 0; i < rows; i++) {
    let hash = 0x811c9dc5;
    for (let k = 2 * i * p; k < 2 * (i + 1) * p; k++) {
      hash = Math.imul(hash ^ bits[k]!, 0x01000193);
      hash ^= hash >>> 15;
    }
    hashes[i] = hash;
  }
  return hashes;
}

function sameRow(x: Float64Array, p: number, i: number, other: number): boolean {
  for (let k = 0; k < p; k++) if (x[i * p + k] !== x[other * p + k]) return false;
  return true;
}
