import { describe, expect, test } from "vitest";
import type { Analysis, NotEstimable } from "../../src/contract/analysis.ts";
import { tableFromColumns } from "../../src/data/tableFromColumns.ts";
import { randomStream } from "../../src/numerics/random/randomStream.ts";
import { parseScript } from "../../src/plan/parsePlan.ts";
import { analysePlan } from "../../src/published/analyse.ts";
import { acceptabilityCurve, costEffectivenessPlane, economicFigures } from "../../src/report/economicFigures.ts";
import { trialTable } from "../support/trials.ts";

const estimators = ["two-stage-bootstrap", "sur", "bivariate-mixed-model", "gee", "least-squares"] as const;

/** 16 practices of 2 to 14, skewed costs, effects that go down with them. */
const trial = (() => {
  const stream = randomStream(20240515);
  const columns = {
    practice: [] as string[],
    arm: [] as string[],
    region: [] as string[],
    pair: [] as string[],
    age: [] as number[],
    cost: [] as (number | null)[],
    qaly: [] as (number | null)[],
  };
  for (let j = 0; j < 16; j++) {
    const between = stream.normal();
    const size = 2 + ((j * 5) % 13);
    for (let i = 0; i < size; i++) {
      const age = 40 + 10 * stream.normal();
      columns.practice.push(`${(j * 37) % 101}`);
      columns.arm.push(j % 2 === 0 ? "usual" : "new");
      columns.region.push(j % 4 < 2 ? "north" : "south");
      columns.pair.push(`pair ${Math.floor(j / 2)}`);
      columns.age.push(age);
      const cost = Math.exp(6 + 0.7 * stream.normal()) + 60 * between + 2 * age + (j % 2) * 90;
      columns.cost.push(cost);
      columns.qaly.push(0.6 - 0.0001 * cost + 0.1 * stream.normal() + 0.03 * between + (j % 2) * 0.04);
    }
  }
  return columns;
})();

type Trial = typeof trial;
type Given = Readonly<Record<string, unknown>>;

function run(data: Partial<Record<keyof Trial, readonly unknown[]>>, options: Given = {}, others: Given = {}) {
  const { trial: roles, ...analysis } = others as { trial?: object };
  const plan = parseScript({
    trial: { cluster: "practice", arm: "arm", control: "usual", ...roles },
    analyses: [
      { method: "cost-effectiveness", options: { cost: "cost", effect: "qaly", draws: 400, ...options }, ...analysis },
    ],
  });
  return analysePlan(plan, tableFromColumns({ ...trial, ...data } as never)).analyses[0]!;
}

function estimable(analysis: Analysis | NotEstimable): Analysis {
  expect(analysis.problem).toBeNull();
  return analysis as Analysis;
}

const numberOf = ({ estimates }: Analysis, term: string) =>
  estimates.find(({ quantity }) => quantity.term === term)!.value;
const codes = ({ notices }: Analysis) => notices.map(({ code }) => code);

/** Every number of the estimates, with its term. */
const numbersOf = ({ estimates }: Analysis) =>
  estimates.flatMap(({ quantity: { term }, value, working, interval, test: tested }) => [
    [`${term} value`, value] as const,
    ...(working === null ? [] : [[`${term} SE`, working.standardError] as const]),
    ...(interval === null
      ? []
      : [[`${term} lower`, interval.lower] as const, [`${term} upper`, interval.upper] as const]),
    ...(tested === null ? [] : [[`${term} P`, tested.pValue] as const]),
  ]);

function expectSame(changed: Analysis, original: Analysis) {
  const theirs = numbersOf(original);
  // Arm means have the arm's name in their terms, control first.
  const terms = (names: readonly (readonly [string, number])[]) =>
    names.map(([name]) => name.replace(/^(mean-\w+)\[\w+\]/, "$1"));
  expect(terms(numbersOf(changed))).toEqual(terms(theirs));
  numbersOf(changed).forEach(([name, value], k) => {
    const expected = theirs[k]![1];
    expect(Math.abs(value - expected), `${name}: ${value} against ${expected}`).toBeLessThan(
      1e-7 * Math.max(Math.abs(expected), 1e-3),
    );
  });
}

const reorder = <T>(values: readonly T[]) => values.map((_, i) => values[(i * 29 + 11) % values.length]!);
const reordered = Object.fromEntries(Object.entries(trial).map(([name, values]) => [name, reorder<unknown>(values)]));

describe.each(estimators)("cost-effectiveness by %s", (estimator) => {
  const given = { estimator, covariates: { cost: ["age"], effect: [] } };
  const original = estimable(run({}, given));

  test("does not depend on the order of rows", () => {
    expect(new Set(reorder(trial.age)).size).toBe(trial.age.length);
    expectSame(estimable(run(reordered, given)), original);
  });

  test("does not depend on the names of practices and arms", () => {
    const practice = trial.practice.map((id) => `surgery ${1000 - Number(id)}`);
    const arm = trial.arm.map((name) => (name === "usual" ? "z" : "a"));
    expectSame(estimable(run({ practice, arm }, given, { trial: { control: "z" } })), original);
  });

  test("scales with the currency and not with the origin of a covariate", () => {
    const pence = trial.cost.map((cost) => 100 * cost!);
    const age = trial.age.map((each) => 1950 + each / 12);
    const changed = estimable(run({ cost: pence, age }, { ...given, thresholds: [2_000_000, 3_000_000] }));
    const terms = (name: string) => name.replace(/\[(20000|30000)\]/, (_, threshold) => `[${threshold}00]`);
    const theirs = numbersOf(original).map(([name, value]) => [terms(name), value] as const);
    const ours = new Map<string, number>(numbersOf(changed));
    for (const [name, value] of theirs) {
      const inCurrency = /cost|icer|net-benefit|evpi|covariance/.test(name) && !/ P$|probability/.test(name);
      const expected = value * (inCurrency ? 100 : 1);
      expect(Math.abs(ours.get(name)! - expected), name).toBeLessThan(1e-7 * Math.max(Math.abs(expected), 1e-3));
    }
  });

  test("turns round with the control", () => {
    const swapped = estimable(run({}, given, { trial: { control: "new" } }));
    for (const term of ["incremental-cost", "incremental-effect", "net-benefit[20000]"])
      expect(numberOf(swapped, term) / numberOf(original, term)).toBeCloseTo(-1, 7);
    expect(numberOf(swapped, "icer") / numberOf(original, "icer")).toBeCloseTo(1, 7);
    // Model draws are not the mirror image of themselves; the bootstrap's are, and exact probabilities.
    expect(numberOf(swapped, "probability-cost-effective[20000]")).toBeCloseTo(
      1 - numberOf(original, "probability-cost-effective[20000]"),
      10,
    );
    expect(numberOf(swapped, "evpi[20000]") / numberOf(original, "evpi[20000]")).toBeCloseTo(1, 6);
  });

  test("says that net benefit is λΔE − ΔC, and shares of quadrants are all of the draws", () => {
    for (const threshold of [20000, 30000])
      expect(numberOf(original, `net-benefit[${threshold}]`)).toBeCloseTo(
        threshold * numberOf(original, "incremental-effect") - numberOf(original, "incremental-cost"),
        6,
      );
    const shares = ["north-east", "south-east", "south-west", "north-west"].map((name) =>
      numberOf(original, `quadrant[${name}]`),
    );
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    expect(original.draws!.values.length).toBe(400);
    expect(original.summary.draws).toBe(400);
  });

  test("answers three arms: each against the control, one best at a time", () => {
    const arm = trial.practice.map((id) => ["usual", "new", "both"][Number(id) % 3]!);
    const three = estimable(run({ arm }, { estimator, thresholds: [0, 20000] }));
    const best = ["usual", "both", "new"].map((name) => numberOf(three, `probability-cost-effective[${name},20000]`));
    expect(best.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    expect(three.curves!.map(({ name }) => name)).toEqual([
      "acceptability[usual]",
      "acceptability[both]",
      "acceptability[new]",
      "evpi",
      "acceptability-frontier",
      "frontier",
    ]);
    for (const name of ["both", "new"])
      expect(numberOf(three, `quadrant[${name},north-east]`)).toBeGreaterThanOrEqual(0);
    expect(costEffectivenessPlane(three)).toContain(">new</text>");
  });
});

describe("cost-effectiveness", () => {
  test("has the bootstrap's degrees of freedom from clusters, strata, pairs and covariates of clusters", () => {
    const dfOf = (analysis: Analysis | NotEstimable) => estimable(analysis).estimates[0]!.test!.reference.df;
    expect(dfOf(run({}))).toBe(14);
    expect(dfOf(run({}, {}, { covariates: ["age"] }))).toBe(14);
    expect(dfOf(run({}, {}, { covariates: ["region"] }))).toBe(13);
    expect(dfOf(run({}, { covariates: { cost: [], effect: ["region"] } }))).toBe(14);
    expect(dfOf(run({}, {}, { trial: { strata: ["region"] } }))).toBe(13);
    expect(dfOf(run({}, {}, { trial: { strata: ["region"] }, covariates: ["region"] }))).toBe(13);
    expect(dfOf(run({}, {}, { trial: { pairs: "pair" } }))).toBe(7);
  });

  test("keeps pairs together: what pairs share drops out of the difference", () => {
    const shared = trial.cost.map((cost, i) => cost! + 5000 * Number(trial.pair[i]!.slice(5)));
    const paired = estimable(run({ cost: shared }, {}, { trial: { pairs: "pair" } }));
    const unpaired = estimable(run({ cost: shared }));
    const spread = (analysis: Analysis) => analysis.estimates[0]!.working!.standardError;
    expect(spread(paired)).toBeLessThan(0.7 * spread(unpaired));
  });

  test("moves replicates to the estimate unless told to leave them", () => {
    const mean = (analysis: Analysis) =>
      analysis.draws!.values.reduce((sum, [cost]) => sum + cost!, 0) / analysis.draws!.values.length;
    const moved = estimable(run({}, { draws: 4000, keepDraws: 4000 }));
    const left = estimable(run({}, { draws: 4000, keepDraws: 4000, centring: "replicates" }));
    const spread = moved.estimates[0]!.working!.standardError;
    expect(left.estimates[0]).toEqual(moved.estimates[0]);
    expect(Math.abs(mean(moved) - numberOf(moved, "incremental-cost"))).toBeLessThan((4 * spread) / Math.sqrt(4000));
    expect(mean(left)).not.toBeCloseTo(mean(moved), 1);
  });

  test("counts rows without cost or effect by reason", () => {
    const cost = trial.cost.map((value, i) => (i % 10 === 3 ? null : value));
    const qaly = trial.qaly.map((value, i) => (i % 10 < 4 && i % 2 === 1 ? null : value));
    const { sample } = estimable(run({ cost, qaly }));
    const count = (reason: string) =>
      sample.excluded.filter((each) => each.reason === reason).reduce((sum, { rows }) => sum + rows, 0);
    expect(count("missing cost")).toBe(cost.filter((value) => value === null).length);
    expect(count("missing qaly")).toBe(qaly.filter((value, i) => value === null && cost[i] !== null).length);
  });

  test("gives the value of information for a population", () => {
    const analysis = estimable(run({}, { population: 1000 }));
    expect(numberOf(analysis, "evpi-population[20000]")).toBeCloseTo(1000 * numberOf(analysis, "evpi[20000]"), 8);
  });

  test("says when the ratio has no interval, and when an arm dominates", () => {
    const unclear = estimable(run({}, { estimator: "sur" }));
    const icer = unclear.estimates.find(({ quantity }) => quantity.term === "icer")!;
    expect(icer.interval === null).toBe(codes(unclear).includes("fieller-unbounded"));
    const cheap = trial.cost.map((cost, i) => cost! - (trial.arm[i] === "new" ? 900 : 0));
    const better = trial.qaly.map((qaly, i) => qaly! + (trial.arm[i] === "new" ? 1 : 0));
    const dominant = estimable(run({ cost: cheap, qaly: better }));
    expect(codes(dominant)).toContain("icer-negative");
    expect(codes(dominant)).not.toContain("fieller-unbounded");
  });

  test("tells of an arm in which nothing was spent", () => {
    const cost = trial.cost.map((value, i) => (trial.arm[i] === "usual" ? 0 : value));
    expect(codes(estimable(run({ cost })))).toContain("arm-costs-zero");
  });

  test.each(estimators)("%s analyses a control arm in which nothing was spent", (estimator) => {
    const cost = trial.cost.map((value, i) => (trial.arm[i] === "usual" ? 0 : value));
    const analysis = estimable(run({ cost }, { estimator }));
    expect(codes(analysis)).toContain("arm-costs-zero");
    expect(codes(analysis).includes("coefficient-without-variance")).toBe(
      estimator !== "two-stage-bootstrap" && !analysis.coefficients.some(({ term }) => term === "cost:intercept"),
    );
    const p = analysis.coefficients.length;
    expect(analysis.covariance?.map((row) => row.length) ?? []).toEqual(Array(p).fill(p));
    analysis.coefficients.forEach(({ standardError }, k) => {
      expect(standardError).toBeGreaterThan(0);
      expect(standardError ** 2).toBeCloseTo(analysis.covariance![k]![k]!, 10);
    });
  });

  test.each(estimators)("%s has no standard error for costs that are the arm's", (estimator) => {
    const cost = trial.arm.map((arm) => (arm === "new" ? 600.3 : 500.1));
    expect(run({ cost }, { estimator }).problem).toMatchObject({ code: "no-variation" });
  });

  test.each([
    ["thresholds-not-ascending", { thresholds: [30000, 20000] }],
    ["thresholds-not-ascending", { thresholds: [20000, 20000] }],
    ["invalid-value", { thresholds: [-1] }],
    ["invalid-value", { thresholds: [] }],
    ["role-twice", { effect: "cost" }],
    ["missing-key", { cost: undefined }],
    ["unknown-column", { cost: "costs" }],
    ["unknown-column", { covariates: { cost: ["agee"], effect: [] } }],
    ["outcome-among-covariates", { covariates: { cost: ["qaly"], effect: [] } }],
    ["choice-not-for-estimator", { variance: "cr2" }],
    ["choice-not-for-estimator", { inference: "satterthwaite" }],
    ["choice-not-for-estimator", { estimator: "sur", correlation: "exchangeable" }],
    ["unknown-key", { threshold: 20000 }],
    ["not-a-number", { cost: "region" }],
  ])("refuses with %s: %j", (code, options) => {
    expect(() => run({}, options)).toThrow(expect.objectContaining({ kind: "input", code }));
  });

  test("refuses an outcome beside its options, weights, and data without an arm", () => {
    expect(() => run({}, {}, { outcome: "cost" })).toThrow(expect.objectContaining({ code: "outcome-in-options" }));
    expect(() => run({}, {}, { weights: "age" })).toThrow(expect.objectContaining({ code: "feature-not-accepted" }));
  });

  test.each(estimators)("%s cannot answer for an arm without costs, or of one practice", (estimator) => {
    const first = trial.practice[0]!;
    const cost = trial.cost.map((value, i) => (trial.arm[i] === "new" ? null : value));
    expect(run({ cost }, { estimator }).problem?.code).toBe("arm-without-rows");
    const single = trial.arm.map((_, i) => (trial.practice[i] === first ? "usual" : "new"));
    expect(run({ arm: single }, { estimator }).problem?.code).toBe("arm-of-one-cluster");
  });

  test("cannot draw within strata of one practice", () => {
    expect(run({}, {}, { trial: { strata: ["practice"] } }).problem?.code).toBe("stratum-of-one-cluster");
  });

  test("cannot compare participants of whom there are several rows", () => {
    const id = trial.practice.map((_, i) => String(Math.floor(i / 2)));
    const table = tableFromColumns({ ...trial, id } as never);
    const plan = parseScript({
      trial: { cluster: "practice", arm: "arm", participant: "id" },
      analyses: [{ method: "cost-effectiveness", options: { cost: "cost", effect: "qaly", draws: 50 } }],
    });
    expect(analysePlan(plan, table).analyses[0]!.problem?.code).toBe("rows-repeat-participants");
  });

  test("tells that a model does not use strata unless they are covariates", () => {
    const strata = { trial: { strata: ["region"] } };
    expect(codes(estimable(run({}, { estimator: "sur" }, strata)))).toContain("strata-not-in-model");
    expect(codes(estimable(run({}, { estimator: "sur" }, { ...strata, covariates: ["region"] })))).not.toContain(
      "strata-not-in-model",
    );
  });

  test("bootstraps clusters of one participant as cluster means", () => {
    const practice = trial.practice.map((_, i) => String(i));
    const alone = estimable(run({ practice }, { draws: 4000 }));
    const least = estimable(run({ practice }, { estimator: "least-squares" }));
    const spread = (analysis: Analysis) => analysis.estimates[0]!.working!.standardError;
    expect(spread(alone) / spread(least)).toBeGreaterThan(0.9);
    expect(spread(alone) / spread(least)).toBeLessThan(1.1);
  });
});

describe("figures of cost-effectiveness", () => {
  const analysis = estimable(run({}, { keepDraws: 100 }));

  test("hold a point per draw kept and a curve that says in words where it starts and ends", () => {
    const plane = costEffectivenessPlane(analysis)!;
    expect(plane.match(/h0/g)).toHaveLength(100);
    expect(plane).toContain("<desc>");
    expect(acceptabilityCurve(analysis)).toMatch(/<desc>[\d.e-]+ at 0, [\d.]+ at 60000<\/desc>/);
    expect(economicFigures(analysis).map(({ name }) => name)).toEqual([
      "cost-effectiveness-plane.svg",
      "cost-effectiveness-acceptability.svg",
    ]);
  });

  test("are none of an analysis without costs", () => {
    const other = analysePlan(
      parseScript({ trial: { cluster: "cluster", arm: "arm" }, analyses: [{ outcome: "ycont", method: "icc" }] }),
      trialTable("simulated-10"),
    ).analyses[0]!;
    expect(economicFigures(other)).toEqual([]);
  });
});
