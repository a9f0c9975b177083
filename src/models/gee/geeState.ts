import type { Family } from "../family/family.ts";
import type { Link } from "../family/link.ts";
import type { GeeRows } from "./geeRows.ts";
import type { MomentName, WorkingCorrelation } from "./workingCorrelation.ts";

/** The model of a GEE: g(μ) = xᵀβ + offset, Var(y) = φ V(μ)/w. */
export interface GeeModel {
  readonly rows: GeeRows;
  readonly family: Family;
  readonly link: Link;
}

/** Means and what follows from them at one β, per entry of the rows. Overwritten by {@link moveTo}. */
export interface GeeState {
  readonly beta: Float64Array;
  readonly mean: Float64Array;
  /** √(w/v) dμ/dη: a row of the whitened derivative is this times its covariates. */
  readonly pull: Float64Array;
  /** √v */
  readonly spread: Float64Array;
  /** (ȳ − μ)/√v */
  readonly residuals: Float64Array;
  /** Σ (y − ȳ)²/v */
  readonly squares: Float64Array;
}

export function geeState({ rows }: GeeModel): GeeState {
  const entries = rows.outcome.length;
  const numbers = () => new Float64Array(entries);
  return {
    beta: new Float64Array(rows.coefficients),
    mean: numbers(),
    pull: numbers(),
    spread: numbers(),
    residuals: numbers(),
    squares: numbers(),
  };
}

/** The state at β (of standardised covariates); false, with the state half written, where a mean leaves its range. */
export function moveTo({ rows, family, link }: GeeModel, beta: Float64Array, state: GeeState): boolean {
  const { coefficients: p, design, outcome, offset, weights, squares } = rows;
  const { lowest, highest } = family;
  state.beta.set(beta);
  for (let i = 0, at = 0; i < outcome.length; i++, at += p) {
    let eta = offset[i]!;
    for (let k = 0; k < p; k++) eta += design[at + k]! * beta[k]!;
    const mean = link.mean(eta);
    if (!(mean > lowest && mean < highest)) return false;
    const variance = family.variance(mean);
    const spread = Math.sqrt(variance);
    state.mean[i] = mean;
    state.spread[i] = spread;
    state.pull[i] = (Math.sqrt(weights[i]!) * link.slope(eta)) / spread;
    state.residuals[i] = (outcome[i]! - mean) / spread;
    state.squares[i] = squares[i]! / variance;
  }
  return true;
}

/** Σ w (y − μ)²/v: what φ is estimated from. */
export function pearsonSum({ weights, counts }: GeeRows, { residuals, squares }: GeeState): number {
  let total = 0;
  for (let i = 0; i < residuals.length; i++)
    total += weights[i]! * (counts[i]! * residuals[i]! * residuals[i]! + squares[i]!);
  return total;
}

/** Room for the whitened rows of any cluster, covariates and residual side by side. */
export const whitenedRoom = ({ start, clusters, coefficients }: GeeRows): Float64Array => {
  let most = 0;
  for (let j = 0; j < clusters; j++) most = Math.max(most, start[j + 1]! - start[j]!);
  return new Float64Array((most + 1) * (coefficients + 1));
};

/**
 * Z of cluster j, with [D r]ᵀV⁻¹[D r] = ZᵀZ: columns of the p covariates and the residual.
 *
 * @returns rows of Z in `out`
 */
export function whitenCluster(
  rows: GeeRows,
  { pull, residuals }: GeeState,
  correlation: WorkingCorrelation,
  alpha: number,
  cluster: number,
  out: Float64Array,
): number {
  const { coefficients: p, design, weights, start } = rows;
  const from = start[cluster]!;
  const entries = start[cluster + 1]! - from;
  const width = p + 1;
  for (let i = 0; i < entries; i++) {
    const factor = pull[from + i]!;
    const row = (from + i) * p;
    for (let k = 0; k < p; k++) out[i * width + k] = factor * design[row + k]!;
    out[i * width + p] = Math.sqrt(weights[from + i]!) * residuals[from + i]!;
  }
  return correlation.whiten(out, entries, width, rows.counts, from, rows.sizes[cluster]!, alpha);
}

/** Σⱼ Gⱼ (p × p) and Σⱼ uⱼ (length p) at the state. */
export function accumulateEquations(
  rows: GeeRows,
  state: GeeState,
  correlation: WorkingCorrelation,
  alpha: number,
  room: Float64Array,
  information: Float64Array,
  score: Float64Array,
): void {
  const p = rows.coefficients;
  const width = p + 1;
  information.fill(0);
  score.fill(0);
  for (let j = 0; j < rows.clusters; j++) {
    const used = whitenCluster(rows, state, correlation, alpha, j, room);
    for (let at = 0; at < used * width; at += width) {
      const residual = room[at + p]!;
      for (let k = 0; k < p; k++) {
        const z = room[at + k]!;
        score[k]! += z * residual;
        for (let l = 0; l <= k; l++) information[k * p + l]! += z * room[at + l]!;
      }
    }
  }
  for (let k = 0; k < p; k++) for (let l = 0; l < k; l++) information[l * p + k] = information[k * p + l]!;
}

/** φ as the moments define it, and as the working covariance V(μ)/w has it: they differ by the mean weight under "n". */
export function dispersionsOf(
  rows: GeeRows,
  pearson: number,
  moments: MomentName,
  totalWeight: number,
): { readonly reported: number; readonly working: number } {
  const { observations: n, coefficients: p } = rows;
  if (moments === "n-p") return { reported: pearson / (n - p), working: pearson / (n - p) };
  return { reported: pearson / totalWeight, working: pearson / n };
}
