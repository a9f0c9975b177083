import { InputProblem } from "../../contract/problem.ts";
import { symmetricEigen } from "../matrix/eigen.ts";

/** ∫ g(x) w(x) dx ≈ Σ weights[k] g(nodes[k]). */
export interface QuadratureRule {
  /** Ascending. */
  readonly nodes: Float64Array;
  readonly weights: Float64Array;
}

/** Beyond this the outermost weights leave the range of doubles. */
const MAX_ORDER = 300;

/**
 * The Gauss–Hermite rule for the weight exp(−x²) on the real line: exact for polynomials of degree ≤ 2 · order − 1.
 *
 * Nodes are the eigenvalues of the Jacobi matrix (Golub & Welsch 1969), polished by Newton steps on the orthonormal
 * polynomials pₖ; weights are 1 / Σ_{k<order} pₖ(x)². Against 60-digit arithmetic nodes are right to the last digit, and
 * weights to 3e-15 relative up to order 25, to 2e-14 at order 101. The rule is symmetric to the last bit.
 *
 * @param order number of nodes, a whole number from 1 to 300
 * @throws quadrature-order otherwise
 */
export function gaussHermite(order: number): QuadratureRule {
  if (!(Number.isInteger(order) && order >= 1 && order <= MAX_ORDER)) {
    throw new InputProblem("quadrature-order", { order: String(order), largest: MAX_ORDER });
  }
  const nodes = startingNodes(order);
  const weights = new Float64Array(order);
  for (let k = Math.floor(order / 2); k < order; k++) {
    let x = order % 2 === 1 && k === (order - 1) / 2 ? 0 : nodes[k]!;
    let at = orthonormal(order, x);
    for (let step = 0; step < 2 && x !== 0; step++) {
      x -= at.value / at.derivative;
      at = orthonormal(order, x);
    }
    // The last Newton step is below the spacing of doubles at x, but not below what the weight can see.
    const weight = (1 / at.squares) * (1 + (2 * x * at.value) / at.derivative);
    nodes[k] = x;
    weights[k] = weight;
    nodes[order - 1 - k] = -x;
    weights[order - 1 - k] = weight;
  }
  if (order % 2 === 1) nodes[(order - 1) / 2] = 0;
  return { nodes, weights };
}

/** Eigenvalues of the Jacobi matrix of pₖ: zero diagonal, √(k/2) beside it. */
function startingNodes(order: number): Float64Array {
  const jacobi = new Float64Array(order * order);
  for (let k = 1; k < order; k++) {
    const entry = Math.sqrt(k / 2);
    jacobi[k * order + k - 1] = entry;
    jacobi[(k - 1) * order + k] = entry;
  }
  const nodes = new Float64Array(order);
  symmetricEigen(jacobi, order, nodes, new Float64Array(order * order));
  return nodes;
}

/** p_order, its derivative √(2 order) p_{order−1}, and Σ_{k<order} pₖ² at x. */
function orthonormal(order: number, x: number): { value: number; derivative: number; squares: number } {
  let before = 0;
  let value = Math.PI ** -0.25;
  let squares = 0;
  for (let k = 0; k < order; k++) {
    squares += value * value;
    const next = x * Math.sqrt(2 / (k + 1)) * value - Math.sqrt(k / (k + 1)) * before;
    before = value;
    value = next;
  }
  return { value, derivative: Math.sqrt(2 * order) * before, squares };
}
