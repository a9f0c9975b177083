import type { Findings, OptionValue, VarianceComponent } from "../../contract/analysis.ts";
import type { Interval } from "../../contract/estimate.ts";
import type { Frame } from "../../data/frame.ts";
import type { FamilyName } from "../../models/family/family.ts";
import type { LinkName } from "../../models/family/link.ts";
import type { FittedRandomLevel } from "../../models/generalisedMixed/generalisedMixedFit.ts";
import type { ClusterPrediction } from "./clusterRecords.ts";

/**
 * Variances of random effects by group and term, covariances after the variances of their block. There is no residual
 * component: the family gives the variance of outcomes about their means.
 *
 * @param intervalOf interval of the standard deviation of effect a of level l; null where there is none
 */
export function generalisedVariances(
  levels: readonly FittedRandomLevel[],
  intervalOf: (level: number, effect: number) => Interval | null,
): VarianceComponent[] {
  return levels.flatMap(({ name, blocks, covariance }, l) => {
    const r = Math.round(Math.sqrt(covariance.length));
    let offset = 0;
    return blocks.flatMap((terms) => {
      const start = offset;
      offset += terms.length;
      const variance = (a: number) => covariance[(start + a) * r + start + a]!;
      const variances = terms.map(
        (term, a): VarianceComponent => ({
          group: name,
          term,
          with: null,
          variance: variance(a),
          standardDeviation: Math.sqrt(variance(a)),
          correlation: null,
          interval: intervalOf(l, start + a),
        }),
      );
      const covariances = terms.flatMap((term, a) =>
        terms.slice(0, a).map((other, b): VarianceComponent => {
          const value = covariance[(start + a) * r + start + b]!;
          const scale = Math.sqrt(variance(a) * variance(b));
          return {
            group: name,
            term: other,
            with: term,
            variance: value,
            standardDeviation: null,
            correlation: scale > 0 ? Math.max(-1, Math.min(1, value / scale)) : null,
            interval: null,
          };
        }),
      );
      return [...variances, ...covariances];
    });
  });
}

/** Variance of the latent outcome about its mean, of which the binary one tells the sign. */
const latentVariance: Partial<Record<LinkName, number>> = {
  logit: Math.PI ** 2 / 3,
  probit: 1,
  cloglog: Math.PI ** 2 / 6,
};

/**
 * Share of the latent variance that lies between clusters, (σ² of the cluster and what it lies in)/(Σσ² + residual of the
 * link), for binomial models whose random effects are all intercepts; null otherwise. Counts have no latent scale.
 */
export function latentIcc(
  levels: readonly FittedRandomLevel[],
  frame: Frame,
  family: FamilyName,
  link: LinkName,
  estimator: string,
  interval: Interval | null,
): Findings["icc"] {
  const residual = latentVariance[link];
  const own = levels.findIndex(({ name }) => name === frame.cluster.name);
  if (family !== "binomial" || residual === undefined || own < 0) return null;
  if (levels.some(({ blocks }) => blocks.length > 1 || blocks[0]!.join() !== "intercept")) return null;
  const total = levels.reduce((sum, { covariance }) => sum + covariance[0]!, residual);
  const shared = levels.slice(0, own + 1).reduce((sum, { covariance }) => sum + covariance[0]!, 0);
  const share = (sd: number) => sd ** 2 / (sd ** 2 + residual);
  return {
    value: shared / total,
    scale: "latent",
    estimator,
    interval: interval === null ? null : { ...interval, lower: share(interval.lower), upper: share(interval.upper) },
  };
}

/** The predicted intercept of each cluster, where the model has one. */
export function clusterPredictions(
  levels: readonly FittedRandomLevel[],
  { cluster }: Frame,
): (j: number) => ClusterPrediction | null {
  const level = levels.find(({ name }) => name === cluster.name);
  const position = level?.blocks.flat().indexOf("intercept") ?? -1;
  if (level === undefined || position < 0) return () => null;
  const r = Math.round(Math.sqrt(level.covariance.length));
  return (j) => ({
    effect: level.modes[j * r + position]!,
    conditionalVariance: level.conditionalVariances[(j * r + position) * r + position]!,
  });
}

/** The random terms as fitted, in lme4's notation. */
export const fittedRandomTerms = (levels: readonly FittedRandomLevel[]): OptionValue =>
  levels.flatMap(({ name, blocks }) =>
    blocks.map((terms) => {
      const slopes = terms.filter((term) => term !== "intercept");
      const left = terms.includes("intercept") ? ["1", ...slopes] : ["0", ...slopes];
      return `${left.join(" + ")} | ${name}`;
    }),
  );
