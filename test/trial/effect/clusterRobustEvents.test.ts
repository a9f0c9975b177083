import { describe, expect, test } from "vitest";
import type { Measure } from "../../../src/contract/estimate.ts";
import { buildFrame } from "../../../src/data/buildFrame.ts";
import type { Roles } from "../../../src/data/roles.ts";
import { tableFromColumns } from "../../../src/data/tableFromColumns.ts";
import { randomStream } from "../../../src/numerics/random/randomStream.ts";
import { clusterRobust } from "../../../src/trial/effect/clusterRobust.ts";

type Columns = Record<string, (string | number)[]>;

/** Sixteen practices of 5 to 24 participants, two arms, a yes/no outcome, counts over unequal years, an amount. */
const trial = (() => {
  const stream = randomStream(77);
  const columns = {
    practice: [] as number[],
    arm: [] as string[],
    age: [] as number[],
    year: [] as number[],
    sex: [] as string[],
    well: [] as number[],
    visits: [] as number[],
    years: [] as number[],
    cost: [] as number[],
  };
  for (let j = 0; j < 16; j++) {
    const size = 5 + stream.integer(20);
    const effect = 0.4 * stream.normal();
    for (let i = 0; i < size; i++) {
      const age = 40 + stream.integer(30);
      const rate = Math.exp(0.3 + effect + 0.3 * (j % 2));
      const years = 0.5 + 2 * stream.uniform();
      let visits = -1;
      for (let left = rate * years; left > 0; left -= stream.exponential()) visits++;
      columns.practice.push(j);
      columns.arm.push(j % 2 === 0 ? "control" : "letter");
      columns.age.push(age);
      columns.year.push(2010 + stream.integer(6));
      columns.sex.push(stream.uniform() < 0.5 ? "f" : "m");
      columns.well.push(stream.uniform() < 1 / (1 + Math.exp(0.4 - effect - 0.5 * (j % 2))) ? 1 : 0);
      columns.visits.push(Math.max(0, visits));
      columns.years.push(years);
      columns.cost.push(100 * rate * (stream.exponential() + 0.2));
    }
  }
  return columns;
})();

const ask = (
  outcome: Roles["outcome"],
  options: object = {},
  roles: Partial<Roles> = {},
  measure: Measure | null = null,
  columns: Columns = trial,
) =>
  clusterRobust.analyse({
    frame: buildFrame(tableFromColumns(columns), {
      outcome,
      cluster: "practice",
      arm: "arm",
      outcomeKinds: clusterRobust.needs(options, measure).outcomes,
      ...roles,
    } as Roles),
    options,
    measure,
    level: 0.95,
    seed: 1,
  });
type Found = ReturnType<typeof ask>;
const codes = ({ notices }: Found) => notices.map(({ code }) => code);
const thrown = (run: () => unknown) => {
  try {
    run();
  } catch (problem) {
    return (problem as { code: string }).code;
  }
  return null;
};
const well = { name: "well", event: "1" } as const;
const visits = { name: "visits", exposure: "years" } as const;

const inArm = (arm: string, column: readonly number[]) =>
  column.reduce((sum, value, i) => sum + (trial.arm[i] === arm ? value : 0), 0);
const risk = (arm: string) => inArm(arm, trial.well) / trial.arm.filter((a) => a === arm).length;
const rate = (arm: string) => inArm(arm, trial.visits) / inArm(arm, trial.years);

describe("cluster-robust: the arms' own figures come out", () => {
  test.each([
    [
      "odds ratio",
      well,
      {},
      (risk("letter") * (1 - risk("control"))) / ((1 - risk("letter")) * risk("control")),
      "odds-ratio",
    ],
    ["risk ratio, log-binomial", well, { link: "log" }, risk("letter") / risk("control"), "risk-ratio"],
    ["risk ratio, modified Poisson", well, { family: "poisson" }, risk("letter") / risk("control"), "risk-ratio"],
    ["risk difference, binomial", well, { link: "identity" }, risk("letter") - risk("control"), "risk-difference"],
    [
      "risk difference, least squares",
      well,
      { family: "gaussian" },
      risk("letter") - risk("control"),
      "risk-difference",
    ],
    ["rate ratio", visits, {}, rate("letter") / rate("control"), "rate-ratio"],
    ["rate difference", visits, { link: "identity" }, rate("letter") - rate("control"), "rate-difference"],
  ] as const)("%s", (_, outcome, options, expected, measure) => {
    const found = ask(outcome, options);
    const [estimate] = found.estimates;
    expect(estimate!.value).toBeCloseTo(expected, 12);
    expect(estimate!.quantity.measure).toBe(measure);
    expect(found.estimand).toEqual({ population: "participant-average", contrast: "marginal", measure });
    const ratio = measure.endsWith("ratio");
    expect(estimate!.quantity.scale).toBe(ratio ? "ratio" : "identity");
    expect(estimate!.working!.scale).toBe(ratio ? "log" : "identity");
    expect(estimate!.test!.nullValue).toBe(ratio ? 1 : 0);
    expect(estimate!.interval!.lower).toBeLessThan(estimate!.value);
    expect(estimate!.interval!.upper).toBeGreaterThan(estimate!.value);
  });

  test("arm only, Poisson with log link: log-binomial and modified Poisson have the same robust variance (cr0)", () => {
    const se = (family: string) =>
      ask(well, { family, link: "log", variance: "cr0" }).estimates[0]!.working!.standardError;
    expect(se("poisson") / se("binomial")).toBeCloseTo(1, 11);
  });

  test("events out of trials are the rows they sum up: estimates, cr0 to cr1", () => {
    const cells = new Map<string, { practice: number; arm: string; sex: string; events: number; trials: number }>();
    trial.well.forEach((value, i) => {
      const key = `${trial.practice[i]}/${trial.sex[i]}`;
      const cell = cells.get(key) ?? {
        practice: trial.practice[i]!,
        arm: trial.arm[i]!,
        sex: trial.sex[i]!,
        events: 0,
        trials: 0,
      };
      cell.events += value;
      cell.trials += 1;
      cells.set(key, cell);
    });
    const list = [...cells.values()];
    const grouped: Columns = {
      practice: list.map((c) => c.practice),
      arm: list.map((c) => c.arm),
      sex: list.map((c) => c.sex),
      events: list.map((c) => c.events),
      trials: list.map((c) => c.trials),
    };
    for (const link of ["logit", "log", "identity"])
      for (const variance of ["cr0", "cr1", "cr3"]) {
        const rows = ask(well, { link, variance }, { covariates: ["sex"] }).estimates[0]!;
        const sums = ask(
          { events: "events", trials: "trials" },
          { link, variance },
          { covariates: ["sex"] },
          null,
          grouped,
        ).estimates[0]!;
        expect(sums.value).toBeCloseTo(rows.value, 12);
        expect(sums.working!.standardError / rows.working!.standardError).toBeCloseTo(1, 11);
      }
  });

  test("exposure is an offset, and an offset an exposure", () => {
    const logYears = { ...trial, logYears: trial.years.map(Math.log) };
    const exposed = ask(visits);
    const offset = ask("visits", { family: "poisson" }, { offset: "logYears" }, null, logYears);
    expect(offset.estimates[0]!.working!.standardError).toBeCloseTo(exposed.estimates[0]!.working!.standardError, 13);
    expect(offset.estimates[0]!.value).toBeCloseTo(exposed.estimates[0]!.value, 12);
  });

  test("least squares with an offset is least squares of what is left", () => {
    const extended = {
      ...trial,
      shift: trial.age.map((a) => a / 7),
      less: trial.cost.map((c, i) => c - trial.age[i]! / 7),
    };
    const withOffset = ask("cost", {}, { offset: "shift" }, null, extended).estimates[0]!;
    const without = ask("less", {}, {}, null, extended).estimates[0]!;
    expect(withOffset.value).toBeCloseTo(without.value, 10);
    expect(withOffset.working!.standardError).toBeCloseTo(without.working!.standardError, 10);
  });
});

describe("cluster-robust: models chosen and refused", () => {
  test("a bare column of 0 and 1 is binary for a binomial model or a measure of risks, continuous otherwise", () => {
    expect(ask("well").variant).toMatchObject({ family: "gaussian", link: "identity", target: "homoscedastic" });
    expect(ask("well", { family: "binomial" }).variant).toMatchObject({ link: "logit", target: "working-variance" });
    expect(ask("well", {}, {}, "odds-ratio").variant).toMatchObject({ family: "binomial", link: "logit" });
    expect(ask("visits", { family: "negative-binomial" }).estimates[0]!.quantity.measure).toBe("rate-ratio");
    expect(ask("cost", { family: "gamma" }).estimates[0]!.quantity.measure).toBe("mean-ratio");
  });

  test("a measure that the link does not give is refused", () => {
    expect(thrown(() => ask(well, {}, {}, "risk-ratio"))).toBe("measure-needs-standardisation");
    expect(ask(well, { link: "log" }, {}, "risk-ratio").estimates[0]!.quantity.measure).toBe("risk-ratio");
  });

  test("combinations without sense are refused by name", () => {
    for (const options of [
      { family: "poisson", link: "logit" },
      { family: "gamma", link: "logit" },
      { family: "gaussian", link: "probit" },
      { family: "negative-binomial", link: "identity" },
    ])
      expect(thrown(() => ask(options.family === "gamma" ? "cost" : "visits", options))).toBe("family-not-available");
  });
});

describe("cluster-robust: what events and counts bring with them", () => {
  const changed = (change: (arm: string, value: number, i: number) => number) => ({
    ...trial,
    well: trial.well.map((value, i) => change(trial.arm[i]!, value, i)),
  });

  test("an arm without events is separation, or the edge of the range, whatever the variance", () => {
    const none = changed((arm, value) => (arm === "letter" ? 0 : value));
    expect(thrown(() => ask(well, {}, {}, null, none))).toBe("separation");
    expect(thrown(() => ask(well, { link: "log" }, {}, null, none))).toBe("separation");
    expect(thrown(() => ask(well, { family: "poisson" }, {}, null, none))).toBe("separation");
    expect(thrown(() => ask(well, { link: "identity" }, {}, null, none))).toBe("mean-at-boundary");
    // Least squares has an answer, from the other arm's clusters.
    expect(ask(well, { family: "gaussian" }, {}, null, none).estimates[0]!.value).toBeCloseTo(-risk("control"), 12);
  });

  test("clusters without events are data like any other", () => {
    const some = changed((_, value, i) => (trial.practice[i]! % 5 === 0 ? 0 : value));
    const found = ask(well, {}, { covariates: ["age", "sex"] }, null, some);
    expect(found.estimates[0]!.working!.standardError).toBeGreaterThan(0);
    expect(found.clusters.filter(({ summary }) => summary === 0)).toHaveLength(4);
  });

  test("few events are said to be few: seven events, 3 against 4", () => {
    let left: Record<string, number> = { control: 3, letter: 4 };
    const rare = changed((arm, _, i) => {
      const take = left[arm]! > 0 && i % 9 === 0;
      if (take) left = { ...left, [arm]: left[arm]! - 1 };
      return take ? 1 : 0;
    });
    const found = ask(well, {}, {}, null, rare);
    expect(found.notices.find(({ code }) => code === "few-events")!.facts).toEqual({
      events: 7,
      coefficients: 1,
      without: false,
    });
    expect(codes(ask(well))).not.toContain("few-events");
  });

  test("quasi-Poisson: dispersion is Pearson's, and the variance does not use it", () => {
    const found = ask("visits", { family: "poisson" });
    const mean = (arm: string) => inArm(arm, trial.visits) / trial.arm.filter((a) => a === arm).length;
    const pearson = trial.visits.reduce((sum, y, i) => sum + (y - mean(trial.arm[i]!)) ** 2 / mean(trial.arm[i]!), 0);
    expect(found.summary.dispersion).toBeCloseTo(pearson / (trial.visits.length - 2), 11);
    expect(found.summary.dispersion).toBeGreaterThan(1.2);
  });

  test("negative binomial without overdispersion is the Poisson model, and says so", () => {
    const even = { ...trial, visits: trial.visits.map((_, i) => 2 + (i % 2)) };
    const found = ask("visits", { family: "negative-binomial" }, {}, null, even);
    expect(codes(found)).toContain("no-overdispersion");
    expect(found.summary.nbTheta).toBeNull();
    expect(found.estimates[0]!.value).toBeCloseTo(
      ask("visits", { family: "poisson" }, {}, null, even).estimates[0]!.value,
      12,
    );
  });

  test("a likelihood only where the model is one of the outcome, and rows count alike", () => {
    expect(ask(well).summary.logLikelihood).toBeLessThan(0);
    expect(ask(well, { family: "poisson" }).summary.logLikelihood).toBeNull();
    const weighted = { ...trial, w: trial.age.map((a) => a / 50) };
    expect(ask(well, {}, { weights: "w" }, null, weighted).summary.logLikelihood).toBeNull();
    // AIC of the logistic model of arms is that of two binomials.
    const n = (arm: string) => trial.arm.filter((a) => a === arm).length;
    const entropy = (p: number) => p * Math.log(p) + (1 - p) * Math.log(1 - p);
    const expected = n("control") * entropy(risk("control")) + n("letter") * entropy(risk("letter"));
    expect(ask(well).summary.logLikelihood).toBeCloseTo(expected, 10);
    expect(ask(well).summary.aic).toBeCloseTo(4 - 2 * expected, 10);
  });

  test("weights of one over the size make clusters count alike: identity gives the difference of mean risks", () => {
    const sizes = trial.practice.map((j) => trial.practice.filter((k) => k === j).length);
    const weighted = { ...trial, w: sizes.map((size) => 1 / size) };
    const found = ask(well, { link: "identity" }, { weights: "w" }, null, weighted);
    const means = Array.from({ length: 16 }, (_, j) => {
      const own = trial.well.filter((_, i) => trial.practice[i] === j);
      return own.reduce((a, b) => a + b, 0) / own.length;
    });
    const average = (arm: number) => means.filter((_, j) => j % 2 === arm).reduce((a, b) => a + b, 0) / 8;
    expect(found.estimates[0]!.value).toBeCloseTo(average(1) - average(0), 12);
    expect(found.estimand.population).toBe("cluster-average");
  });

  test("units and origins of covariates change nothing but their own coefficients", () => {
    const plain = ask(well, {}, { covariates: ["age", "year"] });
    const scaled = { ...trial, age: trial.age.map((a) => 1e6 * a + 3e7), year: trial.year.map((y) => y - 2010) };
    const moved = ask(well, {}, { covariates: ["age", "year"] }, null, scaled);
    expect(moved.estimates[0]!.value / plain.estimates[0]!.value).toBeCloseTo(1, 11);
    expect(moved.estimates[0]!.working!.standardError / plain.estimates[0]!.working!.standardError).toBeCloseTo(1, 10);
    const df = (found: Found) => found.estimates[0]!.test!.reference.df as number;
    expect(df(moved) / df(plain)).toBeCloseTo(1, 9);
  });

  test("swapping control inverts the ratio and its interval", () => {
    const one = ask(visits, {}, { covariates: ["age"] }).estimates[0]!;
    const other = ask(visits, {}, { covariates: ["age"], control: "letter" }).estimates[0]!;
    expect(other.value * one.value).toBeCloseTo(1, 12);
    expect(other.interval!.lower * one.interval!.upper).toBeCloseTo(1, 10);
    expect(other.test!.pValue).toBeCloseTo(one.test!.pValue, 10);
  });

  test("clusters of one, duplicated rows, a covariate that predicts perfectly in one cluster", () => {
    const own = { ...trial, practice: trial.practice.map((_, i) => i) };
    expect(ask(well, {}, {}, null, own).estimates[0]!.working!.standardError).toBeGreaterThan(0);
    const twice = Object.fromEntries(
      Object.entries(trial).map(([name, values]) => [name, [...values, ...values]]),
    ) as Columns;
    const once = ask(well, { variance: "cr3" }).estimates[0]!.working!.standardError;
    expect(ask(well, { variance: "cr3" }, {}, null, twice).estimates[0]!.working!.standardError).toBeCloseTo(once, 11);
    const marker = { ...trial, marker: trial.practice.map((j, i) => (j === 2 && trial.well[i] === 1 ? 1 : 0)) };
    expect(thrown(() => ask(well, {}, { covariates: ["marker"] }, null, marker))).toBe("separation");
  });

  test("it is a working model for standardisation", () => {
    const options = {};
    const frame = buildFrame(tableFromColumns(trial), {
      outcome: well,
      cluster: "practice",
      arm: "arm",
      covariates: ["age"],
    });
    const model = clusterRobust.workingModel!({ frame, options, measure: null, level: 0.95, seed: 1 });
    const found = clusterRobust.analyse({ frame, options, measure: null, level: 0.95, seed: 1 });
    expect(Array.from(model.parameters)).toEqual(found.coefficients.map(({ value }) => value));
    const derivatives = new Float64Array(1);
    expect(model.marginalMean.at(0, 0, 0.4, derivatives)).toBeCloseTo(1 / (1 + Math.exp(-0.4)), 15);
    expect(model.weighting).toBe("rows");
    expect(Math.sqrt(model.inference()!.covariance[4]!)).toBeCloseTo(found.coefficients[1]!.standardError, 14);
  });
});
