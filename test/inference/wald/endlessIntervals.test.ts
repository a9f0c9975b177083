import { expect, test } from "vitest";
import type { Quantity } from "../../../src/contract/estimate.ts";
import { normalInference } from "../../../src/inference/fixedEffectInference.ts";
import { waldEstimate } from "../../../src/inference/wald/waldEstimate.ts";

const ratio: Quantity = { term: "arm[1]", measure: "rate-ratio", scale: "ratio", unit: "1" };
const code = (run: () => unknown) => {
  try {
    run();
  } catch (problem) {
    return (problem as { code: string }).code;
  }
  return null;
};

test("a ratio whose upper limit is beyond any number is a problem: of degrees of freedom, or of size", () => {
  expect(code(() => waldEstimate(ratio, 0.3, 40, 0.5, 0.95))).toBe("no-degrees-of-freedom-left");
  expect(code(() => waldEstimate(ratio, 0.3, 400, null, 0.95))).toBe("not-finite");
  const wide = waldEstimate(ratio, 0.3, 100, null, 0.95);
  expect(wide.interval!.upper).toBeGreaterThan(1e80);
  // A lower limit may round to zero; that is a number.
  expect(waldEstimate(ratio, -600, 100, null, 0.95).interval!.lower).toBe(0);
});

test("contrasts with a singular covariance have no joint test", () => {
  const { test: joint } = normalInference(Float64Array.of(1, 1, 1, 1));
  expect(joint(Float64Array.of(1, 0, 0, 1), Float64Array.of(0.2, 0.4))).toBeNull();
});
