import { describe, expect, test } from "vitest";
import { buildFrame } from "../../../src/data/buildFrame.ts";
import type { Roles } from "../../../src/data/roles.ts";
import { tableFromColumns } from "../../../src/data/tableFromColumns.ts";
import { randomStream } from "../../../src/numerics/random/randomStream.ts";
import { icc } from "../../../src/trial/icc/icc.ts";

type Columns = Record<string, (number | string)[]>;

/** Twelve practices of 3 to 20, an outcome yes or no, and a count with time at risk. */
const trial = (() => {
  const stream = randomStream(1999);
  const columns = { practice: [], arm: [], well: [], y: [], relapses: [], years: [] } as {
    practice: number[];
    arm: string[];
    well: string[];
    y: number[];
    relapses: number[];
    years: number[];
  };
  for (let j = 0; j < 12; j++) {
    const effect = 0.9 * stream.normal();
    for (let i = 3 + stream.integer(18); i > 0; i--) {
      const well = stream.uniform() < 1 / (1 + Math.exp(0.5 - effect - 0.4 * (j % 2)));
      columns.practice.push(j);
      columns.arm.push(j % 2 === 0 ? "usual" : "new");
      columns.well.push(well ? "yes" : "no");
      columns.y.push(well ? 1 : 0);
      columns.years.push(0.5 + stream.uniform());
      const mean = columns.years.at(-1)! * Math.exp(effect);
      let count = 0;
      for (let time = stream.exponential(); time < mean; time += stream.exponential()) count++;
      columns.relapses.push(count);
    }
  }
  return columns;
})();

/** The same as rows of events out of trials, two rows per practice. */
const grouped = (() => {
  const rows = new Map<string, { practice: number; arm: string; events: number; trials: number }>();
  trial.practice.forEach((practice, i) => {
    const key = `${practice} ${i % 2}`;
    const row = rows.get(key) ?? { practice, arm: trial.arm[i]!, events: 0, trials: 0 };
    rows.set(key, { ...row, events: row.events + trial.y[i]!, trials: row.trials + 1 });
  });
  const all = [...rows.values()];
  return {
    practice: all.map((row) => row.practice),
    arm: all.map((row) => row.arm),
    events: all.map((row) => row.events),
    trials: all.map((row) => row.trials),
  };
})();

const yes: Partial<Roles> = { outcome: { name: "well", event: "yes" } };
const counts: Partial<Roles> = { outcome: { name: "relapses", exposure: "years" } };

const ask = (
  options: object,
  roles: Partial<Roles> = yes,
  columns: Columns = trial,
  measure: "icc" | "coefficient-of-variation" | null = null,
) =>
  icc.analyse({
    frame: buildFrame(tableFromColumns(columns), {
      outcome: "y",
      cluster: "practice",
      arm: "arm",
      control: "usual",
      outcomeKinds: icc.needs(options).outcomes!,
      ...roles,
    }),
    options,
    measure,
    level: 0.95,
    seed: 7,
  });

const thrown = (run: () => unknown) => {
  try {
    run();
  } catch (problem) {
    return (problem as { code: string }).code;
  }
  return null;
};

const binaryEstimators = [
  "anova-within-arm",
  "anova",
  "reml",
  "fleiss-cuzick",
  "pearson",
  "latent",
  "proportion",
  "rate-k",
];

describe("a yes-or-no outcome", () => {
  test.each(binaryEstimators)("%s: rows, words and rows of events out of trials say the same", (estimator) => {
    const words = ask({ estimator });
    const numbers = ask({ estimator }, {});
    const sums = ask({ estimator }, { outcome: { events: "events", trials: "trials" } }, grouped);
    for (const other of [numbers, sums]) {
      expect(other.icc!.value).toBeCloseTo(words.icc!.value, 10);
      expect(other.icc!.interval!.lower).toBeCloseTo(words.icc!.interval!.lower, 8);
      expect(other.icc!.interval!.upper).toBeCloseTo(words.icc!.interval!.upper, 8);
      expect(other.icc!.scale).toBe(words.icc!.scale);
    }
  });

  test("never a number without its scale", () => {
    const scales = binaryEstimators.map((estimator) => ask({ estimator }).icc!.scale);
    expect(scales).toEqual([...new Array(5).fill("proportion"), "latent", "proportion", "coefficient-of-variation"]);
    const k = ask({ estimator: "rate-k" }).estimates[0]!.quantity;
    expect([k.term, k.measure]).toEqual(["k", "coefficient-of-variation"]);
  });

  test("the latent scale is wider than that of proportions; the interval runs with it", () => {
    const latent = ask({ estimator: "latent" });
    const share = ask({ estimator: "proportion" });
    expect(latent.icc!.value).toBeGreaterThan(share.icc!.value);
    expect(share.variances).toEqual(latent.variances);
    const sigma2 = latent.variances[0]!.variance;
    expect(latent.icc!.value).toBeCloseTo(sigma2 / (sigma2 + Math.PI ** 2 / 3), 12);
  });

  test("no variation between clusters: zero at the boundary, said so, with an upper limit", () => {
    const even: Columns = { practice: [], arm: [], y: [] };
    for (let j = 0; j < 8; j++)
      for (let i = 0; i < 10; i++) {
        even["practice"]!.push(j);
        even["arm"]!.push(j < 4 ? "usual" : "new");
        even["y"]!.push(i < 3 + (j % 2) ? 1 : 0);
      }
    for (const estimator of ["latent", "proportion"]) {
      const found = ask({ estimator }, {}, even);
      expect(found.icc!.value).toBe(0);
      expect(found.icc!.interval!.lower).toBe(0);
      expect(found.icc!.interval!.upper).toBeGreaterThan(0);
      expect(found.icc!.interval!.upper).toBeLessThan(0.5);
      expect(found.notices.map(({ code }) => code)).toEqual(["variance-at-boundary", "interval-covers-less"]);
    }
    const below = ask({ estimator: "fleiss-cuzick" }, {}, even);
    expect(below.icc!.value).toBeLessThan(0);
    expect(below.notices.map(({ code }) => code)).toContain("icc-below-zero");
  });

  test("an arm without events is left to itself, and named", () => {
    const none = { ...trial, y: trial.y.map((y, i) => (trial.arm[i] === "new" ? 0 : y)) };
    const usual = trial.practice.flatMap((_, i) => (trial.arm[i] === "usual" ? [i] : []));
    const alone: Columns = { practice: usual.map((i) => trial.practice[i]!), y: usual.map((i) => trial.y[i]!) };
    for (const estimator of ["fleiss-cuzick", "pearson", "latent", "proportion"]) {
      const found = ask({ estimator }, {}, none);
      const own = ask({ estimator }, { arm: null, control: null }, alone);
      expect(found.icc!.value).toBeCloseTo(own.icc!.value, 9);
      expect(found.icc!.interval!.upper).toBeCloseTo(own.icc!.interval!.upper, 8);
      expect(found.notices.map(({ code }) => code)).toContain("icc-arm-without-variation");
    }
  });

  test("one event in all: every estimator answers or says why not", () => {
    const single = { ...trial, y: trial.y.map((_, i) => (i === 5 ? 1 : 0)) };
    for (const estimator of binaryEstimators) {
      const found = ask({ estimator }, {}, single);
      for (const { value, interval } of found.estimates) {
        expect(Number.isFinite(value)).toBe(true);
        expect(Number.isFinite(interval!.lower) && Number.isFinite(interval!.upper)).toBe(true);
      }
    }
    expect(thrown(() => ask({ estimator: "fleiss-cuzick", interval: "bootstrap-t" }, {}, single))).toBe(
      "bootstrap-failed",
    );
  });

  test("clusters of one, identical members, outcomes all alike", () => {
    const own = {
      ...trial,
      practice: trial.practice.map((_, i) => i),
      arm: trial.arm.map((_, i) => (i % 2 === 0 ? "usual" : "new")),
    };
    for (const estimator of ["fleiss-cuzick", "pearson", "latent", "proportion", "anova"])
      expect(thrown(() => ask({ estimator }, {}, own))).toBe("clusters-of-one");
    const alike = { ...trial, y: trial.practice.map((j) => (j % 3 === 0 ? 1 : 0)) };
    expect(ask({ estimator: "fleiss-cuzick" }, {}, alike).icc!.value).toBe(1);
    expect(ask({ estimator: "pearson" }, {}, alike).icc!.value).toBeCloseTo(1, 12);
    expect(thrown(() => ask({ estimator: "latent" }, {}, alike))).toBe("cluster-variance-unbounded");
  });

  test("zou-donner says that the outcome is one of yes or no", () => {
    expect(icc.needs({ interval: "zou-donner" }).outcomes).toEqual(["binary", "grouped"]);
    const found = ask({ interval: "zou-donner" }, {});
    expect(found.icc!.estimator).toBe("anova-within-arm");
    expect(found.icc!.interval!.method).toBe("zou-donner");
  });
});

describe("a count", () => {
  test("nakagawa: three versions, the first of them the correlation; delta between the others", () => {
    const found = ask({}, counts);
    expect(found.icc!.estimator).toBe("nakagawa");
    expect(found.estimates.map(({ quantity }) => quantity.term)).toEqual([
      "icc[lognormal]",
      "icc[delta]",
      "icc[trigamma]",
    ]);
    expect(found.icc!.value).toBe(found.estimates[0]!.value);
    for (const { value, interval } of found.estimates) {
      expect(interval!.lower).toBeLessThan(value);
      expect(interval!.upper).toBeGreaterThan(value);
    }
    // log(1 + 1/λ) < 1/λ < ψ′(λ)
    const [lognormal, delta, trigamma] = found.estimates.map(({ value }) => value);
    expect(lognormal!).toBeGreaterThan(delta!);
    expect(delta!).toBeGreaterThan(trigamma!);
    expect(found.notices.map(({ code }) => code)).toContain("icc-per-unit-of-exposure");
  });

  test("k by measure or by name; a measure that the estimator does not give is refused", () => {
    const k = ask({ estimator: "rate-k" }, counts);
    expect(ask({}, counts, trial, "coefficient-of-variation")).toEqual(k);
    expect(k.icc!.scale).toBe("coefficient-of-variation");
    expect(thrown(() => ask({ estimator: "rate-k" }, counts, trial, "icc"))).toBe("icc-measure");
    expect(thrown(() => ask({ estimator: "fleiss-cuzick" }, yes, trial, "coefficient-of-variation"))).toBe(
      "icc-measure",
    );
    expect(thrown(() => ask({ estimator: "anova" }, { ...counts, outcomeKinds: ["count"] }))).toBe(
      "icc-estimator-not-available",
    );
  });

  test("bootstrap-t of k says how it went", () => {
    const found = ask({ estimator: "rate-k", interval: "bootstrap-t" }, counts);
    expect(found.summary.draws).toBe(9999);
    expect(found.icc!.interval!.upper).toBeGreaterThan(found.icc!.value);
  });

  test("a bare column of 0 and 1 is a yes-or-no outcome for k, one of larger counts a count", () => {
    const needs = icc.needs({ estimator: "rate-k" }).outcomes!;
    expect(needs).toEqual(["binary", "count", "grouped"]);
    expect(ask({ estimator: "rate-k" }, {}).icc!.value).toBeCloseTo(ask({ estimator: "rate-k" }).icc!.value, 14);
    expect(ask({ estimator: "rate-k" }, { outcome: "relapses" }).icc!.value).toBeGreaterThan(0);
  });
});
