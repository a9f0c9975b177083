import { nearest } from "../contract/nearest.ts";
import { InputProblem } from "../contract/problem.ts";
import { type DesignTerm, writeProduct } from "./buildDesign.ts";
import type { EffectContrast } from "./frame.ts";
import type { Piece } from "./variables.ts";

/**
 * Contrasts of the arm, or of the covariate of interest where there is no arm. A term in which the effect's indicator is
 * multiplied by others gets the mean of these others over the analysed participants as its weight, so that the contrast
 * is the effect averaged over them.
 *
 * `share` is each row's part of one participant, null when every row is one; it need not sum to 1.
 *
 * @throws InputProblem `effect-not-covariate`.
 */
export function effectContrasts(
  terms: readonly DesignTerm[],
  effect: string,
  rows: number,
  share: Float64Array | null,
): readonly EffectContrast[] {
  const arms = terms.filter((term) => term.role === "arm" && term.pieces.length === 1);
  const covariates = terms.filter((term) => term.source !== "intercept" && !arms.includes(term));
  const sources = [...new Set(covariates.map((term) => term.source))];
  const asked = arms.length > 0 ? arms : terms.filter((term) => term.source === effect);
  if (asked.length === 0) {
    throw new InputProblem("effect-not-covariate", { effect, covariates: sources, nearest: nearest(effect, sources) });
  }
  return asked.map((term) => {
    const weights = new Float64Array(terms.length);
    let averagedOverInteraction = false;
    terms.forEach((other, k) => {
      if (other === term) weights[k] = 1;
      else if (term.pieces.length === 1 && other.pieces.includes(term.pieces[0]!)) {
        averagedOverInteraction = true;
        weights[k] = meanOfProduct(
          other.pieces.filter((piece) => piece !== term.pieces[0]),
          rows,
          share,
        );
      }
    });
    return { term: term.name, weights, averagedOverInteraction };
  });
}

function meanOfProduct(pieces: readonly Piece[], rows: number, share: Float64Array | null): number {
  const block = new Float64Array(512);
  let sum = 0;
  let total = 0;
  for (let from = 0; from < rows; from += block.length) {
    const to = Math.min(from + block.length, rows);
    writeProduct(pieces, from, to, block, 1, 0);
    let blockSum = 0;
    for (let i = from; i < to; i++) {
      const weight = share === null ? 1 : share[i]!;
      blockSum += weight * block[i - from]!;
      total += weight;
    }
    sum += blockSum;
  }
  return sum / total;
}
