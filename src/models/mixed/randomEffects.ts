import type { MixedFit } from "./fitMixedModel.ts";
import { effectsOf } from "./mixedStructure.ts";
import { unpack } from "./nestedFit.ts";

/** Predicted random effects of every group of one level. */
export interface GroupEffects {
  /** r effects per group. */
  readonly effects: number;
  /** groups × r: b̂ = ΣZᵀV⁻¹(y − Xβ̂), the best linear unbiased predictor. */
  readonly values: Float64Array;
  /** groups × r × r: Σ − ΣZᵀV⁻¹ZΣ, the variance given the outcome with β and the variances known (lme4's condVar). */
  readonly conditionalVariances: Float64Array;
}

/** Best linear unbiased predictors per level, coarsest first, with their conditional variances. */
export function randomEffects(fit: MixedFit): GroupEffects[] {
  return fit.intercept === null ? nestedEffects(fit) : [interceptEffects(fit)];
}

/** b̂ⱼ = ψ(sum of residuals)/(1 + nⱼψ), variance σ²ψ/(1 + nⱼψ). */
function interceptEffects(fit: MixedFit): GroupEffects {
  const { moments, coefficients: p } = fit.structure;
  const q = moments.columns.length;
  const psi = fit.covariances[0]![0]! / fit.residualVariance;
  const { beta } = fit.algebra;
  const values = new Float64Array(moments.groups);
  const conditionalVariances = new Float64Array(moments.groups);
  for (let j = 0; j < moments.groups; j++) {
    const sums = moments.cross.subarray(j * q * q, j * q * q + q);
    let residual = sums[q - 1]!;
    for (let a = 0; a < p; a++) residual -= sums[a]! * beta[a]!;
    const shrunk = psi / (1 + sums[0]! * psi);
    values[j] = shrunk * residual;
    conditionalVariances[j] = shrunk * fit.residualVariance;
  }
  return { effects: 1, values, conditionalVariances };
}

function nestedEffects(fit: MixedFit): GroupEffects[] {
  const { structure, algebra, residualVariance } = fit;
  const { problem, vector } = fit.nested!;
  const q = structure.moments.columns.length;
  const p = structure.coefficients;
  const out = structure.levels.map((level): GroupEffects => {
    const r = effectsOf(level);
    return {
      effects: r,
      values: new Float64Array(level.groups * r),
      conditionalVariances: new Float64Array(level.groups * r * r),
    };
  });
  const relative = fit.covariances.map((matrix) => matrix.map((v) => v / residualVariance));
  const sigma = Math.sqrt(residualVariance);
  const roots = unpack(problem, vector).lower.map((l) => l.map((v) => v / sigma));
  problem.kernel.evaluate(roots, new Float64Array(q * q), (block) => {
    for (let start = 0; start < block.size; ) {
      const { effects: r, values, conditionalVariances } = out[block.level[start]!]!;
      const psi = relative[block.level[start]!]!;
      const group = block.group[start]!;
      for (let a = 0; a < r; a++) {
        for (let k = 0; k < r; k++) {
          let score = block.cross[(start + k) * q + q - 1]!;
          for (let c = 0; c < p; c++) score -= block.cross[(start + k) * q + c]! * algebra.beta[c]!;
          values[group * r + a]! += psi[a * r + k]! * score;
          let variance = psi[a * r + k]!;
          for (let m = 0; m < r; m++) {
            for (let o = 0; o < r; o++) {
              variance -= psi[a * r + m]! * block.gram[(start + m) * block.stride + start + o]! * psi[o * r + k]!;
            }
          }
          conditionalVariances[(group * r + a) * r + k] = variance * residualVariance;
        }
      }
      start += r;
    }
  });
  return out;
}
