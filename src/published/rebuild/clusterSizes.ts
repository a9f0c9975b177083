import { gamma } from "../../numerics/distributions/gamma.ts";
import type { RandomStream } from "../../numerics/random/randomStream.ts";

/**
 * Shares of `total` proportional to weights, in whole numbers of at least `least`: largest remainders, ties to the first.
 *
 * @param weights not negative; where all are zero the shares are equal.
 */
export function wholeShares(weights: readonly number[], total: number, least = 0): number[] {
  const spare = total - least * weights.length;
  const sum = weights.reduce((a, b) => a + b, 0);
  const exact = weights.map((weight) => (spare * (sum > 0 ? weight : 1)) / (sum > 0 ? sum : weights.length));
  const shares = exact.map(Math.floor);
  let left = spare - shares.reduce((a, b) => a + b, 0);
  const order = exact.map((_, k) => k).sort((a, b) => exact[b]! - shares[b]! - (exact[a]! - shares[a]!) || a - b);
  for (const k of order) {
    if (left-- <= 0) break;
    shares[k]! += 1;
  }
  return shares.map((share) => share + least);
}

/** Sample standard deviation over mean. */
export function coefficientOfVariation(sizes: readonly number[]): number {
  const mean = sizes.reduce((a, b) => a + b, 0) / sizes.length;
  const squares = sizes.reduce((sum, size) => sum + (size - mean) ** 2, 0);
  return sizes.length < 2 ? 0 : Math.sqrt(squares / (sizes.length - 1)) / mean;
}

/**
 * Sizes of `clusters` clusters, each at least 1, that add up to `participants` with a coefficient of variation as near
 * to `cv` as whole numbers allow: quantiles of a gamma distribution whose own coefficient of variation is searched for,
 * in random order. Clusters × one participant at the least is the caller's to check.
 */
export function clusterSizes(clusters: number, participants: number, cv: number, stream: RandomStream): number[] {
  const spread = (c: number) => {
    const weights = Array.from({ length: clusters }, (_, k) =>
      c === 0 ? 1 : gamma.quantile((k + 0.5) / clusters, 1 / c ** 2, c ** 2),
    );
    const floored = wholeShares(weights, participants).map((size) => Math.max(1, size));
    // Raising empty clusters to one participant took them from the others: share out what is left beyond one each.
    return floored.reduce((a, b) => a + b, 0) === participants ? floored : wholeShares(weights, participants, 1);
  };
  let best = spread(0);
  for (let k = 1; k <= 60; k++) {
    const sizes = spread(k * 0.05);
    if (Math.abs(coefficientOfVariation(sizes) - cv) < Math.abs(coefficientOfVariation(best) - cv)) best = sizes;
  }
  stream.shuffle(best);
  return best;
}
