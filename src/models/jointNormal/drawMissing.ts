import { cholesky, choleskySolve, solveLowerTransposed } from "../../numerics/matrix/cholesky.ts";
import type { RandomStream } from "../../numerics/random/randomStream.ts";
import { truncatedNormal } from "../../numerics/random/truncatedNormal.ts";
import { notPositive } from "./drawCoefficients.ts";
import { addRow, type Pattern, type TwoLevelStatistics } from "./twoLevelData.ts";
import { restartSums, type TwoLevelState } from "./twoLevelState.ts";

/** Draws missing and latent values; has its workspace and allocates no more. */
export type DrawMissing = (state: TwoLevelState, stream: RandomStream) => void;

/**
 * What is missing in a row given what is known of it, and then every latent value on the side of 0 where its outcome
 * says it is, given all others:
 *
 *   y_m | y_o ~ N(μ_m − Ω_mm⁻¹ Ω_mo (y_o − μ_o), Ω_mm⁻¹),   Ω = Σ⁻¹,   μ = Bᵀx + u
 *
 * Rows that miss the same share Ω_mm⁻¹Ω_mo. The sums over rows are made anew on the way.
 */
export function missingDraws(statistics: TwoLevelStatistics): DrawMissing {
  const { data, patterns } = statistics;
  const { variables: p, predictors: k, binaries, design, cluster, values: given } = data;
  const mean = new Float64Array(p);
  const drawn = new Float64Array(p);
  const root = new Float64Array(p * p);
  const weights = new Float64Array(p * p);
  const column = new Float64Array(p);

  /** Ω_mm's root and Ω_mm⁻¹Ω_mo, packed. */
  const prepare = ({ missing, known }: Pattern, precision: Float64Array): void => {
    const m = missing.length;
    for (let r = 0; r < m; r++) for (let s = 0; s < m; s++) root[r * m + s] = precision[missing[r]! * p + missing[s]!]!;
    if (m > 0 && !cholesky(root, m, root)) throw notPositive();
    for (let o = 0; o < known.length; o++) {
      for (let r = 0; r < m; r++) column[r] = precision[missing[r]! * p + known[o]!]!;
      choleskySolve(root, m, column, column);
      for (let r = 0; r < m; r++) weights[r * p + o] = column[r]!;
    }
  };

  return (state, stream) => {
    const { values, coefficients, effects, precision, cross, squares, sums } = state;
    restartSums(statistics, state);
    for (let g = 0; g < patterns.length; g++) {
      const pattern = patterns[g]!;
      const { missing, known, rows } = pattern;
      const m = missing.length;
      prepare(pattern, precision);
      for (let r = 0; r < rows.length; r++) {
        const i = rows[r]!;
        const row = i * p;
        const j = cluster.codes[i]!;
        for (let c = 0; c < p; c++) {
          let value = effects[j * p + c]!;
          for (let a = 0; a < k; a++) value += design[i * k + a]! * coefficients[a * p + c]!;
          mean[c] = value;
        }
        for (let s = 0; s < m; s++) drawn[s] = stream.normal();
        solveLowerTransposed(root, m, drawn, drawn);
        for (let s = 0; s < m; s++) {
          let value = mean[missing[s]!]! + drawn[s]!;
          for (let o = 0; o < known.length; o++) {
            const c = known[o]!;
            value -= weights[s * p + o]! * (values[row + c]! - mean[c]!);
          }
          values[row + missing[s]!] = value;
        }
        for (let o = 0; o < known.length && known[o]! < binaries; o++) {
          const c = known[o]!;
          const unit = precision[c * p + c]!;
          let value = 0;
          for (let d = 0; d < p; d++) if (d !== c) value += precision[c * p + d]! * (values[row + d]! - mean[d]!);
          const centre = mean[c]! - value / unit;
          const spread = 1 / Math.sqrt(unit);
          values[row + c] =
            given[row + c] === 1
              ? centre + spread * truncatedNormal(stream, -centre / spread)
              : centre - spread * truncatedNormal(stream, centre / spread);
        }
        addRow(values, design, i, p, k, j, cross, squares, sums);
      }
    }
  };
}

/** The rows that miss everything, and the clusters that have no other rows, from the parameters as they stand. */
export function drawEmptyRows(statistics: TwoLevelStatistics, state: TwoLevelState, stream: RandomStream): void {
  const { data, empty, sizes } = statistics;
  const { variables: p, predictors: k, design, cluster } = data;
  const { values, coefficients, effects, within, between } = state;
  const inside = new Float64Array(p * p);
  const outside = new Float64Array(p * p);
  if (!cholesky(within, p, inside) || !cholesky(between, p, outside)) throw notPositive();
  const noise = new Float64Array(p);
  const scaled = (root: Float64Array, c: number): number => {
    let value = 0;
    for (let d = 0; d <= c; d++) value += root[c * p + d]! * noise[d]!;
    return value;
  };
  for (let j = 0; j < sizes.length; j++) {
    if (sizes[j]! > 0) continue;
    for (let c = 0; c < p; c++) noise[c] = stream.normal();
    for (let c = 0; c < p; c++) effects[j * p + c] = scaled(outside, c);
  }
  for (const i of empty) {
    const j = cluster.codes[i]!;
    for (let c = 0; c < p; c++) noise[c] = stream.normal();
    for (let c = 0; c < p; c++) {
      let value = effects[j * p + c]! + scaled(inside, c);
      for (let a = 0; a < k; a++) value += design[i * k + a]! * coefficients[a * p + c]!;
      values[i * p + c] = value;
    }
  }
}
