import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dot, mean, sum } from "../../src/numerics/summation.ts";

/** Doubles are integers times 2^k: their sum is exact in BigInt units of 2⁻¹⁰⁷⁴ … here of 2⁻⁶⁰, on whose grid these values lie. */
const UNIT = 2 ** -60;
const onGrid = fc
  .tuple(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.integer({ min: -30, max: 30 }))
  .map(([m, e]) => m * 2 ** e);
const exact = (x: number): bigint => BigInt(x / UNIT);

describe("sum", () => {
  it("is the exact sum to the last digit or two even under cancellation", () => {
    fc.assert(
      fc.property(fc.array(onGrid, { maxLength: 200 }), (values) => {
        const truth = values.reduce((total, x) => total + exact(x), 0n);
        const size = values.reduce((total, x) => total + Math.abs(x), 0);
        const error = Math.abs(Number(exact(sum(values)) - truth)) * UNIT;
        // Ogita, Rump & Oishi: ε|s| + n² ε² Σ|xᵢ|.
        expect(error).toBeLessThanOrEqual(
          Number.EPSILON * Math.abs(Number(truth) * UNIT) + 40000 * Number.EPSILON ** 2 * size,
        );
      }),
    );
  });

  it("sums what a plain loop loses", () => {
    expect(sum([1, 1e100, 1, -1e100])).toBe(2);
    expect(sum(new Float64Array(10).fill(0.1))).toBe(1);
    expect(sum([])).toBe(0);
  });

  it("refuses NaN, infinity and overflow", () => {
    for (const values of [[Number.NaN], [Number.POSITIVE_INFINITY, 1], [1e308, 1e308]]) {
      expect(() => sum(values)).toThrow(expect.objectContaining({ code: "not-finite" }));
    }
  });
});

describe("mean", () => {
  it("is exact where plain sums are not, and needs values", () => {
    expect(mean(new Float64Array(10).fill(0.1))).toBe(0.1);
    expect(mean([1e16, 1, -1e16])).toBe(1 / 3);
    expect(() => mean([])).toThrow(expect.objectContaining({ code: "not-finite" }));
  });
});

describe("dot", () => {
  it("is the exact inner product to the last digit or two under cancellation", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.maxSafeInteger(), fc.maxSafeInteger()), { maxLength: 100 }), (pairs) => {
        const a = pairs.map(([x]) => x);
        const b = pairs.map(([, y]) => y);
        const truth = pairs.reduce((total, [x, y]) => total + BigInt(x) * BigInt(y), 0n);
        const size = pairs.reduce((total, [x, y]) => total + Math.abs(x * y), 0);
        const error = Math.abs(Number(BigInt(dot(a, b)) - truth));
        expect(error).toBeLessThanOrEqual(
          Number.EPSILON * Math.abs(Number(truth)) + 10000 * Number.EPSILON ** 2 * size,
        );
      }),
    );
  });

  it("keeps a variance with an offset of 1e8", () => {
    const x = [1e8 + 1, 1e8 + 2, 1e8 + 3];
    expect(dot(x, x)).toBe(3 * 1e16 + 12 * 1e8 + 14);
  });

  it("survives factors near the largest double, refuses what overflows", () => {
    expect(dot([2 ** 1010, 1], [8, 1])).toBe(2 ** 1013);
    expect(() => dot([1e200], [1e200])).toThrow(expect.objectContaining({ code: "not-finite" }));
  });
});
