import { describe, expect, test } from "vitest";
import type { Analysis, NotEstimable } from "../../../src/contract/analysis.ts";
import { Problem } from "../../../src/contract/problem.ts";
import { buildFrame } from "../../../src/data/buildFrame.ts";
import { tableFromColumns } from "../../../src/data/tableFromColumns.ts";
import { randomStream } from "../../../src/numerics/random/randomStream.ts";
import { parseScript } from "../../../src/plan/parsePlan.ts";
import { runPlan } from "../../../src/plan/runPlan.ts";
import { permutation } from "../../../src/trial/effect/permutation.ts";

/** 12 practices of 2 to 6 people in regions, pairs, blocks and, by `three`, in three arms. */
const columns = (() => {
  const stream = randomStream(5);
  const rows: Record<string, (string | number)[]> = {};
  const add = (name: string, value: string | number) => {
    const column = rows[name] ?? [];
    column.push(value);
    rows[name] = column;
  };
  for (let j = 0; j < 12; j++) {
    const effect = stream.normal();
    for (let i = 0; i < 2 + (j % 5); i++) {
      add("practice", `p${String(j).padStart(2, "0")}`);
      add("arm", j % 2);
      add("three", ["usual", "phone", "visit"][j % 3]!);
      add("region", j < 6 ? "N" : "S");
      add("pair", Math.floor(j / 2));
      add("block", Math.floor(j / 4));
      add("list", [9, 12, 10, 15, 8, 11, 14, 13, 7, 16, 12, 10][j]!);
      add("entry", j + 1);
      const age = 40 + 10 * stream.normal();
      add("age", age);
      add("y", effect + 0.02 * age + stream.normal() + (j % 2));
      add("z", effect + stream.normal());
      add("well", stream.uniform() < 0.5 + 0.1 * effect + 0.1 * (j % 2) ? 1 : 0);
      add("ill", stream.uniform() < 0.4 ? 1 : 0);
      add("falls", stream.integer(4));
    }
  }
  return rows;
})();

const table = tableFromColumns(columns);

function run(asked: object = {}, trial: object = {}): Analysis {
  const analysis = attempt(asked, trial);
  if (analysis.problem !== null) throw new Error(analysis.problem.message);
  return analysis;
}

function attempt(asked: object, trial: object): Analysis | NotEstimable {
  const plan = parseScript({
    trial: { cluster: "practice", arm: "arm", ...trial },
    analyses: [{ outcome: "y", method: "permutation", ...asked }],
  });
  return runPlan(plan, table).analyses[0]!;
}

function problemOf(asked: object, trial: object = {}): string {
  try {
    return attempt(asked, trial).problem?.code ?? "none";
  } catch (problem) {
    if (problem instanceof Problem) return problem.code;
    throw problem;
  }
}

const testOf = ({ estimates }: Analysis) => estimates[0]!.test!;

describe("the allocations", () => {
  test.each([
    ["simple", {}, 924],
    ["stratified", { strata: ["region"] }, 400],
    ["paired", { pairs: "pair" }, 64],
    ["blocked", { allocation: { scheme: "blocked", block: "block" } }, 216],
    // Two of the 924 have a region in each arm, and compare nothing within regions.
    ["simple though there are strata", { strata: ["region"], allocation: { scheme: "simple" } }, 922],
  ])("are those of the randomisation: %s", (_, trial, draws) => {
    const analysis = run({}, trial);
    expect(testOf(analysis).reference).toEqual({ name: "permutation", df: null, draws, complete: true });
    expect(analysis.summary.draws! - analysis.summary.failures!).toBe(draws);
    expect(analysis.method.variant["monteCarloError"]).toBeNull();
    const counted = testOf(analysis).pValue * draws;
    expect(counted).toBeCloseTo(Math.round(counted), 8);
  });

  test("of a constraint are fewer, and those of a list are its rows", () => {
    const allocation = { scheme: "constrained", covariates: ["list"], score: 3.2 };
    const analysis = run({}, { allocation });
    const { draws } = testOf(analysis).reference as { draws: number };
    expect(draws).toBeGreaterThan(500);
    expect(draws).toBeLessThan(924);
    const names = [...new Set(columns["practice"])];
    const rows = [0, 1, 2].map((from) =>
      Object.fromEntries(names.map((name, j) => [name, (j + from) % 3 === 2 ? from % 2 : j % 2])),
    );
    const made = Object.fromEntries(names.map((name, j) => [name, j % 2]));
    const listed = run({ level: 0.7 }, { allocation: { scheme: "constrained", allocations: [made, ...rows] } });
    expect(testOf(listed).reference).toMatchObject({ draws: 4, complete: true });
    expect(problemOf({}, { allocation: { scheme: "constrained", allocations: rows } })).toBe("allocation-impossible");
  });

  test("of minimisation are drawn", () => {
    const allocation = { scheme: "minimised", factors: ["region"], probability: 0.8, order: "entry" };
    const analysis = run({ options: { draws: 999 } }, { allocation });
    expect(testOf(analysis).reference).toMatchObject({ draws: 999, complete: false });
    expect(analysis.method.variant["monteCarloError"]).toBeGreaterThan(0);
    expect(problemOf({ options: { draws: "complete" } }, { allocation })).toBe("allocations-not-enumerable");
    const three = run({ options: { draws: 999 } }, { arm: "three", control: "usual", allocation });
    expect(three.estimates.map(({ test, interval }) => [test, interval])).toEqual([
      [null, null],
      [null, null],
    ]);
    expect(three.tests[0]!.reference).toMatchObject({ draws: 999 });
    expect(three.notices.map(({ code }) => code)).toContain("arms-compared-jointly");
  });

  test("of three arms leave the third where it is", () => {
    const analysis = run({}, { arm: "three", control: "usual" });
    expect(analysis.estimates.map(({ test }) => test!.reference)).toMatchObject([{ draws: 70 }, { draws: 70 }]);
    expect(analysis.tests).toMatchObject([{ terms: ["three[phone]", "three[visit]"], reference: { draws: 34650 } }]);
    const constrained = run(
      {},
      { arm: "three", control: "usual", allocation: { scheme: "constrained", covariates: ["list"], score: 8 } },
    );
    for (const { test } of constrained.estimates) {
      const { draws } = test!.reference as { draws: number };
      expect(draws).toBeGreaterThan(1);
      expect(draws).toBeLessThan(70);
    }
    // The list of what the constraint allows says the same.
    const list: Record<string, string>[] = [];
    const names = [...new Set(columns["practice"])] as string[];
    const levels = ["usual", "phone", "visit"];
    for (let shift = 0; shift < 3; shift++)
      list.push(Object.fromEntries(names.map((name, j) => [name, levels[(j + shift) % 3]!])));
    list.push(Object.fromEntries(names.map((name, j) => [name, levels[j < 2 ? 1 - j : j % 3]!])));
    const listed = run(
      { level: 0.4 },
      { arm: "three", control: "usual", allocation: { scheme: "constrained", allocations: list } },
    );
    expect(listed.estimates.map(({ test }) => (test!.reference as { draws: number }).draws)).toEqual([2, 1]);
  });
});

describe("random draws", () => {
  test.each([
    ["difference", {}],
    ["weighted-difference", {}],
    ["studentised", {}],
    ["mixed-model-score", {}],
    ["adjusted-residuals", { outcome: { name: "well", event: 1 }, measure: "odds-ratio", covariates: ["age"] }],
  ])("come near to complete enumeration: %s", (statistic, asked) => {
    const complete = run({ ...asked, options: { statistic } });
    const drawn = run({ ...asked, options: { statistic, draws: 4999 } });
    const error = drawn.method.variant["monteCarloError"] as number;
    expect(Math.abs(testOf(drawn).pValue - testOf(complete).pValue)).toBeLessThan(4 * error + 1e-3);
    expect(drawn.estimates[0]!.value).toBe(complete.estimates[0]!.value);
    const [ours, theirs] = [drawn.estimates[0]!.interval!, complete.estimates[0]!.interval!];
    const width = theirs.upper - theirs.lower;
    expect(Math.abs(ours.lower - theirs.lower)).toBeLessThan(0.1 * width);
    expect(Math.abs(ours.upper - theirs.upper)).toBeLessThan(0.1 * width);
  });

  test("are the same in whatever portions they are made", () => {
    const frame = buildFrame(table, {
      outcome: "y",
      cluster: "practice",
      arm: "three",
      control: "usual",
      covariates: [],
    });
    const question = { frame, options: { draws: 300 }, measure: null, level: 0.9, seed: 4 };
    const { replicates, finish } = permutation.replicated!(question);
    const numbers = new Float64Array(replicates.count * replicates.width);
    for (const [from, to] of [
      [200, 300],
      [0, 7],
      [7, 200],
    ] as const)
      replicates.run(from, to, numbers.subarray(from * replicates.width));
    expect(finish(numbers)).toEqual(permutation.analyse(question));
  });
});

describe("what is compared", () => {
  test("in pairs and strata that are balanced is the plain difference, with the allocations of a simple trial", () => {
    expect(run({}, { pairs: "pair" }).estimates[0]!.value).toBeCloseTo(run().estimates[0]!.value, 12);
    expect(run({}, { strata: ["region"] }).estimates[0]!.value).toBeCloseTo(run().estimates[0]!.value, 12);
  });

  test("agrees with cluster-summary in every measure", () => {
    for (const measure of ["risk-difference", "risk-ratio", "odds-ratio"]) {
      const outcome = { name: "well", event: 1 };
      const summary = run({ outcome, measure, method: "cluster-summary" });
      expect(run({ outcome, measure }).estimates[0]!.value).toBeCloseTo(summary.estimates[0]!.value, 12);
    }
    const weighted = run({ options: { statistic: "weighted-difference" }, covariates: ["age"] });
    const summary = run({ method: "cluster-summary", options: { weights: "size" }, covariates: ["age"] });
    expect(weighted.estimates[0]!.value).toBeCloseTo(summary.estimates[0]!.value, 12);
    expect(weighted.estimand.population).toBe("participant-average");
  });

  test("gives the Hodges–Lehmann estimate beside it", () => {
    const { method, estimates } = run({}, { allocation: { scheme: "constrained", covariates: ["list"], score: 3.2 } });
    const found = method.variant["hodgesLehmann"] as { [term: string]: number };
    expect(found["arm[1]"]).toBeGreaterThan(estimates[0]!.interval!.lower);
    expect(found["arm[1]"]).toBeLessThan(estimates[0]!.interval!.upper);
  });

  test("has no interval where the smallest P value is too large", () => {
    const analysis = run({}, { allocation: { scheme: "blocked", block: "block" } });
    expect(analysis.estimates[0]!.interval).not.toBeNull();
    const few = run({ level: 0.99 }, { pairs: "pair" });
    expect(few.estimates[0]!.interval).toBeNull();
    expect(few.notices).toMatchObject([
      { code: "interval-out-of-reach", facts: { smallest: 2 / 64, level: 0.99 } },
      { code: "few-allocations", facts: { allocations: 64, level: 0.99 } },
    ]);
    expect(
      run({ level: 0.99, options: { statistic: "studentised" } }, { pairs: "pair" }).estimates[0]!.interval,
    ).toBeNull();
  });

  test("says which strata one arm has to itself", () => {
    const lone = columns["practice"]!.map((practice, i) =>
      practice === "p10" || practice === "p08" ? "alone" : columns["region"]![i]!,
    );
    const plan = parseScript({
      trial: { cluster: "practice", arm: "arm", strata: ["region"] },
      analyses: [{ outcome: "y", method: "permutation" }],
    });
    const { notices } = runPlan(plan, tableFromColumns({ ...columns, region: lone })).analyses[0]!;
    expect(notices).toContainEqual(
      expect.objectContaining({
        code: "groups-of-one-arm",
        facts: { within: "region", groups: ["alone"], clusters: 2 },
      }),
    );
    expect(run({}, { strata: ["region"] }).notices.map(({ code }) => code)).not.toContain("groups-of-one-arm");
  });

  test("jointly has family-wise P values, none smaller than its own", () => {
    const alone = run();
    const { tests, estimates } = run({ options: { jointly: ["z", "age"] } });
    expect(tests.map(({ terms }) => terms)).toEqual([["arm[1] on y"], ["arm[1] on z"], ["arm[1] on age"]]);
    expect(estimates[0]!.test!.pValue).toBe(testOf(alone).pValue);
    expect(tests[0]!.pValue).toBeGreaterThanOrEqual(testOf(alone).pValue);
    const binary = run({ outcome: { name: "well", event: 1 }, options: { jointly: ["ill"] } });
    expect(binary.tests).toHaveLength(2);
    for (const statistic of ["studentised", "weighted-difference", "mixed-model-score"])
      expect(run({ options: { statistic, jointly: ["z"], draws: 99 } }).tests).toHaveLength(2);
  });
});

describe("what is refused", () => {
  const binary = { outcome: { name: "well", event: 1 } };
  test.each([
    [
      "ratios of scores",
      { ...binary, measure: "odds-ratio", options: { statistic: "mixed-model-score" } },
      {},
      "statistic-not-for-measure",
    ],
    [
      "ratios of means by residuals",
      { measure: "mean-ratio", options: { statistic: "adjusted-residuals" } },
      {},
      "statistic-not-for-measure",
    ],
    [
      "odds ratios of summaries given covariates",
      { ...binary, measure: "odds-ratio", covariates: ["age"] },
      {},
      "summary-measure-with-covariates",
    ],
    ["an interaction with the arm", { covariates: ["age", "arm:age"] }, {}, "arm-interaction-in-summary"],
    ["weights", { weights: "list" }, {}, "feature-not-accepted"],
    ["strata that arms do not share", {}, { strata: ["arm"] }, "strata-without-comparison"],
    [
      "an allocation that could not be",
      {},
      { allocation: { scheme: "constrained", covariates: ["list"], score: 1 } },
      "allocation-impossible",
    ],
    ["another outcome of another kind", { ...binary, options: { jointly: ["y"] } }, {}, "jointly-outcome"],
    ["the outcome beside itself", { options: { jointly: ["y"] } }, {}, "jointly-outcome"],
    ["no draws", { options: { draws: 0 } }, {}, "invalid-value"],
  ])("%s", (_, asked, trial, code) => {
    expect(problemOf(asked, trial)).toBe(code);
  });
});
