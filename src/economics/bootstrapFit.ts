import { DesignProblem } from "../contract/problem.ts";
import { leastSquares } from "../numerics/matrix/qr.ts";
import type { JointData, JointEquation, JointFit } from "./jointFit.ts";
import type { TwoStageBootstrap } from "./twoStageBootstrap.ts";

/** Standard errors below this share of the largest outcome are rounding. */
export const NO_VARIATION = 1e-10;

/**
 * The increments of the trial itself with the covariance of its bootstrap replicates, divisor B − 1.
 *
 * Degrees of freedom of a combination: J less the rank of what differs between clusters, that is intercept, arms,
 * strata or pairs, and the covariates, of the equations that enter it, that are the same throughout each cluster. J − 2 without
 * any of these.
 *
 * @param draws replicates without failures
 * @throws DesignProblem `no-degrees-of-freedom`, and `no-variation` where every replicate has the same increment
 */
export function bootstrapFit(
  data: JointData,
  { increments, arrangement, kept }: TwoStageBootstrap,
  draws: Float64Array,
  inference: "t" | "z",
): JointFit {
  const { arm, stratum } = data;
  const dfOf = degreesOfFreedom(data);
  const covariance = covarianceOf(draws, 2 * increments.length);
  requireVariation(data, covariance);
  return {
    increments,
    covariance,
    df: inference === "z" ? () => null : dfOf,
    coefficients: null,
    population: "participant-average",
    contrast: "marginal",
    variances: [],
    summary: {},
    variant: {
      inference,
      shrinkage: Object.fromEntries(
        arrangement.cells.map((cell, k) => {
          const within = cell.stratum === null ? "" : `, ${stratum!.levels[cell.stratum]!}`;
          return [`${arm.levels[cell.arm]!}${within}`, { cost: 1 - kept.cost[k]!, effect: 1 - kept.effect[k]! }];
        }),
      ),
    },
    notices: [],
  };
}

function requireVariation({ cost, effect, arm }: JointData, covariance: Float64Array): void {
  const width = 2 * (arm.levels.length - 1);
  [cost, effect].forEach(({ name, values }, which) => {
    const size = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    for (let k = which; k < width; k += 2)
      if (!(covariance[k * width + k]! > (NO_VARIATION * size) ** 2))
        throw new DesignProblem("no-variation", { term: name });
  });
}

function covarianceOf(draws: Float64Array, n: number): Float64Array {
  const count = draws.length / n;
  const mean = new Float64Array(n);
  for (let k = 0; k < draws.length; k++) mean[k % n]! += draws[k]! / count;
  const out = new Float64Array(n * n);
  for (let k = 0; k < draws.length; k += n)
    for (let a = 0; a < n; a++)
      for (let b = 0; b <= a; b++) out[a * n + b]! += (draws[k + a]! - mean[a]!) * (draws[k + b]! - mean[b]!);
  for (let a = 0; a < n; a++)
    for (let b = 0; b <= a; b++) {
      out[a * n + b]! /= count - 1;
      out[b * n + a] = out[a * n + b]!;
    }
  return out;
}

function degreesOfFreedom({ cost, effect, cluster, arm, stratum, pair }: JointData): JointFit["df"] {
  const clusters = cluster.labels.length;
  const indicators = [arm, stratum, pair].flatMap((factor) =>
    factor === null
      ? []
      : factor.levels.slice(1).map((_, l) => Float64Array.from(factor.ofCluster, (level) => (level === l + 1 ? 1 : 0))),
  );
  const common = [new Float64Array(clusters).fill(1), ...indicators];
  const [ofCost, ofEffect] = [cost, effect].map((equation) => clusterColumns(equation, cluster.codes, clusters));
  const left = (columns: readonly Float64Array[]) => {
    const rank = rankOf([...common, ...columns], clusters);
    if (rank >= clusters) throw new DesignProblem("no-degrees-of-freedom", { clusters, coefficients: rank });
    return clusters - rank;
  };
  const df = { cost: left(ofCost!), effect: left(ofEffect!), both: left([...ofCost!, ...ofEffect!]) };
  return (weights) => {
    const enters = (which: number) => weights.some((weight, k) => k % 2 === which && weight !== 0);
    if (!enters(1)) return df.cost;
    return enters(0) ? df.both : df.effect;
  };
}

/** Covariates that are the same throughout each cluster, a number per cluster. */
function clusterColumns({ design }: JointEquation, codes: Int32Array, clusters: number): readonly Float64Array[] {
  const { rows, width: p, terms } = design;
  const x = new Float64Array(rows * p);
  design.fill(0, rows, x, p, 0);
  return terms.flatMap(({ role, variesWithinClusters }, k) => {
    if (role === "intercept" || variesWithinClusters) return [];
    const column = new Float64Array(clusters);
    codes.forEach((j, i) => {
      column[j] = x[i * p + k]!;
    });
    return [column];
  });
}

function rankOf(columns: readonly Float64Array[], rows: number): number {
  const width = columns.length;
  const x = new Float64Array(rows * width);
  columns.forEach((column, k) => {
    for (let j = 0; j < rows; j++) x[j * width + k] = column[j]!;
  });
  return leastSquares(x, rows, width, new Float64Array(rows)).rank;
}
