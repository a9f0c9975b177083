const bins = 4096;

/**
 * The value of a given rank among numbers ≥ 0 that are too many to keep: a first pass counts them in bins, a second keeps
 * those of the bin that holds the rank.
 *
 * @param each calls back with every number, the same each time
 * @param rank 1 for the smallest
 * @param typical order of magnitude of the numbers; far from it the second pass keeps more of them
 */
export function orderStatistic(
  each: (receive: (value: number) => void) => void,
  rank: number,
  typical: number,
): number {
  const perBin = (16 * typical) / bins;
  const binOf = (value: number) => Math.min(bins - 1, Math.floor(value / perBin));
  const counts = new Float64Array(bins);
  each((value) => {
    counts[binOf(value)]!++;
  });
  let below = 0;
  let bin = 0;
  while (below + counts[bin]! < rank) below += counts[bin++]!;
  const kept = new Float64Array(counts[bin]!);
  let at = 0;
  each((value) => {
    if (binOf(value) === bin) kept[at++] = value;
  });
  return kept.sort()[rank - below - 1]!;
}
