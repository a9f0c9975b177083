import type { ScoreCorrection } from "./estimatingVariance.ts";

/** b: no element of a score grows by more than (1 − b)^(−½), which is twice. */
const BOUND = 0.75;

/**
 * Fay & Graubard's (2001) correction, diag{(1 − min(b, (GⱼM)ₖₖ))^(−½)} uⱼ with b = ¾, in the coding that the coefficients
 * have: unlike the others it changes when columns are recoded or shifted.
 *
 * With T upper triangular, M = TTᵀ and Ĝ = TᵀGT: (GM)ₖₖ = (T⁻ᵀ Ĝ Tᵀ)ₖₖ, and Tᵀdiag(d)u = Tᵀ diag(d) T⁻ᵀ û.
 *
 * @param root T, p × p
 */
export function fayGraubard(root: Float64Array, p: number): ScoreCorrection {
  const inverse = inverseOfUpper(root, p);
  const factors = new Float64Array(p);
  const original = new Float64Array(p);
  return (score, information) => {
    for (let k = 0; k < p; k++) {
      // Column k of T⁻¹, row k of T.
      let share = 0;
      let element = 0;
      for (let a = 0; a <= k; a++) {
        const left = inverse[a * p + k]!;
        element += left * score[a]!;
        for (let b = k; b < p; b++) share += left * information[a * p + b]! * root[k * p + b]!;
      }
      factors[k] = 1 / Math.sqrt(1 - Math.min(BOUND, share));
      original[k] = element;
    }
    for (let i = 0; i < p; i++) {
      let value = 0;
      for (let k = 0; k <= i; k++) value += root[k * p + i]! * factors[k]! * original[k]!;
      score[i] = value;
    }
    return false;
  };
}

function inverseOfUpper(root: Float64Array, p: number): Float64Array {
  const out = new Float64Array(p * p);
  for (let c = 0; c < p; c++)
    for (let i = c; i >= 0; i--) {
      let value = i === c ? 1 : 0;
      for (let k = i + 1; k <= c; k++) value -= root[i * p + k]! * out[k * p + c]!;
      out[i * p + c] = value / root[i * p + i]!;
    }
  return out;
}
