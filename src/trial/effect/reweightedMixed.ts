import type { Reweighted } from "../../contract/reweighted.ts";
import { clusterAverages, reweightedEffects } from "../../data/averagedEffects.ts";
import { estimableColumns } from "../../data/estimableColumns.ts";
import type { Frame } from "../../data/frame.ts";
import { type FixedEffectInference, standardErrorOf } from "../../inference/fixedEffectInference.ts";
import {
  fitMixedModel,
  isRandomIntercept,
  type MixedFit,
  type MixedOptions,
} from "../../models/mixed/fitMixedModel.ts";
import type { MixedStructure } from "../../models/mixed/mixedStructure.ts";
import { repeatedStructure } from "../../models/mixed/repeatedStructure.ts";
import { reweightedIntercept } from "../../models/mixed/reweightedIntercept.ts";
import { unlessNotEstimable } from "./resampledEstimates.ts";
import { originOf } from "./shiftedColumns.ts";

/**
 * Effects of a linear mixed model by how often each cluster counts, from the moments of its groups. A random intercept
 * without standard errors takes the short way of `reweightedIntercept`; anything else is fitted to the groups repeated.
 *
 * @param infer how contrasts of a fit are judged
 * @returns null where groups of the model hold several clusters
 */
export function reweightedMixed(
  frame: Frame,
  structure: MixedStructure,
  options: MixedOptions,
  infer: (fit: MixedFit) => FixedEffectInference,
): Reweighted | null {
  const { cluster, design, weights, effects } = frame;
  if (structure.levels[0]!.name !== cluster.name) return null;
  const { moments, coefficients: p } = structure;
  const { shift } = moments;
  const q = moments.columns.length;
  const names = design.terms.map(({ name }) => name);
  const averages = clusterAverages(frame);
  const short = isRandomIntercept(structure)
    ? reweightedIntercept(structure, options.estimation, options.covariance === "compound-symmetry")
    : null;
  const logWeights = weights === null ? null : logWeightsOf(frame, weights);
  const finestOf = finestClusters(structure);
  const ones = new Int32Array(cluster.labels.length);
  const between = design.terms.filter((term) => !term.variesWithinClusters).length;

  const longWay = (multiplicity: Int32Array, out: Float64Array, standardErrors: boolean): boolean =>
    unlessNotEstimable(() => {
      const asked = reweightedEffects(effects, averages, multiplicity);
      const total = totalOf(structure, finestOf, multiplicity);
      const kept = estimableColumns(names, total, shift.subarray(0, p), (k) => asked.some((e) => e.weights[k] !== 0));
      if (kept === null) return false;
      const clusters = multiplicity.reduce((sum, times) => sum + times, 0);
      if (clusters < 2 || clusters <= kept.filter((k) => !design.terms[k]!.variesWithinClusters).length) return false;
      const repeated = repeatedStructure(structure, multiplicity, logWeights, kept);
      const fit = fitMixedModel(repeated, options);
      const origin = originOf(repeated);
      const beta = origin.coefficients(fit.algebra.beta);
      const inference = standardErrors ? origin.inference(infer(fit)) : null;
      asked.forEach((effect, e) => {
        const contrast = Float64Array.from(kept, (k) => effect.weights[k]!);
        out[e] = contrast.reduce((sum, weight, k) => sum + weight * beta[k]!, 0);
        out[effects.length + e] = inference === null ? Number.NaN : standardErrorOf(inference, contrast);
      });
      return true;
    });

  /** From coefficients of the shifted columns. */
  const write = (multiplicity: Int32Array, beta: Float64Array, out: Float64Array): boolean => {
    let clusters = 0;
    for (let j = 0; j < multiplicity.length; j++) clusters += multiplicity[j]!;
    if (clusters < 2 || clusters <= between) return false;
    const asked = reweightedEffects(effects, averages, multiplicity);
    for (let e = 0; e < asked.length; e++) {
      const contrast = asked[e]!.weights;
      let value = contrast[0]! * (beta[0]! + shift[q - 1]!);
      for (let k = 1; k < p; k++) value += (contrast[k]! - contrast[0]! * shift[k]!) * beta[k]!;
      out[e] = value;
    }
    return true;
  };

  return {
    effects: effects.length,
    estimate(multiplicity, out, standardErrors = true) {
      const beta = standardErrors || short === null ? null : short.coefficients(multiplicity);
      return beta === null ? longWay(multiplicity, out, standardErrors) : write(multiplicity, beta, out);
    },
    nearlyWithout:
      short === null
        ? null
        : (without, out) => {
            const beta = short.nearlyWithout(without);
            if (beta === null) return false;
            ones.fill(1);
            ones[without] = 0;
            return write(ones, beta, out);
          },
  };
}

/** Σ log w over the rows of each cluster. */
function logWeightsOf({ cluster }: Frame, weights: Float64Array): Float64Array {
  const sums = new Float64Array(cluster.labels.length);
  for (let i = 0; i < weights.length; i++) sums[cluster.codes[i]!]! += Math.log(weights[i]!);
  return sums;
}

/** Cluster of each of the finest groups. */
function finestClusters({ levels }: MixedStructure): Int32Array {
  let home = Int32Array.from({ length: levels[0]!.groups }, (_, j) => j);
  for (const level of levels.slice(1)) home = Int32Array.from(level.parent!, (above) => home[above]!);
  return home;
}

/** Cross-products of X over the resampled rows, p × p. */
function totalOf(
  { moments, coefficients: p }: MixedStructure,
  home: Int32Array,
  multiplicity: Int32Array,
): Float64Array {
  const q = moments.columns.length;
  const total = new Float64Array(p * p);
  for (let g = 0; g < home.length; g++) {
    const times = multiplicity[home[g]!]!;
    if (times === 0) continue;
    for (let a = 0; a < p; a++)
      for (let b = 0; b < p; b++) total[a * p + b]! += times * moments.cross[(g * q + a) * q + b]!;
  }
  return total;
}
