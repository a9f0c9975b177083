import { describe, expect, test } from "vitest";
import { tableFromRows } from "../../src/data/tableFromColumns.ts";
import { parseScript } from "../../src/plan/parsePlan.ts";
import { runPlan } from "../../src/plan/runPlan.ts";
import { version } from "../../src/plan/version.ts";
import { refusal } from "../support/refusal.ts";
import { fakeMethods } from "./fakeMethods.ts";

// Control 1 2 3 (mean 2), active 5 6 7 (mean 6): a difference of 4 by eye.
const rows = [
  { practice: "a", arm: "control", region: "north", y: 1, age: 30, w: 1 },
  { practice: "a", arm: "control", region: "north", y: 2, age: 41, w: 1 },
  { practice: "b", arm: "control", region: "south", y: 3, age: 52, w: 2 },
  { practice: "b", arm: "control", region: "south", y: null, age: 52, w: 2 },
  { practice: "c", arm: "active", region: "north", y: 5, age: 35, w: 1 },
  { practice: "c", arm: "active", region: "north", y: 6, age: 44, w: 2 },
  { practice: "d", arm: "active", region: "south", y: 7, age: 57, w: 1 },
];
const table = tableFromRows(rows, { source: "trial.csv" });
const run = (change: object, analysis: object = {}, options: object = {}) =>
  runPlan(
    parseScript(
      {
        trial: { cluster: "practice", arm: "arm" },
        analyses: [{ outcome: "y", method: "difference", ...analysis }],
        ...change,
      },
      fakeMethods,
    ),
    table,
    { methods: fakeMethods, ...options },
  );
describe("runPlan", () => {
  test("gives every field of an Analysis", () => {
    const [analysis] = run({ seed: 7 }, { options: { variances: "welch" } }).analyses;
    expect(analysis).toMatchObject({
      id: "difference",
      method: {
        id: "difference",
        title: "Difference of means",
        variant: { variances: "welch", fail: "no", df: "none" },
        references: ["None 2026"],
      },
      sample: {
        clusters: 4,
        participants: 6,
        rows: 6,
        control: "control",
        byArm: [
          { arm: "control", clusters: 2, participants: 3, mean: 2, sd: 1 },
          { arm: "active", clusters: 2, participants: 3, mean: 6, sd: 1 },
        ],
        excluded: [{ reason: "missing outcome", arm: "control", rows: 1 }],
      },
      estimates: [{ quantity: { term: "arm[active]", unit: "y" }, value: 4, interval: { level: 0.95 } }],
      provenance: { version, seed: 7, plan: { method: "difference", outcome: "y", options: { variances: "welch" } } },
      claims: null,
      problem: null,
    });
    expect(analysis!.provenance!.dataFingerprint).toMatch(/^[0-9a-f]{64}$/);
  });

  test("survives JSON unchanged", () => {
    const result = run({}, { covariates: ["age"] });
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  });

  test("the filter chooses rows", () => {
    const [analysis] = run({ where: { region: ["south"] } }).analyses;
    expect(analysis!.sample!.rows).toBe(2);
    expect(analysis!.estimates![0]!.value).toBe(4);
  });

  test("an analysis that the data cannot answer carries its problem, the others are there", () => {
    const { analyses } = run({
      analyses: [
        { id: "first", outcome: "y", method: "difference", options: { fail: "design" } },
        { id: "second", outcome: "y", method: "difference" },
      ],
    });
    const [first, second] = analyses;
    expect(first!.problem).toMatchObject({ code: "one-cluster", facts: { clusters: 1 } });
    expect(Object.keys(first!).sort()).toEqual(Object.keys(second!).sort());
    expect(
      Object.entries(first!)
        .filter(([, value]) => value !== null)
        .map(([key]) => key),
    ).toEqual(["id", "problem"]);
    expect(second!.estimates![0]!.value).toBe(4);
  });

  test("a number that is not finite is stopped as our defect", () => {
    expect(() => run({}, { options: { fail: "infinite" } })).toThrow(
      /analyses\[0\]\.estimates\[0\]\.value is not a finite number/,
    );
  });

  test("claims come from whoever checks them", () => {
    const checkClaims = (claimed: unknown) => [
      { path: "effect.value", published: JSON.stringify(claimed), computed: 4, agrees: true, allowed: [3, 5] as const },
    ];
    const [analysis] = run({}, { expect: { effect: { value: "4" } } }, { checkClaims }).analyses;
    expect(analysis!.claims).toMatchObject([{ published: '{"effect":{"value":"4"}}' }]);
  });

  test("strata that a model does not use are mentioned, unless it has them as covariates", () => {
    const trial = { cluster: "practice", arm: "arm", strata: ["region"] };
    expect(run({ trial }).analyses[0]!.notices!.map(({ code }) => code)).toEqual(["strata-not-in-model"]);
    expect(run({ trial }, { covariates: ["region"] }).analyses[0]!.notices).toEqual([]);
  });

  test("so are pairs, which such a method does not need to be complete", () => {
    const trial = { cluster: "practice", arm: "arm", pairs: "region" };
    expect(run({ trial }).analyses[0]!.notices!.map(({ code }) => code)).toEqual(["pairs-not-in-model"]);
    expect(run({ trial }, { covariates: ["region"] }).analyses[0]!.notices).toEqual([]);
  });

  test("an effect averaged over an interaction says so", () => {
    const notices = run({}, { covariates: ["age", "arm:age"] }).analyses[0]!.notices!;
    expect(notices).toMatchObject([{ code: "effect-averaged-over-interaction", facts: { term: "arm[active]" } }]);
  });

  test.each<[object, object, string, string]>([
    [
      { trial: { cluster: "practise", arm: "arm" } },
      {},
      "unknown-column",
      'trial.cluster: trial.csv has no column "practise"; did you mean "practice"?',
    ],
    [{}, { outcome: "z" }, "unknown-column", 'analyses[0].outcome: trial.csv has no column "z"'],
    [
      {},
      { covariates: ["age", "arm:regoin"] },
      "unknown-column",
      'analyses[0].covariates[1]: trial.csv has no column "regoin"; did you mean "region"?',
    ],
    [{ where: { regin: 1 } }, {}, "unknown-column", 'where: trial.csv has no column "regin"; did you mean "region"?'],
    [
      {},
      { options: { slope: "agee" } },
      "unknown-column",
      'analyses[0].options: trial.csv has no column "agee"; did you mean "age"?',
    ],
    [
      {},
      { offset: "w" },
      "feature-not-accepted",
      'analyses[0].offset: the method difference makes no use of an offset ("w"); leave it out, or use bare-counts',
    ],
    [
      { trial: { cluster: "practice" } },
      {},
      "arm-needed",
      "analyses[0].method: the method difference compares arms, and trial.arm names none; name the column of the arms, or use bare-counts",
    ],
    [
      {},
      { outcome: { name: "y", exposure: "w" } },
      "outcome-not-for-method",
      "analyses[0].outcome is a count outcome, and the method difference takes continuous outcomes",
    ],
    [
      {},
      { measure: "odds-ratio" },
      "measure-not-for-method",
      'analyses[0].measure is "odds-ratio", which the method difference does not give; it gives mean-difference',
    ],
  ])("%j %j is refused", (change, analysis, code, message) => {
    expect(refusal(() => run(change, analysis))).toEqual({ code, message });
  });
});
