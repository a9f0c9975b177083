import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  bootstrapIntervals,
  bootstrapLimits,
  bootstrapPValue,
} from "../../../src/inference/bootstrap/bootstrapLimits.ts";
import { bootstrapQuantile } from "../../../src/inference/bootstrap/bootstrapQuantile.ts";
import { normal } from "../../../src/numerics/distributions/index.ts";
import { randomStream } from "../../../src/numerics/random/randomStream.ts";

const sample = (seed: number, count: number, skewed: boolean) => {
  const stream = randomStream(seed);
  return Float64Array.from({ length: count }, () => (skewed ? stream.exponential() - 1 : stream.normal())).sort();
};

const distributions = fc.record({
  seed: fc.integer({ min: 1, max: 1e6 }),
  count: fc.integer({ min: 99, max: 500 }),
  skewed: fc.boolean(),
  observed: fc.double({ min: -0.5, max: 0.5, noNaN: true }),
  acceleration: fc.double({ min: -0.15, max: 0.15, noNaN: true }),
  nullValue: fc.double({ min: -3, max: 3, noNaN: true }),
});

test("quantiles are order statistics where (B + 1)α is whole, and extremes beyond", () => {
  const sorted = Float64Array.from({ length: 9999 }, (_, k) => k + 1);
  expect(bootstrapQuantile(sorted, 0.025)).toBe(250);
  expect(bootstrapQuantile(sorted, 0.975)).toBe(9750);
  expect(bootstrapQuantile(sorted, 1e-6)).toBe(1);
  expect(bootstrapQuantile(sorted, 1)).toBe(9999);
});

describe.each(bootstrapIntervals)("%s", (interval) => {
  test("turning every sign turns the interval round and keeps P", () => {
    fc.assert(
      fc.property(distributions, ({ seed, count, skewed, observed, acceleration, nullValue }) => {
        const sorted = sample(seed, count, skewed);
        const given = { observed, sorted, standardError: 0.7, acceleration };
        const turned = {
          observed: -observed,
          sorted: sorted.map((x) => -x).sort(),
          standardError: 0.7,
          acceleration: -acceleration,
        };
        const [one, other] = [bootstrapLimits(interval, given, 0.95), bootstrapLimits(interval, turned, 0.95)];
        expect(one.lower).toBeCloseTo(-other.upper, 10);
        expect(one.upper).toBeCloseTo(-other.lower, 10);
        expect(bootstrapPValue(interval, given, nullValue)).toBeCloseTo(
          bootstrapPValue(interval, turned, -nullValue),
          10,
        );
      }),
      { numRuns: 60 },
    );
  });

  test("P is at most 1 − level just where the interval excludes the null value, to a replicate", () => {
    fc.assert(
      fc.property(distributions, ({ seed, count, skewed, observed, acceleration, nullValue }) => {
        const given = { observed, sorted: sample(seed, count, skewed), standardError: 0.7, acceleration };
        const p = bootstrapPValue(interval, given, nullValue);
        expect(p).toBeGreaterThanOrEqual(2 / (count + 1) - 1e-15);
        expect(p).toBeLessThanOrEqual(1);
        // A replicate more or less at each tail, carried through the adjustment.
        for (const [level, inside] of [
          [1 - 0.6 * p - 4 / count, false],
          [1 - Math.min(0.999, 1.5 * p + 12 / count), true],
        ] as const) {
          if (!(level > 0.05 && level < 0.97)) continue;
          const { lower, upper, extreme } = bootstrapLimits(interval, given, level);
          if (extreme) continue;
          if (inside) expect(nullValue < lower || nullValue > upper).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });
});

test("BCa without bias and acceleration is the percentile interval", () => {
  const half = sample(3, 500, false).map(Math.abs);
  const sorted = Float64Array.from([...half, ...half.map((x) => -x)]).sort();
  const given = { observed: 0, sorted, standardError: 1, acceleration: 0 };
  const [bca, percentile] = [bootstrapLimits("bca", given, 0.9), bootstrapLimits("percentile", given, 0.9)];
  expect(bca.lower).toBeCloseTo(percentile.lower, 12);
  expect(bca.upper).toBeCloseTo(percentile.upper, 12);
});

test("BCa takes back a normalising transformation: quantiles of a lognormal about its median", () => {
  // The distribution itself in place of replicates: t = 1, log t* normal about −s·z₀ has no acceleration on the log scale.
  const count = 99999;
  const bias = 0.2;
  const sorted = Float64Array.from({ length: count }, (_, k) =>
    Math.exp(normal.quantile((k + 1) / (count + 1)) - bias),
  );
  const { lower, upper } = bootstrapLimits("bca", { observed: 1, sorted, standardError: 1, acceleration: 0 }, 0.95);
  const z = normal.quantile(0.975);
  expect(Math.log(lower)).toBeCloseTo(2 * bias - z - bias, 4);
  expect(Math.log(upper)).toBeCloseTo(2 * bias + z - bias, 4);
});

test("replicates equal to the estimate count half, so that rounding decides nothing", () => {
  const sorted = Float64Array.from([-2, -1, 0.1, 0.1 + 1e-17, 0.1, 1, 2]);
  const at = (observed: number) =>
    bootstrapLimits("bca", { observed, sorted, standardError: 1, acceleration: 0 }, 0.5).lower;
  expect(at(0.1 + 1e-16)).toBeCloseTo(at(0.1 - 1e-16), 12);
});
