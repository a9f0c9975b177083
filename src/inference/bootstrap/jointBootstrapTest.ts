import { cholesky, solveLower } from "../../numerics/matrix/cholesky.ts";

/** A joint test that refers to replicates. */
export interface JointBootstrapTest {
  readonly statistic: number;
  readonly reference: {
    readonly name: "bootstrap";
    readonly df: null;
    readonly draws: number;
    readonly complete: false;
  };
  readonly pValue: number;
}

/**
 * Test that q estimates are all zero, by the centred bootstrap distribution of Wald's statistic:
 *
 *   W = tᵀV⁻¹t,   W* = (t* − t)ᵀV⁻¹(t* − t),   P = (1 + #{W* ≥ W})/(B + 1)
 *
 * with V the covariance of the replicates, divisor B − 1.
 *
 * @param observed t, length q
 * @param replicates B rows of `width` numbers, the first q of them t*
 * @returns null when V is singular
 */
export function jointBootstrapTest(
  observed: Float64Array,
  replicates: Float64Array,
  width: number,
): JointBootstrapTest | null {
  const q = observed.length;
  const draws = replicates.length / width;
  const mean = new Float64Array(q);
  for (let i = 0; i < draws; i++) for (let k = 0; k < q; k++) mean[k]! += replicates[i * width + k]! / draws;
  const covariance = new Float64Array(q * q);
  for (let i = 0; i < draws; i++)
    for (let k = 0; k < q; k++)
      for (let l = 0; l < q; l++)
        covariance[k * q + l]! +=
          ((replicates[i * width + k]! - mean[k]!) * (replicates[i * width + l]! - mean[l]!)) / (draws - 1);
  if (!cholesky(covariance, q, covariance)) return null;
  const whitened = new Float64Array(q);
  const gap = observed.slice();
  const wald = () => {
    solveLower(covariance, q, gap, whitened);
    let sum = 0;
    for (let k = 0; k < q; k++) sum += whitened[k]! * whitened[k]!;
    return sum;
  };
  const statistic = wald();
  let beyond = 0;
  for (let i = 0; i < draws; i++) {
    for (let k = 0; k < q; k++) gap[k] = replicates[i * width + k]! - observed[k]!;
    if (wald() >= statistic * (1 - 1e-12)) beyond += 1;
  }
  return {
    statistic,
    reference: { name: "bootstrap", df: null, draws, complete: false },
    pValue: (beyond + 1) / (draws + 1),
  };
}
