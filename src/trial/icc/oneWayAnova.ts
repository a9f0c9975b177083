import { DesignProblem } from "../../contract/problem.ts";
import { fisherF } from "../../numerics/distributions/index.ts";
import type { ClusterSums } from "./clusterSums.ts";

/** Clusters sorted into arms whose means are taken out first; null for one common mean. */
export interface Strata {
  readonly levels: number;
  readonly ofCluster: ArrayLike<number>;
}

/** Analysis of variance between and within clusters. */
export interface OneWayAnova {
  /** J less the number of arms. */
  readonly dfBetween: number;
  /** N − J */
  readonly dfWithin: number;
  readonly ssBetween: number;
  readonly ssWithin: number;
  readonly msBetween: number;
  readonly msWithin: number;
  /** MSB/MSW; null when nothing varies within clusters. */
  readonly fStatistic: number | null;
  /** P(F ≥ MSB/MSW) if clusters were alike. */
  readonly pValue: number | null;
  /** Effective cluster size n₀. */
  readonly effectiveSize: number;
  /** Share of the sum of squares about the grand mean that lies between clusters, arms included. */
  readonly rSquared: number;
  /** Σ over arms of (S₂ − 2 S₃/N + S₂²/N²), Sₖ = Σ nⱼᵏ: zero-free part of var(MSB) when sizes differ. */
  readonly inequality: number;
}

/**
 * One-way analysis of variance of clusters, about arm means when there are arms:
 *
 *   MSB = Σⱼ nⱼ (ȳⱼ − ȳₐ)²/(J − A),   MSW = ΣᵢΣⱼ (yᵢⱼ − ȳⱼ)²/(N − J),   n₀ = (N − Σₐ S₂ₐ/Nₐ)/(J − A)
 *
 * with A arms (1 without), S₂ₐ = Σ nⱼ² over the clusters of an arm, Nₐ its participants.
 *
 * @throws DesignProblem `no-degrees-of-freedom` when J ≤ A, `clusters-of-one` when every cluster has one member.
 */
export function oneWayAnova(sums: ClusterSums, strata: Strata | null = null): OneWayAnova {
  const { sizes, means, within } = sums;
  const clusters = sizes.length;
  const levels = strata?.levels ?? 1;
  const levelOf = (j: number) => (strata === null ? 0 : strata.ofCluster[j]!);
  const dfBetween = clusters - levels;
  if (dfBetween <= 0) throw new DesignProblem("no-degrees-of-freedom", { clusters, coefficients: levels });

  const count = new Float64Array(levels);
  const total = new Float64Array(levels);
  const squares = new Float64Array(levels);
  const cubes = new Float64Array(levels);
  for (let j = 0; j < clusters; j++) {
    const n = sizes[j]!;
    const level = levelOf(j);
    count[level]! += n;
    total[level]! += n * means[j]!;
    squares[level]! += n * n;
    cubes[level]! += n * n * n;
  }
  const rows = count.reduce((a, b) => a + b, 0);
  const dfWithin = rows - clusters;
  if (dfWithin <= 0) throw new DesignProblem("clusters-of-one", { clusters });

  const grand = total.reduce((a, b) => a + b, 0) / rows;
  let ssBetween = 0;
  let ssAmong = 0;
  let ssWithin = 0;
  for (let j = 0; j < clusters; j++) {
    const level = levelOf(j);
    ssBetween += sizes[j]! * (means[j]! - total[level]! / count[level]!) ** 2;
    ssAmong += sizes[j]! * (means[j]! - grand) ** 2;
    ssWithin += within[j]!;
  }
  let effective = rows;
  let inequality = 0;
  for (let level = 0; level < levels; level++) {
    effective -= squares[level]! / count[level]!;
    inequality += squares[level]! - (2 * cubes[level]!) / count[level]! + (squares[level]! / count[level]!) ** 2;
  }
  const msBetween = ssBetween / dfBetween;
  const msWithin = ssWithin / dfWithin;
  const fStatistic = msWithin > 0 ? msBetween / msWithin : null;
  return {
    dfBetween,
    dfWithin,
    ssBetween,
    ssWithin,
    msBetween,
    msWithin,
    fStatistic,
    pValue: fStatistic === null ? null : fisherF.upper(fStatistic, dfBetween, dfWithin),
    effectiveSize: effective / dfBetween,
    rSquared: ssAmong + ssWithin > 0 ? ssAmong / (ssAmong + ssWithin) : 0,
    inequality,
  };
}
