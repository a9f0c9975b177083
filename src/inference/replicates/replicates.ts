/**
 * Numbers that come from repeating something random. Replicate k depends on k alone (it draws from stream k of its seed),
 * so they may be computed in any order, in any portions, by any number of workers, and are the same to the last bit.
 */
export interface Replicates {
  /** How many; 0 where everything was enumerated or is known without repeating anything. */
  readonly count: number;
  /** Numbers per replicate. */
  readonly width: number;
  /** Writes replicates `from` … `to` − 1 to the front of `out`, `width` numbers each; NaN throughout one that failed. */
  run(from: number, to: number, out: Float64Array): void;
}

/** All of them, one after the other: replicate k at k · width. */
export function runReplicates(replicates: Replicates): Float64Array {
  const { count, width } = replicates;
  const numbers = new Float64Array(count * width);
  replicates.run(0, count, numbers);
  return numbers;
}
