import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as numerics from "../../../src/numerics/index.ts";
import { central, counts, type Family, noncentral, relativeError } from "./goldenTable.ts";

const { beta, binomial, chiSquared, fisherF, gamma, negativeBinomial, noncentralChiSquared, noncentralF } = numerics;
const { noncentralT, normal, poisson, studentT } = numerics;

/** Positive numbers over many orders of magnitude. */
const spread = (low: number, high: number) =>
  fc.double({ min: Math.log(low), max: Math.log(high), noNaN: true }).map(Math.exp);
/** Numbers whose squares, halves and complements are exact. */
const dyadic = (low: number, high: number) =>
  fc.integer({ min: Math.ceil(low * 1024), max: Math.floor(high * 1024) }).map((k) => k / 1024);
const df = spread(0.5, 1e6);
const real = fc.double({ min: -30, max: 30, noNaN: true });
const shape = spread(0.05, 1e5);
const probability = fc.oneof(spread(1e-300, 0.5), spread(1e-8, 0.5));

const parametersOf: Record<string, fc.Arbitrary<number[]>> = {
  normal: fc.constant([]),
  studentT: fc.tuple(df),
  fisherF: fc.tuple(df, df),
  chiSquared: fc.tuple(df),
  gamma: fc.tuple(shape, spread(1e-10, 1e10)),
  beta: fc.tuple(shape, shape),
  binomial: fc.tuple(fc.integer({ min: 1, max: 3000 }), spread(1e-6, 0.999999)),
  poisson: fc.tuple(spread(1e-6, 1e5)),
  negativeBinomial: fc.tuple(shape, spread(1e-6, 1e5)),
  noncentralT: fc.tuple(spread(0.5, 1e4), fc.double({ min: -40, max: 40, noNaN: true })),
  noncentralF: fc.tuple(spread(0.5, 1e4), spread(0.5, 1e4), spread(1e-6, 1e3)),
  noncentralChiSquared: fc.tuple(spread(0.5, 1e4), spread(1e-6, 1e3)),
};
const digits = (name: string): number => (name in noncentral ? 1e-10 : 1e-12);
const families = Object.entries({ ...central, ...counts, ...noncentral });
const continuous = families.filter(([name]) => !(name in counts));

/** An argument that the distribution can have, found as a quantile. */
const pointOf = (name: string, family: Family): fc.Arbitrary<{ x: number; parameters: number[] }> =>
  fc
    .tuple(parametersOf[name]!, spread(1e-250, 0.5), fc.boolean())
    .map(([parameters, p, upper]) => ({ x: quantileOrZero(family, p, parameters, upper), parameters }));

/** Heavy tails at 1e-300 lie beyond the largest number: that is refused, and tested by itself. */
function quantileOrZero(family: Family, p: number, parameters: number[], upper: boolean): number {
  try {
    return upper ? family.quantileUpper(p, ...parameters) : family.quantile(p, ...parameters);
  } catch {
    return 0;
  }
}

describe.each(families)("%s", (name, family) => {
  it("has tails that are complements, and their logarithms", () => {
    fc.assert(
      fc.property(pointOf(name, family), ({ x, parameters }) => {
        const lower = family.lower(x, ...parameters);
        const upper = family.upper(x, ...parameters);
        expect(Math.abs(lower + upper - 1)).toBeLessThanOrEqual(2 ** -52);
        for (const [tail, log] of [
          [lower, family.logLower(x, ...parameters)],
          [upper, family.logUpper(x, ...parameters)],
        ] as const) {
          if (tail < 1e-290) continue;
          expect(log).toBeLessThanOrEqual(0);
          expect(relativeError(Math.exp(log), tail)).toBeLessThan(1e-12);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("has tails that never turn back", () => {
    fc.assert(
      fc.property(pointOf(name, family), fc.double({ min: 0, max: 0.5, noNaN: true }), ({ x, parameters }, step) => {
        const further = x + Math.abs(x) * step + (name in counts ? Math.floor(step * 20) : 0);
        const slack = 1 + digits(name);
        expect(family.lower(x, ...parameters)).toBeLessThanOrEqual(family.lower(further, ...parameters) * slack);
        expect(family.upper(further, ...parameters)).toBeLessThanOrEqual(family.upper(x, ...parameters) * slack);
      }),
      { numRuns: 60 },
    );
  });
});

describe.each(continuous)("%s", (name, family) => {
  it("returns from tail to quantile and back, from either tail", () => {
    fc.assert(
      fc.property(parametersOf[name]!, probability, fc.boolean(), (parameters, p, upper) => {
        const x = quantileOrZero(family, p, parameters, upper);
        // Underflow, and the end at which a beta quantile rounds to 1.
        if (Math.abs(x) < 1e-290 || family.upper(x, ...parameters) === 0) return;
        const back = upper ? family.upper(x, ...parameters) : family.lower(x, ...parameters);
        // The rounding of x alone moves the tail by x·density·2⁻⁵³.
        const condition = (Math.abs(x) * family.density(x, ...parameters)) / p;
        expect(relativeError(back, p) / Math.max(1, condition)).toBeLessThan(digits(name));
      }),
      { numRuns: 80 },
    );
  });

  it("has the density that its tails rise with", () => {
    fc.assert(
      fc.property(parametersOf[name]!, spread(1e-4, 0.5), fc.boolean(), (parameters, p, upper) => {
        const x = quantileOrZero(family, p, parameters, upper);
        const density = family.density(x, ...parameters);
        const room = name === "beta" ? Math.min(x, 1 - x) : Math.abs(x);
        const step = 1e-4 * Math.min(p / density, room);
        // Near an end, x and its neighbours have no digits to tell them apart.
        if (!(room > 1e-3 && step > 1e-9 * Math.abs(x))) return;
        const rise = upper
          ? family.upper(x - step, ...parameters) - family.upper(x + step, ...parameters)
          : family.lower(x + step, ...parameters) - family.lower(x - step, ...parameters);
        expect(relativeError(rise / (2 * step), density)).toBeLessThan(1e-6);
      }),
      { numRuns: 40 },
    );
  });
});

describe.each(Object.entries(counts))("%s", (name, family) => {
  it("finds the smallest count, and the count back from its own tail", () => {
    fc.assert(
      fc.property(parametersOf[name]!, spread(1e-12, 0.999), (parameters, p) => {
        const k = family.quantile(p, ...parameters);
        // Within the accuracy of the tails p counts as reached.
        expect(family.lower(k, ...parameters)).toBeGreaterThanOrEqual(p * (1 - 2e-12));
        if (k > 0) expect(family.lower(k - 1, ...parameters)).toBeLessThan(p);
        if (family.density(k, ...parameters) > 1e-11) {
          expect(family.quantile(family.lower(k, ...parameters), ...parameters)).toBe(k);
          expect(family.quantileUpper(family.upper(k, ...parameters), ...parameters)).toBe(k);
        }
        const far = family.quantileUpper(p * 1e-250, ...parameters);
        expect(family.upper(far, ...parameters)).toBeLessThanOrEqual(p * 1e-250 * (1 + 2e-12));
        if (far > 0) expect(family.upper(far - 1, ...parameters)).toBeGreaterThan(p * 1e-250);
      }),
      { numRuns: 60 },
    );
  });

  it("has probabilities that add up to the tails", () => {
    fc.assert(
      fc.property(parametersOf[name]!, fc.integer({ min: 0, max: 40 }), (parameters, k) => {
        let sum = 0;
        for (let j = 0; j <= k; j++) sum += family.density(j, ...parameters);
        const lower = family.lower(k, ...parameters);
        if (lower > 1e-290) expect(relativeError(sum, lower)).toBeLessThan(1e-12);
        expect(family.lower(k + 0.7, ...parameters)).toBe(family.lower(k, ...parameters));
        expect(family.density(k + 0.7, ...parameters)).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});

function same(a: number, b: number, tolerance = 1e-12): void {
  expect(relativeError(a, b)).toBeLessThan(tolerance);
}

describe("relations between families", () => {
  it("t and normal are symmetric to the last bit", () => {
    fc.assert(
      fc.property(real, df, probability, (t, v, p) => {
        expect(studentT.lower(-t, v)).toBe(studentT.upper(t, v));
        expect(studentT.density(-t, v)).toBe(studentT.density(t, v));
        expect(normal.lower(-t)).toBe(normal.upper(t));
        expect(normal.quantile(p)).toBe(0 - normal.quantileUpper(p));
      }),
    );
    expect(studentT.quantile(0.5, 3.3)).toBe(0);
    expect(normal.quantile(0.5)).toBe(0);
  });

  it("F(1, ν) is t², and noncentral F(1, ν) is noncentral t²", () => {
    fc.assert(fc.property(dyadic(0.01, 40), df, (t, v) => same(fisherF.upper(t * t, 1, v), 2 * studentT.upper(t, v))));
    fc.assert(
      fc.property(dyadic(0.01, 20), spread(0.5, 1e4), dyadic(0.01, 12), (t, v, ncp) => {
        const beyond = noncentralT.upper(t, v, ncp) + noncentralT.lower(-t, v, ncp);
        same(noncentralF.upper(t * t, 1, v, ncp * ncp), beyond, 1e-10);
        const within = noncentralF.lower(t * t, 1, v, ncp * ncp);
        expect(Math.abs(noncentralT.lower(t, v, ncp) - noncentralT.lower(-t, v, ncp) - within)).toBeLessThan(1e-13);
      }),
    );
  });

  it("t with 1 and 2, F with 2, χ² with 2, gamma with 1 degrees of freedom or shape have closed forms", () => {
    fc.assert(
      fc.property(spread(1e-3, 1e100), df, (t, v) => {
        same(studentT.upper(t, 1), Math.atan(1 / t) / Math.PI);
        const root = Math.hypot(Math.SQRT2, t);
        same(studentT.upper(t, 2), 1 / (root * (root + t)));
        same(studentT.density(t, 1), 1 / (Math.PI * t) / (t + 1 / t));
        const logUpper = (-v / 2) * Math.log1p((2 * t) / v);
        same(fisherF.logUpper(t, 2, v), logUpper);
        same(chiSquared.logUpper(t, 2), -t / 2);
        same(gamma.logUpper(t, 1, 4), -t / 4);
      }),
    );
  });

  it("F turns round with its degrees of freedom, beta with its shapes", () => {
    fc.assert(
      fc.property(fc.integer({ min: -20, max: 20 }), df, df, dyadic(0.001, 0.999), (k, v, w, x) => {
        const upper = fisherF.upper(2 ** -k, w, v);
        if (upper > 1e-290) same(fisherF.lower(2 ** k, v, w), upper);
        if (beta.lower(x, v, w) > 1e-290) same(beta.lower(x, v, w), beta.upper(1 - x, w, v));
        else same(beta.logLower(x, v, w), beta.logUpper(1 - x, w, v));
      }),
    );
  });

  it("Poisson and χ², negative binomial and binomial say the same", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), spread(1e-3, 1e3), (k, mean) => {
        same(poisson.logLower(k, mean), chiSquared.logUpper(2 * mean, 2 * k + 2));
        const size = 1 + (k % 7);
        // size/(size + mu) = 1/4
        same(negativeBinomial.logLower(k, size, 3 * size), binomial.logUpper(size - 1, k + size, 0.25));
      }),
    );
  });

  it("noncentral families are central without noncentrality, and mirror its sign", () => {
    fc.assert(
      fc.property(dyadic(0.01, 50), df, df, dyadic(0.01, 30), (x, v, w, ncp) => {
        expect(noncentralT.upper(x, v, 0)).toBe(studentT.upper(x, v));
        expect(noncentralF.lower(x, v, w, 0)).toBe(fisherF.lower(x, v, w));
        expect(noncentralChiSquared.logUpper(x, v, 0)).toBe(chiSquared.logUpper(x, v));
        expect(noncentralT.lower(-x, v, ncp)).toBe(noncentralT.upper(x, v, -ncp));
        same(noncentralT.logUpper(x, v, 1e-13), studentT.logUpper(x, v), 1e-9);
        same(noncentralChiSquared.logUpper(x, v, 1e-13), chiSquared.logUpper(x, v), 1e-9);
      }),
    );
  });

  it("noncentral χ² with one degree of freedom is a shifted normal squared", () => {
    fc.assert(
      fc.property(dyadic(0.01, 30), dyadic(0.01, 30), (z, mu) => {
        same(noncentralChiSquared.upper(z * z, 1, mu * mu), normal.upper(z - mu) + normal.lower(-z - mu), 1e-10);
        const density = (normal.density(z - mu) + normal.density(z + mu)) / (2 * z);
        same(noncentralChiSquared.density(z * z, 1, mu * mu), density, 1e-10);
      }),
    );
  });
});
