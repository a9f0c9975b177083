import fc from "fast-check";
import { describe, expect, it } from "vitest";
import golden from "../../../fixtures/golden/numerics/matrix/symmetric.json" with { type: "json" };
import { symmetricEigen } from "../../../src/numerics/matrix/eigen.ts";
import { powerScratch, symmetricPower } from "../../../src/numerics/matrix/power.ts";
import { multiply, multiplyTransposed, sandwich } from "../../../src/numerics/matrix/product.ts";
import { identity, largestDifference, matrixOf } from "../../support/matrices.ts";

/** Symmetric n × n, indefinite as a rule. */
const symmetric = fc.integer({ min: 1, max: 8 }).chain((n) =>
  matrixOf(n, n).map((a) => {
    for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) a[i * n + j] = a[j * n + i]!;
    return { n, a };
  }),
);

const diagonal = (values: Float64Array) => {
  const out = new Float64Array(values.length ** 2);
  for (const [i, value] of values.entries()) out[i * values.length + i] = value;
  return out;
};

describe("symmetricEigen", () => {
  it.each(golden.cases)(
    "finds the eigenvalues of $id as 60-digit arithmetic does",
    ({ id, n, matrix, eigenvalues }) => {
      const values = new Float64Array(n);
      symmetricEigen(Float64Array.from(matrix), n, values, new Float64Array(n * n));
      for (let k = 0; k < n; k++) {
        // Scaled to unit diagonal, the Hilbert matrix is as ill-conditioned as before: its doubles do not determine the
        // smallest eigenvalue (1e-10) relative to itself better than ε · 1e10.
        const allowed = id === "hilbert-8" ? 1e-15 : 2e-14 * eigenvalues[k]!;
        expect(Math.abs(values[k]! - eigenvalues[k]!)).toBeLessThanOrEqual(allowed);
      }
    },
  );

  it("decomposes: A = V diag(λ) Vᵀ, VᵀV = I, λ ascending, A untouched", () => {
    fc.assert(
      fc.property(symmetric, ({ n, a }) => {
        const values = new Float64Array(n);
        const vectors = new Float64Array(n * n);
        const before = a.slice();
        symmetricEigen(a, n, values, vectors, new Float64Array(n * n));
        expect(a).toEqual(before);
        for (let k = 1; k < n; k++) expect(values[k]).toBeGreaterThanOrEqual(values[k - 1]!);
        const back = new Float64Array(n * n);
        sandwich(vectors, diagonal(values), n, n, back);
        expect(largestDifference(back, a)).toBeLessThan(1e-13 * 100);
        multiplyTransposed(vectors, vectors, n, n, n, back);
        expect(largestDifference(back, identity(n))).toBeLessThan(1e-14);
      }),
    );
  });

  it("handles zero, diagonal, rank-one and huge or tiny matrices", () => {
    const values = new Float64Array(3);
    const vectors = new Float64Array(9);
    symmetricEigen(new Float64Array(9), 3, values, vectors);
    expect([...values]).toEqual([0, 0, 0]);
    symmetricEigen(Float64Array.of(3, 0, 0, 0, 1, 0, 0, 0, 2), 3, values, vectors);
    expect([...values]).toEqual([1, 2, 3]);
    expect([...vectors]).toEqual([0, 0, 1, 1, 0, 0, 0, 1, 0]);
    for (const scale of [1, 1e300, 1e-300]) {
      symmetricEigen(new Float64Array(9).fill(scale), 3, values, vectors);
      expect(values[2]! / (3 * scale)).toBeCloseTo(1, 14);
      expect(Math.abs(values[0]! / scale)).toBeLessThan(1e-15);
      expect(Math.abs(values[1]! / scale)).toBeLessThan(1e-15);
    }
  });

  it("is right for 200 × 200: second differences have eigenvalues 2 − 2 cos(kπ/(n+1))", () => {
    const n = 200;
    const a = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      a[i * n + i] = 2;
      if (i > 0) {
        a[i * n + i - 1] = -1;
        a[(i - 1) * n + i] = -1;
      }
    }
    const values = new Float64Array(n);
    symmetricEigen(a, n, values, new Float64Array(n * n));
    for (let k = 1; k <= n; k++) {
      const exact = 4 * Math.sin((k * Math.PI) / (2 * (n + 1))) ** 2;
      expect(Math.abs(values[k - 1]! - exact)).toBeLessThan(2e-14);
    }
  });

  it("refuses NaN and infinity", () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => symmetricEigen(Float64Array.of(bad), 1, new Float64Array(1), new Float64Array(1))).toThrow(
        expect.objectContaining({ code: "not-finite" }),
      );
    }
  });
});

describe("symmetricPower", () => {
  it.each(golden.cases)(
    "takes roots of $id as 60-digit arithmetic does",
    ({ id, n, matrix, squareRoot, inverseSquareRoot }) => {
      const out = new Float64Array(n * n);
      const scratch = powerScratch(n);
      const relative = (exact: readonly number[]) => {
        const size = Math.max(...exact.map(Math.abs));
        return largestDifference(out, Float64Array.from(exact)) / size;
      };
      expect(symmetricPower(Float64Array.from(matrix), n, 0.5, out, 0, scratch)).toBe(n);
      // The Hilbert matrix has condition 1e10, see above: √λ is known to ε/√λ.
      expect(relative(squareRoot)).toBeLessThan(id === "hilbert-8" ? 1e-12 : 5e-15);
      symmetricPower(Float64Array.from(matrix), n, -0.5, out, 0, scratch);
      expect(relative(inverseSquareRoot)).toBeLessThan(id === "hilbert-8" ? 1e-6 : 5e-14);
    },
  );

  it("is the Moore–Penrose power on a singular matrix: projector · itself", () => {
    fc.assert(
      fc.property(matrixOf(5, 2), (x) => {
        const n = 5;
        const rounded = x.map((value, k) => Math.round(value) + (k === 0 || k === 3 ? 50 : 0));
        const a = new Float64Array(n * n);
        const transposed = new Float64Array(10);
        for (let i = 0; i < 5; i++) for (let j = 0; j < 2; j++) transposed[j * 5 + i] = rounded[i * 2 + j]!;
        multiply(rounded, transposed, n, 2, n, a);
        const plus = new Float64Array(n * n);
        expect(symmetricPower(a, n, -1, plus)).toBe(2);
        const back = new Float64Array(n * n);
        sandwich(a, plus, n, n, back);
        expect(largestDifference(back, a) / Math.max(...a.map(Math.abs))).toBeLessThan(1e-13);
        const inPlace = a.slice();
        symmetricPower(inPlace, n, -0.5, inPlace);
        multiply(inPlace, inPlace, n, n, n, back);
        expect(largestDifference(back, plus)).toBeLessThan(1e-13);
      }),
    );
  });

  it("counts negative eigenvalues as zero and gives zero for the zero matrix", () => {
    const out = new Float64Array(4);
    expect(symmetricPower(Float64Array.of(-4, 0, 0, 4), 2, -0.5, out)).toBe(1);
    expect([...out]).toEqual([0, 0, 0, 0.5]);
    expect(symmetricPower(new Float64Array(4), 2, -0.5, out)).toBe(0);
    expect([...out]).toEqual([0, 0, 0, 0]);
  });
});
