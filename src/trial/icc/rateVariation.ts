import { DesignProblem } from "../../contract/problem.ts";
import { chiSquared } from "../../numerics/distributions/index.ts";
import type { Strata } from "./oneWayAnova.ts";

/** Events and what they are divided by, of each cluster. Length J each. */
export interface ClusterRates {
  readonly events: Float64Array;
  /** Person-time eⱼ, or participants for proportions. */
  readonly exposures: Float64Array;
  /** "rate": events are counts, of variance λ/e about a cluster's own rate; "proportion": π(1 − π)/e. */
  readonly kind: "rate" | "proportion";
}

/** The two sums of k̂² and what each cluster adds to them. */
export interface RateVariation {
  /** k̂², below 0 when rates vary less than chance alone makes them. */
  readonly squared: number;
  /** S = Σₐ Σⱼ (rⱼ − r̄ₐ)², spread of the rates. */
  readonly spread: number;
  /** C = Σₐ (Jₐ − 1) vₐ/Hₐ, the spread that chance alone makes. */
  readonly chance: number;
  /** L = Σₐ (Jₐ − 1) rₐ² */
  readonly level: number;
  /** J − A */
  readonly df: number;
  /** Variance between clusters of the rates themselves, (S − C)/(J − A). */
  readonly betweenVariance: number;
  /** ∂ log(S/C)/∂wⱼ for a weight wⱼ on cluster j. */
  readonly influence: Float64Array;
}

/**
 * Between-cluster coefficient of variation k of true rates (Hayes & Bennett 1999; Hayes & Moulton 2017, chapter 2), by
 * moments within arms:
 *
 *   k̂² = Σₐ (Jₐ − 1)(sₐ² − vₐ/Hₐ) / Σₐ (Jₐ − 1) rₐ²
 *
 * sₐ² the variance of the rates rⱼ = xⱼ/eⱼ of an arm's clusters, each counting alike; rₐ the arm's events over its
 * person-time; Hₐ the harmonic mean of its clusters' person-time; vₐ = rₐ for rates and rₐ(1 − rₐ) for proportions. With
 * one arm this is k̂² = (s² − r/H)/r² as published. k is taken to be the same in both arms, whose rates may differ.
 *
 * @throws DesignProblem `no-degrees-of-freedom` when J ≤ A, `outcome-without-variation` when no arm of two or more
 *   clusters has events (and others, for proportions).
 */
export function rateVariation({ events, exposures, kind }: ClusterRates, strata: Strata | null = null): RateVariation {
  const clusters = events.length;
  const levels = strata?.levels ?? 1;
  const armOf = (j: number) => (strata === null ? 0 : strata.ofCluster[j]!);
  const count = new Float64Array(levels);
  const totals = new Float64Array(levels);
  const time = new Float64Array(levels);
  const inverse = new Float64Array(levels);
  const means = new Float64Array(levels);
  for (let j = 0; j < clusters; j++) {
    const arm = armOf(j);
    count[arm]! += 1;
    totals[arm]! += events[j]!;
    time[arm]! += exposures[j]!;
    inverse[arm]! += 1 / exposures[j]!;
    means[arm]! += events[j]! / exposures[j]!;
  }
  const df = clusters - levels;
  if (df <= 0) throw new DesignProblem("no-degrees-of-freedom", { clusters, coefficients: levels });
  const rates = totals.map((total, arm) => total / time[arm]!);
  const noise = rates.map((rate) => (kind === "rate" ? rate : rate * (1 - rate)));
  let spread = 0;
  let chance = 0;
  let level = 0;
  for (let arm = 0; arm < levels; arm++) {
    means[arm]! /= count[arm]!;
    chance += ((count[arm]! - 1) * noise[arm]! * inverse[arm]!) / count[arm]!;
    level += (count[arm]! - 1) * rates[arm]! ** 2;
  }
  for (let j = 0; j < clusters; j++) spread += (events[j]! / exposures[j]! - means[armOf(j)]!) ** 2;
  if (!(chance > 0)) throw new DesignProblem("outcome-without-variation", {});
  const influence = new Float64Array(clusters);
  for (let j = 0; j < clusters; j++) {
    const arm = armOf(j);
    const [r, e, v, n] = [rates[arm]!, exposures[j]!, noise[arm]!, count[arm]!];
    const slope = kind === "rate" ? 1 : 1 - 2 * r;
    const rateOf = (events[j]! - r * e) / time[arm]!;
    const ofChance = (v * inverse[arm]!) / n ** 2 + (1 - 1 / n) * (slope * rateOf * inverse[arm]! + v / e);
    influence[j] = spread > 0 ? (events[j]! / e - means[arm]!) ** 2 / spread - ofChance / chance : 0;
  }
  return {
    squared: (spread - chance) / level,
    spread,
    chance,
    level,
    df,
    betweenVariance: (spread - chance) / df,
    influence,
  };
}

/**
 * Limits of k as Searle's are of ρ: S/C compared with its distribution if true rates were normal and chance known,
 * χ²/(J − A) on J − A degrees of freedom,
 *
 *   k² = (F/q − 1) C/L,   F = S/C,   q the upper and the lower quantile of χ²/(J − A)
 *
 * at least 0. Exact for rates of equal person-time that are normal.
 */
export function rateVariationInterval({ spread, chance, level: mean, df }: RateVariation, level: number) {
  const tail = (1 - level) / 2;
  const limit = (quantile: number) => coefficient(((spread * df) / quantile - chance) / mean);
  return { lower: limit(chiSquared.quantileUpper(tail, df)), upper: limit(chiSquared.quantile(tail, df)) };
}

/** k from k²; 0 where that is negative. */
export const coefficient = (squared: number): number => Math.sqrt(Math.max(0, squared));
