import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildFrame } from "../../../src/data/buildFrame.ts";
import type { Roles } from "../../../src/data/roles.ts";
import { tableFromColumns } from "../../../src/data/tableFromColumns.ts";
import { studentT } from "../../../src/numerics/distributions/index.ts";
import { randomStream } from "../../../src/numerics/random/randomStream.ts";
import { clusterRobust } from "../../../src/trial/effect/clusterRobust.ts";
import { clusterSummary } from "../../../src/trial/effect/clusterSummary.ts";

interface Trial {
  readonly practice: number[];
  readonly pair: number[];
  readonly stratum: string[];
  readonly arm: number[];
  readonly age: number[];
  readonly size: number[];
  readonly y: number[];
}

/** Practices 2k and 2k + 1 are a pair, one in each arm; sizes from 2. */
function trialOf(seed: number, pairs: number): Trial {
  const stream = randomStream(seed);
  const trial: Trial = { practice: [], pair: [], stratum: [], arm: [], age: [], size: [], y: [] };
  for (let j = 0; j < 2 * pairs; j++) {
    const n = 2 + stream.integer(7);
    const effect = stream.normal();
    for (let i = 0; i < n; i++) {
      trial.practice.push(j);
      trial.pair.push(Math.floor(j / 2));
      trial.stratum.push(j % 4 < 2 ? "rural" : "urban");
      trial.arm.push(j % 2);
      trial.age.push(50 + 10 * stream.normal());
      trial.size.push(n);
      trial.y.push(effect + 0.05 * trial.age.at(-1)! + stream.normal());
    }
  }
  return trial;
}

const ask = (
  trial: Trial,
  options: object,
  roles: Partial<Roles> = {},
  method: typeof clusterSummary | typeof clusterRobust = clusterSummary,
) =>
  method.analyse({
    frame: buildFrame(tableFromColumns({ ...trial }), { outcome: "y", cluster: "practice", arm: "arm", ...roles }),
    options,
    measure: null,
    level: 0.95,
    seed: 1,
  });

const meansOf = ({ practice, y }: Trial) => {
  const clusters = Math.max(...practice) + 1;
  return Array.from({ length: clusters }, (_, j) => {
    const own = y.filter((_, i) => practice[i] === j);
    return own.reduce((a, b) => a + b, 0) / own.length;
  });
};
const mean = (x: readonly number[]) => x.reduce((a, b) => a + b, 0) / x.length;
const variance = (x: readonly number[]) => x.reduce((s, v) => s + (v - mean(x)) ** 2, 0) / (x.length - 1);
const anyTrial = fc.tuple(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 3, max: 9 }));

describe("textbook tests of cluster means", () => {
  test("unweighted: Student's t; welch: Welch's t", () => {
    fc.assert(
      fc.property(anyTrial, ([seed, pairs]) => {
        const trial = trialOf(seed, pairs);
        const means = meansOf(trial);
        const [control, treated] = [0, 1].map((arm) => means.filter((_, j) => j % 2 === arm)) as [number[], number[]];
        const difference = mean(treated) - mean(control);
        const spread = (variance(control) + variance(treated)) / pairs;
        const pooled = ask(trial, {}).estimates[0]!;
        expect(pooled.value).toBeCloseTo(difference, 11);
        expect(pooled.working!.standardError / Math.sqrt(spread)).toBeCloseTo(1, 11);
        expect(pooled.test!.reference).toEqual({ name: "t", df: 2 * pairs - 2 });
        const p = 2 * studentT.upper(Math.abs(difference) / Math.sqrt(spread), 2 * pairs - 2);
        expect(pooled.test!.pValue / p).toBeCloseTo(1, 9);
        const welch = ask(trial, { variances: "welch" }).estimates[0]!;
        const [a, b] = [variance(control) / pairs, variance(treated) / pairs];
        expect(welch.working!.standardError / Math.sqrt(spread)).toBeCloseTo(1, 11);
        expect(welch.test!.reference.df as number).toBeCloseTo(((a + b) ** 2 * (pairs - 1)) / (a * a + b * b), 9);
      }),
    );
  });

  test("pairs: the one-sample t test of differences within pairs", () => {
    fc.assert(
      fc.property(anyTrial, ([seed, pairs]) => {
        const trial = trialOf(seed, pairs);
        const means = meansOf(trial);
        const differences = Array.from({ length: pairs }, (_, k) => means[2 * k + 1]! - means[2 * k]!);
        const { value, working, test: t } = ask(trial, {}, { pairs: "pair" }).estimates[0]!;
        expect(value).toBeCloseTo(mean(differences), 11);
        expect(working!.standardError / Math.sqrt(variance(differences) / pairs)).toBeCloseTo(1, 10);
        expect(t!.reference.df).toBe(pairs - 1);
      }),
    );
  });

  test("weights by size: the difference of participants' means, as least squares over participants has it", () => {
    fc.assert(
      fc.property(anyTrial, ([seed, pairs]) => {
        const trial = trialOf(seed, pairs);
        const weighted = ask(trial, { weights: "size" });
        expect(weighted.estimates[0]!.value).toBeCloseTo(ask(trial, {}, {}, clusterRobust).estimates[0]!.value, 11);
        expect(weighted.estimand.population).toBe("participant-average");
      }),
    );
  });

  test("inverse-variance weights lie between sizes (ρ = 0) and none (ρ → 1), and report their ρ", () => {
    const trial = trialOf(12, 6);
    const found = ask(trial, { weights: "inverse-variance" });
    expect(found.icc!.estimator).toBe("anova-within-arm");
    expect(found.estimand.population).toBe("precision-weighted");
    const between = (practice: number) => 1000 * Math.sin(practice);
    const apart = { ...trial, y: trial.y.map((v, i) => v + between(trial.practice[i]!)) };
    const strong = ask(apart, { weights: "inverse-variance" });
    expect(strong.icc!.value).toBeGreaterThan(0.9999);
    expect(strong.estimates[0]!.value / ask(apart, {}).estimates[0]!.value).toBeCloseTo(1, 3);
    // Outcomes with the practice means taken out: ρ is at its lower bound, so clusters weigh as their sizes.
    const means = meansOf(trial);
    const alike = {
      ...trial,
      y: trial.y.map((v, i) => v - means[trial.practice[i]!]! + Math.cos(trial.practice[i]!) / 1e4),
    };
    const weak = ask(alike, { weights: "inverse-variance" });
    expect(weak.icc!.value).toBeLessThan(0);
    expect(weak.estimates[0]!.value).toBeCloseTo(ask(alike, { weights: "size" }).estimates[0]!.value, 13);
    expect(weak.notices.map(({ code }) => code)).toContain("icc-below-zero-in-weights");
  });
});

describe("covariates and strata", () => {
  test("a covariate of no use changes nothing but is taken out first: residual means sum to zero over participants", () => {
    const trial = trialOf(31, 6);
    const found = ask(trial, {}, { covariates: ["age"] });
    expect(found.variant).toMatchObject({ adjusted: true });
    expect(found.estimates[0]!.test!.reference.df).toBe(10);
    // Shifting and scaling the covariate is another name for the same adjustment.
    const renamed = { ...trial, age: trial.age.map((a) => 1000 - 3 * a) };
    expect(ask(renamed, {}, { covariates: ["age"] }).estimates[0]!.value).toBeCloseTo(found.estimates[0]!.value, 10);
  });

  test("cluster-level covariates cost degrees of freedom unless told otherwise; strata always do, once", () => {
    const trial = trialOf(77, 6);
    const df = (options: object, roles: Partial<Roles>) => ask(trial, options, roles).estimates[0]!.test!.reference.df;
    expect(df({}, { covariates: ["size"] })).toBe(9);
    expect(df({ df: "unadjusted" }, { covariates: ["size"] })).toBe(10);
    expect(df({}, { strata: ["stratum"] })).toBe(9);
    expect(df({}, { strata: ["stratum"], covariates: ["size"] })).toBe(8);
    expect(df({}, { strata: ["stratum"], covariates: ["stratum", "age"] })).toBe(9);
    expect(df({}, { pairs: "pair", covariates: ["size"] })).toBe(4);
  });

  test("three arms: one estimate each and a joint test, pooled or Welch's", () => {
    const trial = trialOf(5, 6);
    const three = { ...trial, arm: trial.practice.map((j) => j % 3) };
    const found = ask(three, {});
    expect(found.estimates.map(({ quantity }) => quantity.term)).toEqual(["arm[1]", "arm[2]"]);
    expect(found.tests[0]!.reference).toEqual({ name: "F", df: [2, 9] });
    // One-way analysis of variance of the cluster means.
    const groups = [0, 1, 2].map((arm) => meansOf(trial).filter((_, j) => j % 3 === arm));
    const grand = mean(groups.flat());
    const between = groups.reduce((s, g) => s + g.length * (mean(g) - grand) ** 2, 0) / 2;
    const within = groups.reduce((s, g) => s + (g.length - 1) * variance(g), 0) / 9;
    expect(found.tests[0]!.statistic / (between / within)).toBeCloseTo(1, 10);
    const welch = ask(three, { variances: "welch" });
    expect(welch.tests[0]!.reference.name).toBe("F");
    expect(welch.estimates).toHaveLength(2);
  });
});

describe("what is refused, and what is said", () => {
  const code = (run: () => unknown) => {
    try {
      run();
    } catch (problem) {
      return (problem as { code: string }).code;
    }
    return null;
  };
  const trial = trialOf(5, 4);
  test("by name", () => {
    expect(code(() => ask(trial, { variances: "welch", weights: "size" }))).toBe("welch-needs-plain-means");
    expect(code(() => ask(trial, { variances: "welch" }, { pairs: "pair" }))).toBe("welch-needs-plain-means");
    expect(code(() => ask(trial, {}, { covariates: ["age", "arm:age"] }))).toBe("arm-interaction-in-summary");
    expect(code(() => ask(trial, { weights: "equal" }))).toBe("invalid-value");
    expect(code(() => ask(trial, {}, { arm: null }))).toBe("arm-needed");
  });

  test("too few clusters", () => {
    const two = trialOf(5, 1);
    expect(code(() => ask(two, {}))).toBe("no-degrees-of-freedom");
    const lone = { ...trial, arm: trial.practice.map((j) => (j === 0 ? 1 : 0)) };
    expect(code(() => ask(lone, { variances: "welch" }))).toBe("one-cluster-in-arm");
    expect(ask(lone, {}).notices.map((n) => n.code)).toContain("unequal-arms");
    expect(ask(trialOf(5, 3), {}).notices.map((n) => n.code)).toContain("few-clusters");
  });
});
