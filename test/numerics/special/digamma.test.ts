import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { digamma } from "../../../src/numerics/special/digamma.ts";
import { logGamma } from "../../../src/numerics/special/logGamma.ts";

const EULER = 0.5772156649015329;
const gap = (ours: number, exact: number) => Math.abs(ours - exact) / Math.max(1, Math.abs(exact));

describe("digamma", () => {
  test("ψ(1) = −γ, ψ(½) = −γ − 2 log 2, ψ(¼) = −γ − π/2 − 3 log 2", () => {
    expect(gap(digamma(1), -EULER)).toBeLessThan(1e-15);
    expect(gap(digamma(0.5), -EULER - 2 * Math.LN2)).toBeLessThan(1e-15);
    expect(gap(digamma(0.25), -EULER - Math.PI / 2 - 3 * Math.LN2)).toBeLessThan(1e-15);
  });

  test("recurrence and duplication", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-8, max: 1e6, noNaN: true }), (x) => {
        expect(gap(digamma(x), digamma(x + 1) - 1 / x)).toBeLessThan(1e-14);
        expect(gap(digamma(2 * x), Math.LN2 + (digamma(x) + digamma(x + 0.5)) / 2)).toBeLessThan(1e-14);
      }),
    );
  });

  test("is the slope of log Γ", () => {
    for (const x of [0.3, 1.46, 5, 40, 1e4]) {
      const h = 1e-5 * x;
      expect(gap(digamma(x), (logGamma(x + h) - logGamma(x - h)) / (2 * h))).toBeLessThan(1e-8);
    }
  });
});
