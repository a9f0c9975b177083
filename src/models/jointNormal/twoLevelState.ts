import { cholesky, choleskyInverse } from "../../numerics/matrix/cholesky.ts";
import { addRow, type TwoLevelStatistics } from "./twoLevelData.ts";

/** Where a chain stands: yᵢ = Bᵀxᵢ + uⱼ + eᵢ, uⱼ ~ N(0, Ψ), eᵢ ~ N(0, Σ). */
export interface TwoLevelState {
  /** Y, n × p: known values, latent ones of yes-or-no variables, and the last draw of what is missing. */
  readonly values: Float64Array;
  /** B, k × p. */
  readonly coefficients: Float64Array;
  /** uⱼ, J × p. */
  readonly effects: Float64Array;
  /** Σ within clusters and its inverse, p × p. */
  readonly within: Float64Array;
  readonly precision: Float64Array;
  /** Ψ between clusters and its inverse, p × p. */
  readonly between: Float64Array;
  readonly betweenPrecision: Float64Array;
  /** XᵀY (k × p), YᵀY (p × p, lower triangle) and cluster sums (J × p) of the active rows. */
  readonly cross: Float64Array;
  readonly squares: Float64Array;
  readonly sums: Float64Array;
}

/** Mean absolute size of a standard normal variable: where a latent one starts, on the side of its outcome. */
const LATENT = 0.8;

/** A state to start from: what is missing at 0, variances as the prior guesses them. */
export function startingState(statistics: TwoLevelStatistics, betweenVariance: number): TwoLevelState {
  const { data } = statistics;
  const { rows, variables: p, predictors: k, binaries, observed, cluster } = data;
  const clusters = cluster.labels.length;
  const values = data.values.slice();
  for (let i = 0; i < rows; i++)
    for (let c = 0; c < p; c++) {
      const at = i * p + c;
      if (observed[at] === 0) values[at] = 0;
      else if (c < binaries) values[at] = values[at] === 1 ? LATENT : -LATENT;
    }
  const identity = (size: number) =>
    Float64Array.from({ length: p * p }, (_, at) => (Math.floor(at / p) === at % p ? size : 0));
  const state: TwoLevelState = {
    values,
    coefficients: new Float64Array(k * p),
    effects: new Float64Array(clusters * p),
    within: identity(1),
    precision: identity(1),
    between: identity(betweenVariance),
    betweenPrecision: identity(1 / betweenVariance),
    cross: new Float64Array(k * p),
    squares: new Float64Array(p * p),
    sums: new Float64Array(clusters * p),
  };
  restartSums(statistics, state);
  for (const pattern of statistics.patterns)
    for (let r = 0; r < pattern.rows.length; r++) {
      const i = pattern.rows[r]!;
      addRow(values, data.design, i, p, k, cluster.codes[i]!, state.cross, state.squares, state.sums);
    }
  return state;
}

/** Back to the rows that no draw changes. */
export function restartSums(statistics: TwoLevelStatistics, { cross, squares, sums }: TwoLevelState): void {
  cross.set(statistics.fixedCross);
  squares.set(statistics.fixedSquares);
  sums.set(statistics.fixedSums);
}

/** Writes A⁻¹ to `out`; false when A is not positive definite. */
export function invert(a: Float64Array, n: number, out: Float64Array): boolean {
  if (!cholesky(a, n, out)) return false;
  choleskyInverse(out, n, out);
  return true;
}
