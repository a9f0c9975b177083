import { describe, expect, test } from "vitest";
import { buildFrame } from "../../../src/data/buildFrame.ts";
import { jackknifeAcceleration, jackknifeVariance } from "../../../src/inference/jackknife/clusterJackknife.ts";
import { sandwichVariance } from "../../../src/inference/sandwich/sandwichVariance.ts";
import { clusterRobust } from "../../../src/trial/effect/clusterRobust.ts";
import { marginalModel } from "../../../src/trial/effect/marginalModel.ts";
import { trialTable } from "../../support/trials.ts";

describe("least squares", () => {
  const frame = buildFrame(trialTable("simulated-24"), {
    outcome: "ycont",
    outcomeKinds: ["continuous"],
    cluster: "cluster",
    arm: "arm",
    covariates: ["age", "y0"],
  });
  const clusters = frame.cluster.labels.length;
  const reweighted = clusterRobust.reweighted!({ frame, options: {}, measure: null, level: 0.95, seed: 1 })!;
  const leftOut = Float64Array.from({ length: clusters }, (_, out) => {
    const found = new Float64Array(2);
    expect(
      reweighted.estimate(
        Int32Array.from({ length: clusters }, (_, j) => (j === out ? 0 : 1)),
        found,
        false,
      ),
    ).toBe(true);
    return found[0]!;
  });
  const { coefficients, clusterParts } = marginalModel(frame, "gaussian", "identity");
  const k = frame.design.terms.findIndex(({ role }) => role === "arm");
  const estimate = Float64Array.of(coefficients[k]!);
  const p = coefficients.length;

  test("CV3 is (J − 1)/J times CR3", () => {
    const { covariance } = sandwichVariance(clusterParts, "cr3");
    const cv3 = jackknifeVariance(leftOut, estimate)[0]!;
    expect((cv3 * clusters) / (clusters - 1) / covariance[k * p + k]!).toBeCloseTo(1, 11);
  });

  test("as variances of cluster-robust they are the same to rounding", () => {
    for (const [correction, centre] of [
      ["cv3", "estimate"],
      ["cv3j", "mean"],
    ] as const) {
      const { covariance } = sandwichVariance(clusterParts, correction);
      expect(covariance[k * p + k]! / jackknifeVariance(leftOut, estimate, centre)[0]!).toBeCloseTo(1, 10);
    }
  });

  test("CV3J, about the mean, is no larger", () => {
    const cv3 = jackknifeVariance(leftOut, estimate)[0]!;
    const cv3j = jackknifeVariance(leftOut, estimate, "mean")[0]!;
    expect(cv3j).toBeLessThan(cv3);
    expect(cv3j / cv3).toBeGreaterThan(0.9);
  });
});

test("the jackknife of a mean is its standard error, and the acceleration of a symmetric sample nil", () => {
  const values = [3, 5, 6, 7, 9];
  const mean = 6;
  const leftOut = Float64Array.from(values, (value) => (5 * mean - value) / 4);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  expect(jackknifeVariance(leftOut, Float64Array.of(mean))[0]).toBeCloseTo(squares / 4 / 5, 12);
  expect(jackknifeAcceleration(leftOut, mean, [Int32Array.of(0, 1, 2, 3, 4)])).toBeCloseTo(0, 12);
});

test("the acceleration of a mean is a sixth of its skewness over √n", () => {
  const values = [1, 2, 2, 3, 7, 12];
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const leftOut = Float64Array.from(values, (value) => (n * mean - value) / (n - 1));
  const moment = (k: number) => values.reduce((sum, value) => sum + (value - mean) ** k, 0) / n;
  const expected = moment(3) / moment(2) ** 1.5 / (6 * Math.sqrt(n));
  expect(jackknifeAcceleration(leftOut, mean, [Int32Array.from(values.keys())])).toBeCloseTo(expected, 12);
});
