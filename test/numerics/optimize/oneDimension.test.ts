import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findRoot } from "../../../src/numerics/optimize/findRoot.ts";
import { minimiseOnInterval } from "../../../src/numerics/optimize/minimiseOnInterval.ts";

describe("findRoot", () => {
  it("finds roots that have a closed form to all digits, in few evaluations", () => {
    const cases: [(x: number) => number, number, number, number][] = [
      [(x) => x * x - 2, 0, 5, Math.SQRT2],
      [(x) => Math.exp(x) - 10, -5, 20, Math.LN10],
      [(x) => Math.cos(x), 0, 3, Math.PI / 2],
      [(x) => x ** 3 - 1e-9, -1, 10, 1e-3],
      [(x) => Math.atan(x - 1e6), 0, 1e9, 1e6],
    ];
    for (const [f, lower, upper, root] of cases) {
      for (const [from, to] of [
        [lower, upper],
        [upper, lower],
      ] as const) {
        const found = findRoot(f, from, to);
        expect(found.converged).toBe(true);
        expect(Math.abs(found.argument[0]! / root - 1)).toBeLessThan(1e-15);
        expect(found.evaluations).toBeLessThan(80);
      }
    }
    expect(findRoot((x) => x * x - 2, 0, 5).evaluations).toBeLessThan(14);
  });

  it("brackets the sign change of any increasing cubic to the last bits", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e3, max: 1e3, noNaN: true }),
        fc.double({ min: 0, max: 10, noNaN: true }),
        (root, slope) => {
          const f = (x: number) => (x - root) ** 3 + slope * (x - root);
          const found = findRoot(f, -2e3, 3e3);
          expect(found.converged).toBe(true);
          expect(Math.abs(found.argument[0]! - root)).toBeLessThanOrEqual(4e-16 * Math.abs(root) + 1e-100);
        },
      ),
    );
  });

  it("ends at a root among the numbers too small to have all digits", () => {
    const root = -1e-323;
    const found = findRoot((x) => (x - root) ** 3 + 0.4 * (x - root), -2e3, 3e3);
    expect(found.converged).toBe(true);
    expect(Math.abs(found.argument[0]!)).toBeLessThan(1e-307);
  });

  it("respects a tolerance, infinite values, roots at an end, and a limit of iterations", () => {
    const rough = findRoot((x) => x * x - 2, 0, 5, { tolerance: 0.01 });
    expect(Math.abs(rough.argument[0]! - Math.SQRT2)).toBeLessThan(0.01);
    const step = findRoot((x) => (x < 0.3 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY), 0, 1);
    expect(step.argument[0]).toBeCloseTo(0.3, 15);
    expect(findRoot((x) => x, 0, 1).argument[0]).toBe(0);
    expect(findRoot((x) => x - 1, 0, 1).argument[0]).toBe(1);
    expect(findRoot((x) => x * x - 2, 0, 5, { maxIterations: 2 })).toMatchObject({
      converged: false,
      reason: "iterations exhausted",
    });
  });

  it("refuses an interval without a sign change, and NaN", () => {
    expect(() => findRoot((x) => x * x + 1, -1, 1)).toThrow(expect.objectContaining({ code: "not-bracketed" }));
    expect(() => findRoot(() => Number.NaN, -1, 1)).toThrow(expect.objectContaining({ code: "not-finite" }));
  });
});

describe("minimiseOnInterval", () => {
  it("finds minima that have a closed form, as far as function values determine them", () => {
    const cases: [(x: number) => number, number, number, number][] = [
      [(x) => (x - 1 / 3) ** 2, 0, 1, 1 / 3],
      [(x) => x * Math.log(x), 0, 2, Math.exp(-1)],
      [(x) => -Math.sin(x) / x, 5, 10, 7.725251836937707],
      [(x) => Math.cosh(x - 50), -100, 100, 50],
      [(x) => Math.abs(x - 0.7), 0, 1, 0.7],
    ];
    for (const [f, lower, upper, argument] of cases) {
      const found = minimiseOnInterval(f, lower, upper);
      expect(found.converged).toBe(true);
      expect(Math.abs(found.argument[0]! - argument)).toBeLessThan(1e-7 * Math.max(1, Math.abs(argument)));
      expect(found.value).toBe(f(found.argument[0]!));
      expect(found.evaluations).toBeLessThan(80);
    }
  });

  it("returns a minimum on the boundary as exactly that point", () => {
    expect(minimiseOnInterval((x) => x, 0, 1).argument[0]).toBe(0);
    expect(minimiseOnInterval((x) => -x, 0, 1).argument[0]).toBe(1);
    expect(minimiseOnInterval((x) => (x + 1e-9) ** 2, 0, 1).argument[0]).toBe(0);
    expect(minimiseOnInterval((x) => (x > 0.5 ? Number.NaN : -x), 0, 1).argument[0]).toBeCloseTo(0.5, 6);
  });

  it("does no worse than a grid, up to its own tolerance, on unimodal functions", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -5, max: 6, noNaN: true }),
        fc.double({ min: 0.5, max: 4, noNaN: true }),
        (centre, power) => {
          const f = (x: number) => Math.abs(x - centre) ** power;
          const found = minimiseOnInterval(f, -4, 4);
          for (let x = -4; x <= 4; x += 0.25) expect(found.value).toBeLessThanOrEqual(Math.max(f(x), 1e-7 ** power));
        },
      ),
    );
  });
});
