import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chiSquared } from "../../../src/numerics/distributions/index.ts";
import { randomStream } from "../../../src/numerics/random/randomStream.ts";
import type { AllocationSpace } from "../../../src/trial/design/allocationSpace.ts";
import { balanceScore } from "../../../src/trial/design/balanceScore.ts";
import { constrainedSpace } from "../../../src/trial/design/constrainedSpace.ts";
import { orderStatistic } from "../../../src/trial/design/orderStatistic.ts";
import { pairedSpace, simpleSpace, stratifiedSpace } from "../../../src/trial/design/stratifiedSpace.ts";
import { drawn, enumerated, unevenness } from "./allocations.ts";

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

interface Example {
  readonly name: string;
  readonly space: AllocationSpace;
  readonly stratumOf: Int32Array | null;
  readonly weights: readonly number[];
  readonly metric: "l2" | "l1";
}

/** The differences of arm means in an allocation, by covariate and pair of arms. */
const differences = (columns: readonly Float64Array[], arms: number, key: string) =>
  columns.map((x) => {
    const means = Array.from({ length: arms }, (_, arm) => mean([...x].filter((__, j) => key[j] === String(arm))));
    return means.flatMap((a, k) => means.slice(k + 1).map((b) => a - b));
  });

/** Scores by their definition: every allocation written out, variances over all of them. */
function scoresByDefinition(columns: readonly Float64Array[], { space, weights, metric }: Example) {
  const keys = enumerated(space).visited;
  const all = keys.map((key) => differences(columns, space.arms, key));
  const scores = new Map<string, number>();
  keys.forEach((key, a) => {
    let score = 0;
    all[a]!.forEach((pairs, k) => {
      pairs.forEach((difference, pair) => {
        const over = all.map((each) => each[k]![pair]!);
        const variance = mean(over.map((d) => (d - mean(over)) ** 2));
        score +=
          weights[k]! * (metric === "l2" ? difference ** 2 / variance : Math.abs(difference) / Math.sqrt(variance));
      });
    });
    scores.set(key, score);
  });
  return scores;
}

function columnsOf(clusters: number, width: number, seed: number): readonly Float64Array[] {
  const stream = randomStream(seed);
  return Array.from({ length: width }, (_, k) =>
    Float64Array.from({ length: clusters }, () => (k === 0 ? stream.integer(3) : 1e6 + 10 ** k * stream.normal())),
  );
}

const strata = Int32Array.of(0, 0, 0, 0, 1, 1, 1, 1, 1, 1);
const examples: readonly Example[] = [
  { name: "equal arms", space: simpleSpace([4, 4]), stratumOf: null, weights: [1, 1, 1], metric: "l2" },
  { name: "two to one", space: simpleSpace([3, 6]), stratumOf: null, weights: [1, 2.5], metric: "l2" },
  { name: "absolute differences", space: simpleSpace([5, 4]), stratumOf: null, weights: [1, 0.5, 3], metric: "l1" },
  {
    name: "strata",
    space: stratifiedSpace(strata, [
      [2, 2],
      [4, 2],
    ]),
    stratumOf: strata,
    weights: [1, 1],
    metric: "l2",
  },
  {
    name: "pairs",
    space: pairedSpace([0, 0, 1, 1, 2, 2, 3, 3, 4, 4]),
    stratumOf: Int32Array.of(0, 0, 1, 1, 2, 2, 3, 3, 4, 4),
    weights: [1, 1],
    metric: "l2",
  },
  { name: "three arms", space: simpleSpace([2, 3, 2]), stratumOf: null, weights: [2, 1], metric: "l2" },
];

describe.each(examples)("balance of $name", (example) => {
  const { space, stratumOf, weights, metric } = example;
  const columns = columnsOf(space.clusters, weights.length, 7);
  const scores = scoresByDefinition(columns, example);
  const anyone = new Int32Array(space.clusters);
  space.draw(randomStream(2), anyone);
  const balance = balanceScore({ columns, weights, metric }, anyone, space.arms, stratumOf);
  const sorted = [...scores.values()].sort((a, b) => a - b);

  it("is that of the definition, from nothing and exchange by exchange", () => {
    space.enumerate!((allocation, one, other) => {
      const expected = scores.get(allocation.join(""))!;
      expect(Math.abs(balance.follow(allocation, one, other) - expected)).toBeLessThan(1e-8 * (1 + expected));
      expect(Math.abs(balance.of(allocation) - expected)).toBeLessThan(1e-8 * (1 + expected));
    });
  });

  it("does not change with the unit, the origin or the sign of a covariate", () => {
    const moved = columns.map((x, k) => x.map((value) => 40 - value * 10 ** (3 * k)));
    const other = balanceScore({ columns: moved, weights, metric }, anyone, space.arms, stratumOf);
    expect(Math.abs(other.of(anyone) - balance.of(anyone))).toBeLessThan(1e-8 * balance.of(anyone));
  });

  it.each([0.02, 0.1, 0.25, 0.5, 1])(
    "allows the best %s of all allocations, and those that tie with the last",
    (quantile) => {
      const constrained = constrainedSpace(space, balance, { quantile });
      const cut = sorted[Math.max(1, Math.ceil(quantile * sorted.length - 1e-9)) - 1]!;
      const allowed = [...scores].filter(([, score]) => score <= cut * (1 + 1e-8) + 1e-9).map(([key]) => key);
      const { visited, changes } = enumerated(constrained);
      expect(visited.toSorted()).toEqual(allowed.toSorted());
      expect(changes.every(({ named }) => named)).toBe(true);
      expect(constrained.count).toBe(BigInt(allowed.length));
      expect(constrained.armSizes).toEqual(space.armSizes);
      expect(constrained.details["cutoffScore"]).toBeCloseTo(cut, 6);
      for (const [key, score] of scores)
        expect(constrained.refusal(Int32Array.from(key, Number)) === null).toBe(score <= cut * (1 + 1e-8) + 1e-9);
    },
  );

  it("draws each allowed allocation as often as any other, and no other", () => {
    const constrained = constrainedSpace(space, balance, { score: sorted[Math.floor(sorted.length / 5)]! });
    const cells = Number(constrained.count);
    const draws = 50 * cells;
    const counts = drawn(constrained, draws);
    const allowed = new Set(enumerated(constrained).visited);
    expect([...counts.keys()].every((key) => allowed.has(key))).toBe(true);
    if (cells > 1) expect(chiSquared.upper(unevenness(counts, draws, cells), cells - 1)).toBeGreaterThan(1e-4);
  });

  it("refuses a cut-off below every score", () => {
    if (sorted[0]! === 0) return;
    expect(() => constrainedSpace(space, balance, { score: sorted[0]! / 2 })).toThrow(
      expect.objectContaining({ code: "constraint-too-tight" }),
    );
  });
});

describe("a covariate that cannot differ", () => {
  it("adds nothing: the strata themselves", () => {
    const space = stratifiedSpace(strata, [
      [2, 2],
      [3, 3],
    ]);
    const allocation = Int32Array.of(0, 0, 1, 1, 0, 0, 0, 1, 1, 1);
    const [x] = columnsOf(10, 1, 3);
    const of = (columns: readonly Float64Array[]) =>
      balanceScore({ columns, weights: columns.map(() => 1), metric: "l2" }, allocation, 2, strata).of(allocation);
    expect(of([x!, Float64Array.from(strata)])).toBeCloseTo(of([x!]), 12);
    expect(space.refusal(allocation)).toBeNull();
  });
});

describe("more allowed allocations than are kept", () => {
  it("are found again each time, and drawn by rejection", () => {
    const within = simpleSpace([11, 11]);
    const columns = columnsOf(22, 1, 5);
    const balance = balanceScore(
      { columns, weights: [1], metric: "l2" },
      Int32Array.from(columns[0]!, (_, j) => j % 2),
      2,
      null,
    );
    const space = constrainedSpace(within, balance, { score: 3 });
    expect(space.count! * 22n).toBeGreaterThan(1n << 23n);
    let visits = 0n;
    let refused = 0;
    space.enumerate!((allocation) => {
      if (visits++ % 1009n === 0n && space.refusal(allocation) !== null) refused++;
    });
    expect([visits, refused]).toEqual([space.count, 0]);
    const out = new Int32Array(22);
    for (let k = 0; k < 300; k++) {
      space.draw(randomStream(1, k), out);
      expect(space.refusal(out)).toBeNull();
    }
  });
});

describe("spaces too large to search through", () => {
  const clusters = 40;
  const space = simpleSpace([20, 20]);
  const columns = columnsOf(clusters, 2, 11);
  const allocation = Int32Array.from({ length: clusters }, (_, j) => j % 2);
  const balance = balanceScore({ columns, weights: [1, 1], metric: "l2" }, allocation, 2, null);

  it("have an estimated cut-off that about that share of allocations meets, and can be drawn from", () => {
    const constrained = constrainedSpace(space, balance, { quantile: 0.1 });
    expect([constrained.count, constrained.enumerate]).toEqual([null, null]);
    expect(constrained.details["cutoffEstimated"]).toBe(true);
    const out = new Int32Array(clusters);
    let met = 0;
    for (let k = 0; k < 5000; k++) {
      space.draw(randomStream(9, k), out);
      if (constrained.refusal(out) === null) met++;
    }
    // 0.1 with a standard error of 0.0042
    expect(Math.abs(met / 5000 - 0.1)).toBeLessThan(0.017);
    for (let k = 0; k < 200; k++) {
      constrained.draw(randomStream(10, k), out);
      expect(constrained.refusal(out)).toBeNull();
    }
  });

  it("are refused when a sample finds nothing allowed", () => {
    expect(() => constrainedSpace(space, balance, { score: 1e-9 })).toThrow(
      expect.objectContaining({ code: "constraint-too-tight" }),
    );
  });
});

describe("orderStatistic", () => {
  it("is the number of that rank, whatever is taken for typical", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.nat(5)), { minLength: 1, maxLength: 60 }),
        fc.double({ min: 1e-3, max: 1e5, noNaN: true }),
        fc.nat(1000),
        (values, typical, at) => {
          const rank = 1 + (at % values.length);
          const found = orderStatistic((receive) => values.forEach(receive), rank, typical);
          expect(found).toBe(values.toSorted((a, b) => a - b)[rank - 1]);
        },
      ),
      { seed: 1 },
    );
  });
});
