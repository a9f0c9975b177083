import type { FixedEffectInference } from "../../inference/fixedEffectInference.ts";
import type { MixedStructure } from "../../models/mixed/mixedStructure.ts";
import { originMap } from "../../models/mixed/originMap.ts";
import { sandwich } from "../../numerics/matrix/product.ts";

/**
 * From the shifted columns of the moments back to the columns of the plan: with y − c and xₖ − cₖ in the fit,
 * β = Sβ* + (c, 0, …), S from `originMap`.
 */
export function originOf(structure: MixedStructure) {
  const { shift } = structure.moments;
  const p = structure.coefficients;
  const map = originMap(structure);
  const covariance = (shifted: Float64Array) => {
    const out = new Float64Array(p * p);
    sandwich(map, shifted, p, p, out);
    return out;
  };
  /** Sᵀ ℓ of each row of `contrasts`. */
  const toShifted = (contrasts: Float64Array) =>
    contrasts.map((weight, e) => weight + (e % p === 0 ? 0 : map[e % p]! * contrasts[e - (e % p)]!));
  return {
    coefficients: (beta: Float64Array) =>
      beta.map((value, k) => (k > 0 ? value : beta.reduce((sum, b, m) => sum + map[m]! * b, shift[shift.length - 1]!))),
    standardErrors: (shifted: Float64Array) => {
      const matrix = covariance(shifted);
      return Float64Array.from({ length: p }, (_, k) => Math.sqrt(matrix[k * p + k]!));
    },
    inference: (judge: FixedEffectInference): FixedEffectInference => ({
      covariance: covariance(judge.covariance),
      df: (contrast) => judge.df(toShifted(contrast)),
      test: (contrasts, values) => judge.test(toShifted(contrasts), values),
    }),
  };
}
