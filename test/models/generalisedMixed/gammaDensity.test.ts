import { describe, expect, test } from "vitest";
import { buildFrame } from "../../../src/data/buildFrame.ts";
import { fitGeneralisedMixed } from "../../../src/models/generalisedMixed/fitGeneralisedMixed.ts";
import { maximiseNested, nestedFit } from "../../../src/models/generalisedMixed/nestedGeneralisedFit.ts";
import { parseRandomTerm } from "../../../src/models/mixed/randomFormula.ts";
import { trialTable } from "../../support/trials.ts";

const frame = buildFrame(trialTable("simulated-costs"), {
  outcome: "spent",
  cluster: "practice",
  arm: "arm",
  control: "usual care",
  covariates: ["severity"],
});

const laplace = { family: "gamma", link: "log", quadrature: 1 } as const;

describe("gamma mixed models", () => {
  test("one intercept is the same by the code for nested random effects", () => {
    const one = fitGeneralisedMixed(frame, laplace);
    const nested = nestedFit(maximiseNested(frame, laplace, [parseRandomTerm("1 | practice")]));
    expect(nested.logLikelihood).toBeCloseTo(one.logLikelihood, 7);
    expect(nested.shape! / one.shape!).toBeCloseTo(1, 7);
    expect(nested.deviations[0]! / one.deviations[0]!).toBeCloseTo(1, 7);
    one.coefficients.forEach((value, k) => {
      expect(nested.coefficients[k]).toBeCloseTo(value, 7);
      const q = Math.sqrt(one.covariance.length);
      expect(nested.covariance[k * q + k]! / one.covariance[k * q + k]!).toBeCloseTo(1, 6);
    });
  });

  test("the unit of the amounts moves the intercept, the likelihood by its Jacobian, and nothing else", () => {
    const pounds = fitGeneralisedMixed(frame, { ...laplace, quadrature: 9 });
    const { outcome } = frame;
    const pence = fitGeneralisedMixed(
      { ...frame, outcome: { ...outcome, values: outcome.values.map((value) => 100 * value) } },
      { ...laplace, quadrature: 9 },
    );
    expect(pence.coefficients[0]! - pounds.coefficients[0]!).toBeCloseTo(Math.log(100), 9);
    expect(pence.coefficients[1]).toBeCloseTo(pounds.coefficients[1]!, 9);
    expect(pence.shape! / pounds.shape!).toBeCloseTo(1, 8);
    expect(pence.logLikelihood - pounds.logLikelihood).toBeCloseTo(-frame.rows * Math.log(100), 6);
  });

  test("random slopes beside glmmTMB 1.1.5: oxboys, height by age", () => {
    const boys = buildFrame(trialTable("oxboys"), {
      outcome: "height",
      cluster: "Subject",
      covariates: ["age"],
      extraColumns: ["age"],
    });
    const terms = ["1 | Subject", "0 + age | Subject"].map(parseRandomTerm);
    const fit = nestedFit(maximiseNested(boys, laplace, terms));
    // glmmTMB(height ~ age + (1 | Subject) + (0 + age | Subject), family = Gamma("log")), as its optimiser leaves it.
    expect(fit.logLikelihood).toBeCloseTo(-354.142338128756, 6);
    expect(fit.coefficients[0]).toBeCloseTo(5.004604824258513, 7);
    expect(fit.coefficients[1]).toBeCloseTo(0.04336522238368, 8);
    expect(fit.deviations[0]).toBeCloseTo(0.0533914, 7);
    expect(fit.deviations[1]).toBeCloseTo(0.0096982, 7);
    expect(1 / Math.sqrt(fit.shape!)).toBeCloseTo(0.004134002711623, 7);
  });
});
