import type { EstimatingParts } from "../../contract/estimatingParts.ts";
import { Defect } from "../../contract/problem.ts";

/**
 * The estimating equations of two fits of the same clusters, one under the other: scores [u₁ⱼ; u₂ⱼ], information
 * block-diagonal. Whatever is done to a cluster's score by its own share of the information is then done to each equation
 * by itself, and products of the two scores give the covariance between equations. Working models are those of the
 * equations and say nothing of how the outcomes go together, so that no dispersion is shared: it is 1 here, and only
 * variances that do without it (robust ones, but neither "morel" nor "model") mean something.
 */
export function jointEstimatingParts(one: EstimatingParts, two: EstimatingParts): EstimatingParts {
  if (one.clusters !== two.clusters || one.observations !== two.observations)
    throw new Defect("Two equations have unlike rows", { clusters: [one.clusters, two.clusters] });
  const [first, second] = [one.coefficients, two.coefficients];
  const p = first + second;
  const root = new Float64Array(p * p);
  for (let a = 0; a < first; a++) for (let b = 0; b < first; b++) root[a * p + b] = one.root[a * first + b]!;
  for (let a = 0; a < second; a++)
    for (let b = 0; b < second; b++) root[(first + a) * p + first + b] = two.root[a * second + b]!;
  const score = new Float64Array(Math.max(first, second));
  const share = new Float64Array(Math.max(first, second) ** 2);
  return {
    clusters: one.clusters,
    observations: one.observations,
    coefficients: p,
    root,
    dispersion: 1,
    fill(cluster, scores, information) {
      information.fill(0, 0, p * p);
      let from = 0;
      for (const parts of [one, two]) {
        const size = parts.coefficients;
        parts.fill(cluster, score, share);
        for (let a = 0; a < size; a++) {
          scores[from + a] = score[a]!;
          for (let b = 0; b < size; b++) information[(from + a) * p + from + b] = share[a * size + b]!;
        }
        from += size;
      }
    },
  };
}
