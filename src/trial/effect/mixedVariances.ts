import type { Findings, OptionValue, VarianceComponent } from "../../contract/analysis.ts";
import type { Interval } from "../../contract/estimate.ts";
import type { Frame } from "../../data/frame.ts";
import type { MixedFit } from "../../models/mixed/fitMixedModel.ts";
import { type MixedStructure, toOwnOrigin } from "../../models/mixed/mixedStructure.ts";
import { iccProfile, varianceProfiles } from "../../models/mixed/profileLikelihood.ts";
import { sandwich } from "../../numerics/matrix/product.ts";

/**
 * Variances of a mixed model by group and term, covariances after the variances of their block, the residual last.
 * Intervals are profile-likelihood intervals of standard deviations and correlations; none under compound symmetry.
 */
export function varianceComponents(fit: MixedFit, level: number): VarianceComponent[] {
  const bounded = fit.options.covariance === "bounded";
  const profiles = bounded ? varianceProfiles(fit, level) : null;
  const asInterval = (of: { lower: number; upper: number } | null | undefined): Interval | null =>
    of == null ? null : { level, lower: of.lower, upper: of.upper, method: "profile" };
  const components = fit.structure.levels.flatMap((randomLevel, l) => {
    const r = Math.round(Math.sqrt(fit.covariances[l]!.length));
    const matrix = fit.covariances[l]!.slice();
    const map = toOwnOrigin(randomLevel);
    if (map !== null) sandwich(map, fit.covariances[l]!, r, r, matrix);
    let offset = 0;
    return randomLevel.blocks.flatMap((block) => {
      const start = offset;
      offset += block.terms.length;
      const variances = block.terms.map((term, a): VarianceComponent => {
        const variance = matrix[(start + a) * r + start + a]!;
        return {
          group: randomLevel.name,
          term,
          with: null,
          variance,
          standardDeviation: variance < 0 ? null : Math.sqrt(variance),
          correlation: null,
          interval: asInterval(profiles === null ? null : profiles.effects[l]![start + a]),
        };
      });
      const covariances = block.terms.flatMap((term, a) =>
        block.terms.slice(0, a).map((other, b): VarianceComponent => {
          const value = matrix[(start + a) * r + start + b]!;
          const scale = Math.sqrt(variances[a]!.variance * variances[b]!.variance);
          return {
            group: randomLevel.name,
            term: other,
            with: term,
            variance: value,
            standardDeviation: null,
            correlation: scale > 0 ? Math.max(-1, Math.min(1, value / scale)) : null,
            interval: asInterval(profiles?.correlation(l, start + a, start + b)),
          };
        }),
      );
      return [...variances, ...covariances];
    });
  });
  return [
    ...components,
    {
      group: "residual",
      term: "intercept",
      with: null,
      variance: fit.residualVariance,
      standardDeviation: Math.sqrt(fit.residualVariance),
      correlation: null,
      interval: asInterval(profiles?.residual),
    },
  ];
}

/**
 * Share of the variance that lies between clusters, σ²(cluster)/Σσ², when every random effect is an intercept; with
 * random slopes the share depends on the covariate and none is given.
 */
export function iccOf(fit: MixedFit, frame: Frame, level: number): Findings["icc"] {
  const { levels } = fit.structure;
  const own = levels.findIndex((randomLevel) => randomLevel.name === frame.cluster.name);
  if (own < 0 || levels.some(({ blocks }) => blocks.length > 1 || blocks[0]!.terms.join() !== "intercept")) return null;
  const total = fit.covariances.reduce((sum, matrix) => sum + matrix[0]!, fit.residualVariance);
  // Members of a cluster also share whatever coarser groups it lies in.
  const shared = fit.covariances.slice(0, own + 1).reduce((sum, matrix) => sum + matrix[0]!, 0);
  const profile = iccProfile(fit, level);
  return {
    value: shared / total,
    scale: "identity",
    estimator: fit.options.estimation,
    interval: profile === null ? null : { level, ...profile, method: "profile" },
  };
}

/** The random terms as fitted, in lme4's notation. */
export const randomOf = ({ levels }: MixedStructure): OptionValue =>
  levels.flatMap((level) =>
    level.blocks.map(({ terms }) => {
      const slopes = terms.filter((term) => term !== "intercept");
      const left = terms.includes("intercept") ? ["1", ...slopes] : ["0", ...slopes];
      return `${left.join(" + ")} | ${level.name}`;
    }),
  );
