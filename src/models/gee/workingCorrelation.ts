import { DesignProblem } from "../../contract/problem.ts";
import type { GeeRows } from "./geeRows.ts";
import { lagSums, solveAutoregression } from "./lagSums.ts";

export const correlationNames = ["exchangeable", "independence", "ar1"] as const;
export type CorrelationName = (typeof correlationNames)[number];

/** Divisors of the moment estimates: "n" as geepack has them, "n-p" as SAS and the R package gee. */
export const momentNames = ["n", "n-p"] as const;
export type MomentName = (typeof momentNames)[number];

/** What α is estimated from. */
interface PearsonResiduals {
  readonly rows: GeeRows;
  /** (ȳ − μ)/√v(μ) per entry, without its prior weight. */
  readonly residuals: Float64Array;
  /** Σ (y − ȳ)²/v(μ) per entry. */
  readonly squares: Float64Array;
  /** φ as these moments have it. */
  readonly dispersion: number;
  readonly moments: MomentName;
}

/** How rows of one cluster are taken to go together, as a value: the fit asks no name. */
export interface WorkingCorrelation {
  readonly id: CorrelationName;
  /** Does it matter in which order rows stand? */
  readonly ordered: boolean;
  /** α strictly between these makes R(α) positive definite for a cluster of n rows. */
  range(rows: number): readonly [lower: number, upper: number];
  /** α from residuals; null where no cluster has two rows, or where there is none to estimate. */
  estimate(of: PearsonResiduals, previous: number): number | null;
  /**
   * Turns a block of a cluster (entries × width, row-major) into Z with
   * ZᵀZ = blockᵀ R(α)⁻¹ block, in place; there is room for one more row.
   * Entry i stands for counts[firstCount + i] rows.
   *
   * @returns the number of rows of Z
   */
  whiten(
    block: Float64Array,
    entries: number,
    width: number,
    counts: Float64Array,
    firstCount: number,
    rows: number,
    alpha: number,
  ): number;
}

const scaleByCount: WorkingCorrelation["whiten"] = (block, entries, width, counts, firstCount) => {
  for (let i = 0; i < entries; i++) {
    const count = counts[firstCount + i]!;
    if (count === 1) continue;
    const root = Math.sqrt(count);
    for (let k = 0; k < width; k++) block[i * width + k]! *= root;
  }
  return entries;
};

/** R = I */
const independence: WorkingCorrelation = {
  id: "independence",
  ordered: false,
  range: () => [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  estimate: () => null,
  whiten: scaleByCount,
};

/**
 * R = (1 − α) I + α 11ᵀ, so that aᵀR⁻¹b = Σ (aᵢ − ā)(bᵢ − b̄)/(1 − α) + n ā b̄/(1 + (n − 1)α): rows about their mean, and the
 * mean as one more row.
 *
 * α is the mean product of residuals over all pairs of rows of a cluster, over φ. Under "n" the product of a pair has the
 * weight wᵢwⱼ; under "n-p" residuals carry √w, and p is taken off the number of pairs.
 */
const exchangeable: WorkingCorrelation = {
  id: "exchangeable",
  ordered: false,
  range: (rows) => [rows > 1 ? -1 / (rows - 1) : Number.NEGATIVE_INFINITY, 1],
  estimate({ rows, residuals, squares, dispersion, moments }) {
    const { start, counts, weights } = rows;
    const plain = moments === "n";
    let products = 0;
    let pairs = 0;
    for (let j = 0; j < rows.clusters; j++) {
      if (rows.sizes[j]! < 2) continue;
      let sum = 0;
      let own = 0;
      let weight = 0;
      let ownWeight = 0;
      for (let i = start[j]!; i < start[j + 1]!; i++) {
        const m = counts[i]!;
        const w = plain ? weights[i]! : Math.sqrt(weights[i]!);
        sum += m * w * residuals[i]!;
        own += w * w * (m * residuals[i]! * residuals[i]! + squares[i]!);
        if (!plain) continue;
        weight += m * w;
        ownWeight += m * w * w;
      }
      products += (sum * sum - own) / 2;
      pairs += plain ? (weight * weight - ownWeight) / 2 : (rows.sizes[j]! * (rows.sizes[j]! - 1)) / 2;
    }
    return pairs === 0 ? null : products / (dispersion * divisor(pairs, rows.coefficients, moments));
  },
  whiten(block, entries, width, counts, firstCount, rows, alpha) {
    const mean = entries * width;
    for (let k = 0; k < width; k++) block[mean + k] = 0;
    for (let i = 0; i < entries; i++) {
      const count = counts[firstCount + i]!;
      for (let k = 0; k < width; k++) block[mean + k]! += count * block[i * width + k]!;
    }
    for (let k = 0; k < width; k++) block[mean + k]! /= rows;
    const within = 1 / Math.sqrt(1 - alpha);
    for (let i = 0; i < entries; i++) {
      const count = counts[firstCount + i]!;
      const factor = count === 1 ? within : within * Math.sqrt(count);
      for (let k = 0; k < width; k++) block[i * width + k] = factor * (block[i * width + k]! - block[mean + k]!);
    }
    const between = Math.sqrt(rows / (1 + (rows - 1) * alpha));
    for (let k = 0; k < width; k++) block[mean + k]! *= between;
    return entries + 1;
  },
};

/**
 * Rᵢⱼ = α^|i − j| for rows in the order of the file, so that with zᵢ = (aᵢ − α aᵢ₋₁)/√(1 − α²), z₁ = a₁, aᵀR⁻¹b = Σ zᵢ(a) zᵢ(b).
 *
 * Under "n" α solves Σ t αᵗ⁻¹(rᵢ rᵢ₊ₜ/φ − αᵗ) wᵢ wᵢ₊ₜ = 0 over all pairs at all distances t, which is least squares of the
 * products on their expectations (geepack); under "n-p" it is the mean product of neighbours over φ, with p taken off
 * their number (SAS).
 */
const ar1: WorkingCorrelation = {
  id: "ar1",
  ordered: true,
  range: () => [-1, 1],
  estimate({ rows, residuals, dispersion, moments }, previous) {
    const plain = moments === "n";
    const scaled = residuals.map((r, i) => r * (plain ? rows.weights[i]! : Math.sqrt(rows.weights[i]!)));
    const sums = lagSums(rows, scaled, plain ? rows.weights : null);
    const { weight, product } = sums(1);
    if (weight === 0) return null;
    if (!plain) return product / (dispersion * divisor(weight, rows.coefficients, moments));
    return solveAutoregression(sums, dispersion, previous);
  },
  whiten(block, entries, width, _counts, _firstCount, _rows, alpha) {
    const factor = 1 / Math.sqrt((1 - alpha) * (1 + alpha));
    for (let i = entries - 1; i > 0; i--)
      for (let k = 0; k < width; k++)
        block[i * width + k] = factor * (block[i * width + k]! - alpha * block[(i - 1) * width + k]!);
    return entries;
  },
};

export const workingCorrelations: Readonly<Record<CorrelationName, WorkingCorrelation>> = {
  exchangeable,
  independence,
  ar1,
};

function divisor(pairs: number, coefficients: number, moments: MomentName): number {
  if (moments === "n") return pairs;
  if (pairs <= coefficients) throw new DesignProblem("too-few-pairs", { pairs, coefficients });
  return pairs - coefficients;
}
