import { describe, expect, test } from "vitest";
import type { Analysis, NotEstimable } from "../../../src/contract/analysis.ts";
import { Problem } from "../../../src/contract/problem.ts";
import type { Table } from "../../../src/data/table.ts";
import { tableFromColumns } from "../../../src/data/tableFromColumns.ts";
import { randomStream } from "../../../src/numerics/random/randomStream.ts";
import { parsePlan } from "../../../src/plan/parsePlan.ts";
import { analysePlan } from "../../../src/published/analyse.ts";
import { trialTable } from "../../support/trials.ts";

const trial = { cluster: "practice", arm: "arm", control: "usual care" };

function analyse(analysis: object, table = trialTable("simulated-costs")): Analysis | NotEstimable {
  const plan = parsePlan({ clustrial: 1, data: "data.csv", trial, analyses: [{ id: "a", ...analysis }] });
  return analysePlan(plan, table).analyses[0]!;
}

const found = (analysis: Analysis | NotEstimable): Analysis => {
  if (analysis.problem !== null) throw new Error(analysis.problem.message);
  return analysis;
};

const estimate = (analysis: Analysis, term: string) =>
  analysis.estimates.find(({ quantity }) => quantity.term === term)!;

/** A trial of 12 practices; every amount above zero in the arms named. */
function costs(certain: readonly string[], scale = 1) {
  const stream = randomStream(7);
  const practice: string[] = [];
  const arm: string[] = [];
  const age: number[] = [];
  const cost: number[] = [];
  for (let j = 0; j < 12; j++) {
    const effect = 0.3 * stream.normal();
    for (let i = 0; i < 3 + (j % 5) * 4; i++) {
      practice.push(`p${j}`);
      arm.push(j % 2 === 0 ? "usual care" : "nurse");
      age.push(50 + 10 * stream.normal());
      const some = certain.includes(arm.at(-1)!) || stream.uniform() < 0.6;
      cost.push(some ? scale * 300 * stream.exponential() * Math.exp(effect + 0.02 * (age.at(-1)! - 50)) : 0);
    }
  }
  return tableFromColumns({ practice, arm, age, cost });
}

describe("without covariates", () => {
  for (const amounts of ["gamma", "log-normal"] as const) {
    test(`means are those of the arms, whatever the amounts are distributed like (${amounts})`, () => {
      const analysis = found(analyse({ outcome: "cost", method: "two-part", options: { amounts } }));
      for (const { arm, mean } of analysis.sample.byArm)
        expect(estimate(analysis, `mean[${arm}]`).value / mean).toBeCloseTo(1, 11);
    });

    test(`the uncorrected standard error is that of least squares (${amounts})`, () => {
      const options = { amounts, variance: "cr0" };
      const analysis = found(analyse({ outcome: "cost", method: "two-part", options }));
      const plain = found(analyse({ outcome: "cost", method: "cluster-robust", options: { variance: "cr0" } }));
      for (const term of ["arm[nurse]", "arm[phone]"]) {
        const [ours, theirs] = [estimate(analysis, term), estimate(plain, term)];
        expect(ours.value / theirs.value).toBeCloseTo(1, 9);
        expect(ours.working!.standardError / theirs.working!.standardError).toBeCloseTo(1, 9);
      }
    });
  }
});

test("the effect is a difference of arithmetic means over participants, on t with what clusters leave", () => {
  const { estimand, estimates } = found(analyse({ outcome: "cost", covariates: ["severity"], method: "two-part" }));
  expect(estimand).toEqual({ population: "participant-average", contrast: "marginal", measure: "mean-difference" });
  expect(estimates[0]!.quantity).toMatchObject({ measure: "mean-difference", unit: "cost" });
  expect(estimates[0]!.test!.reference).toEqual({ name: "t", df: 21 - 3 });
});

test("scales with the unit of cost", () => {
  for (const amounts of ["gamma", "log-normal"] as const) {
    const of = (scale: number) =>
      found(
        analyse({ outcome: "cost", covariates: ["age"], method: "two-part", options: { amounts } }, costs([], scale)),
      ).estimates[0]!;
    const [pounds, pence] = [of(1), of(100)];
    expect(pence.value / pounds.value).toBeCloseTo(100, 8);
    expect(pence.working!.standardError / pounds.working!.standardError).toBeCloseTo(100, 8);
    expect(pence.test!.pValue).toBeCloseTo(pounds.test!.pValue, 10);
  }
});

describe("arms in which everybody has a cost", () => {
  test("take it for certain, with a notice, and keep their mean", () => {
    const analysis = found(analyse({ outcome: "cost", method: "two-part" }, costs(["nurse"])));
    expect(analysis.notices.map(({ code }) => code)).toContain("no-zero-amounts-in-arm");
    for (const { arm, mean } of analysis.sample.byArm)
      expect(estimate(analysis, `mean[${arm}]`).value / mean).toBeCloseTo(1, 11);
    expect(analysis.coefficients.map(({ term }) => term)).toEqual([
      "any:intercept",
      "amount:intercept",
      "amount:arm[nurse]",
    ]);
  });

  test("are the limit of arms in which nearly everybody has", () => {
    const analysis = found(analyse({ outcome: "cost", covariates: ["age"], method: "two-part" }, costs(["nurse"])));
    expect(analysis.coefficients.map(({ term }) => term)).toContain("any:age");
    expect(estimate(analysis, "mean[nurse]").value).toBeGreaterThan(0);
  });

  test("all of them: the model is that of amounts, standardised", () => {
    const table = costs(["nurse", "usual care"]);
    const ours = found(analyse({ outcome: "cost", covariates: ["age"], method: "two-part" }, table));
    const model = { method: "cluster-robust", options: { family: "gamma", link: "log" } };
    const theirs = found(
      analyse({ outcome: "cost", covariates: ["age"], method: "standardisation", options: { model } }, table),
    );
    expect(ours.notices.map(({ code }) => code)).toContain("no-zero-amounts");
    expect(ours.estimates[0]!.value / theirs.estimates[0]!.value).toBeCloseTo(1, 11);
    expect(ours.estimates[0]!.working!.standardError / theirs.estimates[0]!.working!.standardError).toBeCloseTo(1, 11);
  });
});

test("serves standardisation, model-robust or over clusters", () => {
  const options = { model: "two-part", augmentation: "model-robust", estimand: "cluster-average" };
  const { estimates, estimand } = found(
    analyse({ outcome: "cost", covariates: ["severity"], method: "standardisation", options }),
  );
  expect(estimand.population).toBe("cluster-average");
  expect(Number.isFinite(estimates[0]!.working!.standardError)).toBe(true);
});

describe("what cannot be answered is refused by name", () => {
  const problemOf = (analysis: object, table?: Table): { code: string; message: string } | null => {
    try {
      return analyse(analysis, table).problem;
    } catch (problem) {
      if (problem instanceof Problem) return problem;
      throw problem;
    }
  };

  test("gamma with zeros names the two-part model", () => {
    for (const method of ["cluster-robust", "gee", "generalised-linear-mixed-model"]) {
      const problem = problemOf({ outcome: "cost", method, options: { family: "gamma" } });
      expect(problem?.code).toBe("outcome-outside-family");
      expect(problem?.message).toContain("two-part");
    }
  });

  test("negative costs, an arm without any cost, no arm", () => {
    const table = tableFromColumns({
      practice: ["a", "a", "b", "b", "c", "c", "d", "d"],
      arm: ["usual care", "usual care", "usual care", "usual care", "new", "new", "new", "new"],
      cost: [-1, 2, 0, 4, 5, 6, 0, 3],
      none: [1, 0, 3, 4, 0, 0, 0, 0],
    });
    expect(problemOf({ outcome: "cost", method: "two-part" }, table)?.code).toBe("amount-negative");
    expect(problemOf({ outcome: "none", method: "two-part" }, table)?.code).toBe("arm-without-amounts");
  });

  test("a covariate that tells who has a cost without error", () => {
    const table = tableFromColumns({
      practice: Array.from({ length: 24 }, (_, i) => `p${i % 6}`),
      arm: Array.from({ length: 24 }, (_, i) => (i % 2 === 0 ? "usual care" : "new")),
      cost: Array.from({ length: 24 }, (_, i) => (i < 12 ? 0 : 1 + ((i * 7) % 5))),
      visits: Array.from({ length: 24 }, (_, i) => (i < 12 ? 0 : 1) + 0.01 * ((i * 5) % 7)),
    });
    expect(problemOf({ outcome: "cost", covariates: ["visits"], method: "two-part" }, table)?.code).toBe("separation");
  });
});

test("costs go through every method for continuous outcomes, zeros and skewness and all", () => {
  for (const method of ["linear-mixed-model", "gee", "cluster-robust", "cluster-summary", "standardisation", "icc"]) {
    const { problem } = analyse({ outcome: "cost", method });
    expect(`${method}: ${problem?.message ?? "fine"}`).toBe(`${method}: fine`);
  }
});

test("gamma regressions are standardised to a difference of means", () => {
  for (const method of ["cluster-robust", "gee", "generalised-linear-mixed-model"]) {
    const model = { method, options: { family: "gamma", link: "log" } };
    const { estimates } = found(
      analyse({ outcome: "spent", covariates: ["severity"], method: "standardisation", options: { model } }),
    );
    expect(estimates[0]!.quantity.measure).toBe("mean-difference");
    expect(estimates[0]!.test!.pValue).toBeGreaterThan(0);
  }
});
