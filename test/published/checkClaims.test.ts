import { describe, expect, test } from "vitest";
import type { Analysis } from "../../src/contract/analysis.ts";
import { summaryOf } from "../../src/contract/analysis.ts";
import { checkClaims } from "../../src/published/checkClaims.ts";

const analysis: Analysis = {
  id: "primary",
  method: { id: "m", title: "M", variant: {}, references: [] },
  estimand: { population: "cluster-average", contrast: "marginal", measure: "mean-difference" },
  sample: {
    clusters: 39,
    participants: 170,
    rows: 170,
    control: "control",
    byArm: [
      { arm: "control", clusters: 19, participants: 71, mean: 0.2051, sd: 0.8551, events: null },
      { arm: "intervention", clusters: 20, participants: 99, mean: 0.2549999, sd: 0.7251, events: null },
    ],
    clusterSize: { min: 1, mean: 4.4, max: 10, cv: 0.5 },
    excluded: [],
  },
  estimates: [
    {
      quantity: { term: "arm[intervention]", measure: "mean-difference", scale: "identity", unit: "mansa_change" },
      value: 0.0251,
      working: { scale: "identity", value: 0.0251, standardError: 0.138 },
      interval: { level: 0.95, lower: -0.2549, upper: 0.3051, method: "wald-t" },
      test: {
        nullValue: 0,
        alternative: "two-sided",
        statistic: 0.2,
        reference: { name: "t", df: 36.8 },
        pValue: 0.81949,
      },
    },
  ],
  coefficients: [],
  covariance: null,
  tests: [],
  variances: [
    {
      group: "practice",
      term: "intercept",
      with: null,
      variance: 2.1,
      standardDeviation: null,
      correlation: null,
      interval: null,
    },
    {
      group: "residual",
      term: "intercept",
      with: null,
      variance: 207.2,
      standardDeviation: null,
      correlation: null,
      interval: null,
    },
  ],
  icc: { value: 0.0496, scale: "identity", estimator: "reml", interval: null },
  summary: summaryOf({}),
  clusters: [],
  draws: null,
  curves: null,
  notices: [],
  provenance: { version: "0", plan: null, dataFingerprint: "", seed: 1 },
  claims: null,
  problem: null,
};

const byPath = (checks: ReturnType<typeof checkClaims>) =>
  Object.fromEntries(checks.map((check) => [check.path, check]));

describe("checkClaims", () => {
  test("puts every published figure beside the computed one, at its path", () => {
    const checks = checkClaims(
      {
        effect: { value: "0.03", interval: ["-0.25", "0.31"], p: "0.819", standardError: "0.14", df: "37" },
        icc: "0.05",
        variances: { between: "2.1", within: "207.3" },
        byArm: {
          intervention: { mean: "0.25", sd: "0.73", participants: "99", clusters: "20" },
          control: { mean: "0.21", sd: "0.86", participants: "71", clusters: "19" },
        },
        clusters: "39",
        participants: "170",
      },
      analysis,
    );
    expect(checks.filter((check) => !check.agrees).map((check) => check.path)).toEqual(["variances.within"]);
    expect(checks).toHaveLength(19);
    const claims = byPath(checks);
    expect(claims["effect.interval[0]"]).toEqual({
      path: "effect.interval[0]",
      published: "-0.25",
      computed: -0.2549,
      agrees: true,
      allowed: [-0.255, -0.245],
    });
    expect(claims["byArm.intervention.mean"]?.computed).toBe(0.2549999);
  });

  test("an open bound has no lower end", () => {
    expect(checkClaims({ effect: { p: "<0.001" } }, analysis)[0]).toEqual({
      path: "effect.p",
      published: "<0.001",
      computed: 0.81949,
      agrees: false,
      allowed: [null, 0.001],
    });
  });

  test("a percentage beside a share is read in hundredths", () => {
    expect(checkClaims({ icc: "5%" }, analysis)[0]).toMatchObject({ agrees: true, allowed: [0.045, 0.055] });
    expect(checkClaims({ effect: { value: "3%" } }, analysis)[0]).toMatchObject({ agrees: false, allowed: [2.5, 3.5] });
  });

  test("events of a continuous analysis are its sum", () => {
    const sample = {
      ...analysis.sample,
      byArm: [{ arm: "control", clusters: 19, participants: 82, mean: 4 / 82, sd: 0.2, events: null }],
    };
    expect(checkClaims({ byArm: { control: { events: "4" } } }, { ...analysis, sample })[0]).toMatchObject({
      computed: 4,
      agrees: true,
    });
  });

  test("what was not estimated agrees with nothing", () => {
    const nothing = {
      id: "x",
      method: null,
      estimand: null,
      sample: null,
      estimates: null,
      coefficients: null,
      covariance: null,
      tests: null,
      variances: null,
      icc: null,
      summary: null,
      clusters: null,
      draws: null,
      curves: null,
      notices: null,
      provenance: null,
      claims: null,
      problem: { code: "one-cluster", message: "", facts: {} },
    };
    const checks = checkClaims({ effect: { value: "0.03" }, byArm: { control: { mean: "0.21" } } }, nothing);
    expect(checks.map(({ computed, agrees }) => [computed, agrees])).toEqual([
      [null, false],
      [null, false],
    ]);
  });

  test("an arm that was not analysed is named with the nearest one", () => {
    expect(() => checkClaims({ byArm: { interventon: { mean: "0.25" } } }, analysis)).toThrow(
      /did you mean "intervention"/,
    );
  });
});
