import { DesignProblem } from "../../contract/problem.ts";
import { randomStream } from "../../numerics/random/randomStream.ts";
import type { ClusterSums } from "./clusterSums.ts";
import { iccFromLogF } from "./iccIntervals.ts";
import { type OneWayAnova, oneWayAnova, type Strata } from "./oneWayAnova.ts";

/** A bootstrap interval and how it went. */
export interface BootstrapInterval {
  readonly lower: number;
  readonly upper: number;
  /** Resamples asked for. */
  readonly draws: number;
  /** Resamples in which the statistic could not be computed (no variation left), left out. */
  readonly failures: number;
  /** log F and its standard error in the data. */
  readonly logF: number;
  readonly standardError: number;
}

/** Failing resamples beyond this share leave no distribution to read quantiles from. */
const TOLERATED_FAILURES = 0.05;

/**
 * Bootstrap-t interval of the intracluster correlation on its variance-stabilising scale (Ukoumunne, Davison, Gulliford
 * & Chinn 2003). Whole clusters are drawn with replacement, within arms; for each resample
 *
 *   t* = (log F* − log F)/SE*,   SE² = Σⱼ (lⱼ − l̄ₐ)²,   lⱼ = nⱼ(ȳⱼ − ȳₐ)²/SSB − Σᵢ(yᵢⱼ − ȳⱼ)²/SSW
 *
 * (the infinitesimal jackknife; l̄ₐ the mean over the arm's clusters), and the interval is log F − SE t*(1 − α/2),
 * log F − SE t*(α/2), taken back to ρ with n₀. Does not assume normal outcomes or cluster means; close to nominal from
 * about 10 clusters on.
 *
 * Resample k uses stream k of the seed, so the answer does not depend on how work is divided.
 *
 * @throws DesignProblem `bootstrap-failed` when too many resamples have no variation between or within clusters.
 */
export function bootstrapT(
  sums: ClusterSums,
  strata: Strata | null,
  level: number,
  seed: number,
  draws = 9999,
): BootstrapInterval {
  const members = membersOf(sums.sizes.length, strata);
  const anova = oneWayAnova(sums, strata);
  const observed = studentised(sums, anova, strata, members);
  if (observed === null) throw new DesignProblem("bootstrap-failed", { draws: 0, failures: 0 });
  const picked = new Int32Array(sums.sizes.length);
  const statistics: number[] = [];
  for (let k = 0; k < draws; k++) {
    const stream = randomStream(seed, k);
    for (const clusters of members) for (const j of clusters) picked[j] = clusters[stream.integer(clusters.length)]!;
    const drawn = resampled(sums, picked);
    const there = studentised(drawn, null, strata, members);
    if (there !== null) statistics.push((there.logF - observed.logF) / there.standardError);
  }
  const failures = draws - statistics.length;
  if (failures > TOLERATED_FAILURES * draws) throw new DesignProblem("bootstrap-failed", { draws, failures });
  statistics.sort((a, b) => a - b);
  const tail = (1 - level) / 2;
  const limit = (share: number) =>
    iccFromLogF(observed.logF - observed.standardError * orderStatistic(statistics, share), anova.effectiveSize);
  return { lower: limit(1 - tail), upper: limit(tail), draws, failures, ...observed };
}

/** Clusters of each arm. */
function membersOf(clusters: number, strata: Strata | null): readonly (readonly number[])[] {
  const all = Array.from({ length: clusters }, (_, j) => j);
  if (strata === null) return [all];
  return Array.from({ length: strata.levels }, (_, level) => all.filter((j) => strata.ofCluster[j] === level));
}

function resampled({ sizes, means, within, shift }: ClusterSums, picked: Int32Array): ClusterSums {
  return {
    sizes: Float64Array.from(picked, (j) => sizes[j]!),
    means: Float64Array.from(picked, (j) => means[j]!),
    within: Float64Array.from(picked, (j) => within[j]!),
    shift,
  };
}

/** log F and its infinitesimal-jackknife standard error; null when either mean square or the error is zero. */
function studentised(
  sums: ClusterSums,
  known: OneWayAnova | null,
  strata: Strata | null,
  members: readonly (readonly number[])[],
): { readonly logF: number; readonly standardError: number } | null {
  const rows = sums.sizes.reduce((a, b) => a + b, 0);
  if (rows === sums.sizes.length) return null;
  const { ssBetween, ssWithin, fStatistic } = known ?? oneWayAnova(sums, strata);
  if (fStatistic === null || !(fStatistic > 0)) return null;
  let variance = 0;
  for (const clusters of members) {
    let count = 0;
    let total = 0;
    for (const j of clusters) {
      count += sums.sizes[j]!;
      total += sums.sizes[j]! * sums.means[j]!;
    }
    const mean = total / count;
    let first = 0;
    let second = 0;
    for (const j of clusters) {
      const influence = (sums.sizes[j]! * (sums.means[j]! - mean) ** 2) / ssBetween - sums.within[j]! / ssWithin;
      first += influence;
      second += influence * influence;
    }
    variance += Math.max(0, second - (first * first) / clusters.length);
  }
  return variance > 0 ? { logF: Math.log(fStatistic), standardError: Math.sqrt(variance) } : null;
}

/** The (B + 1) share-th smallest of B sorted values, interpolated; the extreme ones beyond. */
function orderStatistic(sorted: readonly number[], share: number): number {
  const position = (sorted.length + 1) * share - 1;
  const below = Math.min(sorted.length - 1, Math.max(0, Math.floor(position)));
  const above = Math.min(sorted.length - 1, below + 1);
  return sorted[below]! + Math.max(0, position - below) * (sorted[above]! - sorted[below]!);
}
