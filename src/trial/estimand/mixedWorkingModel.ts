import type { Frame } from "../../data/frame.ts";
import type { Grouping } from "../../data/grouping.ts";
import { betweenWithinDf } from "../../inference/degreesOfFreedom/betweenWithin.ts";
import { type FixedEffectInference, normalInference } from "../../inference/fixedEffectInference.ts";
import { waldF } from "../../inference/wald/givenDfInference.ts";
import type { Link } from "../../models/family/link.ts";
import type { GeneralisedMixedFit } from "../../models/generalisedMixed/generalisedMixedFit.ts";
import { sandwich } from "../../numerics/matrix/product.ts";
import { randomEffectMean } from "./randomEffectMean.ts";
import type { WorkingModel } from "./workingModel.ts";

/**
 * A generalised linear mixed model as standardisation takes it: ψ = (β, L), random effects averaged out of the means, and
 * a covariance that holds whatever the random effects got wrong,
 *
 *   V = J/(J − b) · H⁻¹ (Σⱼ sⱼsⱼᵀ) H⁻¹
 *
 * H: observed information of all parameters, sⱼ: derivative of cluster j's log-likelihood, b: number of coefficients that do
 * not vary within clusters, the factor with which a balanced comparison of cluster means is unbiased. Reference: t with
 * between–within degrees of freedom, or the normal.
 *
 * @param reference of contrasts of the parameters
 */
export function mixedWorkingModel(
  frame: Frame,
  fit: GeneralisedMixedFit,
  link: Link,
  reference: "between-within" | "wald",
): WorkingModel {
  const { coefficients, deviations, levels } = fit;
  const p = coefficients.length;
  const parameters = new Float64Array(p + deviations.length);
  parameters.set(coefficients);
  parameters.set(deviations, p);
  return {
    parameters,
    marginalMean: randomEffectMean(frame, link, levels, deviations),
    weighting: "precision",
    inference: () => {
      const covariance = robustCovariance(frame, fit, parameters.length);
      return reference === "wald" ? normalInference(covariance) : betweenWithin(frame, covariance, parameters.length);
    },
    variant: { covariance: "cluster-robust-between" },
    notices: () => [],
  };
}

/** The leading q × q block of V, whatever nuisance parameters follow. */
function robustCovariance(frame: Frame, { scores, covariance, levels }: GeneralisedMixedFit, q: number): Float64Array {
  const all = Math.round(Math.sqrt(covariance.length));
  const { groups, sums } = scoresByUnit(frame, levels[0]!.name, scores, all);
  const meat = new Float64Array(all * all);
  for (let j = 0; j < groups; j++)
    for (let a = 0; a < all; a++)
      for (let b = 0; b < all; b++) meat[a * all + b]! += sums[j * all + a]! * sums[j * all + b]!;
  const full = new Float64Array(all * all);
  sandwich(covariance, meat, all, all, full);
  const between = frame.design.terms.filter((term) => !term.variesWithinClusters).length;
  const factor = groups / (groups - between);
  return Float64Array.from({ length: q * q }, (_, e) => factor * full[Math.floor(e / q) * all + (e % q)]!);
}

/** Scores added up over the groups of one cluster, where groups are finer than clusters. */
function scoresByUnit({ cluster, extraGroupings }: Frame, name: string, scores: Float64Array, width: number) {
  const grouping = name === cluster.name ? cluster : extraGroupings.get(name);
  const clusterOf = grouping === undefined || grouping === cluster ? null : containing(grouping, cluster);
  if (clusterOf === null) return { groups: scores.length / width, sums: scores };
  const groups = cluster.labels.length;
  const sums = new Float64Array(groups * width);
  for (let g = 0; g < clusterOf.length; g++)
    for (let k = 0; k < width; k++) sums[clusterOf[g]! * width + k]! += scores[g * width + k]!;
  return { groups, sums };
}

/** The cluster of each group; null where a group spans several. */
function containing({ codes, labels }: Grouping, cluster: Grouping): Int32Array | null {
  const of = new Int32Array(labels.length).fill(-1);
  for (let i = 0; i < codes.length; i++) {
    const group = codes[i]!;
    if (of[group]! >= 0 && of[group] !== cluster.codes[i]) return null;
    of[group] = cluster.codes[i]!;
  }
  return of;
}

/** Means depend on coefficients of clusters, so their contrasts have the degrees of freedom between clusters. */
function betweenWithin({ cluster, rows, design }: Frame, covariance: Float64Array, q: number): FixedEffectInference {
  const varies = design.terms.map((term) => term.variesWithinClusters);
  const df = (contrast: Float64Array) => betweenWithinDf(cluster.labels.length, rows, varies, contrast);
  return {
    covariance,
    df,
    test: (contrasts, values) => {
      const dfs = Array.from(values, (_, k) => df(contrasts.subarray(k * q, (k + 1) * q)));
      return waldF(covariance, contrasts, values, Math.min(...dfs));
    },
  };
}
