import { DesignProblem } from "../../contract/problem.ts";
import { randomStream } from "../../numerics/random/randomStream.ts";
import type { Strata } from "./oneWayAnova.ts";

/** A statistic of clusters on a scale where its spread is nearly constant. */
export interface Statistic {
  readonly value: number;
  /** Its derivative by the weight of each cluster. */
  readonly influence: Float64Array;
}

/** Limits on the statistic's scale, and how the resampling went. */
export interface StudentisedLimits {
  readonly lower: number;
  readonly upper: number;
  readonly value: number;
  readonly standardError: number;
  /** Resamples asked for. */
  readonly draws: number;
  /** Resamples in which the statistic could not be computed, left out. */
  readonly failures: number;
}

/** Failing resamples beyond this share leave no distribution to read quantiles from. */
const TOLERATED_FAILURES = 0.05;

/**
 * Bootstrap-t limits of a statistic T of J clusters. Whole clusters are drawn with replacement, within arms; for each
 * resample t* = (T* − T)/SE*, with the infinitesimal-jackknife SE² = Σⱼ (lⱼ − l̄ₐ)², lⱼ the influence of a cluster and l̄ₐ
 * the mean over its arm; the limits are T − SE t*(1 − α/2) and T − SE t*(α/2).
 *
 * Resample k uses stream k of the seed, so the answer does not depend on how work is divided.
 *
 * @param statistic of the clusters at those indices (each as often as it occurs); null where it is not defined
 * @throws DesignProblem `bootstrap-failed` when more than one resample in twenty has no statistic, or the data have none.
 */
export function studentisedBootstrap(
  clusters: number,
  strata: Strata | null,
  statistic: (picked: Int32Array) => Statistic | null,
  level: number,
  seed: number,
  draws = 9999,
): StudentisedLimits {
  const members = membersOf(clusters, strata);
  const picked = Int32Array.from({ length: clusters }, (_, j) => j);
  const studentised = () => {
    const found = statistic(picked);
    const standardError = found === null ? 0 : jackknifeError(found.influence, members);
    return found !== null && standardError > 0 ? { value: found.value, standardError } : null;
  };
  const observed = studentised();
  if (observed === null) throw new DesignProblem("bootstrap-failed", { draws: 0, failures: 0 });
  const statistics: number[] = [];
  for (let k = 0; k < draws; k++) {
    const stream = randomStream(seed, k);
    for (const home of members) for (const j of home) picked[j] = home[stream.integer(home.length)]!;
    const there = studentised();
    if (there !== null) statistics.push((there.value - observed.value) / there.standardError);
  }
  const failures = draws - statistics.length;
  if (failures > TOLERATED_FAILURES * draws) throw new DesignProblem("bootstrap-failed", { draws, failures });
  statistics.sort((a, b) => a - b);
  const tail = (1 - level) / 2;
  const limit = (share: number) => observed.value - observed.standardError * orderStatistic(statistics, share);
  return { lower: limit(1 - tail), upper: limit(tail), ...observed, draws, failures };
}

/** Clusters of each arm. */
function membersOf(clusters: number, strata: Strata | null): readonly (readonly number[])[] {
  const all = Array.from({ length: clusters }, (_, j) => j);
  if (strata === null) return [all];
  return Array.from({ length: strata.levels }, (_, level) => all.filter((j) => strata.ofCluster[j] === level));
}

function jackknifeError(influence: Float64Array, members: readonly (readonly number[])[]): number {
  let variance = 0;
  for (const clusters of members) {
    let first = 0;
    let second = 0;
    for (const j of clusters) {
      first += influence[j]!;
      second += influence[j]! * influence[j]!;
    }
    variance += Math.max(0, second - (first * first) / clusters.length);
  }
  return Math.sqrt(variance);
}

/** The (B + 1) share-th smallest of B sorted values, interpolated; the extreme ones beyond. */
function orderStatistic(sorted: readonly number[], share: number): number {
  const position = (sorted.length + 1) * share - 1;
  const below = Math.min(sorted.length - 1, Math.max(0, Math.floor(position)));
  const above = Math.min(sorted.length - 1, below + 1);
  return sorted[below]! + Math.max(0, position - below) * (sorted[above]! - sorted[below]!);
}
