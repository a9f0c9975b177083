import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  multiply,
  multiplyTransposed,
  quadraticForm,
  sandwich,
  traceOfProduct,
} from "../../../src/numerics/matrix/product.ts";
import { matrixOf } from "../../support/matrices.ts";

// Integer entries: every product is exact, so the laws hold to the last bit.
const integers = (rows: number, cols: number) => matrixOf(rows, cols).map((m) => m.map(Math.round).map((v) => v + 0));
const transpose = (a: Float64Array, rows: number, cols: number) =>
  Float64Array.from({ length: rows * cols }, (_, k) => a[(k % rows) * cols + Math.floor(k / rows)]!);

describe("products", () => {
  it("multiplies a printed example", () => {
    const out = new Float64Array(4).fill(9);
    multiply(Float64Array.of(1, 2, 3, 4, 5, 6), Float64Array.of(7, 8, 9, 10, 11, 12), 2, 3, 2, out);
    expect([...out]).toEqual([58, 64, 139, 154]);
  });

  it("obeys the laws that tie the five together", () => {
    fc.assert(
      fc.property(integers(4, 3), integers(3, 3), integers(4, 2), (a, raw, b) => {
        const s = new Float64Array(9);
        multiplyTransposed(raw, raw, 3, 3, 3, s);
        const at = transpose(a, 4, 3);

        const transposedProduct = new Float64Array(6);
        multiplyTransposed(a, b, 3, 4, 2, transposedProduct);
        const plain = new Float64Array(6);
        multiply(at, b, 3, 4, 2, plain);
        expect(transposedProduct).toEqual(plain);

        const as = new Float64Array(12);
        multiply(a, s, 4, 3, 3, as);
        const asat = new Float64Array(16);
        multiply(as, at, 4, 3, 4, asat);
        const out = new Float64Array(16);
        sandwich(a, s, 4, 3, out, new Float64Array(3));
        expect(out).toEqual(asat);

        let trace = 0;
        for (let i = 0; i < 4; i++) trace += asat[i * 4 + i]!;
        const cross = new Float64Array(9);
        multiplyTransposed(a, a, 3, 4, 3, cross);
        expect(traceOfProduct(s, cross, 3)).toBe(trace);
        let forms = 0;
        for (let i = 0; i < 4; i++) forms += quadraticForm(s, a.subarray(i * 3, i * 3 + 3), 3);
        expect(forms).toBe(trace);
      }),
    );
  });
});
