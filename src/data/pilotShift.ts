import type { ColumnSource } from "./design.ts";

const slices = 8;
const sliceRows = 32;

/**
 * A shift per column that brings it near zero: the mean of rows sampled evenly over the source. The first column (the
 * intercept) and the columns named in `unshifted` keep their origin, and so does a column whose origin lies within one
 * standard deviation of its mean. Shifts are rounded to the power of two below the standard deviation, so that whole
 * numbers and 0/1 columns stay exact.
 */
export function pilotShift(
  columns: readonly string[],
  source: ColumnSource,
  unshifted: readonly string[],
): Float64Array {
  const q = source.width;
  const shift = new Float64Array(q);
  const step = Math.max(sliceRows, Math.ceil(source.rows / slices));
  const block = new Float64Array(sliceRows * q);
  const first = new Float64Array(q);
  const sum = new Float64Array(q);
  const squares = new Float64Array(q);
  let rows = 0;
  for (let from = 0; from < source.rows; from += step) {
    const to = Math.min(from + sliceRows, source.rows);
    source.fill(from, to, block, q, 0);
    if (from === 0) first.set(block.subarray(0, q));
    for (let i = 0; i < to - from; i++) {
      for (let a = 0; a < q; a++) {
        // About the first row, or squares of large values would leave nothing of the variance.
        const d = block[i * q + a]! - first[a]!;
        sum[a] = sum[a]! + d;
        squares[a] = squares[a]! + d * d;
      }
    }
    rows += to - from;
  }
  for (let a = 1; a < q && rows > 0; a++) {
    if (unshifted.includes(columns[a]!)) continue;
    const mean = first[a]! + sum[a]! / rows;
    const variance = Math.max(0, squares[a]! - (sum[a]! * sum[a]!) / rows) / rows;
    if (mean * mean > variance) shift[a] = roundTo(mean, Math.sqrt(variance));
  }
  return shift;
}

function roundTo(mean: number, spread: number): number {
  if (spread === 0) return mean;
  const unit = 2 ** Math.floor(Math.log2(spread));
  const rounded = Math.round(mean / unit) * unit;
  return Number.isFinite(rounded) ? rounded : mean;
}
