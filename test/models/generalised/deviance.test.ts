import { describe, expect, test } from "vitest";
import { binomial, type Family, gamma, negativeBinomialFamily, poisson } from "../../../src/models/family/family.ts";

// Python's mpmath at 40 digits: 2(ℓ(y; y) − ℓ(μ; y)) of the doubles as written.
const exact: readonly (readonly [Family, number, number, number])[] = [
  [poisson, 0, 0.3, 0.6],
  [poisson, 3, 2.5, 0.09392934076372776],
  [poisson, 1000000000000, 1000000000001.5, 2.24999999999775e-12],
  [poisson, 7, 7.0000001, 1.42857142297831e-15],
  [binomial, 0, 0.3, 0.7133498878774647],
  [binomial, 1, 0.25, 2.772588722239781],
  [binomial, 0.3, 0.31, 0.0004703387391449282],
  [binomial, 0.75, 0.1, 2.3818876080823648],
  [gamma, 2.5, 2.5000001, 1.5999999094296184e-15],
  [gamma, 0.001, 4, 14.588599280204056],
  [gamma, 100, 3, 57.653550872026706],
  [negativeBinomialFamily(2), 0, 0.3, 0.5590477695006347],
  [negativeBinomialFamily(2), 3, 2.5, 0.04032418418546475],
  [negativeBinomialFamily(1e-6), 2387046472, 2400000000.5, 2.923613047434951e-11],
  [negativeBinomialFamily(1000000000.0), 3, 2.5, 0.09392934051372775],
  [negativeBinomialFamily(0.5), 7, 7.0000001, 9.523809401865983e-17],
  [negativeBinomialFamily(1000000000000.0), 1000000000000, 1000000000001.5, 1.1249999999983125e-12],
];

describe("deviance", () => {
  test.each(exact)("%o at %d, %d", (family, outcome, mean, expected) => {
    expect(family.deviance(outcome, mean) / expected).toBeCloseTo(1, 13);
  });

  test("slope of the variance function", () => {
    for (const family of [binomial, poisson, gamma, negativeBinomialFamily(1.7)])
      for (const mean of [0.1, 0.4, 0.8]) {
        const h = 1e-6;
        const slope = (family.variance(mean + h) - family.variance(mean - h)) / (2 * h);
        expect(family.varianceSlope(mean)).toBeCloseTo(slope, 9);
      }
  });
});
