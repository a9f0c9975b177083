import { portableExp } from "./elementary.ts";
import type { RandomStream } from "./randomStream.ts";

/** Means above are reached by adding Poisson variables of this mean: e^−mean must not vanish. */
const PART = 16;

/**
 * A Poisson variable, by inversion of one uniform for every 16 of its mean or part of it. Exact to the 52 bits of a
 * uniform; the same bits on every engine. Takes time in proportion to the mean.
 *
 * @param mean 0 or more, finite
 */
export function poissonDraw(stream: RandomStream, mean: number): number {
  let total = 0;
  for (let left = mean; left > 0; left -= PART) total += smallPoisson(stream, Math.min(left, PART));
  return total;
}

function smallPoisson(stream: RandomStream, mean: number): number {
  let beyond = stream.uniform();
  let term = portableExp(-mean);
  let k = 0;
  // Terms far in the tail no longer move what is left of the uniform.
  while (beyond > term && term > 0) {
    beyond -= term;
    k += 1;
    term *= mean / k;
  }
  return k;
}
