import type { Grouping } from "../../data/grouping.ts";
import type { Response } from "../family/response.ts";
import { covariatePatterns } from "../generalised/covariatePatterns.ts";
import type { MixedLayout } from "../mixed/mixedStructureOf.ts";

/**
 * Rows of one finest group with the same covariates, offset and weight as one row: with the residual variance known,
 * β, Σ and b depend on their mean outcome and their number alone. Exact.
 */
export function patternLayout(
  layout: MixedLayout,
  response: Response,
): { readonly layout: MixedLayout; readonly response: Response } {
  const { source, levels } = layout;
  const width = source.width;
  const finest = levels.at(-1)!.grouping;
  const patterns = covariatePatterns(source, response, finest, new Float64Array(width));
  const { counts, design, ofRow, outcomes, weights, offsets } = patterns;
  const rows = counts.length;
  const recoded = (grouping: Grouping): Grouping => {
    const codes = new Int32Array(rows);
    for (let i = 0; i < ofRow.length; i++) codes[ofRow[i]!] = grouping.codes[i]!;
    return { ...grouping, codes };
  };
  return {
    layout: {
      ...layout,
      source: {
        rows,
        width,
        fill(from, to, out, stride, offset) {
          for (let i = from, at = offset; i < to; i++, at += stride)
            for (let k = 0; k < width; k++) out[at + k] = design[i * width + k]!;
        },
      },
      levels: levels.map((level) => ({ ...level, grouping: recoded(level.grouping) })),
    },
    response: {
      values: outcomes,
      weights: weights === null ? counts : counts.map((count, g) => count * weights[g]!),
      offset: offsets,
    },
  };
}
