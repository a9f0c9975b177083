import { describe, expect, test } from "vitest";
import { buildFrame } from "../../../src/data/buildFrame.ts";
import type { Roles } from "../../../src/data/roles.ts";
import { tableFromColumns } from "../../../src/data/tableFromColumns.ts";
import { randomStream } from "../../../src/numerics/random/randomStream.ts";
import { icc } from "../../../src/trial/icc/icc.ts";

const trial = (() => {
  const stream = randomStream(2718);
  const columns = { practice: [] as number[], arm: [] as number[], y: [] as number[] };
  for (let j = 0; j < 10; j++) {
    const effect = 0.7 * stream.normal();
    for (let i = 0; i < 4 + stream.integer(5); i++) {
      columns.practice.push(j);
      columns.arm.push(j % 2);
      columns.y.push(effect + 4 * (j % 2) + stream.normal());
    }
  }
  return columns;
})();

const ask = (options: object = {}, roles: Partial<Roles> = {}, columns: Record<string, number[]> = trial) =>
  icc.analyse({
    frame: buildFrame(tableFromColumns(columns), { outcome: "y", cluster: "practice", arm: "arm", ...roles }),
    options,
    measure: null,
    level: 0.95,
    seed: 11,
  });

const thrown = (run: () => unknown) => {
  try {
    run();
  } catch (problem) {
    return (problem as { code: string }).code;
  }
  return null;
};

describe("the method icc", () => {
  test("takes out the arms by default, the mean when there is no arm, and says which", () => {
    const within = ask();
    const plain = ask({ estimator: "anova" });
    expect(within.icc!.estimator).toBe("anova-within-arm");
    expect(ask({}, { arm: null }).icc!.estimator).toBe("anova");
    expect(ask({}, { arm: null }).icc!.value).toBe(plain.icc!.value);
    // A difference of four standard deviations between arms would pass for clustering.
    expect(plain.icc!.value).toBeGreaterThan(within.icc!.value + 0.3);
    expect(within.estimates[0]!.interval!.method).toBe("searle");
    expect(within.estimates[0]!.test!.reference).toEqual({ name: "F", df: [8, trial.y.length - 10] });
  });

  test("estimators agree about equal clusters: reml is anova within arms when positive", () => {
    const stream = randomStream(5);
    const practice = Array.from({ length: 60 }, (_, i) => Math.floor(i / 6));
    const effects = practice.map(() => stream.normal());
    const equal = {
      practice,
      arm: practice.map((j) => j % 2),
      y: practice.map((j) => effects[j]! + stream.normal()),
    };
    const anova = ask({}, {}, equal);
    const reml = ask({ estimator: "reml" }, {}, equal);
    expect(anova.icc!.value).toBeGreaterThan(0);
    expect(reml.icc!.value).toBeCloseTo(anova.icc!.value, 9);
    expect(reml.icc!.interval!.method).toBe("profile");
    expect(reml.variances.map(({ variance }) => variance)[0]!).toBeCloseTo(anova.variances[0]!.variance, 8);
  });

  test("bootstrap-t: seed and draws are in the result", () => {
    const found = ask({ interval: "bootstrap-t" });
    expect(found.summary.draws).toBe(9999);
    expect(found.summary.failures).toBe(0);
    expect(found.icc!.interval!.lower).toBeLessThan(found.icc!.value);
    expect(ask({ interval: "bootstrap-t" })).toEqual(found);
  });

  test("pearson has no interval without resampling", () => {
    const found = ask({ estimator: "pearson" });
    expect(found.icc!.interval).toBeNull();
    expect(Math.abs(found.icc!.value - ask().icc!.value)).toBeLessThan(0.25);
  });

  test("below zero as found, or truncated when asked, with a notice either way", () => {
    const means = new Map<number, { sum: number; n: number }>();
    trial.practice.forEach((j, i) => {
      const { sum, n } = means.get(j) ?? { sum: 0, n: 0 };
      means.set(j, { sum: sum + trial.y[i]!, n: n + 1 });
    });
    const flat = {
      ...trial,
      y: trial.y.map((y, i) => y - means.get(trial.practice[i]!)!.sum / means.get(trial.practice[i]!)!.n),
    };
    const found = ask({}, {}, flat);
    expect(found.icc!.value).toBeCloseTo(-1 / (found.summary.n0! - 1), 9);
    expect(found.notices.map(({ code }) => code)).toEqual(["icc-below-zero"]);
    const truncated = ask({ truncate: true }, {}, flat);
    expect(truncated.icc!.value).toBe(0);
    expect(truncated.icc!.interval!.lower).toBe(0);
    expect(truncated.notices.map(({ code }) => code)).toEqual(["icc-truncated"]);
  });

  test("identical members: 1, no interval, a notice", () => {
    const same = { ...trial, y: trial.practice.map((j) => j * j) };
    const found = ask({}, {}, same);
    expect(found.icc!.value).toBe(1);
    expect(found.icc!.interval).toBeNull();
    expect(found.summary.fStatistic).toBeNull();
    expect(found.notices.map(({ code }) => code)).toEqual(["icc-without-within-variation"]);
  });

  test("what it does not have is refused by name", () => {
    for (const estimator of ["latent", "fleiss-cuzick", "proportion", "rate-k", "nakagawa"])
      expect(thrown(() => ask({ estimator }))).toBe("icc-estimator-not-available");
    expect(thrown(() => ask({ estimator: "anova-within-arm" }, { arm: null }))).toBe("icc-estimator-needs-arm");
    expect(thrown(() => ask({ interval: "zou-donner" }))).toBe("icc-interval-not-available");
    expect(thrown(() => ask({ estimator: "reml", interval: "searle" }))).toBe("icc-interval-not-available");
    expect(thrown(() => ask({ estimator: "pearson", interval: "fisher" }))).toBe("icc-interval-not-available");
  });
});
