import { clusterContrast } from "./clusterContrast.ts";
import { type PermutationStatistic, REFRESH } from "./statistic.ts";

/** Is every arm's variance of its own known in every stratum that compares arms, or have all to share one? */
export type Studentisation = "welch" | "pooled";

/** Welch where every arm has two clusters or more in every stratum that has both arms; else one variance for all. */
export function studentisationOf(allocation: Int32Array, strata: Int32Array | null): Studentisation {
  const counts = new Map<number, [number, number]>();
  allocation.forEach((arm, j) => {
    const stratum = strata?.[j] ?? 0;
    const found = counts.get(stratum) ?? [0, 0];
    found[arm === 1 ? 1 : 0]++;
    counts.set(stratum, found);
  });
  const compared = [...counts.values()].filter(([none, some]) => none > 0 && some > 0);
  return compared.every(([none, some]) => none > 1 && some > 1) ? "welch" : "pooled";
}

/** The difference of cluster numbers between arms over its standard error, that of the same allocation. */
export const studentisedContrast = (
  values: Float64Array,
  strata: Int32Array | null,
  studentisation: Studentisation,
): PermutationStatistic =>
  studentisation === "welch" ? welchContrast(values, strata) : pooledContrast(values, strata);

/**
 * t = Σ_s ω_s (ȳ_1s − ȳ_0s) / √Σ_s ω_s² (v_1s/n_1s + v_0s/n_0s),   ω_s = n_1s n_0s / n_s
 *
 * with v_as the variance of arm a in stratum s; without strata Welch's t. Infinite where arms differ and nothing varies
 * within them. O(1) for an exchange within a stratum.
 */
function welchContrast(values: Float64Array, strata: Int32Array | null): PermutationStatistic {
  const clusters = values.length;
  const stratumOf = strata ?? new Int32Array(clusters);
  const S = 1 + stratumOf.reduce((last, s) => Math.max(last, s), 0);
  const n = new Int32Array(S);
  const mean = new Float64Array(S);
  const squares = new Float64Array(S);
  const origin = Float64Array.from({ length: S }, (_, s) => values[stratumOf.indexOf(s)] ?? 0);
  for (let j = 0; j < clusters; j++) n[stratumOf[j]!]!++;
  for (let j = 0; j < clusters; j++) mean[stratumOf[j]!]! += (values[j]! - origin[stratumOf[j]!]!) / n[stratumOf[j]!]!;
  const x = values.map((value, j) => value - origin[stratumOf[j]!]! - mean[stratumOf[j]!]!);
  for (let j = 0; j < clusters; j++) squares[stratumOf[j]!]! += x[j]! * x[j]!;
  const count = new Int32Array(S);
  const sums = new Float64Array(S);
  const inSquares = new Float64Array(S);
  const tops = new Float64Array(S);
  const variances = new Float64Array(S);
  let top = 0;
  let variance = 0;
  let since = 0;

  /** Sums of x are zero over the stratum, so those of arm 0 are those of arm 1 with the other sign. */
  const stratum = (s: number): void => {
    const n1 = count[s]!;
    const n0 = n[s]! - n1;
    if (n1 === 0 || n0 === 0) {
      tops[s] = 0;
      variances[s] = 0;
      return;
    }
    const omega = (n1 * n0) / n[s]!;
    const sum = sums[s]!;
    const within1 = inSquares[s]! - (sum * sum) / n1;
    const within0 = squares[s]! - inSquares[s]! - (sum * sum) / n0;
    // What cancels to less than this is rounding.
    const nothing = 1e-13 * squares[s]!;
    const v1 = within1 > nothing ? within1 / (n1 - 1) / n1 : 0;
    const v0 = within0 > nothing ? within0 / (n0 - 1) / n0 : 0;
    tops[s] = sum;
    variances[s] = n1 > 1 && n0 > 1 ? omega * omega * (v1 + v0) : Number.NaN;
  };
  const renew = (allocation: Int32Array): void => {
    since = 0;
    count.fill(0);
    sums.fill(0);
    inSquares.fill(0);
    for (let j = 0; j < clusters; j++) {
      if (allocation[j] !== 1) continue;
      const s = stratumOf[j]!;
      count[s]!++;
      sums[s]! += x[j]!;
      inSquares[s]! += x[j]! * x[j]!;
    }
    let compared = 0;
    for (let s = 0; s < S; s++) {
      stratum(s);
      compared += count[s]! * (n[s]! - count[s]!);
    }
    if (compared === 0) variances[0] = Number.NaN;
    add();
  };
  const add = (): void => {
    top = 0;
    variance = 0;
    for (let s = 0; s < S; s++) {
      top += tops[s]!;
      variance += variances[s]!;
    }
  };
  const bound = x.reduce((sum, each) => sum + Math.abs(each), 0);

  return {
    width: 1,
    follow(allocation, one, other, out, at) {
      const entering = one < 0 || allocation[one] === 1 ? one : other;
      const leaving = entering === one ? other : one;
      if (one < 0 || ++since >= REFRESH || stratumOf[one] !== stratumOf[other]) renew(allocation);
      else {
        const s = stratumOf[one]!;
        sums[s]! += x[entering]! - x[leaving]!;
        inSquares[s]! += x[entering]! * x[entering]! - x[leaving]! * x[leaving]!;
        stratum(s);
        if (S === 1) {
          top = tops[0]!;
          variance = variances[0]!;
        } else add();
      }
      out[at] = Math.abs(top) <= 1e-13 * bound && variance >= 0 ? 0 : top / Math.sqrt(variance);
    },
  };
}

/**
 * t of least squares on arm and strata with one residual variance: √df · T √W / √(S − W T²), S the sum of squares within
 * strata. Without strata the pooled t test, with pairs the paired one. Over allocations with the same numbers of clusters
 * per stratum it orders them as T does.
 */
function pooledContrast(values: Float64Array, strata: Int32Array | null): PermutationStatistic {
  const contrast = clusterContrast({ values, weights: null, strata });
  const inUse = strata === null ? 1 : new Set(strata).size;
  const df = values.length - inUse - 1;
  const squares = within(values, strata);
  const found = new Float64Array(1);
  return {
    width: 1,
    follow(allocation, one, other, out, at) {
      contrast.follow(allocation, one, other, found, 0);
      const explained = found[0]! * found[0]! * contrast.spread();
      const left = squares - explained;
      const share = left > 1e-13 * squares ? (df * explained) / left : Number.POSITIVE_INFINITY;
      const none = Math.abs(found[0]! * contrast.spread()) <= 1e-13 * contrast.largest;
      out[at] = none ? 0 : Number.isNaN(explained) ? Number.NaN : Math.sign(found[0]!) * Math.sqrt(share);
    },
  };
}

function within(values: Float64Array, strata: Int32Array | null): number {
  const groups = new Map<number, number[]>();
  values.forEach((value, j) => {
    const stratum = strata?.[j] ?? 0;
    const found = groups.get(stratum);
    if (found === undefined) groups.set(stratum, [value]);
    else found.push(value);
  });
  let total = 0;
  for (const group of groups.values()) {
    const origin = group[0]!;
    const mean = group.reduce((sum, value) => sum + (value - origin), 0) / group.length;
    total += group.reduce((sum, value) => sum + (value - origin - mean) ** 2, 0);
  }
  return total;
}
