import { Defect } from "../contract/problem.ts";
import type { ColumnSource } from "./design.ts";

/** The given arrays as columns, in order; all of length `rows`. */
export function columnSource(arrays: readonly ArrayLike<number>[]): ColumnSource {
  const rows = arrays.length === 0 ? 0 : arrays[0]!.length;
  const width = arrays.length;
  if (arrays.some((array) => array.length !== rows)) {
    throw new Defect("Columns composed into one source differ in length", { lengths: arrays.map((a) => a.length) });
  }
  return {
    rows,
    width,
    fill(from, to, out, stride, offset) {
      for (let k = 0; k < width; k++) {
        const values = arrays[k]!;
        for (let i = from, at = offset + k; i < to; i++, at += stride) out[at] = values[i]!;
      }
    },
  };
}

/** A column of ones. */
export const interceptSource = (rows: number): ColumnSource => ({
  rows,
  width: 1,
  fill(from, to, out, stride, offset) {
    for (let i = from, at = offset; i < to; i++, at += stride) out[at] = 1;
  },
});

/** Columns of several sources side by side, such as [X Z y]. */
export function concatenateColumns(...sources: readonly ColumnSource[]): ColumnSource {
  const rows = sources.length === 0 ? 0 : sources[0]!.rows;
  if (sources.some((source) => source.rows !== rows)) {
    throw new Defect("Sources composed into one differ in length", { lengths: sources.map((s) => s.rows) });
  }
  return {
    rows,
    width: sources.reduce((width, source) => width + source.width, 0),
    fill(from, to, out, stride, offset) {
      let at = offset;
      for (const source of sources) {
        source.fill(from, to, out, stride, at);
        at += source.width;
      }
    },
  };
}
