import { describe, expect, it } from "vitest";
import type { Problem } from "../../../src/contract/problem.ts";
import {
  beta,
  binomial,
  chiSquared,
  fisherF,
  gamma,
  negativeBinomial,
  noncentralT,
  normal,
  poisson,
  studentT,
} from "../../../src/numerics/index.ts";
import { central, counts, type Family, functions, noncentral } from "./goldenTable.ts";

const code = (f: () => unknown): string => {
  try {
    f();
  } catch (problem) {
    return (problem as Problem).code;
  }
  return "nothing thrown";
};

/** The edges of every family's parameters, and beyond any use. */
const edges: Record<string, number[][]> = {
  normal: [[]],
  studentT: [[1e-3], [0.5], [1], [1e6], [1e300]],
  fisherF: [
    [0.5, 0.5],
    [1, 1e6],
    [1e6, 1],
    [1e-3, 1e-3],
    [1e12, 1e12],
  ],
  chiSquared: [[1e-3], [0.5], [2], [1e12]],
  gamma: [
    [1e-3, 1],
    [1, 1e300],
    [1, 1e-300],
    [1e6, 1],
  ],
  beta: [
    [0.5, 0.5],
    [1e-3, 1e-3],
    [1, 1],
    [1e6, 0.5],
    [1e12, 1e12],
  ],
  binomial: [
    [0, 0.5],
    [10, 0],
    [10, 1],
    [10, 0.3],
    [1e12, 0.5],
  ],
  poisson: [[0], [1e-300], [3], [1e12]],
  negativeBinomial: [
    [1e-3, 1],
    [1, 0],
    [1e12, 1e12],
    [1e12, 1],
    [3, 1e-300],
  ],
  noncentralT: [
    [0.01, 1],
    [3, -2],
    [10, 1e-200],
    [1e6, 37],
    [1e4, -100],
    [1e9, 3],
  ],
  noncentralF: [
    [0.5, 0.5, 1],
    [1, 10, 1e-300],
    [1e12, 1, 4],
    [1, 1e12, 4],
    [3, 4, 1e4],
  ],
  noncentralChiSquared: [
    [0.5, 1],
    [1, 1e-300],
    [1e12, 4],
    [3, 0],
    [3, 1e4],
  ],
};
const magnitudes = [
  0,
  5e-324,
  1e-310,
  1e-160,
  1e-100,
  1e-10,
  0.3,
  1,
  2,
  1e3,
  1e10,
  1e100,
  1.1e100,
  1e160,
  1e300,
  Number.MAX_VALUE,
  Number.POSITIVE_INFINITY,
];

describe.each(Object.entries({ ...central, ...counts, ...noncentral }))("%s", (name, family: Family) => {
  it("is never NaN, and its tails are probabilities, at any argument", () => {
    for (const parameters of edges[name]!) {
      for (const x of [...magnitudes, ...magnitudes.map((m) => -m)]) {
        for (const method of functions) {
          const value = family[method](x, ...parameters);
          const where = `${name}.${method}(${[x, ...parameters].join(", ")}) = ${value}`;
          expect(value, where).not.toBeNaN();
          if (method === "lower" || method === "upper") expect(value >= 0 && value <= 1, where).toBe(true);
          if (method === "logLower" || method === "logUpper") expect(value <= 0, where).toBe(true);
          if (method === "density") expect(value >= 0, where).toBe(true);
        }
      }
      expect(family.lower(Number.POSITIVE_INFINITY, ...parameters)).toBe(1);
      expect(family.upper(Number.NEGATIVE_INFINITY, ...parameters)).toBe(1);
    }
  });

  it("refuses NaN, impossible parameters and impossible probabilities", () => {
    const parameters = edges[name]![0]!;
    for (const method of functions)
      expect(code(() => family[method](Number.NaN, ...parameters))).toBe("distribution-argument");
    for (const p of [-0.1, 1.1, Number.NaN]) {
      expect(code(() => family.quantile(p, ...parameters))).toBe("probability-out-of-range");
      expect(code(() => family.quantileUpper(p, ...parameters))).toBe("probability-out-of-range");
    }
    for (const i of parameters.keys()) {
      for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, ...(name === "noncentralT" && i === 1 ? [] : [-1])]) {
        const changed = parameters.with(i, wrong);
        for (const method of [...functions, "quantile", "quantileUpper"] as const) {
          expect(
            code(() => family[method](0.3, ...changed)),
            `${name}.${method}(0.3, ${changed})`,
          ).toBe("distribution-parameter");
        }
      }
    }
  });
});

describe("ends of the support", () => {
  it("are the quantiles of 0 and 1", () => {
    expect(normal.quantile(0)).toBe(Number.NEGATIVE_INFINITY);
    expect(studentT.quantile(1, 3)).toBe(Number.POSITIVE_INFINITY);
    expect(noncentralT.quantileUpper(1, 3, 1)).toBe(Number.NEGATIVE_INFINITY);
    expect([
      fisherF.quantile(0, 2, 3),
      chiSquared.quantileUpper(1, 2),
      beta.quantile(0, 2, 3),
      beta.quantile(1, 2, 3),
    ]).toEqual([0, 0, 0, 1]);
    expect([poisson.quantile(0, 3), binomial.quantile(1, 7, 0.3), binomial.quantileUpper(0, 7, 0.3)]).toEqual([
      0, 7, 7,
    ]);
    expect(negativeBinomial.quantile(1, 1, 1)).toBe(Number.POSITIVE_INFINITY);
    expect([poisson.quantile(1, 0), binomial.quantile(1, 7, 0), negativeBinomial.quantileUpper(0, 1, 0)]).toEqual([
      0, 0, 0,
    ]);
  });

  it("have the limits of the densities", () => {
    expect([chiSquared.density(0, 1), chiSquared.density(0, 2), chiSquared.density(0, 3)]).toEqual([
      Number.POSITIVE_INFINITY,
      0.5,
      0,
    ]);
    expect([fisherF.density(0, 1, 5), fisherF.density(0, 2, 5), fisherF.density(0, 3, 5)]).toEqual([
      Number.POSITIVE_INFINITY,
      1,
      0,
    ]);
    expect([beta.density(0, 1, 5), beta.density(1, 5, 1), beta.density(1, 1, 5), beta.density(0, 0.5, 1)]).toEqual([
      5,
      5,
      0,
      Number.POSITIVE_INFINITY,
    ]);
    expect(gamma.density(0, 1, 4)).toBe(0.25);
  });

  it("a quantile beyond the largest number is refused, one below the smallest is 0", () => {
    expect(code(() => studentT.quantileUpper(1e-300, 0.5))).toBe("quantile-overflow");
    expect(code(() => fisherF.quantileUpper(1e-300, 3, 0.5))).toBe("quantile-overflow");
    expect(code(() => gamma.quantile(0.5, 1e6, 1e305))).toBe("quantile-overflow");
    expect(chiSquared.quantile(1e-300, 0.5)).toBe(0);
  });

  it("a decimal that is a step of the distribution function is read as that step", () => {
    expect(binomial.quantile(0.95, 1, 0.05)).toBe(0);
    expect(binomial.quantileUpper(0.05, 1, 0.05)).toBe(0);
    expect(binomial.quantile(0.5, 3, 0.5)).toBe(1);
  });

  it("problems say family, parameter, value and remedy", () => {
    expect(() => studentT.upper(1, -2)).toThrow("The df of the t distribution is -2, but must be positive and finite");
    expect(() => normal.quantile(1.5)).toThrow("a probability lies between 0 and 1");
  });
});
