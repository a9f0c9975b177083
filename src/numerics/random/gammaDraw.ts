import { portableExp, portableLog } from "./elementary.ts";
import type { RandomStream } from "./randomStream.ts";

/**
 * A gamma variable with mean `shape` and scale 1, by squeezing a cube of a normal (Marsaglia & Tsang 2000, ACM Trans Math
 * Softw 26, 363-372); below shape 1 that of shape + 1 times U^(1/shape). Exact; the same bits on every engine.
 *
 * @param shape positive
 */
export function gammaDraw(stream: RandomStream, shape: number): number {
  if (shape < 1) {
    const larger = gammaDraw(stream, shape + 1);
    return larger * portableExp(-stream.exponential() / shape);
  }
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = stream.normal();
    const root = 1 + c * x;
    if (root <= 0) continue;
    const v = root * root * root;
    if (-stream.exponential() < 0.5 * x * x + d * (1 - v + portableLog(v))) return d * v;
  }
}

/** A χ² variable with `df` > 0 degrees of freedom. */
export const chiSquaredDraw = (stream: RandomStream, df: number): number => 2 * gammaDraw(stream, df / 2);
