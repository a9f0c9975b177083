import fc from "fast-check";
import { expect, test } from "vitest";
import { compress } from "../../../src/models/linear/compress.ts";
import { largestDifference, matrixOf } from "../../support/matrices.ts";

function compressed(columns: Float64Array, residuals: Float64Array, n: number, s: number) {
  const gram = new Float64Array(s * s);
  const products = new Float64Array(s);
  for (let i = 0; i < n; i++)
    for (let a = 0; a < s; a++) {
      products[a]! += columns[i * s + a]! * residuals[i]!;
      for (let b = 0; b < s; b++) gram[a * s + b]! += columns[i * s + a]! * columns[i * s + b]!;
    }
  const coordinates = new Float64Array(s * s);
  const residual = new Float64Array(s);
  const rank = compress(gram.slice(), products.slice(), s, coordinates, residual, new Float64Array(s));
  const back = new Float64Array(s * s);
  const backProducts = new Float64Array(s);
  for (let k = 0; k < rank; k++)
    for (let a = 0; a < s; a++) {
      backProducts[a]! += coordinates[k * s + a]! * residual[k]!;
      for (let b = 0; b < s; b++) back[a * s + b]! += coordinates[k * s + a]! * coordinates[k * s + b]!;
    }
  return { rank, gram, products, back, backProducts };
}

test("coordinates reproduce the cross-products of any columns", () => {
  fc.assert(
    fc.property(matrixOf(4, 3), matrixOf(4, 1), (columns, residuals) => {
      const { gram, back, products, backProducts, rank } = compressed(columns, residuals, 4, 3);
      expect(rank).toBeLessThanOrEqual(3);
      expect(largestDifference(gram, back)).toBeLessThan(1e-11);
      expect(largestDifference(products, backProducts)).toBeLessThan(1e-11);
    }),
  );
});

test("a repeated column, a combination and a column of zeros take no coordinate, whatever their units", () => {
  const columns = Float64Array.of(1, 1e6, 0, 3, 1, 1e6, 0, 3, 1, 1e6, 0, 3);
  const { rank, gram, back } = compressed(columns, Float64Array.of(1, 2, 4), 3, 4);
  expect(rank).toBe(1);
  expect(largestDifference(gram, back)).toBeLessThan(1e-3 * 1e-8 * 3e12);
});
