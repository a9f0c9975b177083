import { normal } from "../../numerics/distributions/index.ts";
import { anovaIcc } from "./anovaIcc.ts";
import { armTotals } from "./armTotals.ts";
import { type ClusterEvents, sumsOfEvents } from "./clusterEvents.ts";
import { varianceOfQuadratic } from "./commonCorrelation.ts";
import { fleissCuzick } from "./fleissCuzick.ts";
import type { IccLimits } from "./iccIntervals.ts";
import { oneWayAnova, type Strata } from "./oneWayAnova.ts";
import { pairwiseSums } from "./pairwiseIcc.ts";

/** ρ̂ and, cluster by cluster, τⱼ = αⱼxⱼ² + βⱼxⱼ + constant with ρ̂ − ρ ≈ Σⱼ (τⱼ − E τⱼ). */
interface Linearised {
  readonly value: number;
  readonly square: (cluster: number) => number;
  readonly linear: (cluster: number) => number;
}

export type BinaryEstimator = "anova" | "fleiss-cuzick" | "pearson";

/**
 * Zou & Donner (2004): ρ̂ ± z SE for a yes-or-no outcome, its variance by the delta method under the common correlation
 * model at ρ̂ (at 0 for a negative ρ̂, the least that the model knows),
 *
 *   Var ρ̂ ≈ Σⱼ Var(αⱼXⱼ² + βⱼXⱼ)
 *
 * Each of the three estimators is a function of Σ xⱼ², Σ xⱼ²/nⱼ and Σ xⱼ over clusters (and arms), so that its influence
 * is quadratic in xⱼ. For Fleiss–Cuzick without arms this is their closed form. Limits may leave the range of ρ.
 */
export function zouDonnerInterval(
  estimator: BinaryEstimator,
  data: ClusterEvents,
  strata: Strata | null,
  level: number,
): IccLimits {
  const { value, square, linear } = linearised[estimator](data, strata);
  const { armOf, proportions } = armTotals(data, strata);
  const rho = Math.min(1, Math.max(0, value));
  let variance = 0;
  for (let j = 0; j < data.sizes.length; j++)
    variance += varianceOfQuadratic(data.sizes[j]!, proportions[armOf(j)]!, rho, square(j), linear(j));
  const standardError = Math.sqrt(Math.max(0, variance));
  const margin = normal.quantileUpper((1 - level) / 2) * standardError;
  return { lower: value - margin, upper: value + margin, working: { scale: "identity", value, standardError } };
}

const linearised: Readonly<Record<BinaryEstimator, (data: ClusterEvents, strata: Strata | null) => Linearised>> = {
  /** ρ = 1 − A/B: dρ = −(dA − (1 − ρ) dB)/B. */
  "fleiss-cuzick": (data, strata) => {
    const { value, expected } = fleissCuzick(data, strata);
    const { armOf, clusters, participants, proportions } = armTotals(data, strata);
    const slope = proportions.map((p, arm) => (1 - clusters[arm]! / participants[arm]!) * (1 - 2 * p));
    return {
      value,
      square: (j) => 1 / data.sizes[j]! / expected,
      linear: (j) => (-1 + (1 - value) * slope[armOf(j)]!) / expected,
    };
  },
  /** F = (C/A − 1)(N − J)/(J − A°) with A = Σ x(n − x)/n, C = Σₐ Nₐπₐ(1 − πₐ): dρ = n₀ dF/(F + n₀ − 1)². */
  anova: (data, strata) => {
    const table = oneWayAnova(sumsOfEvents(data), strata);
    const { armOf, proportions } = armTotals(data, strata);
    const { ssWithin, ssBetween, msBetween, msWithin, dfBetween, dfWithin, effectiveSize: n0 } = table;
    // In terms of MSB and MSW, which stay finite when nothing varies within clusters.
    const scale = (n0 * dfWithin) / dfBetween / ((msBetween + (n0 - 1) * msWithin) * dfWithin) ** 2;
    const total = ssWithin + ssBetween;
    return {
      value: anovaIcc(table),
      square: (j) => (scale * total) / data.sizes[j]!,
      linear: (j) => scale * (ssWithin * (1 - 2 * proportions[armOf(j)]!) - total),
    };
  },
  /** ρ = G/H, G = Σ x(x − 1) − Σₐ Mₐmₐ², H = Σₐ Mₐmₐ(1 − mₐ), Mₐ = Σ n(n − 1): dρ = (dG − ρ dH)/H. */
  pearson: (data, strata) => {
    const { value, spread, centres } = pairwiseSums(sumsOfEvents(data), strata);
    const armOf = (j: number) => (strata === null ? 0 : strata.ofCluster[j]!);
    return {
      value,
      square: () => 1 / spread,
      linear: (j) => {
        const m = centres[armOf(j)]!;
        return (-1 - (2 * m + value * (1 - 2 * m)) * (data.sizes[j]! - 1)) / spread;
      },
    };
  },
};
