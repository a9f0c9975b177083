import { NumericalProblem } from "../../contract/problem.ts";
import { cholesky, choleskySolve } from "../matrix/cholesky.ts";
import type { Optimum } from "./optimum.ts";

export interface BfgsOptions {
  /** Lower bound per coordinate, −Infinity for none; default none. The start is moved inside. */
  readonly lowerBounds?: Float64Array | null;
  /**
   * Largest |gradient| of a free coordinate times max(1, |coordinate|), relative to max(1, |f|), at which to stop;
   * default 1e-9.
   */
  readonly tolerance?: number;
  /** Default 500. */
  readonly maxIterations?: number;
}

const MAX_TRIALS = 50;
/** Share of the linear decrease that a step must deliver (Armijo). */
const SUFFICIENT = 1e-4;
/** Share of the slope that a step must take away (Wolfe), so that curvature along it is positive. */
const FLATTER = 0.9;

/**
 * A local minimum by the BFGS method (Broyden, Fletcher, Goldfarb, Shanno 1970) with lower bounds: coordinates held at
 * their bound by the gradient leave the quadratic model, the others step along its Newton direction projected on the
 * bounds. Steps outside f's domain (NaN or +∞ there) are shortened.
 *
 * @param f returns the value and writes the gradient
 * @param start n; not changed
 * @throws not-finite when f or its gradient is not finite at the start, or the gradient where f is finite
 */
export function bfgs(
  f: (x: Float64Array, gradientOut: Float64Array) => number,
  start: Float64Array,
  { lowerBounds = null, tolerance = 1e-9, maxIterations = 500 }: BfgsOptions = {},
): Optimum {
  const n = start.length;
  const bounds = lowerBounds ?? new Float64Array(n).fill(Number.NEGATIVE_INFINITY);
  let x = start.map((value, i) => Math.max(value, bounds[i]!));
  let gradient = new Float64Array(n);
  let trial = new Float64Array(n);
  let trialGradient = new Float64Array(n);
  const direction = new Float64Array(n);
  const model = quadraticModel(n);
  let evaluations = 0;
  const evaluate = (point: Float64Array, out: Float64Array) => {
    evaluations++;
    const result = f(point, out);
    if (result < Number.POSITIVE_INFINITY && !out.every(Number.isFinite)) {
      throw new NumericalProblem("not-finite", { what: "The gradient of the function to minimise" });
    }
    return result;
  };
  let value = evaluate(x, gradient);
  if (!Number.isFinite(value))
    throw new NumericalProblem("not-finite", { what: "The function to minimise at its starting point" });

  const free = new Uint8Array(n);
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
    const scale = Math.max(1, Math.abs(value));
    let steepest = 0;
    for (let i = 0; i < n; i++) {
      free[i] = x[i]! > bounds[i]! || gradient[i]! < 0 ? 1 : 0;
      if (free[i]) steepest = Math.max(steepest, Math.abs(gradient[i]!) * Math.max(1, Math.abs(x[i]!)));
    }
    if (steepest <= tolerance * scale) return done(iteration, true, "gradient within tolerance");
    if (iteration >= maxIterations) return done(iteration, false, "iterations exhausted");
    model.direct(gradient, free, direction);

    // Bisection between the longest step that was too short and the shortest that was too long (Lewis & Overton 2013).
    let short = 0;
    let long = Number.POSITIVE_INFINITY;
    let length = 1;
    let accepted = false;
    let trialValue = value;
    for (let count = 0; count < MAX_TRIALS; count++) {
      let blocked = false;
      let linear = 0;
      for (let i = 0; i < n; i++) {
        const target = x[i]! + length * direction[i]!;
        trial[i] = Math.max(target, bounds[i]!);
        if (target < bounds[i]!) blocked = true;
        linear += gradient[i]! * (trial[i]! - x[i]!);
      }
      trialValue = evaluate(trial, trialGradient);
      let slope = 0;
      let slopeBefore = 0;
      for (let i = 0; i < n; i++) {
        slope += trialGradient[i]! * direction[i]!;
        slopeBefore += gradient[i]! * direction[i]!;
      }
      // Once the decrease drowns in the rounding of f, the slope has to judge (Hager & Zhang 2005).
      const drowned = -linear <= 64 * Number.EPSILON * scale;
      accepted = drowned
        ? trialValue <= value + 64 * Number.EPSILON * scale && Math.abs(slope) <= -FLATTER * slopeBefore
        : trialValue <= value + SUFFICIENT * linear;
      if (accepted) {
        if (blocked || slope >= FLATTER * slopeBefore || long < Number.POSITIVE_INFINITY) break;
        short = length;
        accepted = false;
      } else {
        // NaN and +∞ end here too.
        long = length;
      }
      length = long < Number.POSITIVE_INFINITY ? (short + long) / 2 : 2 * length;
    }
    if (!accepted) {
      // The last resort of a bad model is to forget it; of a good one, that rounding hides the rest.
      if (model.reset()) continue;
      const good = steepest <= Math.sqrt(Number.EPSILON) * 1e2 * scale;
      return done(iteration, good, good ? "rounding allows no better" : "no step decreases the function");
    }
    model.update(x, trial, gradient, trialGradient);
    [x, trial] = [trial, x];
    [gradient, trialGradient] = [trialGradient, gradient];
    value = trialValue;
  }
}

/** The Hessian as BFGS learns it, n × n. */
function quadraticModel(n: number) {
  const hessian = new Float64Array(n * n);
  const factor = new Float64Array(n * n);
  const change = new Float64Array(n);
  const product = new Float64Array(n);
  const reduced = new Float64Array(n);
  let fresh = true;

  return {
    /** True if there was something to forget. */
    reset(): boolean {
      const wasFresh = fresh;
      fresh = true;
      return !wasFresh;
    },

    /** Newton direction in the free coordinates, zero in the others. */
    direct(gradient: Float64Array, free: Uint8Array, out: Float64Array): void {
      out.fill(0);
      if (fresh) {
        // Without knowledge of curvature: a step of length at most one down the gradient.
        let length = 0;
        for (let i = 0; i < n; i++) if (free[i]) length += gradient[i]! ** 2;
        const scale = 1 / Math.max(1, Math.sqrt(length));
        for (let i = 0; i < n; i++) if (free[i]) out[i] = -gradient[i]! * scale;
        return;
      }
      let entries = 0;
      let count = 0;
      for (let i = 0; i < n; i++) {
        if (!free[i]) continue;
        for (let j = 0; j < n; j++) if (free[j]) factor[entries++] = hessian[i * n + j]!;
        reduced[count++] = -gradient[i]!;
      }
      // A model spoilt by rounding leaves the gradient step.
      if (cholesky(factor, count, factor)) choleskySolve(factor, count, reduced, reduced);
      count = 0;
      for (let i = 0; i < n; i++) if (free[i]) out[i] = reduced[count++]!;
    },

    update(x: Float64Array, next: Float64Array, gradient: Float64Array, nextGradient: Float64Array): void {
      let curvature = 0;
      let squares = 0;
      let length = 0;
      for (let i = 0; i < n; i++) {
        change[i] = next[i]! - x[i]!;
        const y = nextGradient[i]! - gradient[i]!;
        curvature += change[i]! * y;
        squares += y * y;
        length += change[i]! ** 2;
      }
      // Negative or vanishing curvature, after a blocked step, teaches nothing that keeps the model convex.
      if (!(curvature > Number.EPSILON * Math.sqrt(length * squares))) return;
      if (fresh) {
        hessian.fill(0);
        for (let i = 0; i < n; i++) hessian[i * n + i] = squares / curvature;
        fresh = false;
      }
      let form = 0;
      for (let i = 0; i < n; i++) {
        let value = 0;
        for (let j = 0; j < n; j++) value += hessian[i * n + j]! * change[j]!;
        product[i] = value;
        form += value * change[i]!;
      }
      for (let i = 0; i < n; i++) {
        const yi = nextGradient[i]! - gradient[i]!;
        for (let j = 0; j < n; j++) {
          const yj = nextGradient[j]! - gradient[j]!;
          hessian[i * n + j]! += (yi * yj) / curvature - (product[i]! * product[j]!) / form;
        }
      }
    },
  };
}
