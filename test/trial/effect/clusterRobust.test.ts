import { describe, expect, test } from "vitest";
import { buildFrame } from "../../../src/data/buildFrame.ts";
import type { Roles } from "../../../src/data/roles.ts";
import { tableFromColumns } from "../../../src/data/tableFromColumns.ts";
import { randomStream } from "../../../src/numerics/random/randomStream.ts";
import { clusterRobust } from "../../../src/trial/effect/clusterRobust.ts";

const trial = (() => {
  const stream = randomStream(404);
  const columns = {
    practice: [] as number[],
    arm: [] as string[],
    x: [] as number[],
    one: [] as number[],
    weight: [] as number[],
    y: [] as number[],
  };
  for (let j = 0; j < 12; j++) {
    const size = 2 + stream.integer(8);
    const effect = stream.normal();
    for (let i = 0; i < size; i++) {
      columns.practice.push(j);
      columns.arm.push(["control", "letter", "visit"][j % 3]!);
      columns.x.push(stream.normal());
      columns.one.push(j === 4 ? 1 : 0);
      columns.weight.push(1 / size);
      columns.y.push(effect + columns.x.at(-1)! + 2 * stream.normal());
    }
  }
  return columns;
})();

const ask = (options: object, roles: Partial<Roles> = {}, columns: Record<string, (string | number)[]> = trial) =>
  clusterRobust.analyse({
    frame: buildFrame(tableFromColumns(columns), { outcome: "y", cluster: "practice", arm: "arm", ...roles }),
    options,
    measure: null,
    level: 0.95,
    seed: 1,
  });
const codes = (found: ReturnType<typeof ask>) => found.notices.map(({ code }) => code);

describe("cluster-robust", () => {
  test("three arms: every coefficient, the covariance in their order, a joint test of the arms", () => {
    const found = ask({}, { covariates: ["x"] });
    expect(found.coefficients.map(({ term }) => term)).toEqual(["intercept", "arm[letter]", "arm[visit]", "x"]);
    found.coefficients.forEach(({ standardError }, k) => {
      expect(Math.sqrt(found.covariance![k]![k]!)).toBeCloseTo(standardError, 14);
    });
    expect(found.estimates.map(({ quantity }) => quantity.term)).toEqual(["arm[letter]", "arm[visit]"]);
    expect(found.tests).toHaveLength(1);
    expect(found.tests[0]!.terms).toEqual(["arm[letter]", "arm[visit]"]);
    expect(found.variant).toMatchObject({ variance: "cr2", inference: "satterthwaite", target: "homoscedastic" });
    expect(found.estimand).toEqual({
      population: "participant-average",
      contrast: "marginal",
      measure: "mean-difference",
    });
  });

  test("an interaction: the effect is the contrast averaged over participants, judged as such", () => {
    const two = { ...trial, arm: trial.arm.map((arm) => (arm === "visit" ? "letter" : arm)) };
    const found = ask({}, { covariates: ["x", "arm:x"] }, two);
    const mean = trial.x.reduce((a, b) => a + b, 0) / trial.x.length;
    const value = (term: string) => found.coefficients.find((each) => each.term === term)!.value;
    expect(found.estimates[0]!.value).toBeCloseTo(value("arm[letter]") + mean * value("arm[letter]:x"), 12);
    // The same model with the covariate centred has that contrast for a coefficient.
    const centred = ask({}, { covariates: ["x", "arm:x"] }, { ...two, x: trial.x.map((x) => x - mean) });
    const coefficient = centred.coefficients.find(({ term }) => term === "arm[letter]")!;
    expect(found.estimates[0]!.working!.standardError / coefficient.standardError).toBeCloseTo(1, 10);
    expect((found.estimates[0]!.test!.reference.df as number) / coefficient.df!).toBeCloseTo(1, 9);
  });

  test("weights of one over the size make clusters count alike: the difference of cluster means, and it says so", () => {
    const found = ask({}, { weights: "weight" });
    const means = Array.from({ length: 12 }, (_, j) => {
      const own = trial.y.filter((_, i) => trial.practice[i] === j);
      return own.reduce((a, b) => a + b, 0) / own.length;
    });
    const armMean = (arm: number) => means.filter((_, j) => j % 3 === arm).reduce((a, b) => a + b, 0) / 4;
    expect(found.estimates[0]!.value).toBeCloseTo(armMean(1) - armMean(0), 11);
    expect(found.estimand.population).toBe("cluster-average");
    expect(codes(found)).not.toContain("weights-change-estimand");
    const other = ask({}, { weights: "w" }, { ...trial, w: trial.x.map((x) => 1 + x * x) });
    expect(other.estimand.population).toBe("participant-average");
    expect(codes(other)).toContain("weights-change-estimand");
  });

  test("large-sample references are there, named in the result, with a notice when clusters are few", () => {
    const t = ask({ variance: "cr1s", inference: "t" });
    expect(t.estimates[0]!.test!.reference).toEqual({ name: "t", df: 11 });
    expect(t.tests[0]!.reference).toEqual({ name: "F", df: [2, 11] });
    expect(codes(t)).toContain("few-clusters-for-inference");
    const z = ask({ variance: "cr0", inference: "z" });
    expect(z.coefficients[0]!.df).toBeNull();
    expect(z.tests[0]!.reference).toEqual({ name: "chi-squared", df: 2 });
    expect(codes(ask({}))).not.toContain("few-clusters-for-inference");
  });

  test("a covariate of one cluster's own is said to be so, and the effect stays", () => {
    const found = ask({}, { covariates: ["one"] });
    expect(codes(found)).toContain("cluster-determines-coefficient");
    expect(found.estimates[0]!.working!.standardError).toBeGreaterThan(0);
  });

  test("an arm of few clusters brings a notice of few degrees of freedom", () => {
    const lopsided = { ...trial, arm: trial.practice.map((j) => (j < 2 ? "a" : "b")) };
    const found = ask({}, { control: "b" }, lopsided);
    expect(codes(found)).toContain("few-degrees-of-freedom");
  });

  test("what cannot be is refused by name, and an exact fit is no result", () => {
    const thrown = (run: () => unknown) => {
      try {
        run();
      } catch (problem) {
        return (problem as { code: string }).code;
      }
      return null;
    };
    expect(thrown(() => ask({ family: "binomial" }))).toBe("outcome-outside-family");
    expect(thrown(() => ask({ family: "gamma" }))).toBe("outcome-outside-family");
    expect(thrown(() => ask({ link: "logit" }))).toBe("family-not-available");
    expect(thrown(() => ask({ family: "negative-binomial", link: "identity" }))).toBe("family-not-available");
    expect(thrown(() => ask({ variance: "hc3" }))).toBe("invalid-value");
    const exact = { ...trial, y: trial.x.map((x) => 0.3 * x + 0.1) };
    expect(thrown(() => ask({}, { covariates: ["x"] }, exact))).toBe("no-variation");
    const pick = <T>(values: readonly T[]) => values.filter((_, i) => trial.practice[i]! < 2);
    const two = { practice: pick(trial.practice), arm: pick(trial.arm), y: pick(trial.y) };
    expect(thrown(() => ask({}, {}, two))).toBe("no-degrees-of-freedom");
  });
});
