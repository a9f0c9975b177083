import { describe, expect, test } from "vitest";
import type { Findings } from "../../../src/contract/analysis.ts";
import type { Measure } from "../../../src/contract/estimate.ts";
import { buildFrame } from "../../../src/data/buildFrame.ts";
import type { OutcomeRole, Roles } from "../../../src/data/roles.ts";
import { tableFromColumns } from "../../../src/data/tableFromColumns.ts";
import { randomStream } from "../../../src/numerics/random/randomStream.ts";
import { generalisedLinearMixedModel as method } from "../../../src/trial/effect/generalisedLinearMixedModel.ts";

/** Fourteen practices of 4 to 12 people: an event, a count with its years, two covariates of people, one of practices. */
function simulatedTrial() {
  const stream = randomStream(31);
  const columns: Record<string, (number | string)[]> = {
    practice: [],
    nurse: [],
    arm: [],
    third: [],
    age: [],
    list: [],
    well: [],
    calls: [],
    years: [],
    score: [],
  };
  for (let j = 0; j < 14; j++) {
    const own = 0.8 * stream.normal();
    const list = stream.normal();
    for (let i = 4 + stream.integer(9); i > 0; i--) {
      const age = stream.normal();
      const eta = -0.2 + 0.5 * (j % 2) + 0.3 * age + own;
      const years = 0.5 + stream.uniform();
      let calls = 0;
      for (let left = years * Math.exp(eta) - stream.exponential(); left > 0; left -= stream.exponential()) calls++;
      const row = {
        practice: j,
        nurse: i % 3,
        arm: j % 2 === 0 ? "usual" : "new",
        third: `t${j % 3}`,
        age,
        list,
        calls,
        years,
      };
      for (const [name, value] of Object.entries(row)) columns[name]!.push(value);
      columns["well"]!.push(stream.uniform() < 1 / (1 + Math.exp(-eta)) ? 1 : 0);
      columns["score"]!.push(stream.normal());
    }
  }
  return columns;
}

const trial = simulatedTrial();
const table = tableFromColumns(trial);
const rows = trial["well"]!.length;

function analyse(
  outcome: OutcomeRole,
  options: Readonly<Record<string, unknown>> = {},
  roles: Partial<Roles> = {},
  measure: Measure | null = null,
): Findings {
  const { outcomes, groupings, columns } = method.needs(options, measure);
  const frame = buildFrame(table, {
    outcome,
    ...(outcomes === undefined ? {} : { outcomeKinds: outcomes }),
    cluster: "practice",
    arm: "arm",
    control: "usual",
    groupings,
    extraColumns: columns,
    ...roles,
  });
  return method.analyse({ frame, options, measure, level: 0.95, seed: 1 });
}

function codeOf(attempt: () => unknown): unknown {
  try {
    attempt();
  } catch (problem) {
    return (problem as { code?: unknown }).code;
  }
  return null;
}

const calls = { name: "calls", exposure: "years" };

describe("what the outcome decides", () => {
  test("0 and 1 are binary, counts Poisson", () => {
    const odds = analyse("well");
    expect(odds.variant).toMatchObject({ family: "binomial", link: "logit", quadrature: 15, random: ["1 | practice"] });
    expect(odds.estimates[0]!.quantity).toMatchObject({ term: "arm[new]", measure: "odds-ratio", scale: "ratio" });
    expect(odds.estimand).toEqual({
      population: "precision-weighted",
      contrast: "cluster-specific",
      measure: "odds-ratio",
    });
    const rates = analyse(calls);
    expect(rates.variant).toMatchObject({ family: "poisson", link: "log" });
    expect(rates.estimates[0]!.quantity.measure).toBe("rate-ratio");
    expect(rates.icc).toBeNull();
    expect(analyse("calls").variant).toMatchObject({ family: "poisson" });
    expect(analyse("well", { family: "poisson" }, {}, "risk-ratio").estimates[0]!.quantity.measure).toBe("risk-ratio");
  });

  test("links without a measure of their own report the coefficient", () => {
    for (const link of ["probit", "cloglog"])
      expect(analyse("well", { link }).estimates[0]!.quantity).toMatchObject({
        measure: "coefficient",
        scale: "identity",
      });
  });

  test("what cannot be is refused by name", () => {
    expect(codeOf(() => analyse("well", { link: "log" }))).toBe("family-not-available");
    expect(codeOf(() => analyse(calls, { link: "logit" }))).toBe("family-not-available");
    expect(codeOf(() => analyse("well", {}, {}, "risk-ratio"))).toBe("measure-needs-standardisation");
    expect(codeOf(() => analyse("score"))).not.toBeNull();
    expect(codeOf(() => analyse("well", { quadrature: 6 }))).toBe("quadrature-order-even");
    expect(codeOf(() => analyse("well", { inference: "kenward-roger" }))).toBe("kenward-roger-needs-pseudo-likelihood");
    expect(codeOf(() => analyse("well", { estimation: "restricted-pseudo-likelihood", quadrature: 9 }))).toBe(
      "quadrature-with-pseudo-likelihood",
    );
    const nb = { estimation: "restricted-pseudo-likelihood", family: "negative-binomial" };
    expect(codeOf(() => analyse(calls, nb))).toBe("family-not-available");
    expect(codeOf(() => analyse("well", { random: ["1 | practice/nurse"], quadrature: 9 }))).toBe(
      "quadrature-needs-one-intercept",
    );
    expect(codeOf(() => analyse("well", {}, { where: { practice: [0, 1] } }))).toBe("no-degrees-of-freedom");
  });
});

describe("inference", () => {
  test("between–within degrees of freedom, or the normal", () => {
    const found = analyse("well", {}, { covariates: ["age", "list"] });
    const df = Object.fromEntries(found.coefficients.map((each) => [each.term, each.df]));
    expect(df).toEqual({ intercept: 14 - 3, "arm[new]": 14 - 3, age: rows - 14 - 1, list: 14 - 3 });
    expect(found.estimates[0]!.test!.reference).toEqual({ name: "t", df: 11 });
    const wald = analyse("well", { inference: "wald" }, { covariates: ["age", "list"] });
    expect(wald.estimates[0]!.test!.reference).toEqual({ name: "normal", df: null });
    expect(wald.coefficients[1]!.standardError).toBe(found.coefficients[1]!.standardError);
  });

  test("a ratio is the exponential of its coefficient, limits too", () => {
    const { estimates, coefficients } = analyse("well");
    const arm = coefficients[1]!;
    expect(estimates[0]!.value).toBeCloseTo(Math.exp(arm.value), 14);
    expect(estimates[0]!.interval!.lower).toBeCloseTo(Math.exp(arm.lower), 14);
  });

  test("three arms have an estimate each and a joint test", () => {
    const found = analyse("well", {}, { arm: "third", control: "t0" });
    expect(found.estimates.map(({ quantity }) => quantity.term)).toEqual(["third[t1]", "third[t2]"]);
    expect(found.tests[0]).toMatchObject({ terms: ["third[t1]", "third[t2]"], reference: { name: "F", df: [2, 11] } });
  });

  test("Kenward–Roger on the last working model", () => {
    const options = { estimation: "restricted-pseudo-likelihood", inference: "kenward-roger" };
    const found = analyse("well", options, { covariates: ["age"] });
    const plain = analyse("well", { estimation: "restricted-pseudo-likelihood" }, { covariates: ["age"] });
    expect(found.variant).toMatchObject({ inferenceVariant: "kr97-linear-expected", quadrature: null });
    expect(found.coefficients.map(({ value }) => value)).toEqual(plain.coefficients.map(({ value }) => value));
    expect(found.coefficients[1]!.standardError).toBeGreaterThan(0.99 * plain.coefficients[1]!.standardError);
    expect(found.coefficients[1]!.df).toBeGreaterThan(5);
    expect(found.coefficients[1]!.df).toBeLessThan(16);
    expect(found.summary.logLikelihood).toBeNull();
  });
});

describe("what else is found", () => {
  test("the latent intracluster correlation by link, and its interval from that of the deviation", () => {
    for (const [link, residual] of [
      ["logit", Math.PI ** 2 / 3],
      ["probit", 1],
      ["cloglog", Math.PI ** 2 / 6],
    ] as const) {
      const { icc, variances } = analyse("well", { link });
      const share = (sd: number) => sd ** 2 / (sd ** 2 + residual);
      expect(variances.map(({ group, term }) => [group, term])).toEqual([["practice", "intercept"]]);
      expect(icc).toMatchObject({ scale: "latent", estimator: "ml" });
      expect(icc!.value).toBeCloseTo(share(variances[0]!.standardDeviation!), 14);
      expect(icc!.interval!.upper).toBeCloseTo(share(variances[0]!.interval!.upper), 14);
    }
  });

  test("criteria count every parameter", () => {
    for (const [family, k] of [
      ["poisson", 3],
      ["negative-binomial", 4],
    ] as const) {
      const { summary } = analyse(calls, { family });
      expect(summary.aic! + 2 * summary.logLikelihood!).toBeCloseTo(2 * k, 9);
      expect(summary.bic! + 2 * summary.logLikelihood!).toBeCloseTo(Math.log(rows) * k, 9);
    }
  });

  test("clusters carry their predicted intercepts", () => {
    const { clusters, variances } = analyse(calls);
    expect(clusters).toHaveLength(14);
    for (const { effect, conditionalVariance } of clusters) {
      expect(Number.isFinite(effect)).toBe(true);
      expect(conditionalVariance).toBeGreaterThan(0);
      expect(conditionalVariance).toBeLessThan(variances[0]!.variance);
    }
  });

  test("nested intercepts and slopes by Laplace", () => {
    const nested = analyse("well", { random: ["1 | practice/nurse"] });
    expect(nested.variances.map(({ group }) => group)).toEqual(["practice", "practice/nurse"]);
    expect(nested.variant).toMatchObject({ quadrature: 1, random: ["1 | practice", "1 | practice/nurse"] });
    const slopes = analyse(calls, { random: ["age | practice"] }, { covariates: ["age"] });
    expect(slopes.variances.map(({ term, with: other }) => [term, other])).toEqual([
      ["intercept", null],
      ["age", null],
      ["intercept", "age"],
    ]);
  });

  test("one intercept per cluster by name is the default", () => {
    expect(analyse("well", { random: ["1 | practice"] })).toEqual(analyse("well"));
  });

  test("clusters alike are said to be", () => {
    const even = { ...trial, well: trial["practice"]!.map((_, i) => (i % 3 === 0 ? 1 : 0)) };
    const frame = buildFrame(tableFromColumns(even), {
      outcome: "well",
      outcomeKinds: ["binary"],
      cluster: "practice",
      arm: "arm",
    });
    const found = method.analyse({ frame, options: {}, measure: null, level: 0.95, seed: 1 });
    expect(found.variances[0]).toMatchObject({ variance: 0, standardDeviation: 0 });
    expect(found.variances[0]!.interval!.lower).toBe(0);
    expect(found.notices.map(({ code }) => code)).toContain("variance-at-boundary");
    expect(found.coefficients[1]!.df).toBe(12);
  });
});
