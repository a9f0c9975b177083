import { NumericalProblem } from "../../contract/problem.ts";
import type { Optimum } from "./optimum.ts";

export interface RootOptions {
  /** Largest error of the root beyond rounding, in units of the argument; default 0, that is all digits. */
  readonly tolerance?: number;
  /** Default 1000; about ten are needed on smooth functions, hundreds only for a multiple root at zero. */
  readonly maxIterations?: number;
  /** What is sought, for messages; default "A root". */
  readonly what?: string;
}

/** Below this numbers lose digits, so that no bracket could shrink in proportion to its end. */
const SMALLEST_NORMAL = 2 ** -1022;

/**
 * A zero of a continuous function between two points where its signs differ: Brent's method (1973), inverse quadratic
 * interpolation guarded by bisection. `argument[0]` is the root.
 *
 * Infinite function values are allowed: only their sign counts.
 *
 * @throws not-bracketed when f(lower) and f(upper) have the same sign
 * @throws not-finite when f is NaN
 */
export function findRoot(
  f: (x: number) => number,
  lower: number,
  upper: number,
  { tolerance = 0, maxIterations = 1000, what = "A root" }: RootOptions = {},
): Optimum {
  let evaluations = 0;
  const at = (x: number) => {
    const value = f(x);
    evaluations++;
    if (Number.isNaN(value)) throw new NumericalProblem("not-finite", { what: `${what}: the function at ${x}` });
    return value;
  };
  const done = (root: number, value: number, iterations: number, converged: boolean, reason: string): Optimum => ({
    argument: Float64Array.of(root),
    value,
    gradient: null,
    iterations,
    evaluations,
    converged,
    reason,
  });

  // b is the best point, c the other end of the bracket, a the point before b.
  let a = lower;
  let b = upper;
  let fa = at(a);
  let fb = at(b);
  if (fa === 0) return done(a, fa, 0, true, "root at the lower end");
  if (fb === 0) return done(b, fb, 0, true, "root at the upper end");
  if (fa > 0 === fb > 0)
    throw new NumericalProblem("not-bracketed", { what, lower, upper, atLower: String(fa), atUpper: String(fb) });
  let c = a;
  let fc = fa;
  let step = b - a;
  let before = step;
  for (let iteration = 1; iteration <= maxIterations; iteration++) {
    if (Math.abs(fc) < Math.abs(fb)) {
      a = b;
      b = c;
      c = a;
      fa = fb;
      fb = fc;
      fc = fa;
    }
    const allowed = 2 * Number.EPSILON * Math.abs(b) + tolerance / 2 + SMALLEST_NORMAL;
    const half = (c - b) / 2;
    if (fb === 0) return done(b, fb, iteration, true, "exact root");
    if (Math.abs(half) <= allowed) return done(b, fb, iteration, true, "bracket within tolerance");
    const trial =
      Math.abs(before) >= allowed && Math.abs(fa) > Math.abs(fb) ? interpolate(a, b, c, fa, fb, fc) : Number.NaN;
    // Accepted inside three quarters of the bracket and while steps shrink by half; NaN fails both.
    if (
      trial * half > 0 &&
      Math.abs(trial) < 1.5 * Math.abs(half) - Math.abs(allowed) / 2 &&
      Math.abs(trial) < Math.abs(before) / 2
    ) {
      before = step;
      step = trial;
    } else {
      before = half;
      step = half;
    }
    a = b;
    fa = fb;
    b += Math.abs(step) > allowed ? step : half > 0 ? allowed : -allowed;
    fb = at(b);
    if (fb > 0 === fc > 0) {
      c = a;
      fc = fa;
      before = b - a;
      step = before;
    }
  }
  return done(b, fb, maxIterations, false, "iterations exhausted");
}

/** Step from b to the zero of the inverse parabola through three points, or of the secant when two coincide. */
function interpolate(a: number, b: number, c: number, fa: number, fb: number, fc: number): number {
  const s = fb / fa;
  if (a === c) return ((c - b) * s) / (s - 1);
  const q = fa / fc;
  const r = fb / fc;
  return (s * ((c - b) * q * (q - r) - (b - a) * (r - 1))) / -((q - 1) * (r - 1) * (s - 1));
}
