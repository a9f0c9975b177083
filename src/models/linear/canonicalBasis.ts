import { multiply } from "../../numerics/matrix/product.ts";

/**
 * Share of a column's sum of squares about its mean that must be left after projection on the columns before it.
 * Cross-products hold about 15 digits, so below this a remainder may be rounding.
 */
const DEPENDENT = 1e-11;

/**
 * A basis of the design's columns about a centre c (c₀ = 0), and the least-squares coefficients found so far:
 *
 *   z = (1, x − c),   x̂ = Tᵀz,   e = (y − c_y) − zᵀb
 *
 * After a step, x̂ is orthonormal and orthogonal to e over all (weighted) rows up to rounding, and T Tᵀ = (Σ w z zᵀ)⁻¹.
 */
export interface CanonicalBasis {
  /** p */
  readonly coefficients: number;
  /** T, p × p upper triangular, row-major. */
  readonly root: Float64Array;
  /** b, length p: coefficients of z. */
  readonly aboutCentre: Float64Array;
  /** Coordinates of the fitted values, x̂ᵀprojection = zᵀb; all but the first make up the explained sum of squares. */
  readonly projection: Float64Array;
}

/** z itself and no coefficients yet: where the first step begins. */
export function startingBasis(coefficients: number): CanonicalBasis {
  const root = new Float64Array(coefficients * coefficients);
  for (let k = 0; k < coefficients; k++) root[k * coefficients + k] = 1;
  return {
    coefficients,
    root,
    aboutCentre: new Float64Array(coefficients),
    projection: new Float64Array(coefficients),
  };
}

export interface CanonicalStep {
  readonly basis: CanonicalBasis;
  /** A (q × q, q = p + 1) takes (x̂, e) before the step to (x̂, e) after it. */
  readonly transform: Float64Array;
  /** Σ w e² after the step. */
  readonly residualSumOfSquares: number;
  /** The smallest share that centring and projection left of any column's or the outcome's squares: the digits lost. */
  readonly leastShare: number;
}

/**
 * One step of Cholesky QR: from cross-products of (x̂, e) in a basis to the basis in which they are orthonormal. Done
 * once on moments it solves the normal equations; done again on the cross-products of rows recomputed in the new basis,
 * it gives the digits of a Householder QR (CholeskyQR2: Yamamoto et al. 2015) with iterative refinement of b.
 *
 * @param total Σ w (x̂, e)(x̂, e)ᵀ, q × q
 * @returns null when some column depends on those before it
 */
export function canonicalStep(total: Float64Array, previous: CanonicalBasis): CanonicalStep | null {
  const { coefficients: p } = previous;
  const q = p + 1;
  const factored = factor(total, p);
  if (factored === null) return null;
  const { lower } = factored;
  const inverse = lowerInverse(lower, p);
  const transform = new Float64Array(q * q);
  transform[q * q - 1] = 1;
  const along = new Float64Array(p);
  for (let k = 0; k < p; k++) {
    let value = 0;
    for (let l = 0; l <= k; l++) {
      transform[k * q + l] = inverse[k * p + l]!;
      value += inverse[k * p + l]! * total[l * q + p]!;
    }
    along[k] = value;
  }
  let residual = total[q * q - 1]!;
  const change = new Float64Array(p);
  for (let k = 0; k < p; k++) {
    residual -= along[k]! ** 2;
    for (let l = k; l < p; l++) change[k]! += inverse[l * p + k]! * along[l]!;
    transform[p * q + k] = -change[k]!;
  }
  return {
    basis: advance(previous, lower, inverse, change),
    transform,
    residualSumOfSquares: Math.max(0, residual),
    leastShare: Math.min(factored.leastShare, residual / total[q * q - 1]!),
  };
}

/** T ← T L⁻ᵀ, b ← b + T δ, projection ← Lᵀ(projection + δ). */
function advance(
  { coefficients: p, root, aboutCentre, projection }: CanonicalBasis,
  lower: Float64Array,
  inverse: Float64Array,
  change: Float64Array,
): CanonicalBasis {
  const transposed = new Float64Array(p * p);
  for (let k = 0; k < p; k++) for (let l = 0; l <= k; l++) transposed[l * p + k] = inverse[k * p + l]!;
  const newRoot = new Float64Array(p * p);
  multiply(root, transposed, p, p, p, newRoot);
  const newCoefficients = aboutCentre.slice();
  const newProjection = new Float64Array(p);
  for (let k = 0; k < p; k++) {
    for (let l = k; l < p; l++) {
      newCoefficients[k]! += root[k * p + l]! * change[l]!;
      newProjection[k]! += lower[l * p + k]! * (projection[l]! + change[l]!);
    }
  }
  return { coefficients: p, root: newRoot, aboutCentre: newCoefficients, projection: newProjection };
}

/** L of the leading p × p block of a q × q matrix; the first column is the constant. null when it is singular. */
function factor(total: Float64Array, p: number): { readonly lower: Float64Array; readonly leastShare: number } | null {
  const q = p + 1;
  let leastShare = 1;
  const lower = new Float64Array(p * p);
  for (let k = 0; k < p; k++) {
    let left = total[k * q + k]!;
    let aboutMean = left;
    for (let l = 0; l < k; l++) {
      let value = total[k * q + l]!;
      for (let m = 0; m < l; m++) value -= lower[k * p + m]! * lower[l * p + m]!;
      value /= lower[l * p + l]!;
      lower[k * p + l] = value;
      left -= value * value;
      if (l === 0) aboutMean = left;
    }
    // Written so that a column of zeros, 0 > 0, counts as dependent.
    if (!(left > DEPENDENT * aboutMean)) return null;
    lower[k * p + k] = Math.sqrt(left);
    leastShare = Math.min(leastShare, left / total[k * q + k]!);
  }
  return { lower, leastShare };
}

function lowerInverse(lower: Float64Array, p: number): Float64Array {
  const inverse = new Float64Array(p * p);
  for (let k = 0; k < p; k++) {
    inverse[k * p + k] = 1 / lower[k * p + k]!;
    for (let l = 0; l < k; l++) {
      let value = 0;
      for (let m = l; m < k; m++) value -= lower[k * p + m]! * inverse[m * p + l]!;
      inverse[k * p + l] = value / lower[k * p + k]!;
    }
  }
  return inverse;
}
