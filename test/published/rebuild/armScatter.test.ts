import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tableFromColumns } from "../../../src/data/tableFromColumns.ts";
import { randomStream } from "../../../src/numerics/random/randomStream.ts";
import { analyse } from "../../../src/published/analyse.ts";
import { armScatter, correlated, leastIcc, scores } from "../../../src/published/rebuild/armScatter.ts";
import { clusterSizes, coefficientOfVariation, wholeShares } from "../../../src/published/rebuild/clusterSizes.ts";

const clustersOf = (sizes: readonly number[]) => sizes.flatMap((size, j) => new Array<number>(size).fill(j));
const moments = (values: ArrayLike<number>) => {
  const all = Array.from(values);
  const mean = all.reduce((a, b) => a + b, 0) / all.length;
  return { mean, variance: all.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (all.length - 1) };
};

describe("scores", () => {
  const arms = fc.record({
    sizes: fc
      .array(fc.integer({ min: 1, max: 12 }), { minLength: 3, maxLength: 20 })
      .filter((sizes) => sizes.some((size) => size > 2)),
    seed: fc.integer({ min: 0, max: 1000 }),
    share: fc.double({ min: 0, max: 0.95, noNaN: true }),
    tilt: fc.double({ min: -5, max: 5, noNaN: true }),
    correlation: fc.double({ min: -0.99, max: 0.99, noNaN: true }),
  });

  test("law: mean 0, variance 1 and exactly the correlation with a covariate", () => {
    fc.assert(
      fc.property(arms, ({ sizes, seed, share, tilt, correlation }) => {
        const scatter = armScatter(clustersOf(sizes), sizes.length, randomStream(seed));
        const least = leastIcc(scatter);
        const z = scores(scatter, least + share * (0.95 - least), tilt);
        const x = correlated(scatter, z, correlation);
        const [first, second] = [moments(z), moments(x)];
        expect(first.mean).toBeCloseTo(0, 12);
        expect(first.variance).toBeCloseTo(1, 10);
        expect(second.mean).toBeCloseTo(0, 12);
        expect(second.variance).toBeCloseTo(1, 10);
        const product = z.reduce((sum, value, i) => sum + value * x[i]!, 0) / (z.length - 1);
        expect(product).toBeCloseTo(correlation, 10);
      }),
      { numRuns: 100 },
    );
  });

  test("law: the analysis of variance finds exactly the correlation asked for", () => {
    fc.assert(
      fc.property(arms, ({ sizes, seed, share, tilt }) => {
        const clusters = clustersOf(sizes);
        const scatter = armScatter(clusters, sizes.length, randomStream(seed));
        const icc = leastIcc(scatter) + share * (0.95 - leastIcc(scatter));
        const y = scores(scatter, icc, tilt);
        const data = tableFromColumns({ cluster: clusters.map((j) => `c${j}`), y });
        const found = analyse({
          data,
          trial: { cluster: "cluster" },
          analyses: [{ outcome: "y", method: "icc", options: { estimator: "anova" } }],
        }).analyses[0]!;
        expect(found.estimates![0]!.value).toBeCloseTo(icc, 9);
      }),
      { numRuns: 60 },
    );
  });
});

describe("clusterSizes", () => {
  test("law: whole numbers of at least one that add up", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 0, max: 2000 }),
        fc.double({ min: 0, max: 2, noNaN: true }),
        (clusters, more, cv) => {
          const sizes = clusterSizes(clusters, clusters + more, cv, randomStream(1));
          expect(sizes).toHaveLength(clusters);
          expect(sizes.every((size) => Number.isInteger(size) && size >= 1)).toBe(true);
          expect(sizes.reduce((a, b) => a + b, 0)).toBe(clusters + more);
        },
      ),
      { numRuns: 60 },
    );
  });

  test.each([
    [20, 400, 0.2],
    [20, 400, 0.65],
    [39, 198, 0.5],
    [12, 600, 1],
  ])("%i clusters, %i participants: coefficient of variation %d", (clusters, participants, cv) => {
    expect(
      Math.abs(coefficientOfVariation(clusterSizes(clusters, participants, cv, randomStream(3))) - cv),
    ).toBeLessThan(0.05);
  });

  test("equal sizes when asked, as nearly as whole numbers allow", () => {
    expect(clusterSizes(4, 20, 0, randomStream(1))).toEqual([5, 5, 5, 5]);
    expect([...clusterSizes(4, 22, 0, randomStream(1))].sort()).toEqual([5, 5, 6, 6]);
  });

  test("whole shares by largest remainders", () => {
    expect(wholeShares([1, 1, 1], 10)).toEqual([4, 3, 3]);
    expect(wholeShares([3, 1], 10, 1)).toEqual([7, 3]);
    expect(wholeShares([0, 0], 3)).toEqual([2, 1]);
  });
});
