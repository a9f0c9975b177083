import { describe, expect, it } from "vitest";
import { Problem } from "../../../src/contract/problem.ts";
import { type Cell, tableFromColumns } from "../../../src/data/tableFromColumns.ts";
import { randomStream } from "../../../src/numerics/random/randomStream.ts";
import { analyse } from "../../../src/published/analyse.ts";

const stream = randomStream(55);
const rows = 80;
const column = (make: (i: number) => Cell): Cell[] => Array.from({ length: rows }, (_, i) => make(i));
const base = {
  practice: column((i) => i % 8),
  arm: column((i) => i % 2),
  x: column(() => stream.normal()),
  y: column((i) => (i % 5 === 0 ? null : stream.normal())),
  whole: column((i) => (i % 5 === 0 ? null : i % 4)),
  many: column((i) => (i % 7 === 0 ? null : ["a", "b", "c"][i % 3])),
  size: column((i) => (i % 8 === 3 ? null : (i % 8) * 10)),
  zero: column((i) => (i % 6 === 0 ? null : i % 3)),
  person: column((i) => Math.floor(i / 16)),
  flag: column((i) => (i % 2 === 0 ? (i % 4 === 0 ? 1 : null) : i % 3 === 0 ? 1 : 0)),
  fifth: column((i) => (i % 5 === 0 ? 1 : 0)),
  only: column((i) => (i % 2 === 0 ? null : stream.normal())),
};
const codeOf = (asked: object, trial: object = {}): string => {
  try {
    const { analyses } = analyse({
      data: tableFromColumns(base),
      trial: { cluster: "practice", arm: "arm", ...trial },
      analyses: [{ outcome: "y", covariates: ["x"], method: "cluster-robust", ...asked } as never],
    });
    return analyses[0]!.problem?.code ?? "none";
  } catch (problem) {
    if (problem instanceof Problem) return problem.code;
    throw problem;
  }
};
const mi = (keys: object = {}) => ({ imputation: { imputations: 3, iterations: 20, ...keys } });

describe("what imputation refuses", () => {
  it.each([
    ["imputation-outcome-kind", { outcome: "whole", options: { family: "poisson" }, ...mi() }, {}],
    ["imputation-repeated-participants", mi(), { participant: "person" }],
    ["imputation-categorical", { covariates: ["many"], ...mi() }, {}],
    ["imputation-cluster-level", { covariates: ["size"], ...mi() }, {}],
    ["imputation-scale", { outcome: "zero", ...mi({ scales: { zero: "log" } }) }, {}],
    ["imputation-unknown", mi({ scales: { x: "log" } }), {}],
    ["imputation-unknown", mi({ delta: { 2: { y: 1 } } }), {}],
    ["imputation-unknown", mi({ delta: { 1: { x: 1 } } }), {}],
    [
      "imputation-delta",
      { covariates: ["x"], ...mi({ auxiliary: ["flag"], byArm: false, delta: { 1: { flag: 1 } } }) },
      {},
    ],
    ["imputation-constant", mi({ auxiliary: ["flag"] }), {}],
    ["imputation-not-identified", mi({ auxiliary: ["only"] }), {}],
    ["imputation-reference-needs-arms", mi({ byArm: false, assumption: "jump-to-reference" }), {}],
    ["missing-twice", { ...mi(), missing: { method: "multiple-imputation" } }, {}],
    ["unknown-column", mi({ auxiliary: ["nobody"] }), {}],
    ["invalid-value", mi({ imputations: 1 }), {}],
    ["invalid-value", mi({ delta: { 1: { y: "10" } } }), {}],
    ["not-poolable", { method: "permutation", ...mi() }, {}],
  ])("%s", (code, asked, trial) => {
    expect(codeOf(asked, trial)).toBe(code);
  });

  it("does not refuse a shift that gives zeros a logarithm", () => {
    expect(codeOf({ outcome: "zero", ...mi({ scales: { zero: { scale: "log", shift: 1 } } }) })).toBe("none");
  });
});

describe("what weighting refuses", () => {
  const ipw = (keys: object = {}) => ({ missing: { method: "inverse-probability", ...keys } });
  it.each([
    ["weighting-not-accepted", { method: "linear-mixed-model", ...ipw() }],
    ["weighting-not-accepted", { method: "gee", options: { variance: "model" }, ...ipw() }],
    ["weighting-needs-covariates", { covariates: [], ...ipw() }],
    ["weighting-covariate-incomplete", ipw({ covariates: ["zero"] })],
    ["unknown-column", ipw({ covariates: ["nobody"] })],
    ["weighting-separation", ipw({ covariates: ["fifth"] })],
  ])("%s", (code, asked) => {
    expect(codeOf(asked)).toBe(code);
  });
});
