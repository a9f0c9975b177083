import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  cholesky,
  choleskyInverse,
  choleskyLogDeterminant,
  choleskySolve,
  pivotedCholesky,
  solveLower,
  solveLowerTransposed,
} from "../../../src/numerics/matrix/cholesky.ts";
import { multiply, multiplyTransposed } from "../../../src/numerics/matrix/product.ts";
import { identity, largestDifference, matrixOf } from "../../support/matrices.ts";

/** XᵀX + I of a random n × n X: positive definite and well conditioned. */
const positiveDefinite = fc.integer({ min: 1, max: 9 }).chain((n) =>
  matrixOf(n, n).map((x) => {
    const a = new Float64Array(n * n);
    multiplyTransposed(x, x, n, n, n, a);
    for (let i = 0; i < n; i++) a[i * n + i]! += 1;
    return { n, a };
  }),
);

describe("cholesky", () => {
  it("factors: A = L Lᵀ, zeros above the diagonal, in place or not", () => {
    fc.assert(
      fc.property(positiveDefinite, ({ n, a }) => {
        const l = new Float64Array(n * n).fill(7);
        expect(cholesky(a, n, l)).toBe(true);
        const inPlace = a.slice();
        expect(cholesky(inPlace, n, inPlace)).toBe(true);
        expect(inPlace).toEqual(l);
        const back = new Float64Array(n * n);
        const transposed = new Float64Array(n * n);
        for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) transposed[j * n + i] = l[i * n + j]!;
        multiply(l, transposed, n, n, n, back);
        expect(largestDifference(back, a)).toBeLessThan(1e-12 * n * 200);
        for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) expect(l[i * n + j]).toBe(0);
      }),
    );
  });

  it("inverts and solves: A A⁻¹ = I, A (A⁻¹ B) = B", () => {
    fc.assert(
      fc.property(
        positiveDefinite.chain(({ n, a }) => matrixOf(n, 3).map((b) => ({ n, a, b }))),
        ({ n, a, b }) => {
          const l = new Float64Array(n * n);
          cholesky(a, n, l);
          const inverse = new Float64Array(n * n);
          choleskyInverse(l, n, inverse);
          const product = new Float64Array(n * n);
          multiply(a, inverse, n, n, n, product);
          expect(largestDifference(product, identity(n))).toBeLessThan(1e-9);
          const inPlace = l.slice();
          choleskyInverse(inPlace, n, inPlace);
          expect(inPlace).toEqual(inverse);

          const solution = new Float64Array(n * 3);
          choleskySolve(l, n, b, solution, 3);
          const back = new Float64Array(n * 3);
          multiply(a, solution, n, n, 3, back);
          expect(largestDifference(back, b)).toBeLessThan(1e-9);
        },
      ),
    );
  });

  it("has the exact factor, determinant and inverse of a Hilbert matrix", () => {
    // |H₄| = 1/6048000; H₄⁻¹ is a matrix of integers.
    const hilbert = Float64Array.from({ length: 16 }, (_, k) => 1 / (Math.floor(k / 4) + (k % 4) + 1));
    const l = new Float64Array(16);
    expect(cholesky(hilbert, 4, l)).toBe(true);
    expect(choleskyLogDeterminant(l, 4)).toBeCloseTo(-Math.log(6048000), 10);
    const inverse = new Float64Array(16);
    choleskyInverse(l, 4, inverse);
    const exact = [16, -120, 240, -140, -120, 1200, -2700, 1680, 240, -2700, 6480, -4200, -140, 1680, -4200, 2800];
    for (let k = 0; k < 16; k++) expect(inverse[k]! / exact[k]!).toBeCloseTo(1, 11);
  });

  it("refuses what is not positive definite to working precision", () => {
    const out = new Float64Array(4);
    expect(cholesky(Float64Array.of(1, 2, 2, 1), 2, out)).toBe(false);
    expect(cholesky(Float64Array.of(1, 1, 1, 1), 2, out)).toBe(false);
    expect(cholesky(Float64Array.of(1, 0.1, 0.1, 0.1 * 0.1), 2, out)).toBe(false);
    expect(cholesky(Float64Array.of(0, 0, 0, 1), 2, out)).toBe(false);
    expect(cholesky(Float64Array.of(1, 0, 0, Number.NaN), 2, out)).toBe(false);
    expect(cholesky(Float64Array.of(1, Number.NaN, Number.NaN, 1), 2, out)).toBe(false);
    expect(cholesky(Float64Array.of(Number.POSITIVE_INFINITY, 0, 0, 1), 2, out)).toBe(false);
    expect(cholesky(new Float64Array(0), 0, out)).toBe(true);
  });

  it("solves with either triangle in place", () => {
    const l = Float64Array.of(2, 99, 3, 4);
    const b = Float64Array.of(2, 11);
    solveLower(l, 2, b, b);
    expect([...b]).toEqual([1, 2]);
    const c = Float64Array.of(8, 8);
    solveLowerTransposed(l, 2, c, c);
    expect([...c]).toEqual([1, 2]);
  });
});

describe("pivotedCholesky", () => {
  it("finds the rank of Gram matrices of any units, and reproduces them", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }).chain((r) =>
          fc.record({
            r: fc.constant(r),
            basis: matrixOf(12, r),
            mix: matrixOf(r, 7 - r),
            units: fc.array(fc.integer({ min: -30, max: 30 }), { minLength: 7, maxLength: 7 }),
          }),
        ),
        ({ r, basis, mix, units }) => {
          // Integers, so that dependence is exact; an identity block keeps the basis independent.
          const x = new Float64Array(12 * 7);
          for (let i = 0; i < 12; i++) {
            for (let j = 0; j < r; j++) x[i * 7 + j] = Math.round(basis[i * r + j]!) + (i === j ? 100 : 0);
            for (let j = r; j < 7; j++) {
              let value = 0;
              for (let k = 0; k < r; k++) value += x[i * 7 + k]! * Math.round(mix[k * (7 - r) + j - r]!);
              x[i * 7 + j] = value;
            }
            for (let j = 0; j < 7; j++) x[i * 7 + j]! *= 2 ** units[j]!;
          }
          const a = new Float64Array(49);
          multiplyTransposed(x, x, 7, 12, 7, a);
          const { factor, pivots, rank } = pivotedCholesky(a, 7, 1e-10);
          expect(rank).toBe(r);
          expect([...pivots].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
          for (let i = 0; i < 7; i++) {
            for (let j = 0; j < 7; j++) {
              let value = 0;
              for (let k = 0; k < 7; k++) value += factor[i * 7 + k]! * factor[j * 7 + k]!;
              const p = pivots[i]!;
              const q = pivots[j]!;
              const scale = Math.sqrt(a[p * 7 + p]! * a[q * 7 + q]!);
              expect(Math.abs(value - a[p * 7 + q]!)).toBeLessThanOrEqual(1e-10 * scale);
            }
          }
        },
      ),
    );
  });

  it("takes row 0 first and leaves a zero row for last", () => {
    const { pivots, rank } = pivotedCholesky(Float64Array.of(1, 0, 1, 0, 0, 0, 1, 0, 5), 3);
    expect(rank).toBe(2);
    expect([...pivots]).toEqual([0, 2, 1]);
  });
});
