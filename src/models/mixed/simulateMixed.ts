import type { ColumnSource } from "../../data/design.ts";
import type { Grouping } from "../../data/grouping.ts";
import type { RandomStream } from "../../numerics/random/randomStream.ts";
import type { MixedFit } from "./fitMixedModel.ts";
import type { MixedLayout } from "./mixedStructureOf.ts";

/**
 * Draws outcomes from a fitted Gaussian mixed model, y = offset + Xβ̂ + Σ Zb + ε with b ~ N(0, Σ̂) anew for every group and
 * ε ~ N(0, σ̂²/w). A negative variance between clusters (compound symmetry) is drawn as ε less a share of its cluster's mean,
 * which has just that covariance.
 *
 * @param coefficients β̂ of the plan's own columns
 * @param order rows in the order in which numbers are drawn for them; groups come in the order of their first row
 */
export function mixedSimulator(
  fit: MixedFit,
  { source, levels }: MixedLayout,
  coefficients: Float64Array,
  rows: { readonly offset: Float64Array | null; readonly weights: Float64Array | null; readonly order: Int32Array },
): (stream: RandomStream, out: Float64Array) => void {
  const n = source.rows;
  const p = coefficients.length;
  const means = fixedPart(source, coefficients, rows.offset);
  const effects = levels.map(({ grouping, blocks }, l) => {
    const own = fit.structure.levels[l]!;
    const columns = blocks.flatMap((block) => block.columns);
    const origins = own.blocks.flatMap((block) => block.origins);
    return {
      grouping,
      order: groupsInOrder(grouping, rows.order),
      z: columnsAbout(source, columns, origins),
      r: columns.length,
      root: semidefiniteRoot(fit.covariances[l]!, columns.length),
    };
  });
  const negative = effects.length === 1 && fit.covariances[0]!.length === 1 && fit.covariances[0]![0]! < 0;
  const sigma = Math.sqrt(fit.residualVariance);
  const errors = new Float64Array(n);
  return (stream, out) => {
    out.set(means);
    if (!negative)
      for (const { grouping, order, z, r, root } of effects) {
        const drawn = new Float64Array(grouping.labels.length * r);
        const standard = new Float64Array(r);
        for (const group of order) {
          for (let k = 0; k < r; k++) standard[k] = stream.normal();
          for (let a = 0; a < r; a++)
            for (let b = 0; b <= a; b++) drawn[group * r + a]! += root[a * r + b]! * standard[b]!;
        }
        for (let i = 0; i < n; i++)
          for (let a = 0; a < r; a++) out[i]! += z[i * r + a]! * drawn[grouping.codes[i]! * r + a]!;
      }
    for (const i of rows.order) errors[i] = (sigma * stream.normal()) / Math.sqrt(rows.weights?.[i] ?? 1);
    if (negative) takeShare(errors, effects[0]!.grouping, rows.weights, fit.covariances[0]![0]! / fit.residualVariance);
    for (let i = 0; i < n; i++) out[i]! += errors[i]!;
  };

  function fixedPart(columns: ColumnSource, beta: Float64Array, offset: Float64Array | null): Float64Array {
    const row = new Float64Array(columns.width);
    return Float64Array.from({ length: n }, (_, i) => {
      columns.fill(i, i + 1, row, columns.width, 0);
      let value = offset?.[i] ?? 0;
      for (let k = 0; k < p; k++) value += row[k]! * beta[k]!;
      return value;
    });
  }
}

/** εᵢ − κ ε̄ with weighted mean ε̄ and κ = 1 − √(1 + nψ), n the cluster's sum of weights: adds σ²ψ to every covariance. */
function takeShare(
  errors: Float64Array,
  { codes, labels }: Grouping,
  weights: Float64Array | null,
  ratio: number,
): void {
  const sums = new Float64Array(labels.length);
  const sizes = new Float64Array(labels.length);
  for (let i = 0; i < codes.length; i++) {
    const weight = weights?.[i] ?? 1;
    sums[codes[i]!]! += weight * errors[i]!;
    sizes[codes[i]!]! += weight;
  }
  for (let i = 0; i < codes.length; i++) {
    const j = codes[i]!;
    errors[i]! -= ((1 - Math.sqrt(Math.max(0, 1 + sizes[j]! * ratio))) * sums[j]!) / sizes[j]!;
  }
}

/** Groups in the order in which their first rows come. */
function groupsInOrder({ codes, labels }: Grouping, order: Int32Array): Int32Array {
  const seen = new Uint8Array(labels.length);
  const found: number[] = [];
  for (const i of order)
    if (seen[codes[i]!] === 0) {
      seen[codes[i]!] = 1;
      found.push(codes[i]!);
    }
  return Int32Array.from(found);
}

/** The columns named, less their origins, n × r. */
function columnsAbout(source: ColumnSource, columns: readonly number[], origins: readonly number[]): Float64Array {
  const r = columns.length;
  const row = new Float64Array(source.width);
  const out = new Float64Array(source.rows * r);
  for (let i = 0; i < source.rows; i++) {
    source.fill(i, i + 1, row, source.width, 0);
    for (let a = 0; a < r; a++) out[i * r + a] = row[columns[a]!]! - origins[a]!;
  }
  return out;
}

/** L with LLᵀ = Σ, lower triangular; a direction without variance has a column of zeros. */
function semidefiniteRoot(covariance: Float64Array, r: number): Float64Array {
  const root = new Float64Array(r * r);
  for (let a = 0; a < r; a++)
    for (let b = 0; b <= a; b++) {
      let value = covariance[a * r + b]!;
      for (let k = 0; k < b; k++) value -= root[a * r + k]! * root[b * r + k]!;
      if (a === b) root[a * r + a] = value > 1e-12 * covariance[a * r + a]! ? Math.sqrt(value) : 0;
      else if (root[b * r + b]! > 0) root[a * r + b] = value / root[b * r + b]!;
    }
  return root;
}
