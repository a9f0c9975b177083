import { armSizesOf } from "./stratifiedSpace.ts";

/** What a constraint balances. */
export interface BalanceTerms {
  /** Values per cluster, one list per covariate (per indicator of a category). */
  readonly columns: readonly Float64Array[];
  /** One per column. */
  readonly weights: readonly number[];
  readonly metric: "l2" | "l1";
}

/** How far apart the arms' means of cluster-level covariates lie, and the same kept up to date from one allocation to the next. */
export interface BalanceScore {
  /** What the score is on average over the space: Σ weights per pair of arms under l2, the order of magnitude under l1. */
  readonly scale: number;
  of(allocation: Int32Array): number;
  /** The score at an allocation of an enumeration, given the exchange that led to it (see VisitAllocation). */
  follow(allocation: Int32Array, one: number, other: number): number;
}

/** Exchanges after which running sums are formed anew, so that rounding does not build up. */
const refresh = 4096;

/**
 * Balance of cluster-level covariates over an allocation of fixed arm sizes within strata:
 *
 *   l2 = Σ_k w_k (x̄_ak − x̄_bk)² / V_k          l1 = Σ_k w_k |x̄_ak − x̄_bk| / √V_k
 *
 * V_k is the variance of that difference of means over all allocations,
 *
 *   V = Σ_s Σ_{j∈s} (x_j − x̄_s)² Σ_{j∈s} (g_j − ḡ_s)² / (n_s − 1),     g = 1/J_a in arm a, −1/J_b in arm b, else 0
 *
 * which for J_a + J_b clusters without strata is S²(1/J_a + 1/J_b). More than two arms: the sum over all pairs of arms. A
 * covariate that cannot differ, such as a factor of the stratification, adds nothing.
 *
 * Raab GM, Butcher I. Stat Med 2001;20:351–365. Li F et al. Stat Med 2016;35:1565–1579.
 *
 * @param allocation any allocation of the space, from which its arm sizes are read
 * @param stratumOf stratum of every cluster; null: one stratum
 */
export function balanceScore(
  { columns, weights, metric }: BalanceTerms,
  allocation: Int32Array,
  arms: number,
  stratumOf: Int32Array | null,
): BalanceScore {
  const sizes = armSizesOf(allocation, arms, null)[0]!;
  const inUse = Array.from(sizes.keys()).filter((arm) => sizes[arm]! > 0);
  const pairs = inUse.flatMap((a, k) => inUse.slice(k + 1).map((b) => [a, b] as const));
  const width = columns.length;
  const terms = pairs.length * width;
  const squared = metric === "l2";
  /** g of every pair and arm. */
  const contrast = new Float64Array(pairs.length * arms);
  /** Covariates by cluster, pair and column, in units in which the score is the sum of squared (or absolute) contrasts. */
  const z = new Float64Array(allocation.length * terms);
  const standard = columns.map(standardised);
  pairs.forEach(([a, b], pair) => {
    contrast[pair * arms + a] = 1 / sizes[a]!;
    contrast[pair * arms + b] = -1 / sizes[b]!;
    const g = Float64Array.from(allocation, (arm) => contrast[pair * arms + arm]!);
    standard.forEach((x, k) => {
      const variance = varianceOverAllocations(x, g, stratumOf);
      const weight = weights[k]!;
      // Standardised covariates that can differ at all have variances far above rounding.
      const unit = variance < 1e-18 ? 0 : (squared ? Math.sqrt(weight) : weight) / Math.sqrt(variance);
      for (let j = 0; j < x.length; j++) z[j * terms + pair * width + k] = x[j]! * unit;
    });
  });

  const scoreOf = (given: Int32Array, sums: Float64Array): number => {
    sums.fill(0);
    for (let j = 0; j < given.length; j++) {
      for (let pair = 0, at = 0; pair < pairs.length; pair++) {
        const g = contrast[pair * arms + given[j]!]!;
        for (let k = 0; k < width; k++, at++) sums[at]! += g * z[j * terms + at]!;
      }
    }
    let total = 0;
    for (let at = 0; at < terms; at++) total += squared ? sums[at]! * sums[at]! : Math.abs(sums[at]!);
    return total;
  };
  const scratch = new Float64Array(terms);
  const followed = new Float64Array(terms);
  const pairCount = pairs.length;
  let since = 0;
  return {
    scale: pairCount * weights.reduce((sum, weight) => sum + weight, 0),
    of: (given) => scoreOf(given, scratch),
    follow(given, one, other) {
      if (one < 0 || ++since >= refresh) {
        since = 0;
        return scoreOf(given, followed);
      }
      const to = given[one]!;
      const from = given[other]!;
      const come = one * terms;
      const gone = other * terms;
      let total = 0;
      for (let pair = 0, at = 0; pair < pairCount; pair++) {
        const step = contrast[pair * arms + to]! - contrast[pair * arms + from]!;
        for (let k = 0; k < width; k++, at++) {
          const sum = followed[at]! + step * (z[come + at]! - z[gone + at]!);
          followed[at] = sum;
          total += squared ? sum * sum : Math.abs(sum);
        }
      }
      return total;
    },
  };
}

function standardised(column: Float64Array): Float64Array {
  const n = column.length;
  // A first guess takes large values near zero, so that their mean loses no digits.
  const guess = column[0] ?? 0;
  const mean = guess + column.reduce((sum, value) => sum + (value - guess), 0) / n;
  const largest = column.reduce((most, value) => Math.max(most, Math.abs(value - mean)), 0);
  if (largest === 0) return new Float64Array(n);
  const scaled = column.map((value) => (value - mean) / largest);
  const spread = Math.sqrt(scaled.reduce((sum, value) => sum + value * value, 0) / n);
  return scaled.map((value) => value / spread);
}

/** Variance of Σⱼ xⱼ g_π(j) over permutations π within strata. */
function varianceOverAllocations(x: Float64Array, g: Float64Array, stratumOf: Int32Array | null): number {
  const members = new Map<number, number[]>();
  x.forEach((_, j) => {
    const stratum = stratumOf?.[j] ?? 0;
    const found = members.get(stratum);
    if (found === undefined) members.set(stratum, [j]);
    else found.push(j);
  });
  let variance = 0;
  for (const clusters of members.values()) {
    if (clusters.length < 2) continue;
    variance += (squaresAbout(x, clusters) * squaresAbout(g, clusters)) / (clusters.length - 1);
  }
  return variance;
}

function squaresAbout(values: Float64Array, of: readonly number[]): number {
  const mean = of.reduce((sum, j) => sum + values[j]!, 0) / of.length;
  return of.reduce((sum, j) => sum + (values[j]! - mean) ** 2, 0);
}
