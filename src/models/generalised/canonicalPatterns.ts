import { Defect, DesignProblem } from "../../contract/problem.ts";
import { findDependencies } from "../../data/findDependencies.ts";
import { sayDependency } from "../../data/fullRank.ts";
import { canonicalStep, startingBasis } from "../linear/canonicalBasis.ts";
import type { CovariatePatterns } from "./covariatePatterns.ts";

/** Wider than the threshold at which a step gives up, so that the culprit is always found. */
const NEARLY_DEPENDENT = 1e-10;

/**
 * Covariate patterns in coordinates of mean square one that are uncorrelated over the rows, so that neither units nor
 * origins nor correlations of the covariates cost the fit any digits: η = zᵀb + offset with z = Sᵀ(1, x − shift), and
 * the coefficients of the covariates themselves are β = C b.
 */
export interface CanonicalPatterns extends Omit<CovariatePatterns, "design"> {
  /** z, G × p row-major; its first column is constant. */
  readonly coordinates: Float64Array;
  /** C, p × p row-major. */
  readonly toCoefficients: Float64Array;
  /** Σ (1, x − shift)(1, x − shift)ᵀ over all rows, p × p: what the units of the covariates are. */
  readonly cross: Float64Array;
  /** b = C⁻¹ β. */
  toCanonical(coefficients: Float64Array): Float64Array;
  /**
   * Refuses a cluster whose rows the design cannot do without.
   *
   * @throws DesignProblem `rank-deficient`, `too-few-rows`
   */
  requireWithout(cluster: number): void;
  readonly terms: readonly string[];
  readonly shift: Float64Array;
}

/**
 * @param patterns its covariates are transformed in place and become the coordinates
 * @param shift what was subtracted from the covariates
 * @throws DesignProblem `rank-deficient` when a column depends on others, `too-few-rows` when N < p
 */
export function canonicalPatterns(
  patterns: CovariatePatterns,
  terms: readonly string[],
  shift: Float64Array,
): CanonicalPatterns {
  const { design, ...rest } = patterns;
  const { columns: p, rows } = rest;
  if (rows < p) throw new DesignProblem("too-few-rows", { rows, coefficients: p });
  let basis = startingBasis(p);
  const cross = crossProducts(rest, design, null);
  // Twice: the second step makes up for the digits that correlated columns cost the first (CholeskyQR2).
  for (let round = 0; round < 2; round++) {
    const step = canonicalStep(bordered(round === 0 ? cross : crossProducts(rest, design, null), p), basis);
    if (step === null)
      throw rankProblem(terms, cross, shift) ?? new Defect("A dependent column has no name", { terms });
    const { transform } = step;
    rotate(design, transform, p);
    basis = step.basis;
  }
  const scale = Math.sqrt(rows);
  for (let i = 0; i < design.length; i++) design[i]! *= scale;
  const root = basis.root.map((entry) => entry * scale);
  const toCoefficients = root.slice();
  for (let k = 1; k < p; k++) for (let l = 0; l < p; l++) toCoefficients[l]! -= shift[k]! * toCoefficients[k * p + l]!;
  return {
    ...rest,
    coordinates: design,
    toCoefficients,
    toCanonical(coefficients) {
      const b = coefficients.slice();
      for (let k = 1; k < p; k++) b[0]! += shift[k]! * coefficients[k]!;
      // The root is upper triangular.
      for (let k = p - 1; k >= 0; k--) {
        for (let l = k + 1; l < p; l++) b[k]! -= root[k * p + l]! * b[l]!;
        b[k]! /= root[k * p + k]!;
      }
      return b;
    },
    requireWithout(cluster) {
      const remaining = crossProducts(rest, design, cluster);
      // From sums of products of z to those of x − shift = T⁻ᵀz: forward substitution on columns, then on rows.
      for (const [step, along] of [
        [p, 1],
        [1, p],
      ] as const)
        for (let c = 0; c < p; c++)
          for (let k = 0; k < p; k++) {
            let value = remaining[k * step + c * along]!;
            for (let l = 0; l < k; l++) value -= root[l * p + k]! * remaining[l * step + c * along]!;
            remaining[k * step + c * along] = value / root[k * p + k]!;
          }
      if (remaining[0]! < p) throw new DesignProblem("too-few-rows", { rows: remaining[0]!, coefficients: p });
      const problem = rankProblem(terms, remaining, shift);
      if (problem !== null) throw problem;
    },
    cross,
    terms,
    shift,
  };
}

/** Σ count · x xᵀ over patterns, p × p; without cluster `without`, if any. */
function crossProducts(
  { columns: p, counts, starts, clusters }: Omit<CovariatePatterns, "design">,
  design: Float64Array,
  without: number | null,
): Float64Array {
  const cross = new Float64Array(p * p);
  for (let j = 0; j < clusters; j++) {
    if (j === without) continue;
    for (let g = starts[j]!; g < starts[j + 1]!; g++)
      for (let a = 0, at = g * p; a < p; a++) {
        const factor = counts[g]! * design[at + a]!;
        for (let b = 0; b <= a; b++) cross[a * p + b]! += factor * design[at + b]!;
      }
  }
  for (let a = 0; a < p; a++) for (let b = 0; b < a; b++) cross[b * p + a] = cross[a * p + b]!;
  return cross;
}

/** Names the columns that depend on others, from cross-products about `shift`; null when none does. */
function rankProblem(terms: readonly string[], cross: Float64Array, shift: Float64Array): DesignProblem | null {
  const found = findDependencies(terms, cross, shift, NEARLY_DEPENDENT);
  if (found.length === 0) return null;
  return new DesignProblem("rank-deficient", {
    columns: found.map(({ column }) => column),
    dependencies: found.map(sayDependency),
  });
}

/** The cross-products with a row and column of zeros for an outcome, as `canonicalStep` takes them. */
function bordered(cross: Float64Array, p: number): Float64Array {
  const q = p + 1;
  const out = new Float64Array(q * q);
  for (let a = 0; a < p; a++) for (let b = 0; b < p; b++) out[a * q + b] = cross[a * p + b]!;
  return out;
}

/** x ← A x for every row; A, the leading p × p of (p + 1) × (p + 1), is lower triangular. */
function rotate(design: Float64Array, transform: Float64Array, p: number): void {
  const q = p + 1;
  for (let at = 0; at < design.length; at += p)
    for (let a = p - 1; a >= 0; a--) {
      let value = 0;
      for (let b = 0; b <= a; b++) value += transform[a * q + b]! * design[at + b]!;
      design[at + a] = value;
    }
}
