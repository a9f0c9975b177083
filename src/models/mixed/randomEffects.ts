import { multiply, sandwich } from "../../numerics/matrix/product.ts";
import type { MixedFit } from "./fitMixedModel.ts";
import { effectsOf, toOwnOrigin } from "./mixedStructure.ts";
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
  const found = fit.intercept === null ? nestedEffects(fit) : [interceptEffects(fit)];
  return found.map((effects, l) => atOwnOrigin(effects, toOwnOrigin(fit.structure.levels[l]!)));
}

/** Effects as fitted → effects of the plan's columns. */
function atOwnOrigin(given: GroupEffects, map: Float64Array | null): GroupEffects {
  if (map === null) return given;
  const { effects: r, values, conditionalVariances } = given;
  const groups = values.length / r;
  const moved = new Float64Array(values.length);
  const variances = new Float64Array(conditionalVariances.length);
  const out = new Float64Array(r * r);
  for (let g = 0; g < groups; g++) {
    multiply(map, values.subarray(g * r, (g + 1) * r), r, r, 1, moved.subarray(g * r, (g + 1) * r));
    sandwich(map, conditionalVariances.subarray(g * r * r, (g + 1) * r * r), r, r, out);
    variances.set(out, g * r * r);
  }
  return { effects: r, values: moved, conditionalVariances: variances };
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

/**
 * From the coarsest level down. With B a group's V* without the coarser levels, and s the effects of all groups above it
 * (columns Z₊), K = ΨZᵀB⁻¹Z₊:
 *
 *   b̂ = ΨZᵀB⁻¹(e − Z₊ŝ),     Var = σ²·shrink + K Var(s) Kᵀ,     Cov(b, s) = −K Var(s)
 */
function nestedEffects(fit: MixedFit): GroupEffects[] {
  const { structure, algebra, residualVariance } = fit;
  const { levels, moments, coefficients: p } = structure;
  const q = moments.columns.length;
  const records = recordsOf(fit);
  /** Effects of a group and of all groups above it, its own first. */
  let above: Stack = { columns: [], values: new Float64Array(1), variances: new Float64Array(1) };
  return levels.map((level, l): GroupEffects => {
    const { cross, shrink } = records[l]!;
    const own = level.blocks.flatMap((block) => block.columns);
    const r = own.length;
    const t = above.columns.length;
    const relative = fit.covariances[l]!.map((v) => v / residualVariance);
    const stack: Stack = {
      columns: [...own, ...above.columns],
      values: new Float64Array(level.groups * (r + t)),
      variances: new Float64Array(level.groups * (r + t) ** 2),
    };
    const values = new Float64Array(level.groups * r);
    const conditionalVariances = new Float64Array(level.groups * r * r);
    const pull = new Float64Array(r * t);
    const carried = new Float64Array(r * t);
    for (let g = 0; g < level.groups; g++) {
      const parent = level.parent === null ? 0 : level.parent[g]!;
      const rows = cross.subarray(g * r * q, (g + 1) * r * q);
      const variances = above.variances.subarray(parent * t * t, (parent + 1) * t * t);
      const from = stack.values.subarray(g * (r + t), (g + 1) * (r + t));
      from.set(above.values.subarray(parent * t, (parent + 1) * t), r);
      for (let a = 0; a < r; a++) {
        let effect = 0;
        for (let m = 0; m < r; m++) {
          let score = rows[m * q + q - 1]!;
          for (let c = 0; c < p; c++) score -= rows[m * q + c]! * algebra.beta[c]!;
          effect += relative[a * r + m]! * score;
        }
        for (let k = 0; k < t; k++) {
          let weight = 0;
          for (let m = 0; m < r; m++) weight += relative[a * r + m]! * rows[m * q + above.columns[k]!]!;
          pull[a * t + k] = weight;
          effect -= weight * from[r + k]!;
        }
        from[a] = effect;
        values[g * r + a] = effect;
      }
      multiply(pull, variances, r, t, t, carried);
      const joint = stack.variances.subarray(g * (r + t) ** 2, (g + 1) * (r + t) ** 2);
      for (let a = 0; a < r + t; a++) {
        for (let b = 0; b < r + t; b++) {
          let value = 0;
          if (a >= r && b >= r) value = variances[(a - r) * t + b - r]!;
          else if (a >= r) value = -carried[b * t + a - r]!;
          else if (b >= r) value = -carried[a * t + b - r]!;
          else {
            value = shrink[(g * r + a) * r + b]! * residualVariance;
            for (let k = 0; k < t; k++) value += carried[a * t + k]! * pull[b * t + k]!;
            conditionalVariances[(g * r + a) * r + b] = value;
          }
          joint[a * (r + t) + b] = value;
        }
      }
    }
    above = stack;
    return { effects: r, values, conditionalVariances };
  });
}

interface Stack {
  readonly columns: readonly number[];
  readonly values: Float64Array;
  readonly variances: Float64Array;
}

/** ZᵀB⁻¹A (groups × r × q) and shrink (groups × r × r) of every group of each level. */
function recordsOf({ structure: { levels, moments }, residualVariance, nested }: MixedFit) {
  const { problem, vector } = nested!;
  const sigma = Math.sqrt(residualVariance);
  const roots = unpack(problem, vector).lower.map((l) => l.map((v) => v / sigma));
  const records = levels.map((level) => {
    const r = effectsOf(level);
    return {
      cross: new Float64Array(level.groups * r * moments.columns.length),
      shrink: new Float64Array(level.groups * r * r),
    };
  });
  problem.kernel.visit(roots, (l, g, { cross, shrink }) => {
    records[l]!.cross.set(cross, g * cross.length);
    records[l]!.shrink.set(shrink, g * shrink.length);
  });
  return records;
}
