import type { RandomStream } from "./randomStream.ts";

/** Above it a shifted exponential is kept more often than a normal. */
const TAIL = 0.45;

/**
 * A standard normal variable given that it exceeds `lower`: normals until one does, in the tail exponentials by Robert's
 * rejection (1995, Stat Comput 5, 121-125). Exact; the same bits on every engine.
 */
export function truncatedNormal(stream: RandomStream, lower: number): number {
  if (lower < TAIL) {
    for (;;) {
      const z = stream.normal();
      if (z > lower) return z;
    }
  }
  const rate = (lower + Math.sqrt(lower * lower + 4)) / 2;
  for (;;) {
    const z = lower + stream.exponential() / rate;
    const gap = z - rate;
    if (stream.exponential() > 0.5 * gap * gap) return z;
  }
}
