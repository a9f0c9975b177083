import type { Moments } from "../../src/data/moments.ts";
import type { RandomStream } from "../../src/numerics/random/randomStream.ts";
import { gammaSize } from "../../src/trial/simulate/clusterSizes.ts";

/** One cell of the simulation plan; the outcome's total variance in the control arm is 1 and there is no effect. */
export interface Cell {
  readonly clusters: number;
  /** Clusters of the intervention arm. */
  readonly intervention: number;
  readonly icc: number;
  readonly outcome: "normal" | "skewed";
  /** "by-arm": the intervention arm's standard deviations, between and within clusters, are 1.5 times the control's. */
  readonly variances: "equal" | "by-arm";
}

export const MEAN_SIZE = 10;
export const SIZE_CV = 0.65;

/** Mean 0, variance 1: standard normal, or exponential less its mean (skewness 2). */
const draw = (stream: RandomStream, outcome: Cell["outcome"]) =>
  outcome === "normal" ? stream.normal() : stream.exponential() - 1;

/** Participants of a cluster: mean `MEAN_SIZE` unless given, coefficient of variation `SIZE_CV`. */
export const clusterSize = (stream: RandomStream, mean = MEAN_SIZE): number => gammaSize(stream, mean, SIZE_CV);

/** Moments of [intercept, arm, outcome] of one simulated trial; the first `intervention` clusters are treated. */
export function simulateTrial(cell: Cell, stream: RandomStream): Moments {
  const { clusters } = cell;
  const cross = new Float64Array(clusters * 9);
  const sizes = new Int32Array(clusters);
  const between = Math.sqrt(cell.icc);
  const within = Math.sqrt(1 - cell.icc);
  for (let j = 0; j < clusters; j++) {
    const arm = j < cell.intervention ? 1 : 0;
    const scale = arm === 1 && cell.variances === "by-arm" ? 1.5 : 1;
    const n = clusterSize(stream);
    const effect = between * draw(stream, cell.outcome);
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < n; i++) {
      const y = scale * (effect + within * draw(stream, cell.outcome));
      sum += y;
      squares += y * y;
    }
    sizes[j] = n;
    cross.set([n, arm * n, sum, arm * n, arm * n, arm * sum, sum, arm * sum, squares], 9 * j);
  }
  return { columns: ["intercept", "arm", "outcome"], groups: clusters, sizes, shift: new Float64Array(3), cross };
}
