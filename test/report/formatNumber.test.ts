import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatDf, formatLevel, formatNumber, formatP } from "../../src/report/formatNumber.ts";

describe("formatNumber", () => {
  test.each<[number | null, string]>([
    [null, "–"],
    [0, "0"],
    [-0, "0"],
    [0.03, "0.03000"],
    [-0.246913, "-0.2469"],
    [9.99996, "10.00"],
    [12345.678, "12346"],
    [99999.7, "100000"],
    [0.0000123456, "0.00001235"],
    [0.00000123456, "1.235e-6"],
    [123456789012, "1.235e11"],
  ])("%d prints %s", (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });

  test("reads back to within half a unit of the last digit shown", () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e12, max: 1e12 }),
        fc.integer({ min: 2, max: 8 }),
        (value, digits) => {
          const back = Number(formatNumber(value, digits));
          expect(Math.abs(back - value)).toBeLessThanOrEqual(0.5000001 * Math.abs(value) * 10 ** (1 - digits));
        },
      ),
    );
  });
});

test.each<[number, string]>([
  [0.819, "0.819"],
  [0.0004, "<0.001"],
  [0.001, "0.001"],
  [1, ">0.999"],
  [0, "<0.001"],
])("P of %d prints %s", (p, text) => {
  expect(formatP(p)).toBe(text);
});

test("degrees of freedom and coverage", () => {
  expect([37, 36.99999999, 34.56, null].map(formatDf)).toEqual(["37", "37", "34.6", "–"]);
  expect([0.95, 0.999, 0.9].map(formatLevel)).toEqual(["95%", "99.9%", "90%"]);
});
