/** Values closer than this share of their range are alike. */
const ALIKE = 1e9;

/**
 * An order of clusters that follows from their data, so that random allocations do not depend on what clusters are called:
 * by value, from the side on which values lie closer together, then by size and by arm. Clusters alike in all three may as
 * well change places. The order is turned round when all values change sign, or every event is counted as none, which puts
 * them in the same places again.
 *
 * @param values one per cluster
 * @param sizes one per cluster
 */
export function canonicalOrder(values: Float64Array, sizes: Float64Array, armOf: Int32Array): Int32Array {
  const least = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const range = most > least ? most - least : 1;
  const within = values.map((value) => (value - least) / range);
  const mean = within.reduce((sum, value) => sum + value / within.length, 0);
  const skewness = within.reduce((sum, value) => sum + (value - mean) ** 3, 0);
  const key = within.map((value) => Math.round(ALIKE * (skewness < 0 ? 1 - value : value)));
  return Int32Array.from(values.keys()).sort(
    (i, j) => key[i]! - key[j]! || sizes[i]! - sizes[j]! || armOf[i]! - armOf[j]!,
  );
}
