import type { Optimum } from "./optimum.ts";

export interface IntervalOptions {
  /**
   * Error of the argument relative to its size (absolute below `floor`); default 1e-8, about √ε: function values alone
   * do not determine a minimum better.
   */
  readonly tolerance?: number;
  /** Size of the argument below which the tolerance is absolute; default 1e-4 of the interval's length. */
  readonly floor?: number;
  /** Default 200. */
  readonly maxIterations?: number;
}

/** Golden section (3 − √5)/2. */
const SECTION = 0.3819660112501051;

/**
 * A local minimum of a function on an interval: Brent's method (1973), parabolas guarded by golden sections. The end
 * points are candidates: a minimum on the boundary is returned as exactly that point. `argument[0]` is the minimiser.
 *
 * NaN and +∞ count as worse than any number.
 */
export function minimiseOnInterval(
  f: (x: number) => number,
  lower: number,
  upper: number,
  { tolerance = 1e-8, floor = 1e-4 * (upper - lower), maxIterations = 200 }: IntervalOptions = {},
): Optimum {
  let evaluations = 0;
  const at = (x: number) => {
    evaluations++;
    const value = f(x);
    return Number.isNaN(value) ? Number.POSITIVE_INFINITY : value;
  };
  let a = lower;
  let b = upper;
  // x is best, w second, v the one before w.
  let x = a + SECTION * (b - a);
  let w = x;
  let v = x;
  let fx = at(x);
  let fw = fx;
  let fv = fx;
  let step = 0;
  let before = 0;
  let iterations = 0;
  let converged = false;
  for (; iterations < maxIterations; iterations++) {
    const middle = (a + b) / 2;
    const allowed = tolerance * Math.max(Math.abs(x), floor);
    if (Math.abs(x - middle) <= 2 * allowed - (b - a) / 2) {
      converged = true;
      break;
    }
    // Vertex x + p/q of the parabola through the three points; 0/0 and ∞ fail the acceptance below.
    const r = (x - w) * (fx - fv);
    const q = (x - v) * (fx - fw);
    const trial = ((x - v) * q - (x - w) * r) / (-2 * (q - r));
    if (Math.abs(trial) < Math.abs(before) / 2 && x + trial > a && x + trial < b) {
      before = step;
      step = trial;
      if (x + trial - a < 2 * allowed || b - x - trial < 2 * allowed) step = x < middle ? allowed : -allowed;
    } else {
      before = (x < middle ? b : a) - x;
      step = SECTION * before;
    }
    const u = x + (Math.abs(step) >= allowed ? step : step > 0 ? allowed : -allowed);
    const fu = at(u);
    if (fu <= fx) {
      if (u < x) b = x;
      else a = x;
      v = w;
      fv = fw;
      w = x;
      fw = fx;
      x = u;
      fx = fu;
    } else {
      if (u < x) a = u;
      else b = u;
      if (fu <= fw || w === x) {
        v = w;
        fv = fw;
        w = u;
        fw = fu;
      } else if (fu <= fv || v === x || v === w) {
        v = u;
        fv = fu;
      }
    }
  }
  let reason = converged ? "interval within tolerance" : "iterations exhausted";
  for (const end of [lower, upper]) {
    const value = at(end);
    if (value <= fx) {
      x = end;
      fx = value;
      reason = "minimum at an end of the interval";
    }
  }
  return { argument: Float64Array.of(x), value: fx, gradient: null, iterations, evaluations, converged, reason };
}
