import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareNatural, naturalOrder } from "../../src/data/naturalOrder.ts";

const sorted = (labels: readonly string[]) => Array.from(naturalOrder(labels), (k) => labels[k]);

describe("natural sorted order", () => {
  test.each([
    [
      ["10", "2", "1"],
      ["1", "2", "10"],
    ],
    [
      ["b", "10", "-1", "2.5", "a"],
      ["-1", "2.5", "10", "a", "b"],
    ],
    [
      ["practice 10", "practice 2", "Practice 1"],
      ["Practice 1", "practice 2", "practice 10"],
    ],
    [
      ["P010", "P9", "P10"],
      ["P9", "P010", "P10"],
    ],
    [
      ["usual care", "Intervention", "control"],
      ["control", "Intervention", "usual care"],
    ],
    [
      ["3+", "0", "2", "1"],
      ["0", "1", "2", "3+"],
    ],
    [
      ["é2", "f1", "e1"],
      ["e1", "é2", "f1"],
    ],
    [
      ["a", "A"],
      ["A", "a"],
    ],
    [
      ["x2y10", "x2y9", "x10y1"],
      ["x2y9", "x2y10", "x10y1"],
    ],
  ])("%j", (labels, expected) => {
    expect(sorted(labels)).toEqual(expected);
  });

  const label = fc.oneof(
    fc.string({ maxLength: 6 }),
    fc.integer().map(String),
    fc.tuple(fc.constantFrom("P", "p", "ward ", "é"), fc.nat(300)).map(([word, n]) => `${word}${n}`),
  );

  test("is a total order, and the permutation agrees with the comparison", () => {
    fc.assert(
      fc.property(fc.uniqueArray(label, { maxLength: 12 }), (labels) => {
        const result = sorted(labels) as string[];
        for (let i = 1; i < result.length; i++) expect(compareNatural(result[i - 1]!, result[i]!)).toBeLessThan(0);
        expect(sorted([...labels].reverse())).toEqual(result);
      }),
    );
    fc.assert(
      fc.property(label, label, (a, b) => {
        expect(Math.sign(compareNatural(a, b)) + Math.sign(compareNatural(b, a))).toBe(0);
      }),
    );
  });
});
