import { type PermutationStatistic, REFRESH } from "./statistic.ts";

/** Clusters to be compared between two arms, within strata. */
export interface ComparedClusters {
  /** y, one number per cluster. */
  readonly values: Float64Array;
  /** w > 0 per cluster; null when all weigh the same. */
  readonly weights: Float64Array | null;
  /** Stratum or pair of each cluster; null for one stratum. */
  readonly strata: Int32Array | null;
}

/** A contrast, and a bound on it. */
export interface ClusterContrast extends PermutationStatistic {
  /** Σ |w (y − ȳ)|: the statistic times its denominator never exceeds it. */
  readonly largest: number;
  /** The denominator at the last allocation. */
  spread(): number;
}

/**
 * The difference between arms of cluster numbers, weighted least squares on arm and strata:
 *
 *   T(a) = Σ_{j in arm 1} wⱼ (yⱼ − ȳ_s) / W(a),     W(a) = Σ_s w_1s w_0s / w_s
 *
 * ȳ_s the weighted mean of stratum s, w_as the weight of arm a there. Without strata and weights it is the difference of the
 * arms' means; with pairs the mean of their differences. When every y of the arm-1 clusters of an allocation o is δ lower,
 * T(a) falls by δ u(a), u(a) = T(a) of the indicator of o; given `shifted`, u is written beside T.
 *
 * O(1) for an exchange of two clusters of the same weight and stratum, O(strata) for any other.
 *
 * @param shifted indicator of the clusters that a shift moves; null: T alone is written
 */
export function clusterContrast(
  { values, weights, strata }: ComparedClusters,
  shifted: Float64Array | null = null,
): ClusterContrast {
  const clusters = values.length;
  const w = weights ?? new Float64Array(clusters).fill(1);
  const stratumOf = strata ?? new Int32Array(clusters);
  const total = new Float64Array(1 + stratumOf.reduce((last, s) => Math.max(last, s), 0));
  for (let j = 0; j < clusters; j++) total[stratumOf[j]!]! += w[j]!;
  const everybody = total.reduce((sum, each) => sum + each, 0);
  const y = weighedDeviations(values, w, stratumOf, total);
  const d = shifted === null ? new Float64Array(clusters) : weighedDeviations(shifted, w, stratumOf, total);
  const inArm = new Float64Array(total.length);
  let sum = 0;
  let moved = 0;
  let spread = 0;
  let since = 0;

  const spreadNow = (): number => {
    let found = 0;
    for (let s = 0; s < total.length; s++) {
      const all = total[s]!;
      if (all > 0) found += (inArm[s]! * (all - inArm[s]!)) / all;
    }
    // An arm that has nobody to be compared with in any stratum.
    return found > 1e-12 * everybody ? found : Number.NaN;
  };
  const renew = (allocation: Int32Array): void => {
    sum = 0;
    moved = 0;
    since = 0;
    inArm.fill(0);
    for (let j = 0; j < clusters; j++) {
      if (allocation[j] !== 1) continue;
      sum += y[j]!;
      moved += d[j]!;
      inArm[stratumOf[j]!]! += w[j]!;
    }
    spread = spreadNow();
  };

  const plain = weights === null && strata === null;
  return {
    width: shifted === null ? 1 : 2,
    largest: y.reduce((bound, each) => bound + Math.abs(each), 0),
    spread: () => spread,
    follow(allocation, one, other, out, at) {
      if (one < 0 || ++since >= REFRESH) renew(allocation);
      else {
        const entering = allocation[one] === 1 ? one : other;
        const leaving = entering === one ? other : one;
        sum += y[entering]! - y[leaving]!;
        moved += d[entering]! - d[leaving]!;
        if (!plain && (w[entering] !== w[leaving] || stratumOf[entering] !== stratumOf[leaving])) {
          inArm[stratumOf[entering]!]! += w[entering]!;
          inArm[stratumOf[leaving]!]! -= w[leaving]!;
          spread = spreadNow();
        }
      }
      out[at] = sum / spread;
      if (shifted !== null) out[at + 1] = moved / spread;
    },
  };
}

/** wⱼ (xⱼ − x̄_s), the mean weighted. */
function weighedDeviations(x: Float64Array, w: Float64Array, stratumOf: Int32Array, total: Float64Array): Float64Array {
  const first = new Float64Array(total.length).fill(Number.NaN);
  const mean = new Float64Array(total.length);
  // Differences to the first value of the stratum, so that a large level costs no digits.
  for (let j = 0; j < x.length; j++) {
    const s = stratumOf[j]!;
    if (Number.isNaN(first[s]!)) first[s] = x[j]!;
    mean[s]! += (w[j]! * (x[j]! - first[s]!)) / total[s]!;
  }
  return x.map((value, j) => w[j]! * (value - first[stratumOf[j]!]! - mean[stratumOf[j]!]!));
}
