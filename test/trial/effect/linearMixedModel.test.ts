import { describe, expect, test } from "vitest";
import { buildFrame } from "../../../src/data/buildFrame.ts";
import type { Roles } from "../../../src/data/roles.ts";
import { tableFromColumns } from "../../../src/data/tableFromColumns.ts";
import { randomStream } from "../../../src/numerics/random/randomStream.ts";
import { linearMixedModel } from "../../../src/trial/effect/linearMixedModel.ts";

type Columns = Readonly<Record<string, readonly (number | string)[]>>;

/** 12 practices of unequal size, three arms, patients seen twice. */
const visits: Columns = (() => {
  const stream = randomStream(5);
  const columns: Record<string, (number | string)[]> = { practice: [], id: [], arm: [], age: [], time: [], y: [] };
  let id = 0;
  for (let j = 0; j < 12; j++) {
    const effect = stream.normal();
    for (let i = 0; i < 3 + (j % 4); i++, id++) {
      const own = stream.normal();
      const age = 50 + 10 * stream.normal();
      for (const time of [0, 1, 2]) {
        columns["practice"]!.push(`p${j}`);
        columns["id"]!.push(id);
        columns["arm"]!.push(["usual", "low", "high"][j % 3]!);
        columns["age"]!.push(age);
        columns["time"]!.push(time);
        columns["y"]!.push(10 + effect + own + 0.1 * age + time * (0.5 + 0.3 * stream.normal()) + stream.normal());
      }
    }
  }
  return columns;
})();

function analyse(
  columns: Columns,
  options: { readonly random?: readonly string[]; readonly [key: string]: unknown } = {},
  roles: Partial<Roles> = {},
) {
  const { groupings, columns: extraColumns } = linearMixedModel.needs(options);
  const frame = buildFrame(tableFromColumns(columns), {
    outcome: "y",
    cluster: "practice",
    arm: "arm",
    control: "usual",
    extraColumns,
    groupings,
    ...roles,
  });
  return linearMixedModel.analyse({ frame, options, measure: null, level: 0.95, seed: 1 });
}

const twoArms: Columns = { ...visits, arm: visits["arm"]!.map((arm) => (arm === "high" ? "low" : arm)) };

describe("linear mixed model", () => {
  test("gives one estimate for each arm that is not control, and their joint test", () => {
    const { estimates, tests } = analyse(visits);
    expect(estimates.map((estimate) => estimate.quantity.term)).toEqual(["arm[high]", "arm[low]"]);
    expect(tests[0]!.terms).toEqual(["arm[high]", "arm[low]"]);
    expect(tests[0]!.reference.name).toBe("F");
  });

  test("averages the effect over participants when the arm interacts with a covariate", () => {
    const findings = analyse(twoArms, {}, { covariates: ["age", "arm:age"] });
    const at = (name: string) => findings.coefficients.find((row) => row.term === name)!.value;
    const ages = visits["age"] as number[];
    const mean = ages.reduce((sum, age) => sum + age, 0) / ages.length;
    expect(findings.estimates[0]!.value).toBeCloseTo(at("arm[low]") + mean * at("arm[low]:age"), 9);
    // The same model with age about its mean has the averaged effect as a coefficient.
    const centred = { ...twoArms, age: ages.map((age) => age - mean) };
    const same = analyse(centred, {}, { covariates: ["age", "arm:age"] }).coefficients.find(
      (row) => row.term === "arm[low]",
    )!;
    expect(findings.estimates[0]!.working!.standardError).toBeCloseTo(same.standardError, 9);
    expect(findings.estimates[0]!.test!.reference.df).toBeCloseTo(same.df!, 7);
  });

  test("an offset is taken off the outcome", () => {
    const shift = visits["time"]!.map((time) => 3 * Number(time));
    const moved = analyse(
      { ...twoArms, shift, y: visits["y"]!.map((y, i) => Number(y) + shift[i]!) },
      {},
      { offset: "shift" },
    );
    const plain = analyse(twoArms);
    expect(moved.estimates[0]!.value).toBeCloseTo(plain.estimates[0]!.value, 10);
    expect(moved.summary.criterion).toBeCloseTo(plain.summary.criterion!, 9);
  });

  test("weights that are all the same change the residual variance only", () => {
    const weighted = analyse({ ...twoArms, w: visits["y"]!.map(() => 4) }, {}, { weights: "w" });
    const plain = analyse(twoArms);
    expect(weighted.estimates[0]!.value).toBeCloseTo(plain.estimates[0]!.value, 10);
    expect(weighted.estimates[0]!.working!.standardError).toBeCloseTo(plain.estimates[0]!.working!.standardError, 10);
    expect(weighted.variances[0]!.variance).toBeCloseTo(plain.variances[0]!.variance, 8);
    expect(weighted.variances.at(-1)!.variance).toBeCloseTo(4 * plain.variances.at(-1)!.variance, 8);
    expect(weighted.summary.criterion).toBeCloseTo(plain.summary.criterion!, 8);
  });

  test("names every variance of nested effects and random slopes", () => {
    const { variances, method } = {
      ...analyse(twoArms, { random: ["1 | practice/id", "0 + time | practice"] }),
      method: null,
    };
    expect(variances.map(({ group, term }) => `${group}: ${term}`)).toEqual([
      "practice: intercept",
      "practice: time",
      "practice/id: intercept",
      "residual: intercept",
    ]);
    expect(method).toBeNull();
    const slopes = analyse(twoArms, { random: ["time | practice"] }, { covariates: ["time"] });
    expect(slopes.variances.map(({ term, with: other }) => [term, other])).toEqual([
      ["intercept", null],
      ["time", null],
      ["intercept", "time"],
      ["intercept", null],
    ]);
    expect(slopes.icc).toBeNull();
  });

  test("one slope term and the same written out agree", () => {
    const short = analyse(twoArms, { random: ["time | practice"] }, { covariates: ["time"] });
    const long = analyse(twoArms, { random: ["1 + time | practice"] }, { covariates: ["time"] });
    expect(short.summary.criterion).toBe(long.summary.criterion);
  });

  test("the intracluster correlation of nested intercepts is the clusters' share of all variance", () => {
    const { icc, variances } = analyse(twoArms, { random: ["1 | practice/id"] });
    const [practice, patient, residual] = variances.map(({ variance }) => variance);
    expect(icc!.value).toBeCloseTo(practice! / (practice! + patient! + residual!), 12);
  });

  test("a slope over calendar years is the slope over years since then, with the intercept at year 0", () => {
    const since = analyse(twoArms, { random: ["time | practice"] }, { covariates: ["time"] });
    const calendar = analyse(
      { ...twoArms, time: visits["time"]!.map((time) => 2000 + Number(time)) },
      { random: ["time | practice"] },
      { covariates: ["time"] },
    );
    expect(calendar.summary.criterion).toBeCloseTo(since.summary.criterion!, 8);
    expect(calendar.estimates[0]!.value).toBeCloseTo(since.estimates[0]!.value, 9);
    expect(calendar.estimates[0]!.working!.standardError).toBeCloseTo(since.estimates[0]!.working!.standardError, 9);
    const [intercept, slope, covariance] = since.variances.map(({ variance }) => variance);
    const [at0, same] = calendar.variances.map(({ variance }) => variance);
    expect(same).toBeCloseTo(slope!, 8);
    // b₀ at year 0 = b₀ at 2000 − 2000 b₁
    expect(at0! / (intercept! - 2 * 2000 * covariance! + 2000 ** 2 * slope!)).toBeCloseTo(1, 7);
  });

  test("under ML the default inference is Satterthwaite, and the result says so", () => {
    expect(analyse(twoArms, { estimation: "ml" }).variant["inferenceVariant"]).toBe("satterthwaite-expected");
    expect(analyse(twoArms).variant["inferenceVariant"]).toBe("kr97-linear-expected");
  });

  test("observed Satterthwaite at the boundary falls back with a notice", () => {
    // Alternating outcomes within clusters leave nothing between them.
    const columns = {
      practice: Array.from({ length: 24 }, (_, i) => `p${Math.floor(i / 4)}`),
      arm: Array.from({ length: 24 }, (_, i) => (i < 12 ? "usual" : "new")),
      y: Array.from({ length: 24 }, (_, i) => (i % 2) + 0.01 * i),
    };
    const findings = analyse(columns, { inference: "satterthwaite-observed" });
    expect(findings.variances[0]!.variance).toBe(0);
    expect(findings.notices.map(({ code }) => code)).toContain("satterthwaite-at-boundary");
    expect(findings.coefficients[1]!.df).toBe(4);
    expect(analyse(columns).coefficients[1]!.df).toBeCloseTo(4, 9);
  });

  test.each([
    ["crossed-random-effects", { random: ["1 | practice", "1 | time"] }, {}],
    ["random-term-malformed", { random: ["practice"] }, {}],
    ["random-term-malformed", { random: ["0 | practice"] }, {}],
    ["random-term-malformed", { random: ["1 | practice | id"] }, {}],
    ["random-term-repeated", { random: ["1 | practice", "time | practice"] }, {}],
    ["kenward-roger-needs-reml", { estimation: "ml", inference: "kenward-roger" }, {}],
    ["compound-symmetry-needs-one-intercept", { covariance: "compound-symmetry", random: ["1 | practice/id"] }, {}],
    ["no-replication", { random: ["1 | practice/id"] }, { where: { time: 1 } }],
    ["invalid-value", { inference: "kenward-rogers" }, {}],
    ["unknown-key", { inferences: "kenward-roger" }, {}],
  ] as const)("refuses with %s: %j", (code, options, roles) => {
    expect(() => analyse(twoArms, options, roles)).toThrow(expect.objectContaining({ code }));
  });

  test("refuses as many cluster-level coefficients as clusters", () => {
    const two = { practice: [1, 1, 1, 2, 2, 2], arm: [0, 0, 0, 1, 1, 1], y: [1, 2, 4, 3, 5, 4] };
    expect(() => analyse(two, {}, { control: null })).toThrow(
      expect.objectContaining({ code: "no-degrees-of-freedom" }),
    );
  });

  test("refuses compound symmetry when cluster means are all alike", () => {
    const mirrored = {
      practice: [1, 1, 2, 2, 3, 3, 4, 4],
      arm: [0, 0, 1, 1, 0, 0, 1, 1],
      y: [1, -1, 2, -2, 3, -3, 4, -4],
    };
    const refusal = expect.objectContaining({ code: "compound-symmetry-singular" });
    expect(() => analyse(mirrored, { covariance: "compound-symmetry" }, { control: null })).toThrow(refusal);
  });

  test("refuses an outcome that is constant within clusters", () => {
    const constant = { ...twoArms, y: visits["practice"]!.map((id) => Number(String(id).slice(1))) };
    expect(() => analyse(constant)).toThrow(expect.objectContaining({ code: "no-residual-variation" }));
  });
});
