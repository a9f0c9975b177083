import { describe, expect, it } from "vitest";
import type { Analysis } from "../../../src/contract/analysis.ts";
import { analyse } from "../../../src/published/analyse.ts";
import { trialTable } from "../../support/trials.ts";

const data = trialTable("simulated-missing");
const imputation = { imputations: 12, iterations: 60, scales: { cost: "log" } } as const;
const run = (asked: object): Analysis => {
  const [analysis] = analyse({
    data,
    trial: { cluster: "practice", arm: "arm" },
    analyses: [{ id: "a", ...asked } as never],
  }).analyses;
  if (analysis!.problem !== null) throw new Error(analysis!.problem.message);
  return analysis! as Analysis;
};
const joint = (options: object) =>
  run({
    method: "cost-effectiveness",
    options: { cost: "cost", effect: "qaly", thresholds: [0, 20000], draws: 1000, ...options },
    imputation,
  });
const estimate = ({ estimates }: Analysis, term: string) => estimates.find(({ quantity }) => quantity.term === term)!;

describe("costs and effects imputed together", () => {
  const sur = joint({ estimator: "sur" });

  it("have the increments of each outcome analysed by itself in the same imputations", () => {
    const alone = (outcome: string, auxiliary: string) =>
      run({ outcome, method: "cluster-robust", imputation: { ...imputation, auxiliary: [auxiliary] } }).estimates[0]!;
    const cost = alone("cost", "qaly");
    const found = estimate(sur, "incremental-cost");
    expect(found.value).toBeCloseTo(cost.value, 6);
    expect(found.working!.standardError / cost.working!.standardError).toBeCloseTo(1, 6);
    expect(sur.sample.excluded).toEqual([]);
  });

  it("give the net benefit its own pooled variance and degrees of freedom", () => {
    const cost = estimate(sur, "incremental-cost");
    const atZero = estimate(sur, "net-benefit[0]");
    expect(atZero.value).toBeCloseTo(-cost.value, 8);
    expect(atZero.working!.standardError).toBeCloseTo(cost.working!.standardError, 8);
    expect(atZero.test!.reference).toEqual(cost.test!.reference);
    const worth = estimate(sur, "net-benefit[20000]");
    expect(worth.value).toBeCloseTo(20000 * estimate(sur, "incremental-effect").value - cost.value, 6);
    expect(sur.notices.filter(({ code }) => code === "missing-information")).toHaveLength(2);
  });

  it.each(["two-stage-bootstrap", "gee", "bivariate-mixed-model"])("are pooled over %s", (estimator) => {
    const found = joint({ estimator });
    const gap = estimate(found, "incremental-cost").value - estimate(sur, "incremental-cost").value;
    expect(Math.abs(gap)).toBeLessThan(estimate(sur, "incremental-cost").working!.standardError);
    const probability = estimate(found, "probability-cost-effective[20000]").value;
    expect(probability).toBeGreaterThan(0);
    expect(probability).toBeLessThanOrEqual(1);
  });
});
