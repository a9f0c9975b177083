import type { ClusterBlock, ClusterParts } from "../../contract/clusterParts.ts";
import { Defect } from "../../contract/problem.ts";
import { cholesky } from "../../numerics/matrix/cholesky.ts";
import { symmetricEigen } from "../../numerics/matrix/eigen.ts";
import type { Correction } from "./correction.ts";
import { diagonalBellMcCaffrey } from "./diagonalBellMcCaffrey.ts";

/**
 * Share of the target's scale below which an eigenvalue of the bracket counts as zero: the cluster alone determines a
 * coefficient there. clubSandwich's value.
 */
const NULL_DIRECTION = 1e-12;

/** Turns WX̂ of a block (r × p) into the adjusted AWX̂ in place; returns the number of null directions met. */
export type Adjustment = (block: ClusterBlock) => number;

/**
 * The leverage adjustment of a correction, with its scratch space.
 *
 *   cr2   A = Dᵀ B^(−1/2) D,  DᵀD = Θ,  B = D Var(e) Dᵀ,  Var(e) = Θ − HΘ − ΘHᵀ + X̂ Q X̂ᵀ,  H = X̂X̂ᵀW, Q = Σ X̂ᵀWΘWX̂
 *         (any D gives the same A; the bracket is I − X̂X̂ᵀ for least squares and D(Θ − X̂X̂ᵀ)Dᵀ when Θ = W⁻¹)
 *   cr3, cv3, cv3j   X̂ᵀW (I − H)⁻¹ = (I − X̂ᵀWX̂)⁻¹ X̂ᵀW
 *
 * Inverses are Moore–Penrose: a direction that the cluster alone determines contributes nothing.
 *
 * @param meat Q, p × p; read only when the target is "general"
 */
export function adjustmentFor(correction: Correction, parts: ClusterParts, meat: Float64Array | null): Adjustment {
  if (correction === "cr2")
    return parts.target === "inverse-diagonal"
      ? diagonalBellMcCaffrey(parts, inversePower)
      : bellMcCaffrey(parts, meat);
  if (correction === "cr3" || correction === "cv3" || correction === "cv3j") return jackknife(parts);
  return () => 0;
}

function bellMcCaffrey(parts: ClusterParts, meat: Float64Array | null): Adjustment {
  const { coefficients: p, maxRows } = parts;
  const squares = maxRows * maxRows;
  const variance = new Float64Array(squares);
  const lower = new Float64Array(squares);
  const bracket = new Float64Array(squares);
  const half = new Float64Array(squares);
  const product = new Float64Array(maxRows * p);
  const power = inversePower(maxRows);

  return (block) => {
    const { rows: r, design: x, weightedDesign: wx, target } = block;
    if ((parts.adjustedFor ?? parts.target) === "identity") {
      for (let i = 0; i < r; i++)
        for (let j = 0; j <= i; j++) {
          let value = i === j ? 1 : 0;
          for (let k = 0; k < p; k++) value -= x[i * p + k]! * x[j * p + k]!;
          bracket[i * r + j] = value;
          bracket[j * r + i] = value;
        }
      const nulls = power(bracket, r, 1, -0.5);
      applyLeft(bracket, wx, r, p, product);
      return nulls;
    }
    residualVariance(parts, block, meat, variance, product);
    if (!cholesky(target, r, lower)) throw new Defect("A cluster's target covariance is singular");
    let scale = 0;
    // B = LᵀVL with Θ = LLᵀ, D = Lᵀ; half = VL.
    for (let i = 0; i < r; i++)
      for (let j = 0; j < r; j++) {
        let value = 0;
        for (let k = j; k < r; k++) value += variance[i * r + k]! * lower[k * r + j]!;
        half[i * r + j] = value;
      }
    for (let i = 0; i < r; i++) {
      let own = 0;
      for (let k = i; k < r; k++) own += lower[k * r + i]! ** 2;
      scale = Math.max(scale, own * own);
      for (let j = 0; j <= i; j++) {
        let value = 0;
        for (let k = i; k < r; k++) value += lower[k * r + i]! * half[k * r + j]!;
        bracket[i * r + j] = value;
        bracket[j * r + i] = value;
      }
    }
    const nulls = power(bracket, r, scale, -0.5);
    // A WX̂ = L (B^(−1/2) (Lᵀ WX̂)), each factor in place.
    for (let i = 0; i < r; i++)
      for (let c = 0; c < p; c++) {
        let value = 0;
        for (let k = i; k < r; k++) value += lower[k * r + i]! * wx[k * p + c]!;
        wx[i * p + c] = value;
      }
    applyLeft(bracket, wx, r, p, product);
    for (let i = r - 1; i >= 0; i--)
      for (let c = 0; c < p; c++) {
        let value = 0;
        for (let k = 0; k <= i; k++) value += lower[i * r + k]! * wx[k * p + c]!;
        wx[i * p + c] = value;
      }
    return nulls;
  };
}

/** Var(e) of one cluster under the target, r × r. */
function residualVariance(
  parts: ClusterParts,
  block: ClusterBlock,
  meat: Float64Array | null,
  out: Float64Array,
  product: Float64Array,
): void {
  const { coefficients: p } = parts;
  const { rows: r, design: x, weightedDesign: wx, target } = block;
  const general = parts.target === "general";
  // product = X̂ (inverse weights), or X̂Q − 2ΘWX̂, so that the symmetric part of product · X̂ᵀ is what is added.
  for (let i = 0; i < r; i++)
    for (let c = 0; c < p; c++) {
      let value = 0;
      if (general) {
        for (let k = 0; k < p; k++) value += x[i * p + k]! * meat![k * p + c]!;
        for (let k = 0; k < r; k++) value -= 2 * target[i * r + k]! * wx[k * p + c]!;
      } else value = -x[i * p + c]!;
      product[i * p + c] = value;
    }
  for (let i = 0; i < r; i++)
    for (let j = 0; j <= i; j++) {
      let value = 0;
      for (let c = 0; c < p; c++) value += product[i * p + c]! * x[j * p + c]! + product[j * p + c]! * x[i * p + c]!;
      const variance = target[i * r + j]! + value / 2;
      out[i * r + j] = variance;
      out[j * r + i] = variance;
    }
}

function jackknife(parts: ClusterParts): Adjustment {
  const { coefficients: p } = parts;
  const left = new Float64Array(p * p);
  const row = new Float64Array(p);
  const power = inversePower(p);
  return (block) => {
    const { rows: r, design: x, weightedDesign: wx } = block;
    for (let a = 0; a < p; a++)
      for (let b = 0; b <= a; b++) {
        let value = a === b ? 1 : 0;
        for (let i = 0; i < r; i++) value -= wx[i * p + a]! * x[i * p + b]!;
        left[a * p + b] = value;
        left[b * p + a] = value;
      }
    const nulls = power(left, p, 1, -1);
    for (let i = 0; i < r; i++) {
      for (let a = 0; a < p; a++) row[a] = wx[i * p + a]!;
      for (let a = 0; a < p; a++) {
        let value = 0;
        for (let b = 0; b < p; b++) value += row[b]! * left[b * p + a]!;
        wx[i * p + a] = value;
      }
    }
    return nulls;
  };
}

/** In-place A ← A^exponent over eigenvalues above a fixed share of `scale`; returns how many were below. */
export type InversePower = (a: Float64Array, n: number, scale: number, exponent: number) => number;

/** Room for matrices of up to `size` rows. */
export function inversePower(size: number): InversePower {
  const values = new Float64Array(size);
  const vectors = new Float64Array(size * size);
  const work = new Float64Array(size * size);
  return (a, n, scale, exponent) => {
    symmetricEigen(a, n, values, vectors, work);
    let nulls = 0;
    for (let k = 0; k < n; k++) {
      const kept = values[k]! > NULL_DIRECTION * scale;
      values[k] = kept ? values[k]! ** exponent : 0;
      if (!kept) nulls++;
    }
    for (let i = 0; i < n; i++)
      for (let j = 0; j <= i; j++) {
        let value = 0;
        for (let k = 0; k < n; k++) value += vectors[i * n + k]! * values[k]! * vectors[j * n + k]!;
        a[i * n + j] = value;
        a[j * n + i] = value;
      }
    return nulls;
  };
}

/** b ← a b, a r × r, b r × p. */
function applyLeft(a: Float64Array, b: Float64Array, r: number, p: number, scratch: Float64Array): void {
  for (let i = 0; i < r; i++)
    for (let c = 0; c < p; c++) {
      let value = 0;
      for (let k = 0; k < r; k++) value += a[i * r + k]! * b[k * p + c]!;
      scratch[i * p + c] = value;
    }
  for (let i = 0; i < r * p; i++) b[i] = scratch[i]!;
}
