/**
 * Numbered replicates of something random: replicate k of seed s draws its numbers from randomStream(s, k), so that it is
 * the same whoever computes it and in whatever company.
 */
export interface Replicates {
  /** B */
  readonly count: number;
  /** Numbers per replicate. */
  readonly width: number;
  /**
   * Computes replicates from … to − 1 into `out`, (to − from) × width row-major. A replicate that fails writes NaN into
   * its first number.
   */
  run(from: number, to: number, out: Float64Array): void;
}

/** All replicates, one after another, in one thread. */
export function runReplicates({ count, width, run }: Replicates): Float64Array {
  const out = new Float64Array(count * width);
  run(0, count, out);
  return out;
}
