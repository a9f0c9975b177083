import { describe, expect, test } from "vitest";
import type { ClusterParts } from "../../../src/contract/clusterParts.ts";
import { contrastMoments, expectedVariance } from "../../../src/inference/sandwich/contrastMoments.ts";
import { sandwichVariance } from "../../../src/inference/sandwich/sandwichVariance.ts";
import { satterthwaite } from "../../../src/inference/sandwich/satterthwaite.ts";
import { randomStream } from "../../../src/numerics/random/randomStream.ts";
import { denseParts } from "../../support/denseParts.ts";

/** Independent rows of unlike variance; `spread` is the log of the variances' range. */
function clustersOf(seed: number, sizes: readonly number[], p: number, spread: number, ownIndicator = false) {
  const stream = randomStream(seed);
  return sizes.map((rows, j) => {
    const design = Float64Array.from({ length: rows * p }, (_, i) => (i % p === 0 ? 1 : stream.normal()));
    if (ownIndicator) for (let i = 0; i < rows; i++) design[i * p + p - 1] = j === 1 ? 1 : 0;
    const variances = Float64Array.from({ length: rows }, () => Math.exp(spread * (stream.uniform() - 0.5)));
    const diagonal = (of: (i: number) => number) =>
      Float64Array.from({ length: rows * rows }, (_, i) => (i % (rows + 1) === 0 ? of(i / (rows + 1)) : 0));
    return {
      rows,
      design,
      variances,
      weight: diagonal((i) => 1 / variances[i]!),
      target: diagonal((i) => variances[i]!),
      residual: Float64Array.from(variances, (v) => Math.sqrt(v) * stream.normal()),
    };
  });
}

/** The same parts with the diagonal of Θ alone. */
const diagonalParts = (clusters: ReturnType<typeof clustersOf>, full: ClusterParts): ClusterParts => ({
  ...full,
  target: "inverse-diagonal",
  fill(j, block) {
    full.fill(j, { ...block, target: new Float64Array(full.maxRows ** 2) });
    block.rows = clusters[j]!.rows;
    block.target.set(clusters[j]!.variances);
  },
});

describe("cr2 of independent rows with unlike variances", () => {
  test.each([
    ["many rows in a cluster", [60, 45, 80, 33, 51], 3, 1, 1e-12],
    ["variances over three orders of magnitude", [60, 45, 80, 33, 51], 2, 7, 1e-11],
    ["one cluster with most of the leverage", [150, 20, 17, 25], 3, 2, 1e-11],
    ["few rows and many", [2, 1, 40, 5, 90, 3, 22], 2, 3, 1e-12],
  ] as const)("%s: the integral is the eigenproblem", (_, sizes, p, spread, tolerance) => {
    const clusters = clustersOf(41, sizes, p, spread);
    const full = denseParts(clusters, p, "inverse-weight");
    const expected = sandwichVariance(full, "cr2");
    const found = sandwichVariance(diagonalParts(clusters, full), "cr2");
    for (let k = 0; k < p; k++) {
      const contrast = Float64Array.from({ length: p }, (_, l) => (l === k ? 1 : 0));
      expect(Math.abs(found.covariance[k * p + k]! / expected.covariance[k * p + k]! - 1)).toBeLessThan(tolerance);
      expect(Math.abs(satterthwaite(found, contrast) / satterthwaite(expected, contrast) - 1)).toBeLessThan(tolerance);
    }
  });

  test("a cluster that alone determines a coefficient is counted, and its null direction contributes nothing", () => {
    const clusters = clustersOf(7, [40, 50, 30, 60], 3, 2, true);
    const full = denseParts(clusters, 3, "inverse-weight");
    const expected = sandwichVariance(full, "cr2");
    const found = sandwichVariance(diagonalParts(clusters, full), "cr2");
    expect(found.determiningClusters).toEqual([1]);
    expect(found.covariance[4]! / expected.covariance[4]!).toBeCloseTo(1, 10);
  });

  test("a cluster of ten thousand unlike rows needs no ten thousand squared numbers", () => {
    const n = 10_000;
    const stream = randomStream(3);
    const variances = Float64Array.from({ length: n }, () => 1 + stream.uniform());
    const parts: ClusterParts = {
      clusters: 3,
      observations: 3 * n,
      coefficients: 1,
      root: Float64Array.of(1),
      maxRows: n,
      target: "inverse-diagonal",
      fill(_, block) {
        block.rows = n;
        for (let i = 0; i < n; i++) {
          block.target[i] = variances[i]!;
          block.design[i] = Math.sqrt(block.target[i]! / (3 * n));
          block.weightedDesign[i] = block.design[i]! / block.target[i]!;
          block.residual[i] = stream.normal();
        }
      },
    };
    // cr2 is unbiased under its target: the variance of γ, which is 1.
    const moments = contrastMoments(sandwichVariance(parts, "cr2"), Float64Array.of(1), 1);
    expect(expectedVariance(moments)[0]!).toBeCloseTo(1, 11);
  });
});
