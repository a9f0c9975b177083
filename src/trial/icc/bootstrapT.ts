import { DesignProblem } from "../../contract/problem.ts";
import type { ClusterEvents } from "./clusterEvents.ts";
import type { ClusterSums } from "./clusterSums.ts";
import { fleissCuzick } from "./fleissCuzick.ts";
import { iccFromLogF } from "./iccIntervals.ts";
import { oneWayAnova, type Strata } from "./oneWayAnova.ts";
import { pairwiseSums } from "./pairwiseIcc.ts";
import { type ClusterRates, coefficient, rateVariation } from "./rateVariation.ts";
import { type Statistic, studentisedBootstrap } from "./studentisedBootstrap.ts";

/** A bootstrap interval and how it went. */
export interface BootstrapInterval {
  readonly lower: number;
  readonly upper: number;
  /** Resamples asked for. */
  readonly draws: number;
  /** Resamples in which the statistic could not be computed (no variation left), left out. */
  readonly failures: number;
  /** log F (of rates log(S/C)) and its standard error in the data. */
  readonly logF: number;
  readonly standardError: number;
}

/**
 * Bootstrap-t interval of the analysis-of-variance intracluster correlation on its variance-stabilising scale (Ukoumunne,
 * Davison, Gulliford & Chinn 2003): log F with influences
 *
 *   lⱼ = nⱼ(ȳⱼ − ȳₐ)²/SSB − Σᵢ(yᵢⱼ − ȳⱼ)²/SSW
 *
 * taken back to ρ with n₀. Does not assume normal outcomes or cluster means; close to nominal from about 10 clusters on.
 *
 * @throws DesignProblem `bootstrap-failed` when too many resamples have no variation between or within clusters.
 */
export function bootstrapT(
  sums: ClusterSums,
  strata: Strata | null,
  level: number,
  seed: number,
  draws?: number,
): BootstrapInterval {
  const { effectiveSize } = oneWayAnova(sums, strata);
  const statistic = (picked: Int32Array) => logF(sumsAt(sums, picked), strata);
  return carried(sums.sizes.length, strata, statistic, level, seed, draws, (x) => iccFromLogF(x, effectiveSize));
}

/** The same for Fleiss–Cuzick: F = (1 + (n₀ − 1)ρ)/(1 − ρ) with n₀ of the data. */
export function bootstrapFleissCuzick(
  data: ClusterEvents,
  strata: Strata | null,
  effectiveSize: number,
  level: number,
  seed: number,
  draws?: number,
): BootstrapInterval {
  const statistic = (picked: Int32Array) =>
    orNull(() => {
      const { within, expected, withinOf, expectedOf } = fleissCuzick(eventsAt(data, picked), strata);
      const ratio = expected / within;
      const f = effectiveSize * (ratio - 1) + 1;
      const slope = effectiveSize / (within * f);
      return { value: Math.log(f), influence: withinOf.map((a, j) => slope * (expectedOf[j]! - ratio * a)) };
    });
  return carried(data.sizes.length, strata, statistic, level, seed, draws, (x) => iccFromLogF(x, effectiveSize));
}

/** The same for the pairwise correlation. */
export function bootstrapPairs(
  sums: ClusterSums,
  strata: Strata | null,
  effectiveSize: number,
  level: number,
  seed: number,
  draws?: number,
): BootstrapInterval {
  const statistic = (picked: Int32Array) =>
    orNull(() => {
      const { value, spread, sharedOf, spreadOf } = pairwiseSums(sumsAt(sums, picked), strata);
      const f = (1 + (effectiveSize - 1) * value) / (1 - value);
      const slope = effectiveSize / ((1 - value) ** 2 * f * spread);
      return { value: Math.log(f), influence: sharedOf.map((g, j) => slope * (g - value * spreadOf[j]!)) };
    });
  return carried(sums.sizes.length, strata, statistic, level, seed, draws, (x) => iccFromLogF(x, effectiveSize));
}

/** The same for k: log(S/C), the spread of rates over that which chance makes, taken back with C/L of the data. */
export function bootstrapRates(
  rates: ClusterRates,
  strata: Strata | null,
  level: number,
  seed: number,
  draws?: number,
): BootstrapInterval {
  const { chance, level: mean } = rateVariation(rates, strata);
  const statistic = (picked: Int32Array) =>
    orNull(() => {
      const { spread, chance: there, influence } = rateVariation(ratesAt(rates, picked), strata);
      return { value: Math.log(spread / there), influence };
    });
  const back = (x: number) => coefficient((Math.expm1(x) * chance) / mean);
  return carried(rates.events.length, strata, statistic, level, seed, draws, back);
}

function carried(
  clusters: number,
  strata: Strata | null,
  statistic: (picked: Int32Array) => Statistic | null,
  level: number,
  seed: number,
  draws: number | undefined,
  back: (x: number) => number,
): BootstrapInterval {
  const { value, lower, upper, ...rest } = studentisedBootstrap(clusters, strata, statistic, level, seed, draws);
  return { ...rest, logF: value, lower: back(lower), upper: back(upper) };
}

/** log F and its influences; null when either mean square or the error is zero. */
function logF(sums: ClusterSums, strata: Strata | null): Statistic | null {
  const { sizes, means, within } = sums;
  const rows = sizes.reduce((a, b) => a + b, 0);
  if (rows === sizes.length) return null;
  const { ssBetween, ssWithin, fStatistic } = oneWayAnova(sums, strata);
  if (fStatistic === null || !(fStatistic > 0)) return null;
  const levels = strata?.levels ?? 1;
  const count = new Float64Array(levels);
  const centre = new Float64Array(levels);
  const armOf = (j: number) => (strata === null ? 0 : strata.ofCluster[j]!);
  for (let j = 0; j < sizes.length; j++) {
    count[armOf(j)]! += sizes[j]!;
    centre[armOf(j)]! += sizes[j]! * means[j]!;
  }
  for (let arm = 0; arm < levels; arm++) centre[arm]! /= count[arm]!;
  return {
    value: Math.log(fStatistic),
    influence: sizes.map((n, j) => (n * (means[j]! - centre[armOf(j)]!) ** 2) / ssBetween - within[j]! / ssWithin),
  };
}

const at = (values: Float64Array, picked: Int32Array): Float64Array => {
  const out = new Float64Array(picked.length);
  for (let j = 0; j < picked.length; j++) out[j] = values[picked[j]!]!;
  return out;
};

const sumsAt = ({ sizes, means, within, shift }: ClusterSums, picked: Int32Array): ClusterSums => ({
  sizes: at(sizes, picked),
  means: at(means, picked),
  within: at(within, picked),
  shift,
});

const eventsAt = ({ sizes, events }: ClusterEvents, picked: Int32Array): ClusterEvents => ({
  sizes: at(sizes, picked),
  events: at(events, picked),
});

const ratesAt = ({ events, exposures, kind }: ClusterRates, picked: Int32Array): ClusterRates => ({
  events: at(events, picked),
  exposures: at(exposures, picked),
  kind,
});

/** A resample without variation has no statistic: neither by a problem nor by a number that is not finite. */
function orNull(find: () => Statistic): Statistic | null {
  try {
    const found = find();
    return Number.isFinite(found.value) ? found : null;
  } catch (problem) {
    if (problem instanceof DesignProblem) return null;
    throw problem;
  }
}
