import { describe, expect, test } from "vitest";
import type { Findings } from "../../../src/contract/analysis.ts";
import { buildFrame } from "../../../src/data/buildFrame.ts";
import type { Roles } from "../../../src/data/roles.ts";
import { tableFromColumns } from "../../../src/data/tableFromColumns.ts";
import { randomStream } from "../../../src/numerics/random/randomStream.ts";
import { methods } from "../../../src/trial/methods.ts";

type Columns = Record<string, (string | number)[]>;

const wild = methods.find(({ id }) => id === "wild-cluster-bootstrap")!;
const regression = methods.find(({ id }) => id === "cluster-robust")!;

function trialOf(clusters: number, arms: readonly string[], size: (j: number) => number, seed = 31) {
  const stream = randomStream(seed);
  const columns = {
    practice: [] as number[],
    arm: [] as string[],
    x: [] as number[],
    w: [] as number[],
    y: [] as number[],
    well: [] as string[],
    visits: [] as number[],
    years: [] as number[],
  };
  for (let j = 0; j < clusters; j++) {
    const effect = stream.normal();
    for (let i = 0; i < size(j); i++) {
      const x = stream.normal();
      columns.practice.push(j);
      columns.arm.push(arms[j % arms.length]!);
      columns.x.push(x);
      columns.w.push(0.5 + stream.uniform());
      columns.y.push(effect + 0.5 * x + (j % arms.length) + 2 * stream.normal());
      columns.well.push(stream.uniform() < 1 / (1 + Math.exp(-(0.5 * effect + 0.4 * x))) ? "yes" : "no");
      columns.visits.push(stream.integer(5));
      columns.years.push(0.5 + stream.uniform());
    }
  }
  return columns;
}

const trial = trialOf(10, ["old", "new"], (j) => 4 + (j % 4));
const three = trialOf(15, ["none", "letter", "visit"], (j) => 5 + (j % 3));

const ask = (options: object, roles: Partial<Roles> = {}, columns: Columns = trial, level = 0.95): Findings =>
  wild.analyse({
    frame: buildFrame(tableFromColumns(columns), {
      outcome: "y",
      cluster: "practice",
      arm: "arm",
      control: String(columns["arm"]![0]),
      ...roles,
    }),
    options,
    measure: null,
    level,
    seed: 5,
  });
const codes = ({ notices }: Findings) => notices.map(({ code }) => code);
const few = { draw: "rademacher" };

describe("wild-cluster-bootstrap", () => {
  test("estimate, statistic and standard error are those of the regression with cr1 or cr3", () => {
    for (const studentise of ["cr1", "cr3"]) {
      const found = ask({ ...few, studentise }, { covariates: ["x"] }).estimates[0]!;
      const theirs = regression.analyse({
        frame: buildFrame(tableFromColumns(trial), {
          outcome: "y",
          cluster: "practice",
          arm: "arm",
          control: "old",
          covariates: ["x"],
        }),
        options: { variance: studentise },
        measure: null,
        level: 0.95,
        seed: 1,
      }).estimates[0]!;
      expect(found.value).toBeCloseTo(theirs.value, 12);
      expect(found.working!.standardError).toBeCloseTo(theirs.working!.standardError, 12);
      expect(found.test!.statistic).toBeCloseTo(theirs.test!.statistic, 12);
    }
  });

  test("says what it did", () => {
    const found = ask({ draw: "webb", draws: 999 }, { covariates: ["x"] });
    expect(found.variant).toMatchObject({
      model: { method: "cluster-robust", options: { family: "gaussian", link: "identity" } },
      null: "restricted",
      draw: "webb",
      studentise: "cr1",
      draws: 999,
      complete: false,
    });
    const { pValue, reference } = found.estimates[0]!.test!;
    expect(reference).toEqual({ name: "bootstrap", df: null, draws: 999, complete: false });
    expect(found.variant["monteCarloError"]).toBeCloseTo(Math.sqrt((pValue * (1 - pValue)) / 999), 12);
    expect((pValue * 1000) % 1).toBeCloseTo(0, 9);
    expect(found.summary).toMatchObject({ draws: 999, failures: 0 });
    const complete = ask(few);
    expect(complete.variant).toMatchObject({ complete: true, monteCarloError: null, draws: 1024 });
    expect(complete.variant["equalTailed"]).toBe(complete.estimates[0]!.test!.pValue);
  });

  test("two balanced arms: what turning the signs of cluster means about their grand mean gives", () => {
    const balanced = trialOf(10, ["old", "new"], () => 6);
    const means = Array.from({ length: 10 }, (_, j) => {
      const own = balanced.y.filter((_, i) => balanced.practice[i] === j);
      return own.reduce((sum, y) => sum + y, 0) / 6;
    });
    const grand = means.reduce((sum, m) => sum + m, 0) / 10;
    const t = (of: readonly number[]) => {
      const [zero, one] = [0, 1].map((arm) => of.filter((_, j) => j % 2 === arm));
      const mean = (list: readonly number[]) => list.reduce((sum, m) => sum + m, 0) / list.length;
      const squares = [zero!, one!].flatMap((list) => list.map((m) => (m - mean(list)) ** 2));
      return (mean(one!) - mean(zero!)) / Math.sqrt((10 / 9) * squares.reduce((sum, s) => sum + s / 25, 0));
    };
    const observed = Math.abs(t(means));
    let exceeding = 0;
    for (let code = 0; code < 1024; code++)
      if (Math.abs(t(means.map((m, j) => ((code >> j) & 1 ? grand - m : m - grand)))) >= observed * (1 - 1e-10))
        exceeding++;
    const found = ask(few, {}, balanced).estimates[0]!.test!;
    expect(Math.abs(found.statistic)).toBeCloseTo(observed, 12);
    expect(found.pValue).toBe(exceeding / 1024);
  });

  test.each([
    ["least squares", {}, "y"],
    ["least squares, cr3", { studentise: "cr3" }, "y"],
    ["mixed model", { model: "linear-mixed-model" }, "y"],
    ["unrestricted", { null: "unrestricted" }, "y"],
  ])("P just inside and outside the ends of the interval: %s", (_, options, outcome) => {
    const { interval, working } = ask({ ...few, ...options }, { outcome, covariates: ["x"] }).estimates[0]!;
    // The same question with another null: the outcome less that much for everybody in the arm.
    const pAt = (value: number) => {
      const y = trial.y.map((y, i) => y - (trial.arm[i] === "new" ? value : 0));
      return ask({ ...few, ...options }, { outcome, covariates: ["x"] }, { ...trial, y }).estimates[0]!.test!.pValue;
    };
    const step = 1e-6 * working!.standardError;
    expect(pAt(interval!.lower + step)).toBeGreaterThan(0.05);
    expect(pAt(interval!.lower - step)).toBeLessThanOrEqual(0.05);
    expect(pAt(interval!.upper - step)).toBeGreaterThan(0.05);
    expect(pAt(interval!.upper + step)).toBeLessThanOrEqual(0.05);
  });

  test.each([
    ["logistic", {}, { name: "well", event: "yes" }],
    ["GEE", { model: "gee" }, { name: "well", event: "yes" }],
    ["Poisson", { studentise: "cr3" }, { name: "visits", exposure: "years" }],
  ] as const)("the same through an offset where the model is not linear: %s", (_, options, outcome) => {
    const { interval, working } = ask({ ...few, ...options }, { outcome, covariates: ["x"] }).estimates[0]!;
    const pAt = (value: number) => {
      const shift = trial.arm.map((arm) => (arm === "new" ? value : 0));
      const roles = { outcome, covariates: ["x"], offset: "shift" };
      return ask({ ...few, ...options }, roles, { ...trial, shift }).estimates[0]!.test!.pValue;
    };
    // The working correlation of a GEE is estimated without knowing about the offset's share in the effect: same fit, same α.
    const step = 1e-6 * working!.standardError;
    expect(pAt(Math.log(interval!.lower) + step)).toBeGreaterThan(0.05);
    expect(pAt(Math.log(interval!.lower) - step)).toBeLessThanOrEqual(0.05);
    expect(pAt(Math.log(interval!.upper) - step)).toBeGreaterThan(0.05);
    expect(pAt(Math.log(interval!.upper) + step)).toBeLessThanOrEqual(0.05);
  });

  test("a GEE under independence is least squares, with weights and an offset too", () => {
    const columns = { ...trial, offset: trial.x.map((x) => 0.1 * x) };
    const roles = { covariates: ["x"], weights: "w", offset: "offset" };
    const ours = ask({ ...few, model: { method: "gee", options: { correlation: "independence" } } }, roles, columns);
    const theirs = ask(few, roles, columns);
    expect(ours.estimates[0]!.test!.pValue).toBe(theirs.estimates[0]!.test!.pValue);
    expect(ours.estimates[0]!.interval!.lower).toBeCloseTo(theirs.estimates[0]!.interval!.lower, 8);
    expect(codes(theirs)).toContain("weights-change-estimand");
  });

  test("a weighted mixed model without variance between clusters is weighted least squares", () => {
    // Residuals that alternate within clusters leave nothing between them.
    const y = trial.y.map((_, i) => (i % 2 === 0 ? 1 : -1) * (1 + 0.1 * trial.x[i]!) + 0.3 * trial.x[i]!);
    const roles = { covariates: ["x"], weights: "w" };
    const mixed = ask({ ...few, model: "linear-mixed-model" }, roles, { ...trial, y });
    const plain = ask(few, roles, { ...trial, y });
    expect(codes(mixed)).toContain("variance-at-boundary");
    expect(mixed.estimates[0]!.value).toBeCloseTo(plain.estimates[0]!.value, 9);
    expect(mixed.estimates[0]!.test!.pValue).toBe(plain.estimates[0]!.test!.pValue);
    expect(mixed.estimates[0]!.interval!.upper).toBeCloseTo(plain.estimates[0]!.interval!.upper, 8);
  });

  test("three arms: each effect on its own, and all at once", () => {
    const found = ask({ draws: 999 }, { covariates: ["x"] }, three);
    expect(found.estimates.map(({ quantity }) => quantity.term)).toEqual(["arm[letter]", "arm[visit]"]);
    expect(found.tests).toHaveLength(1);
    expect(found.tests[0]).toMatchObject({
      terms: ["arm[letter]", "arm[visit]"],
      reference: { name: "bootstrap", df: null, draws: 999, complete: false },
    });
    expect(found.variant["equalTailed"]).toHaveLength(2);
    // An arm compared with another control has the same P: draws follow the clusters, not the coding.
    const other = ask({ draws: 999 }, { covariates: ["x"], control: "visit" }, three);
    expect(other.tests[0]!.pValue).toBe(found.tests[0]!.pValue);
    const visit = found.estimates[1]!;
    const none = other.estimates.find(({ quantity }) => quantity.term === "arm[none]")!;
    expect(none.value).toBeCloseTo(-visit.value, 10);
    expect(none.test!.pValue).toBe(visit.test!.pValue);
    expect(none.interval!.lower).toBeCloseTo(-visit.interval!.upper, 8);
  });

  test("an interaction with the arm: the effect averaged over participants", () => {
    const found = ask(few, { covariates: ["x", "arm:x"] });
    expect(found.estimates).toHaveLength(1);
    expect(found.estimates[0]!.interval).not.toBeNull();
    const logit = ask({ ...few, draws: 1999 }, { outcome: { name: "well", event: "yes" }, covariates: ["x", "arm:x"] });
    expect(logit.estimates[0]!.quantity.measure).toBe("odds-ratio");
  });

  test("random draws depend on neither labels nor rows, and on the seed alone", () => {
    const options = { draws: 499, draw: "mammen" };
    const original = ask(options).estimates[0]!;
    const renamed = ask(options, {}, { ...trial, practice: trial.practice.map((j) => `p${99 - j}`) }).estimates[0]!;
    expect(renamed.test!.pValue).toBe(original.test!.pValue);
    const turn = <T>(values: readonly T[]) => values.map((_, i) => values[(i * 17 + 5) % values.length]!);
    const turned = Object.fromEntries(
      Object.entries(trial).map(([name, column]) => [name, turn<string | number>(column)]),
    );
    expect(ask(options, {}, { ...turned, practice: turn(trial.practice) }).estimates[0]!.test!.pValue).toBe(
      original.test!.pValue,
    );
  });

  test("too few vectors or draws for an interval: none, and why", () => {
    const four = trialOf(4, ["old", "new"], () => 8);
    const found = ask(few, {}, four);
    expect(found.estimates[0]!.interval).toBeNull();
    expect(found.estimates[0]!.test!.pValue).toBeGreaterThanOrEqual(2 / 16);
    expect(codes(found)).toEqual(
      expect.arrayContaining(["bootstrap-without-interval", "least-attainable-p", "few-clusters-in-arm"]),
    );
    // Webb's six points leave more room: 1296 vectors.
    expect(ask({}, {}, four).variant["complete"]).toBe(true);
    const hundred = ask({ draws: 99, draw: "mammen" }, {}, trial, 0.995);
    expect(hundred.estimates[0]!.interval).toBeNull();
    const unrestricted = ask({ draws: 99, draw: "mammen", null: "unrestricted" }, {}, trial, 0.995);
    expect(unrestricted.estimates[0]!.interval).toBeNull();
    expect(codes(unrestricted)).toContain("few-clusters-for-inference");
  });

  test("the same for odds ratios, where P cannot fall", () => {
    const five = trialOf(5, ["old", "new"], () => 12);
    const found = ask(few, { outcome: { name: "well", event: "yes" } }, five);
    expect(found.estimates[0]!.test!.pValue).toBeGreaterThan(0);
    if (found.estimates[0]!.interval === null) expect(codes(found)).toContain("bootstrap-without-interval");
  });

  test("an outcome without variation is refused", () => {
    expect(() => ask(few, {}, { ...trial, y: trial.arm.map((arm) => (arm === "new" ? 1 : 0)) })).toThrow(
      expect.objectContaining({ code: "no-variation" }),
    );
  });

  test("a model that cannot use what the plan gives is refused by name", () => {
    expect(() => ask({ model: "linear-mixed-model" }, { outcome: { name: "well", event: "yes" } })).toThrow(
      expect.objectContaining({ code: "outcome-not-for-method" }),
    );
    expect(() => ask({ model: "cluster-summary" })).toThrow();
  });
});
