import { cholesky, solveLower } from "../matrix/cholesky.ts";
import { chiSquaredDraw } from "./gammaDraw.ts";
import type { RandomStream } from "./randomStream.ts";

/** Draws covariance matrices of one size, without allocating. */
export interface InverseWishart {
  /**
   * Writes Σ ~ IW(df, S), density ∝ |Σ|^(−(df + p + 1)/2) exp(−½ tr(S Σ⁻¹)), mean S/(df − p − 1), to `out`.
   *
   * @param df above p − 1
   * @param scale S, p × p positive definite; only its lower triangle is read
   * @param out p × p; may be `scale`
   * @returns false when S is not positive definite
   */
  draw(stream: RandomStream, df: number, scale: Float64Array, out: Float64Array): boolean;
}

/**
 * Inverse Wishart matrices of order p by Bartlett's decomposition: with S = L Lᵀ and A lower triangular, Aᵢᵢ² ~ χ² on
 * df − i degrees of freedom (i from 0) and standard normal below, Σ = KᵀK for K = A⁻¹Lᵀ.
 */
export function inverseWishart(p: number): InverseWishart {
  const root = new Float64Array(p * p);
  const bartlett = new Float64Array(p * p);
  const product = new Float64Array(p * p);
  return {
    draw(stream, df, scale, out) {
      if (!cholesky(scale, p, root)) return false;
      for (let i = 0; i < p; i++) {
        for (let j = 0; j < i; j++) bartlett[i * p + j] = stream.normal();
        bartlett[i * p + i] = Math.sqrt(chiSquaredDraw(stream, df - i));
      }
      for (let i = 0; i < p; i++) for (let j = 0; j < p; j++) product[i * p + j] = root[j * p + i]!;
      solveLower(bartlett, p, product, product, p);
      for (let i = 0; i < p; i++)
        for (let j = 0; j <= i; j++) {
          let value = 0;
          for (let k = 0; k < p; k++) value += product[k * p + i]! * product[k * p + j]!;
          out[i * p + j] = value;
          out[j * p + i] = value;
        }
      return true;
    },
  };
}
