import type { ClusterBlock, ClusterParts } from "../../contract/clusterParts.ts";
import { cholesky, choleskySolve } from "../../numerics/matrix/cholesky.ts";
import { symmetricEigen } from "../../numerics/matrix/eigen.ts";
import type { Adjustment, InversePower } from "./adjustment.ts";

/** Rows per coefficient from which the integral costs less than an r × r eigenproblem. */
const MANY_ROWS = 5;
/** Ratio of largest to least variance from which the eigenproblem of B, graded like their squares, loses digits. */
const GRADED = 30;
/** Eigenvalue of I − X̂ᵀΘ⁻¹X̂ up to which the cluster alone determines a coefficient. */
const NULL_DIRECTION = 1e-12;
/** Step of the trapezoidal rule: the error is exp(−π²/step), 3e-17. */
const STEP = 0.26;
/** The integral stops at this multiple of the largest variance, where (1/multiple)³/3 of it is left. */
const FAR = 2e5;

/**
 * The cr2 adjustment of independent rows with unlike variances, Θ = W⁻¹ diagonal:
 *
 *   A = Θ^½ B^(−½) Θ^½,   B = Θ² − YYᵀ,   Y = Θ^½ X̂ (r × p)
 *
 * B is a diagonal matrix less one of rank p, so its inverse root comes from its resolvents, each by p × p algebra:
 *
 *   B^(−½) = (2/π) ∫₀^∞ (B + t²)⁻¹ dt,   (B + t²)⁻¹ = S + SY (I − YᵀSY)⁻¹ YᵀS,   S = (Θ² + t²)⁻¹
 *
 * The first S integrates to Θ⁻¹. With t = s sinh v, s² below the least eigenvalue of B, the rest is an even function of v,
 * analytic within π/2 of the real line and falling like e^(−3v): the trapezoidal rule is exact to rounding with some
 * sixty nodes (Trefethen & Weideman 2014). O(nodes · r p²) and no r × r matrix, where r can be all the rows of a cluster.
 * Few rows, and clusters that alone determine a coefficient, go through the eigenproblem of B. Null directions are known by
 * the eigenvalues of I − X̂ᵀΘ⁻¹X̂, which have no unit; clubSandwich 0.5.8 cuts those of B at 10⁻¹², so that for events out of
 * many thousand trials (Θ = μ(1 − μ)/trials) it takes every cluster for null and its CR2 is too small.
 */
export function diagonalBellMcCaffrey(
  { coefficients: p }: Pick<ClusterParts, "coefficients">,
  makePower: (size: number) => InversePower,
): Adjustment {
  const gap = new Float64Array(p * p);
  const values = new Float64Array(p);
  const vectors = new Float64Array(p * p);
  const cross = new Float64Array(p * p);
  const solved = new Float64Array(p * p);
  const dense = denseAdjustment(p, makePower);

  return (block) => {
    const { rows: r, design: x, weightedDesign: wx, target: theta } = block;
    if (r === 0) return 0;
    let least = Number.POSITIVE_INFINITY;
    let most = 0;
    for (let i = 0; i < r; i++) {
      least = Math.min(least, theta[i]!);
      most = Math.max(most, theta[i]!);
    }
    gapAt(block.design, theta, r, p, 0, gap, cross);
    symmetricEigen(gap, p, values, vectors);
    const clear = values[0]! > NULL_DIRECTION;
    if (!clear || (r <= MANY_ROWS * p && most <= GRADED * least)) return dense(block, clear);
    const scale = 0.99 * least * Math.sqrt(values[0]!);
    const end = Math.asinh((FAR * most) / scale);
    for (let v = 0; v < end; v += STEP) {
      const t = scale * Math.sinh(v);
      const weight = STEP * scale * Math.cosh(v) * (2 / Math.PI) * (v === 0 ? 0.5 : 1);
      gapAt(x, theta, r, p, t, gap, cross);
      // Positive definite: at t = 0 it is by the test above, and it grows with t.
      cholesky(gap, p, gap);
      choleskySolve(gap, p, cross, solved, p);
      // WX̂ += weight · ΘS X̂ (I − YᵀSY)⁻¹ YᵀSΘ⁻¹Y
      for (let i = 0; i < r; i++) {
        const factor = (weight * theta[i]!) / (theta[i]! * theta[i]! + t * t);
        for (let c = 0; c < p; c++) {
          let value = 0;
          for (let k = 0; k < p; k++) value += x[i * p + k]! * solved[k * p + c]!;
          wx[i * p + c]! += factor * value;
        }
      }
    }
    return 0;
  };
}

/** gap = I − YᵀSY and cross = YᵀSΘ⁻¹Y = X̂ᵀSX̂ at t, p × p each. */
function gapAt(
  x: Float64Array,
  theta: Float64Array,
  r: number,
  p: number,
  t: number,
  gap: Float64Array,
  cross: Float64Array,
): void {
  gap.fill(0);
  cross.fill(0);
  for (let i = 0; i < r; i++) {
    const variance = theta[i]!;
    const inverse = 1 / (variance * variance + t * t);
    for (let a = 0; a < p; a++) {
      const factor = inverse * x[i * p + a]!;
      for (let b = 0; b <= a; b++) {
        const product = factor * x[i * p + b]!;
        cross[a * p + b]! += product;
        gap[a * p + b]! -= variance * product;
      }
    }
  }
  for (let a = 0; a < p; a++) {
    gap[a * p + a]! += 1;
    for (let b = 0; b < a; b++) {
      cross[b * p + a] = cross[a * p + b]!;
      gap[b * p + a] = gap[a * p + b]!;
    }
  }
}

/** Through the eigenvectors of B, r × r; its scratch grows with the largest cluster that needs it. */
function denseAdjustment(
  p: number,
  makePower: (size: number) => InversePower,
): (block: ClusterBlock, clear: boolean) => number {
  let room = 0;
  let bracket = new Float64Array(0);
  let product = new Float64Array(0);
  let power: InversePower | null = null;
  return ({ rows: r, design: x, weightedDesign: wx, target: theta }, clear) => {
    if (power === null || r > room) {
      room = r;
      bracket = new Float64Array(r * r);
      product = new Float64Array(r * p);
      power = makePower(r);
    }
    let scale = 0;
    for (let i = 0; i < r; i++) {
      // Without null directions nothing is to be cut.
      if (!clear) scale = Math.max(scale, theta[i]! * theta[i]!);
      for (let j = 0; j <= i; j++) {
        let value = 0;
        for (let k = 0; k < p; k++) value += x[i * p + k]! * x[j * p + k]!;
        value *= -Math.sqrt(theta[i]! * theta[j]!);
        if (i === j) value += theta[i]! * theta[i]!;
        bracket[i * r + j] = value;
        bracket[j * r + i] = value;
      }
    }
    const nulls = power(bracket, r, scale, -0.5);
    for (let i = 0; i < r; i++)
      for (let c = 0; c < p; c++) {
        let value = 0;
        for (let k = 0; k < r; k++) value += bracket[i * r + k]! * Math.sqrt(theta[k]!) * wx[k * p + c]!;
        product[i * p + c] = Math.sqrt(theta[i]!) * value;
      }
    for (let i = 0; i < r * p; i++) wx[i] = product[i]!;
    return nulls;
  };
}
