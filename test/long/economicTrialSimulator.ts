import type { RandomStream } from "../../src/numerics/random/randomStream.ts";
import { clusterSize } from "./clusterTrialSimulator.ts";

/**
 * One cell of the simulation of costs and effects. Clusters per arm are equal. In the control arm the mean cost is 1,000
 * and the mean effect 0.6 QALYs with standard deviation 0.2; both have the same intracluster correlation.
 */
export interface EconomicCell {
  readonly name: string;
  readonly clustersPerArm: number;
  readonly size: number;
  /** "gamma": coefficient of variation 0.65, rounded, at least 2. */
  readonly sizes: "equal" | "gamma";
  readonly costs: "normal" | "log-normal";
  /** Coefficient of variation of costs. */
  readonly cv: number;
  readonly icc: number;
}

export const MEAN_COST = 1000;
export const MEAN_EFFECT = 0.6;
export const SD_EFFECT = 0.2;
/** Intervention costs are 1.2 times the control's; log-normal ones vary 1.2 times as much too. */
export const COST_RATIO = 1.2;
export const TRUE_COST = Math.round(MEAN_COST * (COST_RATIO - 1));
export const TRUE_EFFECT = 0.02;
/** Of cluster effects and of residuals on the scale on which they are normal: who is well costs less. */
const CORRELATION = -0.2;

/** Rows of one simulated trial. */
export interface EconomicTrial {
  readonly cluster: Int32Array;
  readonly arm: Int32Array;
  readonly cost: Float64Array;
  readonly effect: Float64Array;
}

/**
 * Normal costs: 1,000 (1 + cv (√ρ u + √(1 − ρ) e)), the intervention's 200 more. Log-normal ones: exp of a sum of normal
 * cluster and participant effects whose variances s² = log(1 + cv²) and s²ᵤ = log(1 + ρ cv²) give costs that mean, that
 * coefficient of variation and that intracluster correlation ρ exactly.
 */
export function simulateEconomicTrial(cell: EconomicCell, stream: RandomStream): EconomicTrial {
  const clusters = 2 * cell.clustersPerArm;
  const ns = Array.from({ length: clusters }, () =>
    cell.sizes === "equal" ? cell.size : Math.max(2, clusterSize(stream, cell.size)),
  );
  const rows = ns.reduce((sum, n) => sum + n, 0);
  const trial = {
    cluster: new Int32Array(rows),
    arm: new Int32Array(rows),
    cost: new Float64Array(rows),
    effect: new Float64Array(rows),
  };
  const between = Math.sqrt(cell.icc);
  const within = Math.sqrt(1 - cell.icc);
  const total = Math.log(1 + cell.cv ** 2);
  const logBetween = Math.sqrt(Math.log(1 + cell.icc * cell.cv ** 2));
  const logWithin = Math.sqrt(total - logBetween ** 2);
  const orthogonal = Math.sqrt(1 - CORRELATION ** 2);
  let row = 0;
  ns.forEach((n, j) => {
    const arm = j % 2;
    const u = stream.normal();
    const v = CORRELATION * u + orthogonal * stream.normal();
    for (let i = 0; i < n; i++, row++) {
      const e = stream.normal();
      const d = CORRELATION * e + orthogonal * stream.normal();
      trial.cluster[row] = j;
      trial.arm[row] = arm;
      trial.cost[row] =
        cell.costs === "normal"
          ? MEAN_COST * (1 + cell.cv * (between * u + within * e)) + arm * TRUE_COST
          : MEAN_COST * (arm === 1 ? COST_RATIO : 1) * Math.exp(logBetween * u + logWithin * e - total / 2);
      trial.effect[row] = MEAN_EFFECT + SD_EFFECT * (between * v + within * d) + arm * TRUE_EFFECT;
    }
  });
  return trial;
}
