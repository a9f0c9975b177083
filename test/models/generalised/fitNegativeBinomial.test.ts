import { describe, expect, test } from "vitest";
import { columnSource } from "../../../src/data/columnSource.ts";
import { groupingFromLabels } from "../../../src/data/groupingOf.ts";
import { logLink } from "../../../src/models/family/link.ts";
import { fitNegativeBinomial } from "../../../src/models/generalised/fitNegativeBinomial.ts";
import { negativeBinomial } from "../../../src/numerics/distributions/index.ts";
import { type RandomStream, randomStream } from "../../../src/numerics/random/randomStream.ts";

const regress = (columns: readonly ArrayLike<number>[], y: ArrayLike<number>, weights: Float64Array | null = null) =>
  fitNegativeBinomial(
    {
      terms: ["intercept", ...columns.map((_, k) => `x${k + 1}`)],
      design: columnSource([new Float64Array(y.length).fill(1), ...columns]),
      response: { values: Float64Array.from(y), weights, offset: null },
      cluster: groupingFromLabels(
        "practice",
        Array.from(y, (_, i) => i % 12),
      ),
    },
    logLink,
  );

const arm = Array.from({ length: 240 }, (_, i) => i % 2);
/** Counts whose mean varies as a gamma variable of whole-number shape. */
function counts(seed: number, shape: number, level: number): number[] {
  const stream = randomStream(seed);
  return arm.map((a) => {
    let rate = 0;
    for (let k = 0; k < shape; k++) rate += stream.exponential() / shape;
    return poissonDraw(stream, level * Math.exp(0.3 * a) * rate);
  });
}
function poissonDraw(stream: RandomStream, mean: number): number {
  // By the normal where there are very many: only the size matters here.
  if (mean > 500) return Math.max(0, Math.round(mean + Math.sqrt(mean) * stream.normal()));
  let left = mean;
  let events = -1;
  do {
    left -= stream.exponential();
    events++;
  } while (left > 0);
  return events;
}

describe("negative binomial regression", () => {
  test.each([
    ["few events", 0.4, 1],
    ["counts of a dozen", 12, 2],
    ["counts of a hundred million", 1e8, 3],
  ] as const)("%s: no θ nor β nearby is likelier", (_, level, shape) => {
    const y = counts(31, shape, level);
    const { fit, theta } = regress([arm], y);
    const at = (size: number, b: Float64Array) =>
      y.reduce((sum, value, i) => sum + negativeBinomial.logDensity(value, size, Math.exp(b[0]! + arm[i]! * b[1]!)), 0);
    const best = at(theta!, fit.coefficients);
    for (const step of [-0.02, 0.02]) {
      expect(at(theta! * (1 + step), fit.coefficients)).toBeLessThan(best);
      expect(
        at(
          theta!,
          fit.coefficients.map((value) => value + step / 3),
        ),
      ).toBeLessThan(best);
    }
    // A small step down on either side is of second order, so that the score in log θ is zero.
    const slope = (at(theta! * 1.0001, fit.coefficients) - at(theta! * 0.9999, fit.coefficients)) / 0.0002;
    expect(Math.abs(slope)).toBeLessThan(1e-4 * Math.max(1, Math.abs(best) * 1e-6));
  });

  test("two arms: the means are the arms' means", () => {
    const y = counts(5, 1, 6);
    const { fit } = regress([arm], y);
    const mean = (a: number) => y.reduce((sum, value, i) => sum + (arm[i] === a ? value : 0), 0) / 120;
    expect(Math.exp(fit.coefficients[0]!)).toBeCloseTo(mean(0), 11);
    expect(Math.exp(fit.coefficients[0]! + fit.coefficients[1]!)).toBeCloseTo(mean(1), 11);
  });

  test("counts less variable than Poisson counts: the Poisson model, and θ is not a number", () => {
    const y = arm.map((a, i) => 3 + a + (i % 3 === 0 ? 1 : 0));
    const { fit, theta } = regress([arm], y);
    expect(theta).toBeNull();
    expect(fit.family.id).toBe("poisson");
  });

  test("hardly overdispersed: a large θ, found", () => {
    const stream = randomStream(8);
    for (let seed = 0; seed < 10; seed++) {
      const y = arm.map(() => poissonDraw(stream, 4));
      const { theta } = regress([arm], y);
      if (theta !== null) expect(theta).toBeGreaterThan(8);
    }
  });

  test("weights are repetitions", () => {
    const y = counts(9, 1, 3);
    const once = regress([arm], y, new Float64Array(240).fill(2));
    const twice = regress([[...arm, ...arm]], [...y, ...y]);
    expect(once.theta! / twice.theta!).toBeCloseTo(1, 11);
    expect(once.fit.coefficients[1]!).toBeCloseTo(twice.fit.coefficients[1]!, 12);
  });
});
