import fc from "fast-check";
import { describe, expect, it } from "vitest";
import golden from "../../../fixtures/golden/numerics/matrix/leastSquares.json" with { type: "json" };
import inverses from "../../../fixtures/golden/numerics/matrix/pseudoInverse.json" with { type: "json" };
import { multiply } from "../../../src/numerics/matrix/product.ts";
import { pseudoInverse } from "../../../src/numerics/matrix/pseudoInverse.ts";
import { leastSquares } from "../../../src/numerics/matrix/qr.ts";
import { largestDifference, matrixOf } from "../../support/matrices.ts";

describe("leastSquares", () => {
  it.each(golden.cases)("solves $id to 13 digits, however ill-conditioned", ({ id, rows, cols, x, y, ...exact }) => {
    const fit = leastSquares(Float64Array.from(x), rows, cols, Float64Array.from(y));
    expect(fit.rank).toBe(cols);
    for (let k = 0; k < cols; k++)
      expect(Math.abs(fit.coefficients[k]! / exact.coefficients[k]! - 1)).toBeLessThan(1e-13);
    expect(Math.abs(fit.residualSumOfSquares / exact.residualSumOfSquares - 1)).toBeLessThan(1e-13);
    // The inverse is not refined: it has the digits that the condition of X leaves (1e11 for the years).
    const loose = id === "powers-of-years" ? 1e-4 : 1e-9;
    for (let k = 0; k < cols * cols; k++) {
      expect(Math.abs(fit.inverseCross[k]! / exact.inverseCross[k]! - 1)).toBeLessThan(loose);
    }
  });

  it("drops the later of dependent columns, whatever their units", () => {
    const rows = 6;
    const x = new Float64Array(rows * 4);
    for (let i = 0; i < rows; i++) x.set([1, i % 2, (1 - (i % 2)) * 1e9, i * 1e-7], i * 4);
    const y = Float64Array.from({ length: rows }, (_, i) => 3 + 2 * (i % 2) + 5 * i);
    const fit = leastSquares(x, rows, 4, y);
    expect(fit.rank).toBe(3);
    expect([...fit.pivots]).toEqual([0, 1, 3, 2]);
    expect(fit.coefficients[0]).toBeCloseTo(3, 12);
    expect(fit.coefficients[1]).toBeCloseTo(2, 12);
    expect(fit.coefficients[2]).toBe(0);
    expect(fit.coefficients[3]! * 1e-7).toBeCloseTo(5, 12);
    expect(fit.residualSumOfSquares).toBeLessThan(1e-25);
    expect(fit.inverseCross[2 * 4 + 2]).toBe(0);
  });

  it("has residuals orthogonal to every column, more columns than rows included", () => {
    fc.assert(
      fc.property(
        fc
          .record({ rows: fc.integer({ min: 1, max: 10 }), cols: fc.integer({ min: 1, max: 5 }) })
          .chain(({ rows, cols }) =>
            fc.record({
              rows: fc.constant(rows),
              cols: fc.constant(cols),
              x: matrixOf(rows, cols),
              y: matrixOf(rows, 1),
            }),
          ),
        ({ rows, cols, x, y }) => {
          const fit = leastSquares(x, rows, cols, y, 1e-6);
          expect(fit.rank).toBeLessThanOrEqual(Math.min(rows, cols));
          const fitted = new Float64Array(rows);
          multiply(x, fit.coefficients, rows, cols, 1, fitted);
          let squares = 0;
          for (let i = 0; i < rows; i++) squares += (y[i]! - fitted[i]!) ** 2;
          expect(Math.abs(squares - fit.residualSumOfSquares)).toBeLessThan(1e-6);
          for (let k = 0; k < fit.rank; k++) {
            let inner = 0;
            let length = 0;
            for (let i = 0; i < rows; i++) {
              inner += x[i * cols + fit.pivots[k]!]! * (y[i]! - fitted[i]!);
              length += x[i * cols + fit.pivots[k]!]! ** 2;
            }
            expect(Math.abs(inner)).toBeLessThanOrEqual(1e-7 * Math.sqrt(length));
          }
        },
      ),
    );
  });

  it("refuses NaN in X or y", () => {
    const bad = expect.objectContaining({ code: "not-finite" });
    expect(() => leastSquares(Float64Array.of(1, Number.NaN), 2, 1, Float64Array.of(1, 2))).toThrow(bad);
    expect(() => leastSquares(Float64Array.of(1, 1), 2, 1, Float64Array.of(1, Number.NaN))).toThrow(bad);
  });
});

describe("pseudoInverse", () => {
  it.each(inverses.cases)("agrees with exact rational arithmetic for $id", ({ rows, cols, matrix, ...exact }) => {
    const plus = pseudoInverse(Float64Array.from(matrix), rows, cols);
    const size = Math.max(...exact.pseudoInverse.map(Math.abs));
    expect(largestDifference(plus, Float64Array.from(exact.pseudoInverse)) / size).toBeLessThan(1e-13);
  });

  it("meets Penrose's conditions A A⁺ A = A and A⁺ A A⁺ = A⁺ on matrices of any rank and scale", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }).chain((r) =>
          fc.record({
            r: fc.constant(r),
            left: matrixOf(6, r),
            right: matrixOf(r, 4),
            power: fc.integer({ min: -90, max: 90 }),
          }),
        ),
        ({ r, left, right, power }) => {
          const a = new Float64Array(24);
          multiply(
            left.map((v, k) => Math.round(v) + (k % (r + 1) === 0 ? 40 : 0)),
            right.map(Math.round),
            6,
            r,
            4,
            a,
          );
          for (let k = 0; k < 24; k++) a[k]! *= 2 ** power;
          const plus = pseudoInverse(a, 6, 4);
          const half = new Float64Array(36);
          const back = new Float64Array(24);
          multiply(a, plus, 6, 4, 6, half);
          multiply(half, a, 6, 6, 4, back);
          const size = Math.max(...a.map(Math.abs));
          expect(largestDifference(back, a)).toBeLessThanOrEqual(1e-12 * size);
        },
      ),
    );
  });

  it("is zero for the zero matrix", () => {
    expect([...pseudoInverse(new Float64Array(6), 2, 3)]).toEqual([0, 0, 0, 0, 0, 0]);
  });
});
