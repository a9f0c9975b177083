/**
 * The value of rank k (1 for the smallest) among the first `length` numbers, which are put in another order: Hoare's
 * selection with the median of three, O(n) on average.
 *
 * @param values no NaN among the first `length`
 * @param k 1 … length
 */
export function selectRank(values: Float64Array, length: number, k: number): number {
  const target = k - 1;
  let low = 0;
  let high = length - 1;
  while (low < high) {
    const pivot = medianOfThree(values[low]!, values[(low + high) >>> 1]!, values[high]!);
    let i = low - 1;
    let j = high + 1;
    for (;;) {
      do i++;
      while (values[i]! < pivot);
      do j--;
      while (values[j]! > pivot);
      if (i >= j) break;
      const held = values[i]!;
      values[i] = values[j]!;
      values[j] = held;
    }
    // Everything up to j is at most the pivot, everything after it at least.
    if (target <= j) high = j;
    else low = j + 1;
  }
  return values[target]!;
}

const medianOfThree = (a: number, b: number, c: number): number =>
  Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
