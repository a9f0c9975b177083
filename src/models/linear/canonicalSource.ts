import type { ColumnSource } from "../../data/design.ts";
import type { CanonicalBasis } from "./canonicalBasis.ts";

/**
 * The columns [X y] of a source, recomputed row by row as [x̂ e] in a canonical basis: residuals come from the rows
 * themselves, so no digits are lost to the cancellation of large cross-products.
 *
 * @param centre c and c_y, length p + 1; centre[0] = 0
 */
export function canonicalSource(source: ColumnSource, basis: CanonicalBasis, centre: Float64Array): ColumnSource {
  const { coefficients: p, root, aboutCentre } = basis;
  return {
    rows: source.rows,
    width: source.width,
    fill(from, to, out, stride, offset) {
      source.fill(from, to, out, stride, offset);
      for (let i = from, at = offset; i < to; i++, at += stride) {
        let residual = out[at + p]! - centre[p]!;
        for (let k = 0; k < p; k++) {
          const z = out[at + k]! - centre[k]!;
          out[at + k] = z;
          residual -= z * aboutCentre[k]!;
        }
        out[at + p] = residual;
        // T is upper triangular, so from the last column backwards each may overwrite its own place.
        for (let k = p - 1; k >= 0; k--) {
          let value = 0;
          for (let l = 0; l <= k; l++) value += root[l * p + k]! * out[at + l]!;
          out[at + k] = value;
        }
      }
    },
  };
}
