import { isFullRank } from "../../data/estimableColumns.ts";
import { cholesky, choleskySolve } from "../../numerics/matrix/cholesky.ts";
import { eliminate } from "./eliminate.ts";
import { SINGULAR } from "./fitMixedModel.ts";
import type { Estimation } from "./likelihood.ts";
import type { MixedStructure } from "./mixedStructure.ts";
import { bestRatio, type InterceptSums, interceptSums, profileAt } from "./randomIntercept.ts";

/** Share of the outcome's sum of squares below which variation within clusters is rounding; as in `fitMixedModel`. */
const ROUNDING = 1e-13;

/** Share of a column's information below which what the columns before it leave unexplained may be rounding. */
const INDEPENDENT = 1e-9;

/** Coefficients of a random-intercept model by how often each cluster counts. */
export interface ReweightedIntercept {
  /**
   * β̂ of the shifted columns at the maximum of the (restricted) likelihood, overwritten by the next call; null when the
   * clusters cannot tell the columns apart or hold no residual variation.
   */
  coefficients(multiplicity: Int32Array): Float64Array | null;
  /** Without one cluster, each other counting once, with the ratio of variances held at its value for all; O(p³). */
  nearlyWithout(cluster: number): Float64Array | null;
}

/**
 * The fit of `fitMixedModel` for resampled clusters from sums that were made once: Σ mⱼsⱼsⱼᵀ by size, Σ mⱼEⱼ, and the
 * search of `bestRatio` over the ratio of variances. O(J p²) for the sums and O(sizes · p²) for each step of the search.
 */
export function reweightedIntercept(
  structure: MixedStructure,
  estimation: Estimation,
  negative: boolean,
): ReweightedIntercept {
  const { moments, coefficients: p } = structure;
  const { groups, cross, sizes: rowsOf } = moments;
  const q = moments.columns.length;
  const s = p + 1;
  const shared = interceptSums(structure);
  const size = Int32Array.from({ length: groups }, (_, j) => shared.sizes.indexOf(cross[j * q * q]!));
  const sizes = shared.sizes.slice();
  const own = Array.from({ length: groups }, (_, j) => partsOf(cross, j, q, p));
  const total = new Float64Array(s * s);
  const scratch = new Float64Array(p * p);
  const inside = new Float64Array(s * s);
  const eliminated = new Float64Array(p * s);
  const slopes = Array.from({ length: p - 1 }, (_, k) => k + 1);
  const { squares, within, counts } = shared;

  let all: { readonly weights: Float64Array; readonly total: Float64Array } | null = null;
  const beta = new Float64Array(p);
  const weightAt = (j: number, psi: number) => {
    const n = cross[j * q * q]!;
    return 1 / (n * (1 + n * psi));
  };
  const addTo = (sum: Float64Array, j: number, weight: number, sign: number) => {
    const { square, inner } = own[j]!;
    for (let e = 0; e < s * s; e++) sum[e]! += sign * (inner[e]! + weight * square[e]!);
  };

  const sumsFor = (multiplicity: Int32Array): InterceptSums | null => {
    counts.fill(0);
    within.fill(0);
    total.fill(0);
    for (const square of squares) square.fill(0);
    let rows = 0;
    let clusters = 0;
    for (let j = 0; j < groups; j++) {
      const times = multiplicity[j]!;
      if (times === 0) continue;
      const { square, inner } = own[j]!;
      const into = squares[size[j]!]!;
      const weight = times / cross[j * q * q]!;
      for (let e = 0; e < s * s; e++) {
        const product = square[e]!;
        into[e]! += times * product;
        within[e]! += times * inner[e]!;
        total[e]! += times * inner[e]! + weight * product;
      }
      counts[size[j]!]! += times;
      rows += times * rowsOf[j]!;
      clusters += times;
    }
    if (rows <= p || clusters >= rows || !isFullRank(total, s, p, scratch)) return null;
    inside.set(within);
    eliminate(inside, s, slopes, eliminated);
    if (!(inside[s * s - 1]! > ROUNDING * total[s * s - 1]!)) return null;
    let largest = 0;
    for (let k = 0; k < sizes.length; k++) {
      // A size that no cluster has adds nothing, whatever it is.
      shared.sizes[k] = counts[k]! > 0 ? sizes[k]! : 1;
      if (counts[k]! > 0) largest = Math.max(largest, sizes[k]!);
    }
    return { ...shared, clusters, rows, largest, logWeights: 0 };
  };

  const solved = (sums: InterceptSums, psi: number): Float64Array => {
    profileAt(sums, psi, "ml");
    return sums.scratch.beta;
  };

  return {
    coefficients(multiplicity) {
      const sums = sumsFor(multiplicity);
      if (sums === null) return null;
      const { psi } = bestRatio(sums, estimation, negative);
      return psi * sums.largest < -SINGULAR ? null : solved(sums, psi);
    },
    nearlyWithout(cluster) {
      if (all === null) {
        const sums = sumsFor(new Int32Array(groups).fill(1));
        if (sums === null) return null;
        const { psi } = bestRatio(sums, estimation, negative);
        all = { weights: Float64Array.from(own, (_, j) => weightAt(j, psi)), total: new Float64Array(s * s) };
        for (let j = 0; j < groups; j++) addTo(all.total, j, all.weights[j]!, 1);
      }
      const left = all.total.slice();
      addTo(left, cluster, all.weights[cluster]!, -1);
      for (let a = 0; a < p; a++) {
        beta[a] = left[a * s + p]!;
        for (let b = 0; b < p; b++) scratch[a * p + b] = left[a * s + b]!;
      }
      if (!cholesky(scratch, p, scratch)) return null;
      for (let a = 0; a < p; a++) if (!(scratch[a * p + a]! ** 2 > INDEPENDENT * left[a * s + a]!)) return null;
      choleskySolve(scratch, p, beta, beta);
      return beta;
    },
  };
}

/** sⱼsⱼᵀ and Eⱼ of the columns [X y] of one cluster, s × s each. */
function partsOf(cross: Float64Array, cluster: number, q: number, p: number) {
  const s = p + 1;
  const base = cluster * q * q;
  const at = (a: number) => (a < p ? a : q - 1);
  const n = cross[base]!;
  const square = new Float64Array(s * s);
  const inner = new Float64Array(s * s);
  for (let a = 0; a < s; a++)
    for (let b = 0; b < s; b++) {
      const product = cross[base + at(a)]! * cross[base + at(b)]!;
      square[a * s + b] = product;
      if (a > 0 && b > 0) inner[a * s + b] = cross[base + at(a) * q + at(b)]! - product / n;
    }
  return { square, inner };
}
