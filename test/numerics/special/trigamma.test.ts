import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { trigamma } from "../../../src/numerics/special/trigamma.ts";

const relative = (ours: number, exact: number) => Math.abs(ours - exact) / exact;

describe("trigamma", () => {
  test("ψ′(1) = π²/6, ψ′(½) = π²/2, ψ′(¼) = π² + 8 Catalan", () => {
    expect(relative(trigamma(1), Math.PI ** 2 / 6)).toBeLessThan(1e-15);
    expect(relative(trigamma(0.5), Math.PI ** 2 / 2)).toBeLessThan(1e-15);
    expect(relative(trigamma(0.25), Math.PI ** 2 + 8 * 0.915965594177219)).toBeLessThan(1e-15);
  });

  test("recurrence and duplication", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-8, max: 1e6, noNaN: true }), (x) => {
        expect(relative(trigamma(x), 1 / (x * x) + trigamma(x + 1))).toBeLessThan(1e-14);
        expect(relative(4 * trigamma(2 * x), trigamma(x) + trigamma(x + 0.5))).toBeLessThan(1e-14);
      }),
    );
  });

  test("far out it is 1/x", () => {
    expect(relative(trigamma(1e300), 1e-300)).toBeLessThan(1e-15);
  });
});
