import { describe, expect, it } from "vitest";
import { chiSquared } from "../../../src/numerics/distributions/index.ts";
import { type Minimisation, minimisedSpace } from "../../../src/trial/design/minimisedSpace.ts";
import { bruteForce, drawn } from "./allocations.ts";

/** Probability of an allocation, cluster by cluster, by the algorithm's words. */
function probabilityOf(given: Minimisation, allocation: readonly number[]): number {
  const { arms, factors, weights = factors.map(() => 1), probability, imbalance = "range" } = given;
  const entered: number[] = [];
  let product = 1;
  for (const cluster of Array.from(given.order)) {
    const totals = Array.from({ length: arms }, (_, arm) =>
      factors.reduce((total, levels, f) => {
        const counts = new Array<number>(arms).fill(0);
        counts[arm]!++;
        for (const other of entered) if (levels[other] === levels[cluster]) counts[allocation[other]!]!++;
        const centre = counts.reduce((a, b) => a + b) / arms;
        const uneven =
          imbalance === "range"
            ? Math.max(...counts) - Math.min(...counts)
            : counts.reduce((sum, n) => sum + (n - centre) ** 2, 0) / (arms - 1);
        return total + weights[f]! * uneven;
      }, 0),
    );
    const least = Math.min(...totals);
    const best = totals.flatMap((total, arm) => (total - least < 1e-9 ? [arm] : []));
    const chosen = allocation[cluster]!;
    const asBest = best.includes(chosen) ? probability / best.length : 0;
    const asOther = best.reduce(
      (sum, arm) => sum + (arm === chosen ? 0 : (1 - probability) / (arms - 1) / best.length),
      0,
    );
    product *= asBest + asOther;
    entered.push(cluster);
  }
  return product;
}

const size = [0, 1, 0, 1, 1, 0, 1];
const region = [0, 0, 1, 2, 1, 0, 2];
const examples: readonly (Minimisation & { readonly name: string })[] = [
  { name: "a biased coin", arms: 2, factors: [size, region], probability: 0.8, order: [3, 0, 6, 1, 5, 2, 4] },
  { name: "certain", arms: 2, factors: [size, region], probability: 1, order: [0, 1, 2, 3, 4, 5, 6] },
  {
    name: "weights",
    arms: 2,
    factors: [size, region],
    weights: [0.1, 0.2],
    probability: 0.7,
    order: [6, 5, 4, 3, 2, 1, 0],
  },
  {
    name: "three arms by variance",
    arms: 3,
    factors: [size, region],
    probability: 0.6,
    imbalance: "variance",
    order: [2, 4, 0, 6, 1, 3, 5],
  },
  { name: "three arms by range", arms: 3, factors: [region], probability: 0.9, order: [2, 4, 0, 6, 1, 3, 5] },
];

describe.each(examples)("minimisation, $name", (given) => {
  const space = minimisedSpace(given);
  const probabilities = new Map(
    bruteForce(7, given.arms, () => true).map((key) => [key, probabilityOf(given, Array.from(key, Number))]),
  );

  it("draws allocations with the probabilities of its own steps", () => {
    const total = [...probabilities.values()].reduce((a, b) => a + b, 0);
    expect(total).toBeCloseTo(1, 12);
    const draws = 40_000;
    const counts = drawn(space, draws, 3);
    // Cells of fewer than five expected are taken together.
    let statistic = 0;
    let cells = 0;
    let rest = 0;
    let restExpected = 0;
    for (const [key, probability] of probabilities) {
      const expected = draws * probability;
      const count = counts.get(key) ?? 0;
      if (probability === 0) expect(count).toBe(0);
      else if (expected < 5) {
        rest += count;
        restExpected += expected;
      } else {
        statistic += (count - expected) ** 2 / expected;
        cells++;
      }
    }
    if (restExpected >= 5) {
      statistic += (rest - restExpected) ** 2 / restExpected;
      cells++;
    }
    expect(chiSquared.upper(statistic, cells - 1)).toBeGreaterThan(1e-4);
  });

  it("refuses exactly what it could not have made", () => {
    for (const [key, probability] of probabilities)
      expect(space.refusal(Int32Array.from(key, Number)) === null).toBe(probability > 0);
  });

  it("is not counted, enumerated, or of fixed arm sizes", () => {
    expect([space.count, space.enumerate, space.armSizes]).toEqual([null, null, null]);
  });
});

describe("minimisation", () => {
  it("keeps the margins of every factor within one when the best arm is certain and factors do not compete", () => {
    const factor = Array.from({ length: 30 }, (_, j) => j % 4);
    const space = minimisedSpace({ arms: 2, factors: [factor], probability: 1, order: Array.from(factor.keys()) });
    for (const key of drawn(space, 200).keys()) {
      for (let level = 0; level < 4; level++) {
        const arms = Array.from(key, Number).filter((_, j) => factor[j] === level);
        expect(Math.abs(arms.filter((arm) => arm === 1).length - arms.length / 2)).toBeLessThanOrEqual(0.5);
      }
    }
  });

  it("names the cluster that did not get the only possible arm", () => {
    const names = { clusters: ["a", "b"], arms: ["usual", "new"] };
    const space = minimisedSpace({ arms: 2, factors: [[0, 0]], probability: 1, order: [1, 0] }, names);
    expect(space.refusal(Int32Array.of(1, 1))).toBe(
      'cluster "a", number 2 to enter, is in arm "new" though "usual" balances better and the best arm is certain (probability 1)',
    );
  });

  it.each<Partial<Minimisation>>([
    { arms: 1 },
    { factors: [] },
    { factors: [[0, 1]] },
    { order: [0, 0, 1] },
    { order: [0, 1, 5] },
    { probability: 0.4 },
    { probability: 1.1 },
    { weights: [1, 1] },
    { weights: [0] },
  ])("refuses %j", (wrong) => {
    const given = { arms: 2, factors: [[0, 1, 0]], probability: 0.8, order: [2, 0, 1], ...wrong };
    expect(() => minimisedSpace(given)).toThrow(expect.objectContaining({ code: "minimisation" }));
  });
});
