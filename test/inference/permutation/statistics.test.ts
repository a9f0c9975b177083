import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { armsF } from "../../../src/inference/permutation/armsF.ts";
import { clusterContrast } from "../../../src/inference/permutation/clusterContrast.ts";
import { keepLargest } from "../../../src/inference/permutation/keepLargest.ts";
import { selectRank } from "../../../src/inference/permutation/selectRank.ts";
import { type PermutationStatistic, statisticAt } from "../../../src/inference/permutation/statistic.ts";
import { studentisationOf, studentisedContrast } from "../../../src/inference/permutation/studentisedContrast.ts";
import { randomStream } from "../../../src/numerics/random/randomStream.ts";
import type { AllocationSpace } from "../../../src/trial/design/allocationSpace.ts";
import { pairedSpace, simpleSpace, stratifiedSpace } from "../../../src/trial/design/stratifiedSpace.ts";

const normals = (seed: number, n: number) => {
  const stream = randomStream(seed);
  return Float64Array.from({ length: n }, () => stream.normal());
};

/** Largest gap between what is followed from exchange to exchange and what is formed anew. */
function drift(space: AllocationSpace, followed: PermutationStatistic, anew: PermutationStatistic): number {
  const ours = new Float64Array(followed.width);
  const theirs = new Float64Array(followed.width);
  let largest = 0;
  space.enumerate!((allocation, one, other) => {
    followed.follow(allocation, one, other, ours, 0);
    anew.follow(allocation, -1, -1, theirs, 0);
    ours.forEach((value, k) => {
      if (Number.isNaN(value) && Number.isNaN(theirs[k]!)) return;
      largest = Math.max(largest, Math.abs(value - theirs[k]!) / Math.max(1, Math.abs(theirs[k]!)));
    });
  });
  return largest;
}

const strata = Int32Array.from([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]);
const stratified = stratifiedSpace(strata, [
  [3, 2],
  [3, 3],
]);

describe("a contrast followed from exchange to exchange", () => {
  const values = normals(1, 11).map((value) => 1e6 + value);
  const weights = normals(2, 11).map((value) => 1 + value ** 2);
  const indicator = Float64Array.from({ length: 11 }, (_, j) => j % 2);

  test.each([
    ["plain", simpleSpace([6, 5]), null, null],
    ["weighted", simpleSpace([6, 5]), weights, null],
    ["within strata", stratified, null, strata],
    ["weighted within strata", stratified, weights, strata],
    ["within strata of another randomisation", simpleSpace([6, 5]), null, strata],
  ])("is the contrast formed anew: %s", (_, space, w, groups) => {
    const make = () => clusterContrast({ values, weights: w, strata: groups }, indicator);
    expect(drift(space, make(), make())).toBeLessThan(1e-9);
  });

  test.each([
    ["Welch", simpleSpace([6, 5]), null],
    ["Welch within strata", stratified, strata],
  ])("studentised: %s", (_, space, groups) => {
    const make = () => studentisedContrast(values, groups, "welch");
    expect(drift(space, make(), make())).toBeLessThan(1e-7);
  });

  test("does not drift over 705,432 allocations", () => {
    const y = normals(3, 22);
    const make = () => clusterContrast({ values: y, weights: null, strata: null });
    expect(drift(simpleSpace([11, 11]), make(), make())).toBeLessThan(1e-13);
  });

  test("is NaN where an arm has nobody to be compared with", () => {
    const contrast = clusterContrast({
      values: Float64Array.of(1, 2, 4, 8),
      weights: null,
      strata: Int32Array.of(0, 0, 1, 1),
    });
    expect(statisticAt(contrast, Int32Array.of(1, 1, 0, 0))).toBeNaN();
    expect(statisticAt(contrast, Int32Array.of(1, 0, 0, 1))).toBe((-1 + 4) / 2);
  });
});

describe("studentised contrasts", () => {
  test("of pairs are paired t statistics, and order allocations as the mean difference does", () => {
    const values = normals(4, 12);
    const pairs = Int32Array.from({ length: 12 }, (_, j) => Math.floor(j / 2));
    const space = pairedSpace(pairs);
    const t = studentisedContrast(values, pairs, "pooled");
    const difference = clusterContrast({ values, weights: null, strata: pairs });
    space.enumerate!((allocation) => {
      const d = Array.from({ length: 6 }, (_, p) => {
        const [a, b] = [values[2 * p]!, values[2 * p + 1]!];
        return allocation[2 * p] === 1 ? a - b : b - a;
      });
      const mean = d.reduce((sum, each) => sum + each, 0) / 6;
      const sd = Math.sqrt(d.reduce((sum, each) => sum + (each - mean) ** 2, 0) / 5);
      expect(statisticAt(t, allocation)).toBeCloseTo(mean / (sd / Math.sqrt(6)), 10);
      expect(statisticAt(difference, allocation)).toBeCloseTo(mean, 12);
    });
  });

  test("have each arm's own variance where every arm has two clusters in every stratum", () => {
    expect(studentisationOf(Int32Array.of(0, 0, 1, 1), null)).toBe("welch");
    expect(studentisationOf(Int32Array.of(0, 0, 0, 1), null)).toBe("pooled");
    expect(studentisationOf(Int32Array.of(0, 1, 0, 1), Int32Array.of(0, 0, 1, 1))).toBe("pooled");
    // A stratum of one arm compares nothing and asks for nothing.
    expect(studentisationOf(Int32Array.of(0, 0, 1, 1, 1), Int32Array.of(0, 0, 0, 0, 1))).toBe("welch");
  });

  test("are infinite where arms differ and nothing varies within them", () => {
    const t = studentisedContrast(Float64Array.of(1, 1, 2, 2), null, "welch");
    expect(statisticAt(t, Int32Array.of(0, 0, 1, 1))).toBe(Infinity);
    expect(statisticAt(t, Int32Array.of(0, 1, 1, 0))).toBe(0);
  });
});

test("F of two arms is the square of the pooled t", () => {
  const values = normals(5, 11);
  const f = armsF({ values, weights: null, strata }, 2);
  const t = studentisedContrast(values, strata, "pooled");
  stratified.enumerate!((allocation) => {
    expect(statisticAt(f, allocation)).toBeCloseTo(statisticAt(t, allocation) ** 2, 9);
  });
});

describe("selection", () => {
  test("finds what sorting finds, with ties", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 60 }), fc.nat(), (list, at) => {
        const k = 1 + (at % list.length);
        const sorted = Float64Array.from(list).sort();
        expect(selectRank(Float64Array.from(list), list.length, k)).toBe(sorted[k - 1]);
        const largest = keepLargest(k, list.length);
        for (const value of list) largest.add(value);
        expect(largest.fromTop(k)).toBe(sorted[list.length - k]);
      }),
    );
  });

  test("keeps the largest of many in little room", () => {
    const values = normals(6, 50_000);
    const largest = keepLargest(100, values.length);
    for (const value of values) largest.add(value);
    const sorted = values.slice().sort();
    expect(largest.fromTop(100)).toBe(sorted[sorted.length - 100]);
    expect(largest.fromTop(1)).toBe(sorted.at(-1));
  });
});
