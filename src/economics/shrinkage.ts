import type { Arrangement, Cell } from "./arrangement.ts";

/** What the two stages draw of one outcome, in the order of the arrangement. */
export interface TwoStageParts {
  /** Shrunken mean per cluster. */
  readonly means: Float64Array;
  /** Standardised residual per row. */
  readonly residuals: Float64Array;
  /** 1 − c per cell: how much of a cluster's distance from its arm is kept. */
  readonly kept: Float64Array;
}

/**
 * Shrunken cluster means and standardised residuals (Davison & Hinkley 1997, pp. 97–100), cell by cell:
 *
 *   1 − c = √max(0, J/(J−1) − SSW/(b(b−1) SSB)),   SSB = Σⱼ(ȳⱼ − ȳ)²,   SSW = Σⱼᵢ(yᵢⱼ − ȳⱼ)²
 *   mean of cluster j: c ȳ + (1−c) ȳⱼ,   residual: (yᵢⱼ − ȳⱼ)/√(1 − 1/b)
 *
 * with ȳ the unweighted mean of the J cluster means and b = n₀ = (N − Σnⱼ²/N)/(J − 1), the common size when sizes are
 * equal. The mean of a balanced arm then has the variance, over draws, that analysis of variance gives it: resampling means as
 * they are loses 1/J of the variance between clusters, and counts the variance within twice when residuals are drawn
 * as well.
 *
 * @param values in the order of the arrangement
 */
export function twoStageParts(values: Float64Array, { cells, starts }: Arrangement): TwoStageParts {
  const means = new Float64Array(starts.length - 1);
  const residuals = new Float64Array(values.length);
  const kept = new Float64Array(cells.length);
  cells.forEach((cell, at) => {
    const last = cell.firstCluster + cell.clusters;
    let grand = 0;
    for (let j = cell.firstCluster; j < last; j++) {
      means[j] = meanOf(values, starts[j]!, starts[j + 1]!);
      grand += means[j]!;
    }
    grand /= cell.clusters;
    let between = 0;
    let within = 0;
    for (let j = cell.firstCluster; j < last; j++) {
      between += (means[j]! - grand) ** 2;
      for (let i = starts[j]!; i < starts[j + 1]!; i++) {
        residuals[i] = values[i]! - means[j]!;
        within += residuals[i]! ** 2;
      }
    }
    const b = averageSize(cell, starts);
    const noise = within === 0 ? 0 : within / (b * (b - 1) * between);
    const share = between === 0 ? 0 : Math.sqrt(Math.max(0, cell.clusters / (cell.clusters - 1) - noise));
    const scale = within === 0 ? 0 : 1 / Math.sqrt(1 - 1 / b);
    for (let j = cell.firstCluster; j < last; j++) means[j] = grand + share * (means[j]! - grand);
    for (let i = cell.firstRow; i < cell.firstRow + cell.rows; i++) residuals[i]! *= scale;
    kept[at] = share;
  });
  return { means, residuals, kept };
}

/** n₀ of analysis of variance. */
function averageSize({ firstCluster, clusters, rows }: Cell, starts: Int32Array): number {
  let squares = 0;
  for (let j = firstCluster; j < firstCluster + clusters; j++) squares += (starts[j + 1]! - starts[j]!) ** 2;
  return (rows - squares / rows) / (clusters - 1);
}

/** Mean about the first value, so that a large origin costs no digits. */
function meanOf(values: Float64Array, from: number, to: number): number {
  const origin = values[from]!;
  let sum = 0;
  for (let i = from; i < to; i++) sum += values[i]! - origin;
  return origin + sum / (to - from);
}
