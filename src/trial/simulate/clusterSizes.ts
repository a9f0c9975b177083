import { gammaDraw } from "../../numerics/random/gammaDraw.ts";
import type { RandomStream } from "../../numerics/random/randomStream.ts";

/**
 * Participants of a cluster whose size varies: gamma with that mean and coefficient of variation, rounded, at least 1.
 *
 * @param mean positive
 * @param cv 0 or more; 0 gives the mean, rounded, and draws nothing
 */
export function gammaSize(stream: RandomStream, mean: number, cv: number): number {
  if (cv === 0) return Math.max(1, Math.round(mean));
  const shape = 1 / (cv * cv);
  return Math.max(1, Math.round((gammaDraw(stream, shape) * mean) / shape));
}
