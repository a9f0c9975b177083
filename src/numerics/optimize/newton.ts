import { NumericalProblem } from "../../contract/problem.ts";
import { cholesky, choleskySolve } from "../matrix/cholesky.ts";
import { symmetricEigen } from "../matrix/eigen.ts";
import type { Optimum } from "./optimum.ts";

/** A function's value with its first two derivatives at a point. */
export interface SecondOrder {
  readonly value: number;
  /** Length n. */
  readonly gradient: Float64Array;
  /** n × n, row-major, symmetric. It may be an expected Hessian: convergence is then linear. */
  readonly hessian: Float64Array;
}

export interface NewtonOptions {
  /**
   * Newton decrement √(gᵀH⁻¹g) at which to stop, relative to √max(1, |f|). When f is minus a log-likelihood the decrement
   * is the remaining step in standard errors. Default 1e-13, which is mostly decided by rounding.
   */
  readonly tolerance?: number;
  /** Default 100. */
  readonly maxIterations?: number;
  /** Largest length of a step in any coordinate; default unlimited. */
  readonly maxStep?: number;
}

const MAX_HALVINGS = 60;
/** Share of the predicted decrease that a step must deliver (Armijo). */
const SUFFICIENT = 1e-4;

/**
 * A local minimum by Newton's method with safeguards: where the Hessian is not positive definite its eigenvalues are
 * replaced by their absolute values (away from zero), and a step that does not decrease f enough, or leaves its domain
 * (NaN or +∞ there), is halved. Near the minimum, where the decrease drowns in the rounding of f, full steps are taken for
 * as long as they shrink the decrement.
 *
 * @param f value, gradient and Hessian; fresh arrays or the same ones each call
 * @param start n; not changed
 * @throws not-finite when f or a derivative is not finite at the start, or a derivative anywhere
 */
export function newton(
  f: (x: Float64Array) => SecondOrder,
  start: Float64Array,
  { tolerance = 1e-13, maxIterations = 100, maxStep = Number.POSITIVE_INFINITY }: NewtonOptions = {},
): Optimum {
  const n = start.length;
  let x = start.slice();
  let trial = new Float64Array(n);
  const gradient = new Float64Array(n);
  const hessian = new Float64Array(n * n);
  const step = new Float64Array(n);
  const direction = newtonDirection(n);
  let evaluations = 0;

  let value = Number.NaN;
  const keep = (at: SecondOrder) => {
    value = at.value;
    gradient.set(at.gradient);
    hessian.set(at.hessian);
    if (!(gradient.every(Number.isFinite) && hessian.every(Number.isFinite))) {
      throw new NumericalProblem("not-finite", { what: "A derivative of the function to minimise" });
    }
  };
  const evaluate = (point: Float64Array) => {
    evaluations++;
    return f(point);
  };
  const first = evaluate(x);
  if (!Number.isFinite(first.value))
    throw new NumericalProblem("not-finite", { what: "The function to minimise at its starting point" });
  keep(first);

  let previous = Number.POSITIVE_INFINITY;
  const done = (iterations: number, converged: boolean, reason: string): Optimum => ({
    argument: x,
    value,
    gradient,
    iterations,
    evaluations,
    converged,
    reason,
  });
  for (let iteration = 0; ; iteration++) {
    const exact = direction(hessian, gradient, step);
    let square = 0;
    for (let i = 0; i < n; i++) square -= gradient[i]! * step[i]!;
    const scale = Math.max(1, Math.abs(value));
    if (square <= tolerance * tolerance * scale) {
      return done(iteration, exact, exact ? "decrement within tolerance" : "stationary, but not a strict minimum");
    }
    const drowned = square <= 64 * Number.EPSILON * scale;
    if (drowned && !(square < previous / 4)) return done(iteration, exact, "rounding allows no better");
    if (iteration >= maxIterations) return done(iteration, false, "iterations exhausted");
    previous = square;

    let longest = 0;
    for (let i = 0; i < n; i++) longest = Math.max(longest, Math.abs(step[i]!));
    let length = longest > maxStep ? maxStep / longest : 1;
    let accepted = false;
    for (let halving = 0; halving <= MAX_HALVINGS && !accepted; halving++, length /= 2) {
      for (let i = 0; i < n; i++) trial[i] = x[i]! + length * step[i]!;
      const at = evaluate(trial);
      const allowed = drowned ? 64 * Number.EPSILON * scale : -SUFFICIENT * length * square;
      if (at.value - value <= allowed) {
        [x, trial] = [trial, x];
        keep(at);
        accepted = true;
      }
    }
    if (!accepted) return done(iteration, false, "no step decreases the function");
  }
}

/** Solves H s = −g into `out`; returns false where H had to be modified. */
function newtonDirection(n: number): (hessian: Float64Array, gradient: Float64Array, out: Float64Array) => boolean {
  const factor = new Float64Array(n * n);
  const values = new Float64Array(n);
  const vectors = new Float64Array(n * n);
  return (hessian, gradient, out) => {
    for (let i = 0; i < n; i++) out[i] = -gradient[i]!;
    if (cholesky(hessian, n, factor)) {
      choleskySolve(factor, n, out, out);
      return true;
    }
    symmetricEigen(hessian, n, values, vectors, factor);
    let largest = 0;
    for (const value of values) largest = Math.max(largest, Math.abs(value));
    // A flat function has no scale: take the gradient step.
    const floor = largest > 0 ? 1e-8 * largest : 1;
    out.fill(0);
    for (let k = 0; k < n; k++) {
      let along = 0;
      for (let i = 0; i < n; i++) along -= vectors[i * n + k]! * gradient[i]!;
      along /= Math.max(Math.abs(values[k]!), floor);
      for (let i = 0; i < n; i++) out[i]! += vectors[i * n + k]! * along;
    }
    return false;
  };
}
