import { describe, expect, test } from "vitest";
import { Problem } from "../../src/contract/problem.ts";
import { buildFrame } from "../../src/data/buildFrame.ts";
import { tableFromColumns } from "../../src/data/tableFromColumns.ts";
import { bivariateMixedModel } from "../../src/economics/bivariateMixed.ts";
import type { JointData, JointFit } from "../../src/economics/jointFit.ts";
import { jointGee } from "../../src/economics/jointGee.ts";
import { iteratedSur, leastSquares, sur } from "../../src/economics/sur.ts";
import { randomStream } from "../../src/numerics/random/randomStream.ts";
import { clusterRobust } from "../../src/trial/effect/clusterRobust.ts";
import { linearMixedModel } from "../../src/trial/effect/linearMixedModel.ts";

const estimators = [sur, iteratedSur, leastSquares, jointGee, bivariateMixedModel];

interface Columns {
  readonly practice: string[];
  readonly arm: string[];
  readonly age: number[];
  readonly cost: number[];
  readonly qaly: number[];
}

/** Cluster effects of cost and effect with standard deviations between and correlation `together`. */
function simulated(seed: number, sizes: readonly number[], between = 0.3, together = -0.5): Columns {
  const stream = randomStream(seed);
  const out: Columns = { practice: [], arm: [], age: [], cost: [], qaly: [] };
  sizes.forEach((size, j) => {
    const u = stream.normal();
    const v = together * u + Math.sqrt(1 - together * together) * stream.normal();
    for (let i = 0; i < size; i++) {
      const e = stream.normal();
      const f = -0.4 * e + Math.sqrt(0.84) * stream.normal();
      const age = Math.round(50 + 10 * stream.normal());
      out.practice.push(`p${j}`);
      out.arm.push(j % 2 === 0 ? "usual" : "new");
      out.age.push(age);
      out.cost.push(1000 + 800 * (between * u + e) + 5 * age + 150 * (j % 2));
      out.qaly.push(0.7 + 0.15 * (between * v + f) - 0.002 * age + 0.03 * (j % 2));
    }
  });
  return out;
}

function dataOf(columns: Columns, costCovariates: string[] = [], effectCovariates: string[] = []): JointData {
  const table = tableFromColumns({ ...columns });
  const frame = (outcome: string, covariates: string[]) =>
    buildFrame(table, { outcome, covariates, cluster: "practice", arm: "arm", control: "usual" });
  const [cost, effect] = [frame("cost", costCovariates), frame("qaly", effectCovariates)];
  const equation = <N extends string>(name: N, { outcome, design, effects }: typeof cost) => ({
    name,
    column: outcome.name,
    values: outcome.values,
    design,
    increments: effects.map(({ weights }) => weights),
  });
  return {
    cost: equation("cost", cost),
    effect: equation("effect", effect),
    cluster: cost.cluster,
    arm: cost.arm!,
    stratum: null,
    pair: null,
  };
}

const sizes = [4, 9, 15, 7, 22, 11, 3, 18, 12, 6, 9, 14];
const threshold = 20000;
const netBenefit = (fit: JointFit) => {
  const [increment] = fit.increments;
  const [cc, ce, , ee] = fit.covariance;
  return {
    value: threshold * increment!.effect - increment!.cost,
    standardError: Math.sqrt(threshold ** 2 * ee! - 2 * threshold * ce! + cc!),
    df: fit.df(Float64Array.of(-1, threshold)),
  };
};

/** The same from the net benefit of each participant as an outcome of its own. */
function directly(columns: Columns, method: typeof clusterRobust | typeof linearMixedModel, covariates: string[]) {
  const table = tableFromColumns({ ...columns, nb: columns.qaly.map((e, i) => threshold * e - columns.cost[i]!) });
  const frame = buildFrame(table, { outcome: "nb", covariates, cluster: "practice", arm: "arm", control: "usual" });
  const [estimate] = method.analyse({ frame, options: {}, measure: null, level: 0.95, seed: 1 }).estimates;
  return {
    value: estimate!.value,
    standardError: estimate!.working!.standardError,
    df: (estimate!.test!.reference as { df: number }).df,
  };
}

const expectAlike = (ours: ReturnType<typeof netBenefit>, theirs: ReturnType<typeof directly>, digits: number) => {
  expect(ours.value / theirs.value).toBeCloseTo(1, digits);
  expect(ours.standardError / theirs.standardError).toBeCloseTo(1, digits);
  expect(ours.df! / theirs.df).toBeCloseTo(1, digits);
};

describe("the net benefit", () => {
  test("of regressions with the same covariates is that of regressing everybody's own net benefit", () => {
    const columns = simulated(3, sizes);
    for (const estimator of [sur, iteratedSur, leastSquares])
      expectAlike(
        netBenefit(estimator.fit(dataOf(columns, ["age"], ["age"]), {})),
        directly(columns, clusterRobust, ["age"]),
        9,
      );
  });

  test("of the bivariate mixed model with clusters of one size is that of a mixed model of it", () => {
    // Between mean squares above those within: no variance is at zero.
    const columns = simulated(
      11,
      Array.from({ length: 12 }, () => 10),
      0.8,
    );
    expectAlike(netBenefit(bivariateMixedModel.fit(dataOf(columns), {})), directly(columns, linearMixedModel, []), 7);
  });

  test("has J − 2 degrees of freedom there, whatever the threshold", () => {
    const columns = simulated(
      11,
      Array.from({ length: 12 }, () => 10),
      0.8,
    );
    const fit = bivariateMixedModel.fit(dataOf(columns), {});
    for (const lambda of [0, 1000, 50000]) expect(fit.df(Float64Array.of(-1, lambda))).toBeCloseTo(10, 6);
  });
});

test("independence with kauermann-carroll is least squares with cr2", () => {
  const data = dataOf(simulated(5, sizes), [], ["age"]);
  const ours = jointGee.fit(data, { correlation: "independence", variance: "kauermann-carroll" });
  const theirs = leastSquares.fit(data, { variance: "cr2" });
  ours.covariance.forEach((value, e) => {
    expect(value / theirs.covariance[e]!).toBeCloseTo(1, 9);
  });
});

describe.each(estimators)("$id", (estimator) => {
  const columns = simulated(5, sizes);
  const original = estimator.fit(dataOf(columns, [], ["age"]), {});

  test("does not depend on the units of cost and effect", () => {
    const changed = estimator.fit(
      dataOf(
        { ...columns, cost: columns.cost.map((c) => 100 * c + 7), qaly: columns.qaly.map((e) => e / 365.25 - 3) },
        [],
        ["age"],
      ),
      {},
    );
    const factors = [100, 1 / 365.25];
    changed.covariance.forEach((value, e) => {
      const factor = factors[Math.floor(e / 2)]! * factors[e % 2]!;
      expect(value / (factor * original.covariance[e]!)).toBeCloseTo(1, 7);
    });
    const weights = Float64Array.of(-1, threshold);
    const turned = Float64Array.of(-1 / 100, threshold * 365.25);
    expect(changed.df(turned)! / original.df(weights)!).toBeCloseTo(1, 6);
  });

  test("does not depend on the order of rows", () => {
    const turn = <T>(values: readonly T[]) => values.map((_, i) => values[(i * 29 + 11) % values.length]!);
    const { practice, arm, age, cost, qaly } = columns;
    const turned = { practice: turn(practice), arm: turn(arm), age: turn(age), cost: turn(cost), qaly: turn(qaly) };
    const changed = estimator.fit(dataOf(turned, [], ["age"]), {});
    changed.covariance.forEach((value, e) => {
      expect(value / original.covariance[e]!).toBeCloseTo(1, 8);
    });
  });

  test("answers or refuses by name, whatever the clusters are like", () => {
    for (let seed = 0; seed < 40; seed++) {
      const sizesOf = Array.from({ length: 4 + (seed % 5) }, (_, j) => 1 + ((seed * 7 + j * 5) % 9));
      try {
        const fit = estimator.fit(
          dataOf(simulated(seed, sizesOf, [0, 0.3, 3][seed % 3]!, seed % 2 ? 1 : 0), [], ["age"]),
          {},
        );
        expect(fit.covariance.every(Number.isFinite)).toBe(true);
        expect(fit.covariance[0]! * fit.covariance[3]!).toBeGreaterThanOrEqual(fit.covariance[1]! ** 2 * (1 - 1e-9));
        expect(netBenefit(fit).df).toBeGreaterThan(0);
      } catch (problem) {
        expect(problem instanceof Problem && `${problem.kind} ${problem.code}`).toMatch(/^design /);
      }
    }
  });
});

test("cost and effect that are one thing are refused", () => {
  const columns = simulated(5, sizes);
  const data = dataOf({ ...columns, qaly: columns.cost.map((cost) => 1 - cost / 30000) });
  for (const estimator of [sur, bivariateMixedModel])
    expect(() => estimator.fit(data, {})).toThrow(expect.objectContaining({ code: "outcomes-proportional" }));
});

test("a between-cluster correlation of one is an answer, with a notice", () => {
  const columns = simulated(1, sizes, 0.5, 1);
  const notices = bivariateMixedModel.fit(dataOf(columns), {}).notices.map(({ code }) => code);
  const zero = bivariateMixedModel.fit(dataOf(simulated(2, sizes, 0)), {}).notices.map(({ code }) => code);
  expect(
    [...notices, ...zero].some((code) => code === "correlation-at-boundary" || code === "variance-at-boundary"),
  ).toBe(true);
});

test("corrections meant for few clusters carry no notice that clusters are few, those meant for many do", () => {
  const data = dataOf(simulated(3, sizes));
  const warns = (variance: string) =>
    sur.fit(data, { variance }).notices.some(({ code }) => code === "few-clusters-for-inference");
  const variances = ["cr2", "cr3", "cv3", "cv3j", "cr0", "cr1", "cr1p", "cr1s"];
  expect(variances.filter(warns)).toEqual(["cr0", "cr1", "cr1p", "cr1s"]);
});
