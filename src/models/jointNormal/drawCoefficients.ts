import { NumericalProblem } from "../../contract/problem.ts";
import { cholesky, choleskySolve, solveLowerTransposed } from "../../numerics/matrix/cholesky.ts";
import type { RandomStream } from "../../numerics/random/randomStream.ts";
import type { TwoLevelStatistics } from "./twoLevelData.ts";
import { invert, type TwoLevelState } from "./twoLevelState.ts";

/** Draws coefficients and cluster effects; has its workspace and allocates no more. */
export type DrawCoefficients = (state: TwoLevelState, stream: RandomStream) => void;

/**
 * B and the cluster effects in one block, which mixes far better than one after the other: B with the effects integrated
 * out, then every effect given B.
 *
 *   P = XᵀX ⊗ Σ⁻¹ − Σⱼ sⱼsⱼᵀ/nⱼ ⊗ Wⱼ,   Wⱼ = Σ⁻¹ − (Σ + nⱼΨ)⁻¹,   vec B ~ N(P⁻¹ vec(XᵀYΣ⁻¹ − Σⱼ sⱼ tⱼᵀWⱼ/nⱼ), P⁻¹)
 *   uⱼ ~ N(Qⱼ⁻¹ Σ⁻¹(tⱼ − Bᵀsⱼ), Qⱼ⁻¹),   Qⱼ = Ψ⁻¹ + nⱼ Σ⁻¹
 *
 * sⱼ, tⱼ: sums of x and y over cluster j. W and Q depend on a cluster's size alone.
 *
 * @param binaryVariance prior variance of the coefficients of yes-or-no variables; the others' prior is flat
 */
export function coefficientDraws(statistics: TwoLevelStatistics, binaryVariance: number): DrawCoefficients {
  const { data, squares, sizeSquares, distinct, sizeOf, sizes, clusterDesign } = statistics;
  const { variables: p, predictors: k, binaries, cluster } = data;
  const clusters = cluster.labels.length;
  const q = k * p;
  const information = new Float64Array(q * q);
  const right = new Float64Array(q);
  const noise = new Float64Array(q);
  const total = new Float64Array(p * p);
  const shrink = Array.from(distinct, () => new Float64Array(p * p));
  const roots = Array.from(distinct, () => new Float64Array(p * p));
  const rest = new Float64Array(p);
  const mean = new Float64Array(p);
  const drawn = new Float64Array(p);

  return (state, stream) => {
    const { precision, within, between, betweenPrecision, cross, sums, coefficients, effects } = state;
    for (let g = 0; g < distinct.length; g++) {
      const n = distinct[g]!;
      const w = shrink[g]!;
      const root = roots[g]!;
      for (let at = 0; at < p * p; at++) {
        total[at] = within[at]! + n * between[at]!;
        root[at] = betweenPrecision[at]! + n * precision[at]!;
      }
      if (!invert(total, p, w) || !cholesky(root, p, root)) throw notPositive();
      for (let at = 0; at < p * p; at++) w[at] = precision[at]! - w[at]!;
    }
    for (let a = 0; a < k; a++)
      for (let b = 0; b <= a; b++)
        for (let c = 0; c < p; c++)
          for (let d = 0; d < p; d++) {
            let value = squares[a * k + b]! * precision[c * p + d]!;
            for (let g = 0; g < distinct.length; g++) value -= sizeSquares[g]![a * k + b]! * shrink[g]![c * p + d]!;
            information[(a * p + c) * q + b * p + d] = value;
          }
    for (let a = 0; a < k; a++)
      for (let c = 0; c < binaries; c++) {
        const at = a * p + c;
        information[at * q + at] = information[at * q + at]! + 1 / binaryVariance;
      }
    for (let a = 0; a < k; a++)
      for (let c = 0; c < p; c++) {
        let value = 0;
        for (let d = 0; d < p; d++) value += cross[a * p + d]! * precision[d * p + c]!;
        right[a * p + c] = value;
      }
    for (let j = 0; j < clusters; j++) {
      const n = sizes[j]!;
      if (n === 0) continue;
      const w = shrink[sizeOf[j]!]!;
      for (let c = 0; c < p; c++) {
        let value = 0;
        for (let d = 0; d < p; d++) value += w[c * p + d]! * sums[j * p + d]!;
        value /= n;
        for (let a = 0; a < k; a++) right[a * p + c] = right[a * p + c]! - clusterDesign[j * k + a]! * value;
      }
    }
    if (!cholesky(information, q, information)) throw notPositive();
    choleskySolve(information, q, right, coefficients);
    for (let at = 0; at < q; at++) noise[at] = stream.normal();
    solveLowerTransposed(information, q, noise, noise);
    for (let at = 0; at < q; at++) coefficients[at] = coefficients[at]! + noise[at]!;

    for (let j = 0; j < clusters; j++) {
      for (let c = 0; c < p; c++) drawn[c] = stream.normal();
      if (sizes[j] === 0) {
        // No member with a value: its effect waits for `drawEmptyEffects`, but takes its numbers all the same.
        for (let c = 0; c < p; c++) effects[j * p + c] = 0;
        continue;
      }
      const root = roots[sizeOf[j]!]!;
      for (let c = 0; c < p; c++) {
        let value = sums[j * p + c]!;
        for (let a = 0; a < k; a++) value -= coefficients[a * p + c]! * clusterDesign[j * k + a]!;
        rest[c] = value;
      }
      for (let c = 0; c < p; c++) {
        let value = 0;
        for (let d = 0; d < p; d++) value += precision[c * p + d]! * rest[d]!;
        mean[c] = value;
      }
      choleskySolve(root, p, mean, mean);
      solveLowerTransposed(root, p, drawn, drawn);
      for (let c = 0; c < p; c++) effects[j * p + c] = mean[c]! + drawn[c]!;
    }
  };
}

export const notPositive = () => new NumericalProblem("imputation-not-positive", {});
