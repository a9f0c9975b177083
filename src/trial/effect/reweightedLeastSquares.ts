import type { Reweighted } from "../../contract/reweighted.ts";
import { accumulateMoments } from "../../data/accumulateMoments.ts";
import { clusterAverages, reweightedEffects } from "../../data/averagedEffects.ts";
import { columnSource, concatenateColumns } from "../../data/columnSource.ts";
import { estimableColumns, isFullRank } from "../../data/estimableColumns.ts";
import type { Frame } from "../../data/frame.ts";
import type { Correction } from "../../inference/sandwich/correction.ts";
import { sandwichVariance } from "../../inference/sandwich/sandwichVariance.ts";
import { gaussian } from "../../models/family/family.ts";
import { responseOf } from "../../models/family/response.ts";
import { fitLinearFromMoments, type LinearMoments } from "../../models/linear/fitLinear.ts";
import { repeatedMoments } from "../../models/mixed/repeatedStructure.ts";
import { cholesky, choleskySolve } from "../../numerics/matrix/cholesky.ts";
import { quadraticForm } from "../../numerics/matrix/product.ts";
import { unlessNotEstimable } from "./resampledEstimates.ts";

/**
 * Effects of least squares with a cluster-robust variance by how often each cluster counts, from cluster moments: the
 * normal equations of Σ mⱼXⱼᵀWⱼ[Xⱼ yⱼ], O(J p²) each time.
 */
export function reweightedLeastSquares(frame: Frame, correction: Correction): Reweighted {
  const { design, effects, cluster } = frame;
  const p = design.terms.length;
  const q = p + 1;
  const names = design.terms.map(({ name }) => name);
  const moments = momentsOf(frame, names);
  const { cross, shift } = moments.weighted?.once ?? moments.plain;
  const clusters = cluster.labels.length;
  const averages = clusterAverages(frame);
  const total = new Float64Array(q * q);
  const factor = new Float64Array(p * p);
  const beta = new Float64Array(p);

  const add = (multiplicity: Int32Array): number => {
    total.fill(0);
    let count = 0;
    for (let j = 0; j < clusters; j++) {
      const times = multiplicity[j]!;
      if (times === 0) continue;
      count += times;
      const base = j * q * q;
      for (let e = 0; e < q * q; e++) total[e]! += times * cross[base + e]!;
    }
    return count;
  };

  const effectOf = (contrast: ArrayLike<number>, columns: readonly number[] | null): number => {
    // The intercept is that of shifted columns.
    const constant = contrast[0]!;
    let value = constant * (beta[0]! + shift[p]!);
    for (let k = 1; k < contrast.length; k++)
      value += (contrast[k]! - constant * shift[columns === null ? k : columns[k]!]!) * beta[k]!;
    return value;
  };

  const withErrors = (
    multiplicity: Int32Array,
    kept: readonly number[],
    contrasts: readonly Float64Array[],
    out: Float64Array,
  ): boolean =>
    unlessNotEstimable(() => {
      const source: number[] = [];
      for (let j = 0; j < clusters; j++) for (let copy = 0; copy < multiplicity[j]!; copy++) source.push(j);
      const columns = [...kept, p];
      const repeated: LinearMoments = {
        plain: repeatedMoments(moments.plain, source, columns),
        ...(moments.weighted === undefined
          ? {}
          : {
              weighted: {
                once: repeatedMoments(moments.weighted.once, source, columns),
                twice: repeatedMoments(moments.weighted.twice, source, columns),
              },
            }),
      };
      const { covariance } = sandwichVariance(fitLinearFromMoments(repeated).clusterParts, correction);
      contrasts.forEach((contrast, e) => {
        out[contrasts.length + e] = Math.sqrt(Math.max(0, quadraticForm(covariance, contrast, contrast.length)));
      });
      return true;
    });

  const ones = new Int32Array(clusters);

  const estimate: Reweighted["estimate"] = (multiplicity, out, standardErrors = true) => {
    if (add(multiplicity) < 2) return false;
    const asked = reweightedEffects(effects, averages, multiplicity);
    let kept: readonly number[] | null = null;
    if (!isFullRank(total, q, p, factor)) {
      const x = Float64Array.from({ length: p * p }, (_, e) => total[Math.floor(e / p) * q + (e % p)]!);
      kept = estimableColumns(names, x, shift.subarray(0, p), (k) => asked.some(({ weights }) => weights[k] !== 0));
      if (kept === null) return false;
    }
    const r = kept?.length ?? p;
    const at = (k: number) => kept?.[k] ?? k;
    for (let a = 0; a < r; a++) {
      beta[a] = total[at(a) * q + p]!;
      for (let b = 0; b < r; b++) factor[a * r + b] = total[at(a) * q + at(b)]!;
    }
    if (!cholesky(factor, r, factor)) return false;
    choleskySolve(factor, r, beta, beta);
    const contrasts =
      kept === null
        ? asked.map(({ weights }) => weights)
        : asked.map(({ weights }) => Float64Array.from(kept, (k) => weights[k]!));
    for (let e = 0; e < contrasts.length; e++) out[e] = effectOf(contrasts[e]!, kept);
    return !standardErrors || withErrors(multiplicity, kept ?? names.map((_, k) => k), contrasts, out);
  };

  return {
    effects: effects.length,
    estimate,
    nearlyWithout: (without, out) => {
      ones.fill(1);
      ones[without] = 0;
      return estimate(ones, out, false) === true;
    },
  };
}

function momentsOf(frame: Frame, names: readonly string[]): LinearMoments {
  const { cluster, design } = frame;
  const { values, weights, offset } = responseOf(frame.outcome, gaussian, "identity", frame.weights, frame.offset);
  const outcome = offset === null ? values : values.map((value, i) => value - offset[i]!);
  const source = concatenateColumns(design, columnSource([outcome]));
  const columns = [...names, "outcome"];
  const once = accumulateMoments(columns, source, cluster, { weights });
  if (weights === null) return { plain: once };
  const power = (k: 0 | 2) => accumulateMoments(columns, source, cluster, { weights, power: k, shift: once.shift });
  return { plain: power(0), weighted: { once, twice: power(2) } };
}
