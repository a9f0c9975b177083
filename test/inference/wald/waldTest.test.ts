import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { givenDfInference } from "../../../src/inference/wald/givenDfInference.ts";
import { waldEstimate } from "../../../src/inference/wald/waldEstimate.ts";
import { waldTest } from "../../../src/inference/wald/waldTest.ts";

describe("a Wald test", () => {
  test("printed values of R: pt and qt", () => {
    // 2 * pt(-2.5, 7.3); 1.25 -/+ qt(0.975, 7.3) * 0.5
    const t = waldTest("x", 1.25, 0.5, 7.3, 0.95);
    expect(t.statistic).toBe(2.5);
    expect(t.pValue).toBeCloseTo(0.0396502346656005, 14);
    expect(t.lower).toBeCloseTo(0.0774666317261488, 13);
    expect(t.upper).toBeCloseTo(2.422533368273851, 13);
    const z = waldTest("x", 1.25, 0.5, null, 0.95);
    expect(z.pValue).toBeCloseTo(0.0124193306515523, 14);
  });

  test("P is below 1 − level exactly when the interval leaves out the null", () => {
    const value = fc.double({ min: -5, max: 5, noNaN: true });
    const df = fc.option(fc.double({ min: 0.7, max: 300, noNaN: true }));
    const level = fc.double({ min: 0.5, max: 0.999, noNaN: true });
    fc.assert(
      fc.property(value, fc.double({ min: 0.1, max: 3, noNaN: true }), df, level, (b, se, d, coverage) => {
        const { pValue, lower, upper } = waldTest("x", b, se, d, coverage);
        if (Math.abs(pValue - (1 - coverage)) < 1e-9) return;
        expect(lower > 0 || upper < 0).toBe(pValue < 1 - coverage);
      }),
    );
  });

  test("a ratio is reported as a ratio, its working value as a log", () => {
    const quantity = { term: "arm", measure: "risk-ratio", scale: "ratio", unit: "1" } as const;
    const estimate = waldEstimate(quantity, Math.log(2), 0.1, null, 0.95);
    expect(estimate.value).toBeCloseTo(2, 14);
    expect(estimate.test!.nullValue).toBe(1);
    expect(estimate.interval!.lower * estimate.interval!.upper).toBeCloseTo(4, 12);
    expect(estimate.working).toEqual({ scale: "log", value: Math.log(2), standardError: 0.1 });
  });

  test("nothing but finite numbers comes out", () => {
    const code = (run: () => unknown) => {
      try {
        run();
      } catch (problem) {
        return (problem as { code: string }).code;
      }
      return null;
    };
    expect(code(() => waldTest("x", 1, 0, 5, 0.95))).toBe("no-variation");
    expect(code(() => waldTest("x", 1, 1, 0, 0.95))).toBe("no-degrees-of-freedom-left");
    expect(code(() => waldTest("x", 1, 1, 0.001, 0.999))).toBe("no-degrees-of-freedom-left");
    expect(code(() => waldTest("x", Number.NaN, 1, 5, 0.95))).toBe("not-finite");
    expect(code(() => waldTest("x", 1, Number.POSITIVE_INFINITY, 5, 0.95))).toBe("not-finite");
  });
});

test("an F test of one contrast is the t test squared", () => {
  const { test: joint, df } = givenDfInference(Float64Array.of(4, 1, 1, 9), 6);
  const f = joint(Float64Array.of(1, -1), Float64Array.of(2))!;
  const t = waldTest("x", 2, Math.sqrt(11), 6, 0.95);
  expect(df(Float64Array.of(1, 0))).toBe(6);
  expect(f.statistic).toBeCloseTo(t.statistic ** 2, 13);
  expect(f.pValue).toBeCloseTo(t.pValue, 12);
});
