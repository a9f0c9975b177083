import { InputProblem } from "../../contract/problem.ts";
import { atLeast } from "./statistic.ts";

/** P values of several hypotheses tested on the same allocations. */
export interface StepDown {
  /** Each by itself. */
  readonly unadjusted: Float64Array;
  /** Family-wise: the chance that any of the true hypotheses is rejected at α is at most α. */
  readonly adjusted: Float64Array;
}

/**
 * Step-down max-T (Westfall & Young 1993, algorithm 4.1): hypotheses ordered by |t|, the largest first; each |t| is compared
 * with the largest |t*| among itself and the hypotheses after it, allocation by allocation, and no P value is smaller than
 * the one before. As all outcomes move together their correlation is kept, and less is lost than by Holm's method.
 *
 * @param observed t of each of m hypotheses, on scales that can be compared (studentised, or over their standard deviation)
 * @param statistics t* of K allocations, K × m row-major; a row with NaN is left out
 * @param complete the rows are all allocations, the observed one among them: P = b/K; else they are random draws: (b + 1)/(K + 1)
 * @throws InputProblem `statistics-shape` unless K × m numbers, and a row that is not NaN, are given
 */
export function stepDownMaxT(observed: Float64Array, statistics: Float64Array, complete: boolean): StepDown {
  const m = observed.length;
  const rows = statistics.length / m;
  if (!(m > 0 && Number.isInteger(rows)))
    throw new InputProblem("statistics-shape", { hypotheses: m, statistics: statistics.length });
  const order = Int32Array.from(observed.keys()).sort((a, b) => Math.abs(observed[b]!) - Math.abs(observed[a]!));
  const threshold = observed.map((t) => atLeast(t));
  const alone = new Float64Array(m);
  const jointly = new Float64Array(m);
  let compared = 0;
  for (let from = 0; from < statistics.length; from += m) {
    let most = 0;
    for (let k = 0; k < m; k++) most += Math.abs(statistics[from + k]!);
    if (Number.isNaN(most)) continue;
    compared++;
    most = 0;
    for (let k = m - 1; k >= 0; k--) {
      const h = order[k]!;
      const size = Math.abs(statistics[from + h]!);
      if (size >= threshold[h]!) alone[h]!++;
      most = Math.max(most, size);
      if (most >= threshold[h]!) jointly[k]!++;
    }
  }
  if (compared === 0 && complete)
    throw new InputProblem("statistics-shape", { hypotheses: m, statistics: statistics.length });
  const pOf = (extreme: number) => (complete ? extreme / compared : (extreme + 1) / (compared + 1));
  const adjusted = new Float64Array(m);
  let least = 0;
  for (let k = 0; k < m; k++) {
    least = Math.max(least, pOf(jointly[k]!));
    adjusted[order[k]!] = least;
  }
  return { unadjusted: alone.map(pOf), adjusted };
}
