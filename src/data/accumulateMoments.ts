import { Defect, NumericalProblem } from "../contract/problem.ts";
import type { ColumnSource } from "./design.ts";
import type { AccumulateMoments, MomentOptions, Moments } from "./moments.ts";
import { pilotShift } from "./pilotShift.ts";

const blockRows = 256;

/**
 * Cross-products of q columns within each group, in one pass over the rows:
 *
 *   Cⱼ[a, b] = Σ_{i in j} wᵢᵏ (xᵢₐ − shiftₐ)(x_{ib} − shift_b)
 *
 * Columns are evaluated a block of rows at a time. Consecutive rows of a group are summed by themselves before they are
 * added to it, so that rounding does not build up over long groups. The shift takes the columns near zero before they
 * are multiplied: without it a column such as 10¹² + 0.4 would keep no digit of its variance.
 *
 * Time O(n q²); memory O(groups · q²) beyond the source.
 *
 * @throws NumericalProblem `not-finite` when a product overflows.
 */
export const accumulateMoments: AccumulateMoments = (columns, source, groups, options = {}): Moments => {
  const q = columns.length;
  if (columns[0] !== "intercept" || source.width !== q || groups.codes.length !== source.rows) {
    throw new Defect("Moments need the intercept first, one name per column and one group per row", {
      columns: [...columns],
      width: source.width,
      rows: source.rows,
    });
  }
  const shift = options.shift ?? pilotShift(columns, source, options.unshifted ?? []);
  const groupCount = groups.labels.length;
  const cross = new Float64Array(groupCount * q * q);
  accumulate(source, groups.codes, q, shift, weightPower(options), cross);
  mirror(cross, groupCount, q);
  requireFinite(columns, cross);
  return {
    columns: [...columns],
    groups: groupCount,
    sizes: groups.sizes.slice(),
    shift: Float64Array.from(shift),
    cross,
  };
};

/** Cross-products of all rows together, q × q about `shift`: the moments of one group that holds everything. */
export function accumulateTotal(source: ColumnSource, shift: Float64Array): Float64Array {
  const cross = new Float64Array(source.width * source.width);
  accumulate(source, null, source.width, shift, null, cross);
  mirror(cross, 1, source.width);
  return cross;
}

function weightPower({ weights, power = 1 }: MomentOptions): Float64Array | null {
  if (weights === undefined || weights === null || power === 0) return null;
  return power === 1 ? weights : weights.map((w) => w * w);
}

/** Runs shorter than this go straight to their group. */
const shortRun = 4;

/** Adds to the upper triangle of every group's block. */
function accumulate(
  source: ColumnSource,
  codes: Int32Array | null,
  q: number,
  shift: Float64Array,
  weights: Float64Array | null,
  cross: Float64Array,
): void {
  const block = new Float64Array(Math.min(blockRows, source.rows) * q);
  const run = new Float64Array(q * q);
  for (let from = 0; from < source.rows; from += blockRows) {
    const to = Math.min(from + blockRows, source.rows);
    source.fill(from, to, block, q, 0);
    let i = from;
    while (i < to) {
      const group = codes === null ? 0 : codes[i]!;
      let end = i + 1;
      while (end < to && (codes === null || codes[end] === group)) end++;
      const home = group * q * q;
      if (end - i < shortRun) {
        addRows(block, i - from, end - from, from, q, shift, weights, cross, home);
      } else {
        run.fill(0);
        addRows(block, i - from, end - from, from, q, shift, weights, run, 0);
        for (let k = 0; k < run.length; k++) cross[home + k] = cross[home + k]! + run[k]!;
      }
      i = end;
    }
  }
}

/** Rows first … last − 1 of the block, shifted in place, multiplied into out[home …]; row 0 is row `from` of the source. */
function addRows(
  block: Float64Array,
  first: number,
  last: number,
  from: number,
  q: number,
  shift: Float64Array,
  weights: Float64Array | null,
  out: Float64Array,
  home: number,
): void {
  for (let i = first; i < last; i++) {
    const row = i * q;
    for (let a = 1; a < q; a++) block[row + a] = block[row + a]! - shift[a]!;
  }
  // Entry by entry rather than row by row: each sum stays in a register while it grows.
  for (let a = 0; a < q; a++) {
    for (let b = a; b < q; b++) {
      let sum = 0;
      if (weights === null)
        for (let i = first * q, end = last * q; i < end; i += q) sum += block[i + a]! * block[i + b]!;
      else for (let i = first; i < last; i++) sum += block[i * q + a]! * weights[from + i]! * block[i * q + b]!;
      out[home + a * q + b]! += sum;
    }
  }
}

/** Squares of numbers beyond 10¹⁵⁴ overflow. */
function requireFinite(columns: readonly string[], cross: Float64Array): void {
  for (let i = 0; i < cross.length; i++) {
    if (Number.isFinite(cross[i])) continue;
    throw new NumericalProblem("not-finite", { what: `A sum of squares of ${columns[i % columns.length]!}` });
  }
}

function mirror(cross: Float64Array, groups: number, q: number): void {
  for (let g = 0; g < groups; g++) {
    const base = g * q * q;
    for (let a = 1; a < q; a++) for (let b = 0; b < a; b++) cross[base + a * q + b] = cross[base + b * q + a]!;
  }
}
