import { chiSquared } from "../../numerics/distributions/index.ts";
import { findRoot } from "../../numerics/optimize/findRoot.ts";
import { newton, type SecondOrder } from "../../numerics/optimize/newton.ts";
import type { ArmModel } from "./armModel.ts";

/** A number that follows from the model: g(η, σ) is 0 at σ = 0 and rises with σ, for any η, to below 1. */
export type ModelQuantity = (predictors: Float64Array, sigma: number) => number;

/** Largest value that is looked at; where even this is likely enough the upper limit is 1. */
const HIGHEST = 1 - 1e-9;

/**
 * Profile-likelihood limits of a quantity: the values c for which the best model with g(η, σ) = c has a deviance less
 * than the χ²₁ quantile above the least of all. Models with g = c are those of any β with the σ that it then takes; the
 * best is found by Newton's method. The lower limit is 0 where a model without variation is likely enough.
 */
export function profileQuantity(
  { point, predictors, cost, least, leastWithoutVariation }: ArmModel,
  quantity: ModelQuantity,
  level: number,
): { readonly lower: number; readonly upper: number } {
  const p = point.length - 1;
  const reach = Math.sqrt(chiSquared.quantile(level, 1));
  const g = (beta: Float64Array, sigma: number) => quantity(predictors(beta), sigma);
  const fitted = point.slice(0, p);
  const estimate = g(fitted, point[p]!);
  let start: Float64Array = fitted;
  /** Root of the deviance above the least, less the reach: nearly a straight line, and of the same sign. */
  const excess = (value: number): number => {
    if (value === 0) return drop(leastWithoutVariation);
    const best = newton((beta) => along(cost, g, beta, sigmaWith(g, beta, value)), start, {
      tolerance: 1e-8,
      maxStep: 2,
      maxIterations: 50,
    });
    start = best.argument;
    return drop(best.value);
  };
  const drop = (there: number) => Math.sqrt(Math.max(0, 2 * (there - least))) - reach;
  const solve = (a: number, b: number) => findRoot(excess, a, b, { tolerance: 1e-12 }).argument[0]!;

  let [inside, outside] = [estimate, estimate];
  do {
    [inside, outside] = [outside, outside + (1 - outside) / 8];
  } while (outside < HIGHEST && excess(outside) < 0);
  const upper = outside < HIGHEST ? solve(inside, outside) : 1;
  start = fitted;
  return { lower: excess(0) <= 0 ? 0 : solve(0, estimate), upper };
}

type Quantity = (beta: Float64Array, sigma: number) => number;

/** The σ with g(β, σ) = value. */
function sigmaWith(g: Quantity, beta: Float64Array, value: number): number {
  let [low, high] = [0, 1];
  while (g(beta, high) < value) [low, high] = [high, 4 * high];
  return findRoot((sigma) => g(beta, sigma) - value, low, high).argument[0]!;
}

/** The cost as a function of β on the surface of equal g, where σ moves by s = ∂σ/∂β. */
function along(cost: ArmModel["cost"], g: Quantity, beta: Float64Array, sigma: number): SecondOrder {
  const p = beta.length;
  const q = p + 1;
  const { value, gradient, hessian } = cost(Float64Array.of(...beta, sigma));
  const slope = slopes(g, beta, sigma);
  const bend = bends(g, beta, sigma, slope);
  const total = new Float64Array(p);
  const second = new Float64Array(p * p);
  for (let k = 0; k < p; k++) {
    total[k] = gradient[k]! + gradient[p]! * slope[k]!;
    for (let l = 0; l < p; l++) {
      second[k * p + l] =
        hessian[k * q + l]! +
        hessian[k * q + p]! * slope[l]! +
        slope[k]! * hessian[p * q + l]! +
        slope[k]! * slope[l]! * hessian[p * q + p]! +
        gradient[p]! * bend[k * p + l]!;
    }
  }
  return { value, gradient: total, hessian: second };
}

/** Central differences: only the way of the search depends on them, not where it ends. */
const STEP = 1e-5;
const LONG_STEP = 1e-3;

/** ∂σ/∂β = −g_β/g_σ */
function slopes(g: Quantity, beta: Float64Array, sigma: number): Float64Array {
  const width = STEP * Math.min(1, sigma);
  const bySigma = (g(beta, sigma + width) - g(beta, sigma - width)) / (2 * width);
  return beta.map((_, k) => (moved(g, beta, sigma, k, STEP) - moved(g, beta, sigma, k, -STEP)) / (-2 * STEP * bySigma));
}

function moved(g: Quantity, beta: Float64Array, sigma: number, k: number, by: number): number {
  const there = beta.slice();
  there[k]! += by;
  return g(there, sigma);
}

/** ∂²σ/∂β², p × p. */
function bends(g: Quantity, beta: Float64Array, sigma: number, slope: Float64Array): Float64Array {
  const p = beta.length;
  const out = new Float64Array(p * p);
  for (let l = 0; l < p; l++) {
    const ends = [LONG_STEP, -LONG_STEP].map((by) => {
      const there = beta.slice();
      there[l]! += by;
      return slopes(g, there, sigma + by * slope[l]!);
    });
    for (let k = 0; k < p; k++) out[k * p + l] = (ends[0]![k]! - ends[1]![k]!) / (2 * LONG_STEP);
  }
  for (let k = 0; k < p; k++)
    for (let l = 0; l < k; l++) out[k * p + l] = out[l * p + k] = (out[k * p + l]! + out[l * p + k]!) / 2;
  return out;
}
