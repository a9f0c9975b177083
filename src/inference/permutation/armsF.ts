import { cholesky, choleskySolve } from "../../numerics/matrix/cholesky.ts";
import type { ComparedClusters } from "./clusterContrast.ts";
import type { PermutationStatistic } from "./statistic.ts";

/**
 * F of weighted least squares of cluster numbers on several arms and strata:
 *
 *   F = (B/(A − 1)) / ((S − B)/df),   B = gᵀM⁻¹g,   g_a = Σ_{j in arm a} wⱼ(yⱼ − ȳ_s),   M_ab = Σ_s (δ_ab w_as − w_as w_bs/w_s)
 *
 * for arms a, b = 1 … A − 1, S the sum of squares within strata, df = J − strata − (A − 1). Infinite where nothing is left
 * to explain; NaN where an arm is empty, or no residual degree of freedom is left.
 */
export function armsF({ values, weights, strata }: ComparedClusters, arms: number): PermutationStatistic {
  const clusters = values.length;
  const w = weights ?? new Float64Array(clusters).fill(1);
  const stratumOf = strata ?? new Int32Array(clusters);
  const S = 1 + stratumOf.reduce((last, s) => Math.max(last, s), 0);
  const total = new Float64Array(S);
  for (let j = 0; j < clusters; j++) total[stratumOf[j]!]! += w[j]!;
  const first = Float64Array.from(total, (_, s) => values[stratumOf.indexOf(s)] ?? 0);
  const mean = new Float64Array(S);
  for (let j = 0; j < clusters; j++) {
    const s = stratumOf[j]!;
    mean[s]! += (w[j]! * (values[j]! - first[s]!)) / total[s]!;
  }
  const deviation = values.map((value, j) => value - first[stratumOf[j]!]! - mean[stratumOf[j]!]!);
  const squares = deviation.reduce((sum, d, j) => sum + w[j]! * d * d, 0);
  const q = arms - 1;
  const df = clusters - total.filter((weight) => weight > 0).length - q;
  const inArm = new Float64Array(S * arms);
  const g = new Float64Array(q);
  const m = new Float64Array(q * q);
  const solved = new Float64Array(q);

  return {
    width: 1,
    follow(allocation, _one, _other, out, at) {
      inArm.fill(0);
      g.fill(0);
      for (let j = 0; j < clusters; j++) {
        const arm = allocation[j]!;
        inArm[stratumOf[j]! * arms + arm]! += w[j]!;
        if (arm > 0) g[arm - 1]! += w[j]! * deviation[j]!;
      }
      let largest = 0;
      for (let a = 0; a < q; a++) {
        for (let b = 0; b <= a; b++) {
          let sum = 0;
          for (let s = 0; s < S; s++) {
            if (total[s] === 0) continue;
            const weight = inArm[s * arms + a + 1]!;
            sum += (a === b ? weight : 0) - (weight * inArm[s * arms + b + 1]!) / total[s]!;
          }
          m[a * q + b] = sum;
          m[b * q + a] = sum;
        }
        largest = Math.max(largest, m[a * q + a]!);
      }
      for (let a = 0; a < q; a++) if (!(m[a * q + a]! > 1e-12 * largest)) m[a * q + a] = 0;
      if (df <= 0 || !cholesky(m, q, m)) {
        out[at] = Number.NaN;
        return;
      }
      choleskySolve(m, q, g, solved);
      let explained = 0;
      for (let a = 0; a < q; a++) explained += g[a]! * solved[a]!;
      const left = squares - explained;
      out[at] = left > 1e-13 * squares ? explained / q / (left / df) : Number.POSITIVE_INFINITY;
    },
  };
}
