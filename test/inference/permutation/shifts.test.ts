import { describe, expect, test } from "vitest";
import { clusterContrast } from "../../../src/inference/permutation/clusterContrast.ts";
import { shiftInverter } from "../../../src/inference/permutation/invertShifts.ts";
import { searchShifts } from "../../../src/inference/permutation/searchShifts.ts";
import {
  type Allocations,
  atLeast,
  extremesOf,
  pValueOf,
  statisticAt,
} from "../../../src/inference/permutation/statistic.ts";
import { studentisedContrast } from "../../../src/inference/permutation/studentisedContrast.ts";
import { randomStream } from "../../../src/numerics/random/randomStream.ts";
import type { AllocationSpace } from "../../../src/trial/design/allocationSpace.ts";
import { pairedSpace, simpleSpace } from "../../../src/trial/design/stratifiedSpace.ts";

const normals = (seed: number, n: number) => {
  const stream = randomStream(seed);
  return Float64Array.from({ length: n }, () => stream.normal());
};

const everyOf = (space: AllocationSpace): Allocations => ({
  total: Number(space.count),
  complete: true,
  each: (visit) => space.enumerate!(visit),
});

function inverted(
  space: AllocationSpace,
  values: Float64Array,
  weights: Float64Array | null,
  observed: Int32Array,
  level: number,
  strata: Int32Array | null = null,
) {
  const contrast = clusterContrast({ values, weights, strata }, Float64Array.from(observed));
  const t = statisticAt(contrast, observed);
  const inverter = shiftInverter(Number(space.count), t, contrast.largest, true, level);
  const numbers = new Float64Array(2);
  space.enumerate!((allocation, one, other) => {
    contrast.follow(allocation, one, other, numbers, 0);
    inverter.add(numbers[0]!, numbers[1]!);
  });
  return inverter.finish()!;
}

/** P of the outcomes with the shift taken off, by another pass over the allocations. */
function pAt(
  space: AllocationSpace,
  values: Float64Array,
  weights: Float64Array | null,
  observed: Int32Array,
  shift: number,
  strata: Int32Array | null = null,
) {
  const shifted = values.map((value, j) => value - shift * observed[j]!);
  const contrast = clusterContrast({ values: shifted, weights, strata });
  return pValueOf(extremesOf(everyOf(space), contrast, atLeast(statisticAt(contrast, observed))), true);
}

const nine = Int32Array.of(0, 1, 1, 0, 0, 1, 0, 0, 1);
const weights = Float64Array.of(1, 3, 0.2, 9, 1, 2, 30, 1, 0.5);

describe("the interval", () => {
  test.each([
    ["unequal arms", simpleSpace([5, 4]), null, nine, 0.95],
    ["weights", simpleSpace([5, 4]), weights.map(Math.sqrt), nine, 0.9],
    ["weights so unequal that shifts have gaps", simpleSpace([5, 4]), weights, nine, 0.5],
    ["equal arms", simpleSpace([4, 4]), null, nine.subarray(0, 8).map((_, j) => j % 2), 0.9],
  ])("ends where P passes its level: %s", (_, space, w, observed, level) => {
    for (let seed = 0; seed < 20; seed++) {
      const values = normals(100 + seed, observed.length).map((value, j) => value + observed[j]!);
      const { interval } = inverted(space, values, w, observed, level);
      expect(interval).not.toBeNull();
      const { lower, upper } = interval!;
      const tiny = 1e-7 * (upper - lower);
      for (const inside of [lower + tiny, upper - tiny])
        expect(pAt(space, values, w, observed, inside)).toBeGreaterThan(1 - level);
      for (const outside of [lower - tiny, upper + tiny])
        expect(pAt(space, values, w, observed, outside)).toBeLessThanOrEqual(1 - level);
    }
  });

  test("has no ends where no P value can be small enough", () => {
    const found = inverted(simpleSpace([3, 3]), normals(7, 6), null, Int32Array.of(0, 0, 0, 1, 1, 1), 0.95);
    expect(found.interval).toBeNull();
    expect(found.smallestP).toBe(2 / 20);
    expect(
      inverted(simpleSpace([3, 3]), normals(7, 6), null, Int32Array.of(0, 0, 0, 1, 1, 1), 0.9).interval,
    ).not.toBeNull();
    // Unequal arms have no mirror image.
    expect(inverted(simpleSpace([4, 2]), normals(7, 6), null, Int32Array.of(0, 0, 0, 0, 1, 1), 0.9).smallestP).toBe(
      1 / 15,
    );
  });

  test("of pairs is that of the mean difference whose signs are free", () => {
    const pairs = Int32Array.from({ length: 14 }, (_, j) => Math.floor(j / 2));
    const observed = Int32Array.from({ length: 14 }, (_, j) => j % 2);
    const values = normals(8, 14);
    const { interval, median } = inverted(pairedSpace(pairs), values, null, observed, 0.95, pairs);
    // Walsh-like averages: a shift is not rejected until fewer than 6 of the 128 sums of signs are as far out.
    const d = Array.from({ length: 7 }, (_, p) => values[2 * p + 1]! - values[2 * p]!);
    const mean = d.reduce((sum, each) => sum + each, 0) / 7;
    const share = (delta: number) => {
      let count = 0;
      for (let signs = 0; signs < 128; signs++) {
        const sum = d.reduce((total, each, p) => total + ((signs >> p) & 1 ? 1 : -1) * (each - delta), 0);
        if (Math.abs(sum) >= Math.abs(7 * (mean - delta)) * (1 - 1e-12)) count++;
      }
      return count / 128;
    };
    expect(share(interval!.upper - 1e-9)).toBeGreaterThan(0.05);
    expect(share(interval!.upper + 1e-9)).toBeLessThanOrEqual(0.05);
    expect(share(interval!.lower + 1e-9)).toBeGreaterThan(0.05);
    expect(share(interval!.lower - 1e-9)).toBeLessThanOrEqual(0.05);
    expect(median).toBeGreaterThan(interval!.lower);
    expect(median).toBeLessThan(interval!.upper);
  });

  test("by search is the one by order statistics where both can be had", () => {
    const values = normals(9, 9);
    const space = simpleSpace([5, 4]);
    const exact = inverted(space, values, null, nine, 0.95).interval!;
    const at = (shift: number) => {
      const statistic = clusterContrast({
        values: values.map((v, j) => v - shift * nine[j]!),
        weights: null,
        strata: null,
      });
      return { statistic, largest: statistic.largest };
    };
    const estimate = statisticAt(at(0).statistic, nine);
    const test = { allocations: everyOf(space), observed: nine, at, level: 0.95, estimate, step: 0.3, reach: Infinity };
    const found = searchShifts(test)!;
    expect(found.lower).toBeCloseTo(exact.lower, 9);
    expect(found.upper).toBeCloseTo(exact.upper, 9);
    expect(searchShifts({ ...test, reach: 0.1 })).toBeNull();
  });
});

describe("over all allocations, each in turn the one that was made", () => {
  test.each([
    ["difference", (x: Float64Array) => clusterContrast({ values: x, weights: null, strata: null })],
    ["weighted", (x: Float64Array) => clusterContrast({ values: x, weights, strata: null })],
    ["studentised", (x: Float64Array) => studentisedContrast(x, null, "welch")],
  ])("P ≤ α in at most a share α: %s", (_, make) => {
    const space = simpleSpace([5, 4]);
    // Numbers with ties, as proportions of small clusters have.
    const values = normals(10, 9).map((value) => Math.round(2 * value));
    const statistic = make(values);
    const sizes: number[] = [];
    space.enumerate!((allocation) => sizes.push(Math.abs(statisticAt(statistic, allocation))));
    const p = sizes.map((size) => sizes.filter((other) => other >= size * (1 - 1e-10)).length / sizes.length);
    for (const alpha of [0.01, 0.05, 0.1, 0.5])
      expect(p.filter((each) => each <= alpha).length / p.length).toBeLessThanOrEqual(alpha);
    sizes.slice(0, 20).forEach((size, k) => {
      expect(pValueOf(extremesOf(everyOf(space), statistic, atLeast(size)), true)).toBe(p[k]);
    });
  });
});
