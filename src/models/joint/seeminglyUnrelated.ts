import { DesignProblem, NumericalProblem } from "../../contract/problem.ts";
import { cholesky, choleskySolve, solveLowerTransposed } from "../../numerics/matrix/cholesky.ts";
import { multiply } from "../../numerics/matrix/product.ts";
import { type CanonicalEquation, type JointMoments, totalMoments } from "./jointMoments.ts";

/**
 * How two regressions are estimated together: each by its own least squares; one step of feasible generalised least
 * squares (Zellner 1962); or that step repeated until nothing changes, which is normal maximum likelihood.
 */
export type JointWeighting = "generalised" | "iterated" | "least-squares";

/** Two regressions with correlated residuals. Coefficients are those of equation 1, then those of equation 2: p = p₁ + p₂. */
export interface SeeminglyUnrelatedFit {
  readonly moments: JointMoments;
  readonly weighting: JointWeighting;
  /** β, length p. */
  readonly coefficients: Float64Array;
  /** T (p × p) with T Tᵀ = (Σ Xᵀ(Σ⁻¹ ⊗ W)X)⁻¹; for least squares with the inverse of Σ's diagonal for Σ⁻¹. */
  readonly root: Float64Array;
  /** Σ under which the coefficients were found, 2 × 2, in the units of the outcomes: E₀ᵀWE₀/N of the step before. */
  readonly residualCovariance: Float64Array;
  /** γ, length p: coefficients about least squares in canonical coordinates. */
  readonly canonical: Float64Array;
  /** G, p × p: the root in canonical coordinates. */
  readonly canonicalRoot: Float64Array;
  /** Σ in units of both equations. */
  readonly canonicalCovariance: Float64Array;
  readonly iterations: number;
}

/** Share of the product of the variances that must be left of |Σ|. */
const PROPORTIONAL = 1e-12;
/** Largest change of Σ, in units of the residuals, at which the iteration has settled. */
const SETTLED = 1e-14;
const MAX_ITERATIONS = 500;
/** What stands for Σ where equations are estimated one by one, in units of their residuals. */
const IDENTITY = Float64Array.of(1, 0, 0, 1);

/**
 * Seemingly unrelated regressions (Zellner 1962) of two outcomes of the same rows:
 *
 *   yₖ = Xₖβₖ + εₖ,   Cov(ε₁ᵢ, ε₂ᵢ) = Σ per row, rows independent
 *   β = (Xᵀ(Σ⁻¹ ⊗ W)X)⁻¹ Xᵀ(Σ⁻¹ ⊗ W)y,   Σ = E₀ᵀWE₀/N,   E₀: residuals of least squares
 *
 * X is block-diagonal, W the row weights of mean 1. Where both equations have the same columns this is least squares
 * whatever Σ is. Independence of rows is a working model: variances come from the clusters.
 *
 * @throws DesignProblem `outcomes-proportional`
 * @throws NumericalProblem `not-converged`, `information-not-positive`
 */
export function fitSeeminglyUnrelated(moments: JointMoments, weighting: JointWeighting): SeeminglyUnrelatedFit {
  const { equations, rows } = moments;
  const p = equations[0].coefficients + equations[1].coefficients;
  const total = totalMoments(moments.once, moments.columns);
  const canonical = new Float64Array(p);
  const factor = new Float64Array(p * p);
  let sigma = residualCovariance(moments, total, canonical, rows);
  let iterations = 0;
  for (;;) {
    iterations++;
    solve(moments, total, weighting === "least-squares" ? IDENTITY : sigma, canonical, factor);
    if (weighting !== "iterated") break;
    const next = residualCovariance(moments, total, canonical, rows);
    const change = Math.max(...next.map((value, e) => Math.abs(value - sigma[e]!)));
    sigma = next;
    if (change < SETTLED) break;
    if (iterations === MAX_ITERATIONS)
      throw new NumericalProblem("not-converged", { what: "The pair of regressions", iterations, gradient: change });
  }
  const canonicalRoot = new Float64Array(p * p);
  for (let k = 0; k < p; k++) canonicalRoot[k * p + k] = 1;
  solveLowerTransposed(factor, p, canonicalRoot, canonicalRoot, p);
  const [one, two] = equations;
  return {
    moments,
    weighting,
    coefficients: toCoefficients(equations, canonical),
    root: inOutcomeUnits(equations, canonicalRoot, p),
    residualCovariance: Float64Array.of(
      sigma[0]! * one.unit ** 2,
      sigma[1]! * one.unit * two.unit,
      sigma[2]! * one.unit * two.unit,
      sigma[3]! * two.unit ** 2,
    ),
    canonical,
    canonicalRoot,
    canonicalCovariance: sigma,
    iterations,
  };
}

/** β = β₀ + unit · root · γ, equation by equation. */
export function toCoefficients(
  equations: readonly [CanonicalEquation, CanonicalEquation],
  canonical: Float64Array,
): Float64Array {
  const p = equations[0].coefficients;
  const out = new Float64Array(canonical.length);
  equations.forEach(({ coefficients: size, leastSquares, root, unit }, k) => {
    const from = k * p;
    for (let a = 0; a < size; a++) {
      let value = 0;
      for (let b = 0; b < size; b++) value += root[a * size + b]! * canonical[from + b]!;
      out[from + a] = leastSquares[a]! + unit * value;
    }
  });
  return out;
}

/** Rows of a p × m matrix in canonical coordinates, as rows of coefficients. */
export function inOutcomeUnits(
  equations: readonly [CanonicalEquation, CanonicalEquation],
  matrix: Float64Array,
  m: number,
): Float64Array {
  const out = new Float64Array(matrix.length);
  let from = 0;
  for (const { coefficients: size, root, unit } of equations) {
    const block = new Float64Array(size * m);
    multiply(root, matrix.subarray(from * m, (from + size) * m), size, size, m, block);
    for (let e = 0; e < block.length; e++) out[from * m + e] = unit * block[e]!;
    from += size;
  }
  return out;
}

/** EᵀWE/N of the residuals e − x̂γ, 2 × 2. */
function residualCovariance(
  { equations, columns: q }: JointMoments,
  total: Float64Array,
  canonical: Float64Array,
  rows: number,
): Float64Array {
  const out = new Float64Array(4);
  equations.forEach((left, k) => {
    equations.forEach((right, l) => {
      const ownK = canonical.subarray(k * equations[0].coefficients);
      const ownL = canonical.subarray(l * equations[0].coefficients);
      let value = total[left.residual * q + right.residual]!;
      for (let a = 0; a < left.coefficients; a++) {
        value -= ownK[a]! * total[(left.at + a) * q + right.residual]!;
        for (let b = 0; b < right.coefficients; b++)
          value += ownK[a]! * total[(left.at + a) * q + right.at + b]! * ownL[b]!;
      }
      for (let b = 0; b < right.coefficients; b++) value -= ownL[b]! * total[(right.at + b) * q + left.residual]!;
      out[2 * k + l] = value / rows;
    });
  });
  if (!(out[0]! * out[3]! - out[1]! ** 2 > PROPORTIONAL * out[0]! * out[3]!))
    throw new DesignProblem("outcomes-proportional", { first: equations[0].column, second: equations[1].column });
  return out;
}

/** γ under Σ and the Cholesky factor of its information, both in place. */
function solve(
  { equations, columns: q }: JointMoments,
  total: Float64Array,
  sigma: Float64Array,
  canonical: Float64Array,
  factor: Float64Array,
): void {
  const p = canonical.length;
  const inverse = inverseOfTwo(sigma);
  canonical.fill(0);
  equations.forEach((left, k) => {
    equations.forEach((right, l) => {
      const weight = inverse[2 * k + l]!;
      const fromK = k * equations[0].coefficients;
      const fromL = l * equations[0].coefficients;
      for (let a = 0; a < left.coefficients; a++) {
        const row = (left.at + a) * q;
        canonical[fromK + a]! += weight * total[row + right.residual]!;
        for (let b = 0; b < right.coefficients; b++)
          factor[(fromK + a) * p + fromL + b] = weight * total[row + right.at + b]!;
      }
    });
  });
  if (!cholesky(factor, p, factor)) throw new NumericalProblem("information-not-positive", { coefficients: p });
  choleskySolve(factor, p, canonical, canonical);
}

/** Inverse of a 2 × 2 matrix. */
export function inverseOfTwo(m: Float64Array): Float64Array {
  const determinant = m[0]! * m[3]! - m[1]! * m[2]!;
  return Float64Array.of(m[3]! / determinant, -m[1]! / determinant, -m[2]! / determinant, m[0]! / determinant);
}
