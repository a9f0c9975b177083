import type { MixedLayout } from "../mixed/mixedStructureOf.ts";
import type { GroupEffects } from "../mixed/randomEffects.ts";

const BLOCK_ROWS = 256;

/**
 * η = offset + Xβ + Zb of every row, and its part Zb, in one pass.
 *
 * @param beta on the columns less their shift, length p
 * @param effects b per level, on the columns themselves; null for 0
 */
export function predict(
  { source, coefficients: p, levels }: MixedLayout,
  shift: Float64Array,
  beta: Float64Array,
  effects: readonly GroupEffects[] | null,
  offset: Float64Array | null,
  { predictor, random }: { readonly predictor: Float64Array; readonly random: Float64Array },
): void {
  const { rows, width } = source;
  const columns = levels.map(({ blocks }) => blocks.flatMap((block) => block.columns));
  const block = new Float64Array(Math.min(BLOCK_ROWS, rows) * width);
  for (let from = 0; from < rows; from += BLOCK_ROWS) {
    const to = Math.min(from + BLOCK_ROWS, rows);
    source.fill(from, to, block, width, 0);
    for (let i = from, at = 0; i < to; i++, at += width) {
      let fixed = offset === null ? 0 : offset[i]!;
      for (let k = 0; k < p; k++) fixed += beta[k]! * (block[at + k]! - shift[k]!);
      let own = 0;
      for (let l = 0; l < levels.length; l++) {
        if (effects === null) break;
        const zs = columns[l]!;
        const { values } = effects[l]!;
        const group = levels[l]!.grouping.codes[i]! * zs.length;
        for (let k = 0; k < zs.length; k++) own += values[group + k]! * block[at + zs[k]!]!;
      }
      predictor[i] = fixed + own;
      random[i] = own;
    }
  }
}
