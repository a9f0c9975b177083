import { portableNormalQuantile } from "../../numerics/random/portableNormalQuantile.ts";
import type { RandomStream } from "../../numerics/random/randomStream.ts";

/**
 * Directions along which the values of one arm scatter: between clusters, within them, and with cluster size. Each is
 * a vector over the arm's analysed rows with sum 0 and sum of squares 1 (or all 0 where the arm has no such scatter).
 */
interface Directions {
  readonly n: number;
  /** Rows per cluster. */
  readonly sizes: readonly number[];
  /** n₀ = (n − Σ nⱼ²/n)/(J − 1); null for one cluster. */
  readonly n0: number | null;
  readonly between: Float64Array;
  readonly within: Float64Array;
  readonly bySize: Float64Array;
}

export interface ArmScatter extends Directions {
  /** Scores of a covariate, drawn apart from the outcome's. */
  readonly covariate: Float64Array;
}

/** Intracluster correlation of a covariate: small, as of most scores in primary care. */
const covariateIcc = 0.05;

/** @param clusters Cluster per row, 0 … count − 1, every cluster in use. */
export function armScatter(clusters: ArrayLike<number>, count: number, stream: RandomStream): ArmScatter {
  const outcome = directions(clusters, count, stream);
  return { ...outcome, covariate: scores(directions(clusters, count, stream), covariateIcc, 0) };
}

function directions(clusters: ArrayLike<number>, count: number, stream: RandomStream): Directions {
  const n = clusters.length;
  const sizes = new Array<number>(count).fill(0);
  for (let i = 0; i < n; i++) sizes[clusters[i]!]! += 1;
  // Normal scores in random order rather than draws: with a dozen clusters one outlier would rule the scatter.
  const effects = Array.from({ length: count }, (_, j) => portableNormalQuantile((j + 0.5) / count));
  stream.shuffle(effects);
  const within = Float64Array.from({ length: n }, () => stream.normal());
  const means = new Array<number>(count).fill(0);
  for (let i = 0; i < n; i++) means[clusters[i]!]! += within[i]! / sizes[clusters[i]!]!;
  for (let i = 0; i < n; i++) within[i]! -= means[clusters[i]!]!;
  const squares = sizes.reduce((sum, size) => sum + size * size, 0);
  return {
    n,
    sizes,
    n0: count < 2 ? null : (n - squares / n) / (count - 1),
    between: standardised(spread(effects, clusters)),
    within: standardised(within),
    bySize: standardised(spread(sizes, clusters)),
  };
}

const spread = (ofCluster: readonly number[], clusters: ArrayLike<number>): Float64Array =>
  Float64Array.from({ length: clusters.length }, (_, i) => ofCluster[clusters[i]!]!);

/** Sum 0 and sum of squares 1; all 0 when the values do not differ. */
function standardised(values: Float64Array): Float64Array {
  const n = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / n;
  const centred = values.map((value) => value - mean);
  const size = Math.sqrt(centred.reduce((sum, value) => sum + value * value, 0));
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return size <= 1e-12 * largest * Math.sqrt(n) ? new Float64Array(n) : centred.map((value) => value / size);
}

/**
 * Scores z with mean 0 and sample variance 1 whose analysis of variance gives exactly the intracluster correlation ρ:
 *
 *   z = √(n − 1) (√b U + √(1 − b) W),   b/(1 − b) = (J − 1)/(n − J) · (1 + (n₀ − 1)ρ)/(1 − ρ)
 *
 * U between clusters, W within them. `tilt` turns U towards cluster size without changing mean or variance.
 *
 * @param icc from `leastIcc` to below 1; without effect where the arm has no scatter within or between clusters.
 */
export function scores(scatter: Directions, icc: number, tilt: number): Float64Array {
  const { n, sizes, n0, within, bySize } = scatter;
  const between = tilt === 0 ? scatter.between : standardised(scatter.between.map((u, i) => u + tilt * bySize[i]!));
  const clusters = sizes.length;
  const nothingWithin = n === clusters;
  const ratio =
    n0 === null || nothingWithin ? 0 : ((clusters - 1) / (n - clusters)) * ((1 + (n0 - 1) * icc) / (1 - icc));
  const share = nothingWithin ? 1 : n0 === null ? 0 : ratio / (1 + ratio);
  const [u, w] = [Math.sqrt(share * (n - 1)), Math.sqrt((1 - share) * (n - 1))];
  return between.map((value, i) => u * value + w * within[i]!);
}

/** The ICC at which cluster means do not differ at all, −1/(n₀ − 1); the same in reverse would need ρ = 1. */
export const leastIcc = ({ n0 }: ArmScatter): number => (n0 === null || n0 <= 1 ? 0 : -1 / (n0 - 1));

/** A covariate with mean 0 and sample variance 1 that correlates exactly `correlation` with the scores. */
export function correlated(scatter: ArmScatter, z: Float64Array, correlation: number): Float64Array {
  const n = z.length;
  const mean = scatter.covariate.reduce((a, b) => a + b, 0) / n;
  let product = 0;
  let square = 0;
  for (let i = 0; i < n; i++) {
    product += (scatter.covariate[i]! - mean) * z[i]!;
    square += z[i]! * z[i]!;
  }
  const slope = square > 0 ? product / square : 0;
  const rest = standardised(scatter.covariate.map((value, i) => value - mean - slope * z[i]!));
  const other = Math.sqrt((1 - correlation * correlation) * (n - 1));
  return z.map((value, i) => correlation * value + other * rest[i]!);
}
