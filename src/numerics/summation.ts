import { NumericalProblem } from "../contract/problem.ts";

/** 2²⁷ + 1: splits a double into two halves of 26 bits whose products are exact (Dekker 1971). */
const SPLITTER = 134217729;

/** Above this, splitting overflows. */
const LARGEST_SPLIT = 2 ** 996;

/**
 * Σ xᵢ as if summed in twice the working precision and rounded once (compensated summation after Neumaier, in the
 * branch-free form of Ogita, Rump & Oishi 2005). Zero for no values.
 *
 * @throws not-finite when a value, or the sum, is NaN or infinite
 */
export function sum(values: ArrayLike<number>): number {
  let total = 0;
  let lost = 0;
  for (let i = 0; i < values.length; i++) {
    const x = values[i]!;
    const next = total + x;
    const part = next - total;
    lost += total - (next - part) + (x - part);
    total = next;
  }
  const result = total + lost;
  if (!Number.isFinite(result)) throw new NumericalProblem("not-finite", { what: "A sum" });
  return result;
}

/**
 * Σ xᵢ / n with the sum of {@link sum}.
 *
 * @throws not-finite for no values, or when a value, or the sum, is NaN or infinite
 */
export function mean(values: ArrayLike<number>): number {
  if (values.length === 0) throw new NumericalProblem("not-finite", { what: "The mean of no values" });
  return sum(values) / values.length;
}

/**
 * Σ aᵢ bᵢ as if computed in twice the working precision and rounded once: each product is split into its rounded value
 * and its exact error (Dekker), each addition likewise (Ogita, Rump & Oishi 2005).
 *
 * @param a,b equally long
 * @throws not-finite when a value, or the result, is NaN or infinite
 */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let total = 0;
  let lost = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i]!;
    const y = b[i]!;
    const product = x * y;
    const next = total + product;
    const part = next - total;
    lost += total - (next - part) + (product - part) + productError(x, y, product);
    total = next;
  }
  const result = total + lost;
  if (!Number.isFinite(result)) throw new NumericalProblem("not-finite", { what: "A sum of products" });
  return result;
}

/**
 * x y − product, exactly, where `product` is x y rounded. Zero, that is no compensation, for factors near the largest
 * double; inexact when the error underflows.
 */
export function productError(x: number, y: number, product: number): number {
  if (!(Math.abs(x) < LARGEST_SPLIT && Math.abs(y) < LARGEST_SPLIT)) return 0;
  const xScaled = SPLITTER * x;
  const xHigh = xScaled - (xScaled - x);
  const xLow = x - xHigh;
  const yScaled = SPLITTER * y;
  const yHigh = yScaled - (yScaled - y);
  const yLow = y - yHigh;
  return xLow * yLow - (product - xHigh * yHigh - xLow * yHigh - xHigh * yLow);
}
