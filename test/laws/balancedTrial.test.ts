import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildFrame } from "../../src/data/buildFrame.ts";
import { tableFromColumns } from "../../src/data/tableFromColumns.ts";
import { studentT } from "../../src/numerics/distributions/index.ts";
import { randomStream } from "../../src/numerics/random/randomStream.ts";
import { linearMixedModel } from "../../src/trial/effect/linearMixedModel.ts";

/** A balanced two-arm trial: `perArm` clusters of `size` each way. */
function balanced(seed: number, perArm: number, size: number, betweenSd: number) {
  const stream = randomStream(seed);
  const columns = { practice: [] as number[], arm: [] as number[], y: [] as number[] };
  for (let j = 0; j < 2 * perArm; j++) {
    const effect = betweenSd * stream.normal();
    for (let i = 0; i < size; i++) {
      columns.practice.push(j);
      columns.arm.push(j < perArm ? 0 : 1);
      columns.y.push(3 + effect + stream.normal());
    }
  }
  return columns;
}

/** The textbook: two-sample t test of the cluster means. */
function clusterT({ practice, arm, y }: ReturnType<typeof balanced>, size: number) {
  const clusters = Math.max(...practice) + 1;
  const means = new Float64Array(clusters);
  y.forEach((value, i) => {
    means[practice[i]!]! += value / size;
  });
  const perArm = clusters / 2;
  const armMeans = [0, 1].map((a) => means.subarray(a * perArm, (a + 1) * perArm).reduce((s, m) => s + m / perArm, 0));
  const squares = means.reduce((s, m, j) => s + (m - armMeans[j < perArm ? 0 : 1]!) ** 2, 0);
  const standardError = Math.sqrt((squares / (clusters - 2)) * (2 / perArm));
  const difference = armMeans[1]! - armMeans[0]!;
  return {
    difference,
    standardError,
    df: clusters - 2,
    pValue: 2 * studentT.upper(Math.abs(difference) / standardError, clusters - 2),
    arm,
  };
}

const analyse = (columns: ReturnType<typeof balanced>, options: object) =>
  linearMixedModel.analyse({
    frame: buildFrame(tableFromColumns(columns), { outcome: "y", cluster: "practice", arm: "arm" }),
    options,
    measure: null,
    level: 0.95,
    seed: 1,
  });

const arbitraryTrial = fc.tuple(
  fc.integer({ min: 1, max: 100_000 }),
  fc.integer({ min: 2, max: 8 }),
  fc.integer({ min: 2, max: 9 }),
  fc.double({ min: 0, max: 2, noNaN: true }),
);

describe("a balanced two-arm trial, arm alone", () => {
  test("Kenward–Roger is the t test of cluster means when the variance between clusters is above zero", () => {
    let above = 0;
    fc.assert(
      fc.property(arbitraryTrial, ([seed, perArm, size, sd]) => {
        const columns = balanced(seed, perArm, size, sd);
        const findings = analyse(columns, {});
        const arm = findings.coefficients[1]!;
        const textbook = clusterT(columns, size);
        expect(arm.df).toBeCloseTo(textbook.df, 7);
        expect(arm.value).toBeCloseTo(textbook.difference, 10);
        if (findings.variances[0]!.variance === 0) return;
        above += 1;
        expect(arm.standardError / textbook.standardError).toBeCloseTo(1, 9);
        expect(arm.pValue).toBeCloseTo(textbook.pValue, 9);
      }),
      { numRuns: 60, seed: 11 },
    );
    expect(above).toBeGreaterThan(20);
  });

  test("with compound symmetry it is so whatever the data", () => {
    let below = 0;
    fc.assert(
      fc.property(arbitraryTrial, ([seed, perArm, size, sd]) => {
        const columns = balanced(seed, perArm, size, sd);
        const findings = analyse(columns, { covariance: "compound-symmetry" });
        const arm = findings.coefficients[1]!;
        const textbook = clusterT(columns, size);
        if (findings.variances[0]!.variance < 0) below += 1;
        expect(arm.df).toBeCloseTo(textbook.df, 7);
        expect(arm.standardError / textbook.standardError).toBeCloseTo(1, 9);
        expect(arm.pValue).toBeCloseTo(textbook.pValue, 9);
      }),
      { numRuns: 60, seed: 12 },
    );
    expect(below).toBeGreaterThan(5);
  });

  test("CR2 on top of the model has the same standard error", () => {
    fc.assert(
      fc.property(arbitraryTrial, ([seed, perArm, size, sd]) => {
        const columns = balanced(seed, perArm, size, sd);
        const arm = analyse(columns, { inference: "cr2" }).coefficients[1]!;
        const textbook = clusterT(columns, size);
        expect(arm.standardError / textbook.standardError).toBeCloseTo(1, 9);
        expect(arm.df).toBeCloseTo(textbook.df, 7);
      }),
      { numRuns: 30, seed: 13 },
    );
  });
});
