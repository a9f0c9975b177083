import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { logGamma, logGammaOnePlus } from "../../../src/numerics/special/logGamma.ts";
import { logOneMinusExp, logOnePlusMinus, logSumExp } from "../../../src/numerics/special/logOnePlus.ts";
import { scaledErfc } from "../../../src/numerics/special/scaledErfc.ts";
import { stirlingError } from "../../../src/numerics/special/stirlingError.ts";
import { relativeError, Worst } from "../distributions/goldenTable.ts";

const golden: { values: Record<string, [number, number][]> } = JSON.parse(
  readFileSync(new URL("../../../fixtures/golden/numerics/special/functions.json", import.meta.url), "utf8"),
);

const functions: [string, (x: number) => number, number][] = [
  ["logGamma", logGamma, 2e-15],
  ["logGammaOnePlus", logGammaOnePlus, 2e-15],
  ["logOnePlusMinus", logOnePlusMinus, 2e-15],
  ["scaledErfc", scaledErfc, 1e-15],
];

describe("special functions against 50 digits", () => {
  it.each(functions)("%s", async (name, f, tolerance) => {
    const worst = new Worst();
    for (const [x, truth] of golden.values[name]!)
      worst.add(relativeError(f(x), truth), () => `${x}: ${f(x)}, not ${truth}`);
    expect(worst.error, worst.where).toBeLessThan(tolerance);
  });

  it("stirlingError, absolutely: it stands in exponents", () => {
    const worst = new Worst();
    for (const [x, truth] of golden.values["stirlingError"]!) {
      worst.add(
        Math.abs(stirlingError(x) - truth) / Math.max(1, Math.abs(truth)),
        () => `${x}: ${stirlingError(x)}, not ${truth}`,
      );
    }
    expect(worst.error, worst.where).toBeLessThan(1e-15);
  });
});

describe("logarithms of sums and complements", () => {
  it("log(1 − eˣ) at both ends", () => {
    expect(logOneMinusExp(-1e-20)).toBeCloseTo(Math.log(1e-20), 13);
    expect(logOneMinusExp(-50)).toBe(-Math.exp(-50));
    expect(logOneMinusExp(0)).toBe(Number.NEGATIVE_INFINITY);
  });

  it("log(eᵃ + eᵇ) beyond overflow, and with nothing", () => {
    expect(logSumExp(1000, 1000)).toBeCloseTo(1000 + Math.LN2, 12);
    expect(logSumExp(-1000, -1001)).toBeCloseTo(-1000 + Math.log1p(Math.exp(-1)), 12);
    expect(logSumExp(Number.NEGATIVE_INFINITY, -3)).toBe(-3);
    expect(logSumExp(Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY)).toBe(Number.NEGATIVE_INFINITY);
  });
});
