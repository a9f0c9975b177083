import { NumericalProblem } from "../../contract/problem.ts";
import { cholesky, choleskyInverse } from "../../numerics/matrix/cholesky.ts";
import { multiply, sandwich } from "../../numerics/matrix/product.ts";
import type { GeneralisedMixedFit } from "./generalisedMixedFit.ts";
import { inverse } from "./inverse.ts";
import type { InterceptMaximum } from "./maximiseIntercept.ts";

/**
 * The record of a maximum, back in the coefficients of the plan's columns. The information is minus the Hessian of the
 * (approximated) log-likelihood; its inverse leaves out a deviation of zero, which no information is about.
 *
 * @throws NumericalProblem `information-not-positive`
 */
export function interceptFit({
  problem,
  point,
  logLikelihood,
  iterations,
  limitOf,
}: InterceptMaximum): GeneralisedMixedFit {
  const { orthonormal, likelihood, group, density } = problem;
  const { options } = limitOf ?? problem;
  const { cells, map } = orthonormal;
  const { coefficients: p, clusters } = cells;
  const q = likelihood.parameters;
  const { hessian } = likelihood.evaluate(point);
  const sigma = point[p]!;
  const atBoundary = sigma === 0;

  /** β = Mγ, the other parameters unchanged. */
  const outward = new Float64Array(q * q);
  for (let k = 0; k < q; k++)
    for (let l = 0; l < q; l++) outward[k * q + l] = k < p && l < p ? map[k * p + l]! : k === l ? 1 : 0;
  const kept = Array.from({ length: q }, (_, k) => k).filter((k) => k !== p || !atBoundary);
  const n = kept.length;
  const block = Float64Array.from({ length: n * n }, (_, e) => -hessian[kept[Math.floor(e / n)]! * q + kept[e % n]!]!);
  if (!cholesky(block, n, block)) throw new NumericalProblem("information-not-positive", { coefficients: q });
  choleskyInverse(block, n, block);
  const inner = new Float64Array(q * q);
  kept.forEach((k, i) => {
    kept.forEach((l, m) => {
      inner[k * q + l] = block[i * n + m]!;
    });
  });
  const covariance = new Float64Array(q * q);
  sandwich(outward, inner, q, q, covariance);
  const inward = inverse(outward, q);
  const information = new Float64Array(q * q);
  const transposed = new Float64Array(q * q);
  for (let k = 0; k < q; k++) for (let l = 0; l < q; l++) transposed[k * q + l] = inward[l * q + k]!;
  sandwich(
    transposed,
    hessian.map((value) => -value),
    q,
    q,
    information,
  );
  const scores = new Float64Array(clusters * q);
  multiply(likelihood.scores, inward, clusters, q, q, scores);

  const coefficients = new Float64Array(p);
  multiply(map, point.subarray(0, p), p, p, 1, coefficients);
  return {
    options,
    coefficients,
    deviations: Float64Array.of(sigma),
    nbTheta: density.poissonLimit ? Math.exp(point[p + 1]!) : null,
    shape: density.dispersed && !density.poissonLimit ? Math.exp(point[p + 1]!) : null,
    poissonLimit: limitOf !== null,
    logLikelihood,
    ...(limitOf === null
      ? { information, covariance, scores }
      : {
          information: widened(information, q, q, q + 1),
          covariance: widened(covariance, q, q, q + 1),
          scores: widened(scores, clusters, q, q + 1, clusters),
        }),
    levels: [
      {
        name: group,
        groups: clusters,
        blocks: [["intercept"]],
        covariance: Float64Array.of(sigma * sigma),
        modes: likelihood.modes.map((v) => sigma * v),
        conditionalVariances: likelihood.curvatures.map((c) => (sigma * sigma) / c),
      },
    ],
    iterations,
    atBoundary,
  };
}

/** The matrix with zeros to the right and below: the row of a dispersion that is at its limit. */
function widened(matrix: Float64Array, rows: number, columns: number, width: number, height = width): Float64Array {
  const out = new Float64Array(height * width);
  for (let k = 0; k < rows; k++) out.set(matrix.subarray(k * columns, (k + 1) * columns), k * width);
  return out;
}
