import { type MixedAlgebra, solveTotal, toResiduals } from "../mixed/mixedAlgebra.ts";
import { type JointMoments, totalMoments } from "./jointMoments.ts";
import { inverseOfTwo } from "./seeminglyUnrelated.ts";

/** Cross-products of the columns [x̂₁ e₁ x̂₂ e₂] within clusters, and those of cluster means, by cluster size. */
export interface BivariateSums {
  readonly moments: JointMoments;
  /** Σⱼ Σᵢ (a − āⱼ)(a − āⱼ)ᵀ, q × q. */
  readonly centred: Float64Array;
  /** Distinct cluster sizes n and how many clusters have each. */
  readonly bySize: readonly { readonly size: number; readonly clusters: number }[];
  /** Σ n āⱼāⱼᵀ over the clusters of each size, q × q × sizes: those of one pair of columns stand together. */
  readonly means: Float64Array;
  /** Sums of squares and products of e₁ and e₂ within clusters, covariates taken out. */
  readonly within: readonly [number, number, number];
  /** Correlation of e₁ and e₂ within clusters. */
  readonly residualCorrelation: number;
}

/** Share of a column's sum of squares within clusters below which it does not vary there. */
const CONSTANT = 1e-12;

export function bivariateSums(moments: JointMoments): BivariateSums {
  const { columns: q, clusters, sizes, plain, constant, equations } = moments;
  const centred = totalMoments(plain, q);
  const scale = Float64Array.from({ length: q }, (_, a) => centred[a * q + a]!);
  const distinct = [...new Set(sizes)].sort((a, b) => a - b);
  const place = new Map(distinct.map((size, g) => [size, g]));
  const count = distinct.length;
  const means = new Float64Array(q * q * count);
  for (let j = 0; j < clusters; j++) {
    const size = sizes[j]!;
    const g = place.get(size)!;
    const sums = plain.subarray(j * q * q, j * q * q + q);
    for (let a = 0; a < q; a++)
      for (let b = 0; b < q; b++) {
        const product = (sums[a]! * sums[b]!) / (constant * constant * size);
        means[(a * q + b) * count + g]! += product;
        centred[a * q + b]! -= product;
      }
  }
  // Covariates of clusters, the intercept and the arm among them, have nothing but rounding left.
  for (let a = 0; a < q; a++)
    if (centred[a * q + a]! <= CONSTANT * scale[a]!)
      for (let b = 0; b < q; b++) {
        centred[a * q + b] = 0;
        centred[b * q + a] = 0;
      }
  const within = residualsWithin(centred, q, [equations[0].residual, equations[1].residual]);
  const correlation = within[1] / Math.sqrt(within[0] * within[2]);
  return {
    moments,
    centred,
    bySize: distinct.map((size) => ({ size, clusters: sizes.filter((each) => each === size).length })),
    means,
    within,
    residualCorrelation: Number.isFinite(correlation) ? Math.max(-0.99, Math.min(0.99, correlation)) : 0,
  };
}

/** What is left of the two residual columns when all others are taken out, by Cholesky with the largest share first. */
function residualsWithin(centred: Float64Array, q: number, places: readonly [number, number]) {
  const left = centred.slice();
  const lengths = Float64Array.from({ length: q }, (_, a) => centred[a * q + a]!);
  const open = Array.from({ length: q }, (_, a) => a).filter((a) => !places.includes(a));
  while (open.length > 0) {
    const share = (a: number) => (lengths[a]! > 0 ? left[a * q + a]! / lengths[a]! : 0);
    const pivot = open.reduce((best, a) => (share(a) > share(best) ? a : best));
    open.splice(open.indexOf(pivot), 1);
    if (share(pivot) <= CONSTANT) break;
    const row = left.slice(pivot * q, (pivot + 1) * q);
    for (let a = 0; a < q; a++) for (let b = 0; b < q; b++) left[a * q + b]! -= (row[a]! * row[b]!) / row[pivot]!;
  }
  const [one, two] = places;
  const kept = (at: number, other: number) =>
    at !== other || left[at * q + at]! > CONSTANT * lengths[at]! ? left[at * q + other]! : 0;
  return [kept(one, one), kept(one, two), kept(two, two)] as const;
}

/** The derivative of a 2 × 2 covariance in its elements (1,1), (2,1), (2,2). */
const ELEMENTS = [Float64Array.of(1, 0, 0, 0), Float64Array.of(0, 1, 1, 0), Float64Array.of(0, 0, 0, 1)] as const;

/**
 * All sums that the likelihood and its derivatives need at (Ω_u, Ω_e), elements (1,1), (2,1), (2,2) of each.
 *
 * With the rows of a cluster of size n taken by participant and J = 11ᵀ,
 *
 *   V = I ⊗ Ω_e + J ⊗ Ω_u = (I − J/n) ⊗ Ω_e + (J/n) ⊗ Λₙ,   Λₙ = Ω_e + nΩ_u
 *
 * and V⁻¹, V⁻¹GᵢV⁻¹, V⁻¹GᵢV⁻¹GₖV⁻¹ are all of this form, (I − J/n) ⊗ A + (J/n) ⊗ Bₙ with 2 × 2 matrices A and Bₙ. Between the
 * columns of X and y that takes the cross-products within clusters, weighted by A, and those of cluster means of size n,
 * weighted by Bₙ: no sum goes over clusters, let alone rows. log|V| = (n − 1) log|Ω_e| + log|Λₙ|.
 *
 * @returns null where Ω_e is not positive definite
 */
export function bivariateAlgebra(sums: BivariateSums, variances: Float64Array): MixedAlgebra | null {
  const { bySize, moments } = sums;
  const [one, two] = moments.equations;
  const p = one.coefficients + two.coefficients;
  const s = p + 1;
  const between = symmetric(variances, 0);
  const residual = symmetric(variances, 3);
  const inverse = invert(residual);
  if (inverse === null) return null;
  const inverses: Float64Array[] = [];
  let logDeterminant = 0;
  let degrees = 0;
  for (const { size, clusters } of bySize) {
    const lambda = residual.map((value, e) => value + size * between[e]!);
    const own = invert(lambda);
    if (own === null) return null;
    inverses.push(own);
    degrees += clusters * (size - 1);
    logDeterminant += clusters * Math.log(determinant(lambda));
  }
  logDeterminant += degrees * Math.log(determinant(residual));

  const total = stacked(sums, inverse, inverses);
  const { beta, covariance, residual: squares, logInformation } = solveTotal(total, s);
  // V⁻¹Gᵢ in the same form: within clusters only residual elements, of means those between times n.
  const ofWithin = ELEMENTS.map((element) => timesTwo(inverse, element));
  const ofMeans = bySize.map(({ size }, g) => {
    const products = ELEMENTS.map((element) => timesTwo(inverses[g]!, element));
    return [...products.map((m) => m.map((value) => size * value)), ...products];
  });
  const zero = new Float64Array(4);
  const within = (i: number): Float64Array => (i < 3 ? zero : ofWithin[i - 3]!);
  const first: Float64Array[] = [];
  const second = new Array<Float64Array>(36);
  const traces = new Float64Array(6);
  const tracePairs = new Float64Array(36);
  for (let i = 0; i < 6; i++) {
    const matrix = stacked(
      sums,
      timesTwo(within(i), inverse),
      bySize.map((_, g) => timesTwo(ofMeans[g]![i]!, inverses[g]!)),
    );
    toResiduals(matrix, beta, s);
    first.push(matrix.map((value) => -value));
    traces[i] = degrees * trace(within(i));
    bySize.forEach(({ clusters }, g) => {
      traces[i]! += clusters * trace(ofMeans[g]![i]!);
    });
    for (let k = 0; k <= i; k++) {
      const inside = timesTwo(within(i), within(k));
      const across = bySize.map((_, g) => timesTwo(ofMeans[g]![i]!, ofMeans[g]![k]!));
      const both = stacked(
        sums,
        timesTwo(inside, inverse),
        across.map((m, g) => timesTwo(m, inverses[g]!)),
      );
      toResiduals(both, beta, s);
      second[i * 6 + k] = both;
      if (k < i) second[k * 6 + i] = transposed(both, s);
      let pair = degrees * trace(inside);
      bySize.forEach(({ clusters }, g) => {
        pair += clusters * trace(across[g]!);
      });
      tracePairs[i * 6 + k] = pair;
      tracePairs[k * 6 + i] = pair;
    }
  }
  return {
    coefficients: p,
    components: 6,
    logDeterminant,
    logInformation,
    beta,
    covariance,
    residual: squares,
    first,
    second,
    traces,
    tracePairs,
  };
}

/** [X y]ᵀ((I − J/n) ⊗ A + (J/n) ⊗ Bₙ)[X y] with X block-diagonal and y both outcomes, (p + 1) × (p + 1). */
function stacked({ moments, centred, means, bySize }: BivariateSums, a: Float64Array, b: readonly Float64Array[]) {
  const { equations, columns: q } = moments;
  const first = equations[0].coefficients;
  const p = first + equations[1].coefficients;
  const s = p + 1;
  const out = new Float64Array(s * s);
  const count = bySize.length;
  const weights = new Float64Array(count);
  for (let k = 0; k < 2; k++)
    for (let l = 0; l < 2; l++) {
      const e = 2 * k + l;
      const left = equations[k]!;
      const right = equations[l]!;
      for (let g = 0; g < count; g++) weights[g] = b[g]![e]!;
      for (let i = 0; i <= left.coefficients; i++) {
        const row = i === left.coefficients ? p : k * first + i;
        for (let j = 0; j <= right.coefficients; j++) {
          const at = (left.at + i) * q + right.at + j;
          let value = a[e]! * centred[at]!;
          for (let g = 0; g < count; g++) value += weights[g]! * means[at * count + g]!;
          out[row * s + (j === right.coefficients ? p : l * first + j)]! += value;
        }
      }
    }
  return out;
}

const symmetric = (v: Float64Array, from: number): Float64Array =>
  Float64Array.of(v[from]!, v[from + 1]!, v[from + 1]!, v[from + 2]!);

const determinant = (m: Float64Array): number => m[0]! * m[3]! - m[1]! * m[2]!;

const trace = (m: Float64Array): number => m[0]! + m[3]!;

/** null unless positive definite. */
function invert(m: Float64Array): Float64Array | null {
  return m[0]! > 0 && m[3]! > 0 && determinant(m) > Number.EPSILON * m[0]! * m[3]! ? inverseOfTwo(m) : null;
}

function timesTwo(a: Float64Array, b: Float64Array): Float64Array {
  return Float64Array.of(
    a[0]! * b[0]! + a[1]! * b[2]!,
    a[0]! * b[1]! + a[1]! * b[3]!,
    a[2]! * b[0]! + a[3]! * b[2]!,
    a[2]! * b[1]! + a[3]! * b[3]!,
  );
}

function transposed(matrix: Float64Array, s: number): Float64Array {
  const out = new Float64Array(s * s);
  for (let a = 0; a < s; a++) for (let b = 0; b < s; b++) out[b * s + a] = matrix[a * s + b]!;
  return out;
}
