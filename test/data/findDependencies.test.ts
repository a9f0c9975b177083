import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { accumulateTotal } from "../../src/data/accumulateMoments.ts";
import { columnSource, concatenateColumns, interceptSource } from "../../src/data/columnSource.ts";
import { findDependencies } from "../../src/data/findDependencies.ts";
import { sayDependency } from "../../src/data/fullRank.ts";
import { pilotShift } from "../../src/data/pilotShift.ts";

const dependencies = (columns: Record<string, number[]>) => {
  const names = ["intercept", ...Object.keys(columns)];
  const arrays = Object.values(columns);
  const source = concatenateColumns(interceptSource(arrays[0]!.length), columnSource(arrays));
  const shift = pilotShift(names, source, []);
  return findDependencies(names, accumulateTotal(source, shift), shift);
};

const wave = (frequency: number) => Array.from({ length: 40 }, (_, i) => Math.sin(frequency * i) * 10 + 50);

describe("findDependencies", () => {
  test("full rank", () => {
    expect(dependencies({ a: wave(1), b: wave(2.3), c: wave(0.7) })).toEqual([]);
  });

  test("a constant, in its own unit", () => {
    expect(dependencies({ a: wave(1), k: new Array(40).fill(12.5) })).toEqual([
      { column: "k", on: [{ column: "intercept", coefficient: 12.5 }] },
    ]);
    expect(dependencies({ zero: new Array(40).fill(0) })).toEqual([{ column: "zero", on: [] }]);
  });

  test("indicators of all levels", () => {
    const level = (k: number) => wave(1).map((_, i) => (i % 3 === k ? 1 : 0));
    const [found] = dependencies({ "region[a]": level(0), "region[b]": level(1), "region[c]": level(2) });
    expect(sayDependency(found!)).toBe("region[c] = intercept − region[a] − region[b]");
  });

  test("a sum with large values, and the column that came later is the dependent one", () => {
    const age = wave(1);
    const birth = wave(2.3).map((x) => x + 1900);
    const year = age.map((a, i) => a + birth[i]!);
    expect(dependencies({ age, other: wave(0.7), birth, year }).map(sayDependency)).toEqual(["year = age + birth"]);
    expect(dependencies({ year, birth, age }).map(sayDependency)).toEqual(["age = year − birth"]);
  });

  test("several dependent columns are named, each by independent ones", () => {
    const a = wave(1);
    const b = wave(2.3);
    const found = dependencies({ a, a2: a.map((x) => 2 * x - 7), b, ab: a.map((x, i) => 0.5 * x - b[i]!) });
    expect(found.map(sayDependency)).toEqual(["a2 = −7·intercept + 2·a", "ab = 0.5·a − b"]);
  });

  test("a near dependence that doubles can tell is not one", () => {
    const a = wave(1).map((x) => x + 1e6);
    expect(dependencies({ a, b: a.map((x, i) => x + 1e-4 * Math.sin(2.3 * i)) })).toEqual([]);
    // Longley-like: powers of a year.
    const t = Array.from({ length: 21 }, (_, i) => i);
    expect(dependencies(Object.fromEntries([1, 2, 3, 4, 5].map((k) => [`t${k}`, t.map((x) => x ** k)])))).toEqual([]);
  });

  test("the combination that went in comes out, whatever units the columns have", () => {
    const coefficient = fc.integer({ min: -5, max: 5 }).filter((k) => k !== 0);
    const unit = fc.constantFrom(1e-6, 0.01, 1, 1000, 1e6);
    fc.assert(
      fc.property(coefficient, coefficient, fc.integer({ min: -100, max: 100 }), unit, unit, (p, q, level, u, v) => {
        const a = wave(1).map((x) => x * u);
        const b = wave(2.3).map((x) => x * v);
        const c = a.map((x, i) => (p * x) / u + (q * b[i]!) / v + level);
        const [found, ...others] = dependencies({ a, b, c });
        expect(others).toEqual([]);
        const on = new Map(found!.on.map((each) => [each.column, each.coefficient]));
        expect(on.get("a")! * u).toBeCloseTo(p, 9);
        expect(on.get("b")! * v).toBeCloseTo(q, 9);
        expect(on.get("intercept") ?? 0).toBeCloseTo(level, 6);
      }),
    );
  });
});
