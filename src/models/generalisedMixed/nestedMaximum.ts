import { symmetricEigen } from "../../numerics/matrix/eigen.ts";
import { bfgs } from "../../numerics/optimize/bfgs.ts";
import { nestedHessian } from "./nestedHessian.ts";
import type { NestedLaplace } from "./nestedLaplace.ts";

/** Where a search for the maximum of a nested model's likelihood ended. */
export interface NestedMaximum {
  readonly point: Float64Array;
  /** −log L there, without the constant of the cells. */
  readonly value: number;
  /** Positions of the parameters that moved, the others are held. */
  readonly free: readonly number[];
  /** Second derivatives of −log L in the free parameters, q × q; those of the last but one point are good enough here. */
  readonly hessian: Float64Array;
  readonly iterations: number;
  readonly converged: boolean;
  /** Remaining Newton step in standard errors. */
  readonly distance: number;
}

/** Gradient in standard errors at which the first search hands over to Newton's method. */
const NEAR = 1e-2;
/** Newton step in standard errors that counts as none, and one that rounding may not let us improve. */
const ARRIVED = 1e-11;
const ROUNDING = 1e-8;
const ROUNDS = 30;

/**
 * A maximum of log L over the free parameters: BFGS on exact gradients until near, then Newton's method with a Hessian from
 * differences of exact gradients, which is made again only when steps stop shrinking fast. Where the Hessian is not
 * positive definite, as at a zero standard deviation that is no maximum, the search leaves along its most negative
 * direction.
 *
 * @param free positions that may move, at least one
 * @param units order of magnitude of each parameter's standard error
 */
export function nestedMaximum(
  laplace: NestedLaplace,
  start: Float64Array,
  free: readonly number[],
  units: Float64Array,
): NestedMaximum {
  const n = free.length;
  const { size: q } = laplace;
  const gradient = new Float64Array(q);
  const point = start.slice();
  const place = (z: Float64Array): Float64Array => {
    free.forEach((k, i) => {
      point[k] = z[i]! * units[k]!;
    });
    return point;
  };
  const scaled = (z: Float64Array, out: Float64Array): number => {
    const value = laplace.minus(place(z), gradient);
    free.forEach((k, i) => {
      out[i] = gradient[k]! * units[k]!;
    });
    return value;
  };
  let iterations = 0;
  const first = Float64Array.from(free, (k) => start[k]! / units[k]!);
  let z = first;
  const out = new Float64Array(n);
  let value = scaled(z, out);
  const give = (converged: boolean, distance: number, hessian: Float64Array): NestedMaximum => ({
    point: place(z).slice(),
    value,
    free,
    hessian,
    iterations,
    converged,
    distance,
  });
  if (!Number.isFinite(value)) return give(false, Number.POSITIVE_INFINITY, new Float64Array(q * q));
  const search = () => {
    const found = bfgs(scaled, z, { tolerance: NEAR / Math.max(1, Math.abs(value)), maxIterations: 300 });
    z = found.argument.slice();
    value = found.value;
    iterations += found.iterations;
  };
  search();

  const values = new Float64Array(n);
  const vectors = new Float64Array(n * n);
  const small = new Float64Array(n * n);
  let hessian: Float64Array = new Float64Array(q * q);
  let fresh = false;
  let known = false;
  let previous = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    value = scaled(z, out);
    if (!known) {
      const made = nestedHessian(laplace, place(z).slice(), free, units, false);
      if (made === null) return give(false, Number.POSITIVE_INFINITY, hessian);
      hessian = made;
      free.forEach((k, i) => {
        free.forEach((m, l) => {
          small[i * n + l] = made[k * q + m]! * units[k]! * units[m]!;
        });
      });
      symmetricEigen(small, n, values, vectors);
      known = true;
      fresh = true;
    }
    const top = values[n - 1]!;
    const lowest = values[0]!;
    const step = new Float64Array(n);
    let decrement = 0;
    for (let k = 0; k < n; k++) {
      let along = 0;
      for (let i = 0; i < n; i++) along += vectors[i * n + k]! * out[i]!;
      const curvature = Math.max(Math.abs(values[k]!), 1e-10 * Math.abs(top));
      decrement += (along * along) / curvature;
      for (let i = 0; i < n; i++) step[i]! -= (along / curvature) * vectors[i * n + k]!;
    }
    const distance = Math.sqrt(decrement);
    const convex = lowest > 0;
    if (convex && (distance < ARRIVED || (distance < ROUNDING && distance > previous / 4)))
      return give(true, distance, hessian);
    if (!convex && distance < 1e-4) {
      // Stationary but no minimum: step off the ridge, to either side alike.
      for (let i = 0; i < n; i++) step[i]! += vectors[i * n]! / Math.sqrt(Math.max(-lowest, 1e-6 * Math.abs(top)));
    }
    if (fresh && !convex) known = false;
    else if (distance > previous / 8 && !fresh) {
      known = false;
      previous = Number.POSITIVE_INFINITY;
      continue;
    }
    previous = distance;
    fresh = false;
    // Close by, the decrease drowns in rounding and the full step is right; further away a step must pay.
    let length = 1;
    const slack = distance < 1e-3 ? 1e-9 * (1 + Math.abs(value)) : 0;
    const trial = new Float64Array(n);
    const unused = new Float64Array(n);
    for (let halving = 0; ; halving++, length /= 2) {
      for (let i = 0; i < n; i++) trial[i] = z[i]! + length * step[i]!;
      const there = scaled(trial, unused);
      if (there < value + slack) break;
      if (halving === 25) return give(convex && distance < 1e-6, distance, hessian);
    }
    z = trial.slice();
    iterations++;
    if (length < 1 || distance > 0.5) {
      known = false;
      previous = Number.POSITIVE_INFINITY;
      if (distance > 0.5) {
        value = scaled(z, out);
        search();
      }
    }
  }
  return give(false, previous, hessian);
}
