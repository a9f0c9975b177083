import type { Frame } from "../../data/frame.ts";
import type { WorkingModel } from "./workingModel.ts";

const BLOCK = 256;

/**
 * Visits every row as if its cluster had been in the given arm, covariates and offset as they are: its marginal mean m,
 * the derivatives of m (see MarginalMean), and where its design row starts in `block`.
 */
export function predictRows(
  { design, offset, rows }: Frame,
  { parameters, marginalMean }: WorkingModel,
  arm: number,
  visit: (row: number, mean: number, derivatives: Float64Array, block: Float64Array, at: number) => void,
): void {
  const source = design.under(arm);
  const p = source.width;
  const block = new Float64Array(BLOCK * p);
  const derivatives = new Float64Array(1 + marginalMean.others);
  for (let from = 0; from < rows; from += BLOCK) {
    const to = Math.min(from + BLOCK, rows);
    source.fill(from, to, block, p, 0);
    for (let i = from, at = 0; i < to; i++, at += p) {
      let predictor = offset === null ? 0 : offset[i]!;
      for (let k = 0; k < p; k++) predictor += block[at + k]! * parameters[k]!;
      visit(i, marginalMean.at(i, arm, predictor, derivatives), derivatives, block, at);
    }
  }
}
