import { describe, expect, it } from "vitest";
import golden from "../../../fixtures/golden/numerics/random/elementary.json" with { type: "json" };
import { portableExp, portableLog } from "../../../src/numerics/random/elementary.ts";
import { portableNormalQuantile } from "../../../src/numerics/random/portableNormalQuantile.ts";

/** Distance in units of the last place of the exact value. */
const unitsOff = (value: number, exact: number): number => {
  const unit = Math.max(2 ** (Math.floor(Math.log2(Math.abs(exact))) - 52), 2 ** -1074);
  return Math.abs(value - exact) / unit;
};
const worst = (f: (x: number) => number, cases: readonly (readonly number[])[]) =>
  Math.max(...cases.map(([x, exact]) => (exact === 0 ? Math.abs(f(x!)) : unitsOff(f(x!), exact!))));

describe("portable elementary functions", () => {
  it("stay within one unit in the last place of 40-digit arithmetic", () => {
    expect(worst(portableLog, golden.log)).toBeLessThanOrEqual(1);
    expect(worst(portableExp, golden.exp)).toBeLessThanOrEqual(1);
  });

  it("give normal quantiles to a few units in the last place", () => {
    expect(worst(portableNormalQuantile, golden.normalQuantile)).toBeLessThanOrEqual(8);
  });

  it("are exact where mathematics is, and right at the ends of their domain", () => {
    expect(portableLog(1)).toBe(0);
    expect(portableExp(0)).toBe(1);
    expect(portableNormalQuantile(0.5)).toBe(0);
    expect(portableLog(0)).toBe(Number.NEGATIVE_INFINITY);
    expect(portableLog(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
    expect(portableLog(-1)).toBeNaN();
    expect(portableExp(710)).toBe(Number.POSITIVE_INFINITY);
    expect(portableExp(Number.NEGATIVE_INFINITY)).toBe(0);
    expect(portableExp(Number.NaN)).toBeNaN();
  });

  it("are monotone across the seams of their reductions", () => {
    for (const seam of [Math.SQRT1_2, 1, Math.SQRT2, 2, 2.2250738585072014e-308]) {
      for (let k = -40; k < 40; k++) {
        const x = seam * (1 + k * Number.EPSILON);
        expect(portableLog(x + x * Number.EPSILON)).toBeGreaterThanOrEqual(portableLog(x));
      }
    }
    for (const seam of [Math.LN2 / 2, -Math.LN2 / 2, 3 * (Math.LN2 / 2)]) {
      for (let k = -40; k < 40; k++) {
        const x = seam * (1 + k * Number.EPSILON);
        expect(portableExp(x + Math.abs(x) * Number.EPSILON)).toBeGreaterThanOrEqual(portableExp(x));
      }
    }
  });
});
