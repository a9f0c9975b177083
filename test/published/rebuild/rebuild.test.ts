import { readFileSync } from "node:fs";
import { mean, sampleStandardDeviation } from "simple-statistics";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { DesignProblem, InputProblem } from "../../../src/contract/problem.ts";
import { parsePlan } from "../../../src/plan/parsePlan.ts";
import { agrees } from "../../../src/published/agreement.ts";
import { analysePlan } from "../../../src/published/analyse.ts";
import { type Rebuilt, rebuild } from "../../../src/published/rebuild/rebuild.ts";
import * as madeUp from "./madeUpTrials.ts";

const bundled = ["partners2", "mental-health-link"] as const;
const read = (path: string) => readFileSync(new URL(`../../../fixtures/${path}`, import.meta.url), "utf8");
const figuresOf = (name: string) => parse(read(`published/${name}.rebuild.yaml`));

const made = new Map<string, Rebuilt>();

/** Each of these is made once: a rebuild analyses its rows some hundred times. */
function once(name: string, figures: () => unknown): Rebuilt {
  const known = made.get(name) ?? rebuild(figures());
  made.set(name, known);
  return known;
}

const bundledTrial = (name: string) => once(name, () => figuresOf(name));

/** Rows of the CSV by hand, so that the library's own reader is not its own witness. */
function rowsOf({ files }: Rebuilt): Record<string, string>[] {
  const [header, ...lines] = files["data.csv"].trimEnd().split("\n");
  const names = header!.split(",");
  return lines.map((line) => Object.fromEntries(line.split(",").map((cell, k) => [names[k]!, cell])));
}

const analysisOf = (rebuilt: Rebuilt, index = 0) =>
  analysePlan(parsePlan(parse(rebuilt.files["plan.yaml"])), rebuilt.table).analyses[index]!;

describe("the bundled trials", () => {
  test.each(bundled)("%s: the files are what rebuild makes of the figures, to the byte", (name) => {
    const { files } = bundledTrial(name);
    for (const [file, text] of Object.entries(files)) expect(text, file).toBe(read(`trials/${name}/${file}`));
  });

  test.each(bundled)("%s: every published number is among the figures to be met", (name) => {
    const published = JSON.parse(read(`published/${name}.json`));
    const printed: string[] = [];
    const collect = (value: unknown, key: string): void => {
      if (["level", "id", "note", "title", "source"].includes(key)) return;
      if (typeof value === "object" && value !== null) {
        for (const [inner, child] of Object.entries(value)) collect(child, inner);
      } else if (/^-?[\d.]+$/.test(String(value))) printed.push(String(value));
    };
    collect(published.design, "design");
    collect(published.claims, "claims");
    const met = bundledTrial(name).about.figures.map((figure) => figure.published);
    expect([...met].sort()).toEqual(printed.sort());
  });

  test("PARTNERS2: counts, means and standard deviations by hand", () => {
    const rows = rowsOf(bundledTrial("partners2"));
    const figures = {
      intervention: [20, 116, 99, 0.25, 0.73, 3],
      control: [19, 82, 71, 0.21, 0.86, 4],
    };
    for (const [arm, [clusters, participants, analysed, centre, spread, events]] of Object.entries(figures)) {
      const own = rows.filter((row) => row["arm"] === arm);
      const changes = own.filter((row) => row["mansa_change"] !== "NA").map((row) => Number(row["mansa_change"]));
      expect(new Set(own.map((row) => row["practice"])).size).toBe(clusters);
      expect(own).toHaveLength(participants!);
      expect(changes).toHaveLength(analysed!);
      expect(Math.abs(mean(changes) - centre!)).toBeLessThan(1e-5);
      expect(Math.abs(sampleStandardDeviation(changes) - spread!)).toBeLessThan(1e-5);
      expect(own.reduce((sum, row) => sum + Number(row["crises"]), 0)).toBe(events);
    }
    expect(new Set(rows.map((row) => row["participant"])).size).toBe(198);
    expect(new Set(rows.map((row) => row["region"])).size).toBe(4);
  });

  test("PARTNERS2: R's mixed model with Kenward–Roger finds the published effect in the rows", () => {
    const { values } = JSON.parse(read("golden/published/rebuilt/partners2.json"));
    const estimate = analysisOf(bundledTrial("partners2")).estimates![0]!;
    // R searches its criterion to 1e-8, which is the digit to which these agree.
    expect(estimate.value).toBeCloseTo(Number(values.estimate), 8);
    expect(Math.abs(estimate.working!.standardError / Number(values.standardError) - 1)).toBeLessThan(1e-7);
    expect(Math.abs((estimate.test!.reference.df as number) / Number(values.df) - 1)).toBeLessThan(1e-7);
    for (const [found, printed] of [
      [values.estimate, "0.03"],
      [values.lower, "-0.25"],
      [values.upper, "0.31"],
      [values.p, "0.819"],
    ]) {
      expect(agrees(Number(found), printed)).toBe(true);
    }
  });

  test("Mental Health Link: R's t test of practice means and CR2 agree with the rows' analyses", () => {
    const { values } = JSON.parse(read("golden/published/rebuilt/mental-health-link.json"));
    const rebuilt = bundledTrial("mental-health-link");
    const relapses = analysisOf(rebuilt, 0).estimates![0]!;
    expect(relapses.value).toBeCloseTo(Number(values.relapsesEstimate), 12);
    expect(relapses.test!.pValue).toBeCloseTo(Number(values.relapsesP), 12);
    expect(agrees(Number(values.relapsesP), "0.02")).toBe(true);
    const cost = analysisOf(rebuilt, 1).estimates![0]!;
    expect(cost.value).toBeCloseTo(Number(values.costEstimate), 9);
    expect(cost.working!.standardError).toBeCloseTo(Number(values.costStandardError), 9);
    expect(agrees(Number(values.costEstimate), "£63")).toBe(true);
    const counts = rowsOf(rebuilt).map((row) => Number(row["relapses"]));
    expect(counts.every((count) => Number.isInteger(count) && count >= 0)).toBe(true);
    expect(rowsOf(rebuilt).every((row) => Number(row["direct_cost"]) > 0)).toBe(true);
  });

  test.each(bundled)("%s: says what it is wherever it is read", (name) => {
    const { about, files } = bundledTrial(name);
    expect(about.synthetic).toBe(true);
    expect(about.warning).toMatch(/^SYNTHETIC DATA/);
    expect(files["plan.yaml"]).toMatch(/^# SYNTHETIC DATA/);
    for (const text of Object.values(files)) expect(text).not.toMatch(/trial data|the trial's data|real data/i);
    for (const { because } of about.assumptions) expect(because.length).toBeGreaterThan(20);
  });
});

describe("any parallel two-arm cluster trial", () => {
  const trials = Object.entries(madeUp);

  test.each(trials)("%s: every figure prints as published", (name, make) => {
    const rebuilt = once(name, make);
    const claims = analysisOf(rebuilt).claims!;
    expect(claims.length).toBeGreaterThan(1);
    expect(claims.filter((claim) => !claim.agrees)).toEqual([]);
  });

  test.each(trials)("%s: the same figures give the same rows, another seed gives others", (name, make) => {
    const first = once(name, make).files["data.csv"];
    expect(rebuild(make()).files["data.csv"]).toBe(first);
    expect(rebuild({ ...make(), seed: 12 }).files["data.csv"]).not.toBe(first);
  });

  test("many seeds, cluster sizes and correlations", () => {
    for (const [seed, cv, correlation] of [
      [21, 0, 0.3],
      [22, 0.3, 0.7],
      [23, 0.6, -0.5],
      [24, 1, 0.4],
      [25, 0.9, 0.55],
    ] as const) {
      const figures = madeUp.adjusted();
      const { baseline, ...others } = (figures.assumed as { outcomes: { score: { baseline: object } } }).outcomes.score;
      const score = { ...others, baseline: { ...baseline, correlation } };
      const assumed = { ...figures.assumed, sizes: { cv, because: "varied here" }, outcomes: { score } };
      const rebuilt = rebuild({ ...figures, seed, assumed });
      expect(analysisOf(rebuilt).claims!.every((claim) => claim.agrees)).toBe(true);
    }
  });

  test("standard deviations of counts, and events of yes-or-no outcomes, by hand", () => {
    const visits = rowsOf(once("counts", madeUp.counts));
    for (const [arm, centre, spread] of [
      ["intervention", "1.43", "1.71"],
      ["control", "2.06", "2.09"],
    ] as const) {
      const own = visits.filter((row) => row["arm"] === arm).map((row) => Number(row["visits"]));
      expect(own.every((count) => Number.isInteger(count) && count >= 0)).toBe(true);
      expect(agrees(mean(own), centre)).toBe(true);
      expect(agrees(sampleStandardDeviation(own), spread)).toBe(true);
    }
    const remission = rowsOf(once("binary", madeUp.binary));
    expect(new Set(remission.map((row) => row["remission"]))).toEqual(new Set(["0", "1"]));
    expect(remission.filter((row) => row["arm"] === "control" && row["remission"] === "1")).toHaveLength(115);
  });

  test("costs are above zero, and clusters have the sizes they were given", () => {
    const rows = rowsOf(once("costs", madeUp.costs));
    expect(rows.every((row) => Number(row["cost"]) > 0)).toBe(true);
    const sizes = new Map<string, number>();
    for (const row of rows.filter((each) => each["arm"] === "control")) {
      sizes.set(row["cluster"]!, (sizes.get(row["cluster"]!) ?? 0) + 1);
    }
    expect([...sizes.values()].sort((a, b) => a - b)).toEqual([3, 3, 8, 10, 12, 14]);
  });
});

interface Tree {
  [key: string]: Tree | unknown;
}

/** A made-up trial with one entry changed: "published.outcomes.score.effect.p". */
function altered(figures: madeUp.FiguresFile, path: string, value: unknown): unknown {
  const keys = path.split(".");
  const copy = structuredClone(figures) as unknown as Tree;
  const place = keys.slice(0, -1).reduce<Tree>((at, key) => at[key] as Tree, copy);
  place[keys.at(-1)!] = value;
  return copy;
}

function refusalOf(figures: unknown): Error {
  try {
    rebuild(figures);
  } catch (problem) {
    return problem as Error;
  }
  throw new Error("was not refused");
}

describe("what cannot be is refused, with the reason", () => {
  const score = "published.outcomes.score";

  test.each([
    // Figures that contradict each other, in the audit's words.
    [madeUp.adjusted(), `${score}.effect.p`, "0.012", /includes the null value, so P must be above 0\.05/],
    [madeUp.adjusted(), `${score}.effect.interval`, ["-2.61", "0.91"], /middle of the interval is/],
    [madeUp.adjusted(), `${score}.effect.value`, "-3.10", /lies outside its own interval/],
    [
      madeUp.counts(),
      "published.outcomes.visits.byArm.control.sd",
      "0.10",
      /cannot have a standard deviation of 0\.10/,
    ],
    // Each possible alone, not with the method or the numbers.
    [
      madeUp.adjusted(),
      `${score}.effect`,
      { value: "-1.10", interval: ["-1.31", "-0.89"] },
      /half-width of the interval should be 0\.2/,
    ],
    [
      madeUp.adjusted(),
      "published.design.byArm.intervention.participants",
      13,
      /13 participants cannot fill 14 clusters/,
    ],
    [madeUp.adjusted(), "published.design.clusters", 24, /the arms have 23 together, but 24 are published/],
    [
      madeUp.robust(),
      "published.outcomes.points.effect",
      { value: "0.30", interval: ["0.07", "0.53"], p: "0.01" },
      /cannot be reached from the arms' means/,
    ],
    [
      madeUp.correlated(),
      "published.outcomes.hads.byArm.new care.analysed",
      160,
      /160 were analysed of 144 participants/,
    ],
    [
      madeUp.correlated(),
      "published.outcomes.hads.byArm.new care.analysed",
      11,
      /11 analysed participants leave some of 12 clusters empty/,
    ],
    [
      madeUp.binary(),
      "published.outcomes.remission.byArm.control.events",
      311,
      /311 events are more than 310 participants/,
    ],
    [
      madeUp.costs(),
      "assumed.sizes.byArm.control",
      [3, 3, 10, 14, 12, 9],
      /6 clusters with 51 participants, not 6 with 50/,
    ],
  ] as const)("%#", (figures, path, value, message) => {
    const problem = refusalOf(altered(figures, path, value));
    expect(problem).toBeInstanceOf(DesignProblem);
    expect(problem.message).toMatch(message);
  });

  test("PRoMPT's interval and P value cannot come from a mixed model of its 74 practices", () => {
    const figures = madeUp.adjusted();
    figures.published = {
      source: "Gensichen J et al. Ann Intern Med 2009;151:369 (abstract)",
      design: { clusters: 74, participants: 626 },
      outcomes: { phq9: { effect: { value: "-1.41", interval: ["-2.49", "-0.33"], p: "0.014" } } },
    };
    const because = "numbers and means by arm are not in the abstract";
    figures.assumed = {
      design: {
        byArm: { intervention: { clusters: 37, participants: 310 }, control: { clusters: 37, participants: 316 } },
        because,
      },
      outcomes: {
        phq9: {
          byArm: { intervention: { mean: "10.7", sd: "6" }, control: { mean: "12.1", sd: "6" } },
          baseline: { name: "before", correlation: 0.4, mean: 17, sd: 5 },
          because,
        },
      },
    };
    expect(() => rebuild(figures)).toThrow(
      /degrees of freedom the printed estimate, interval and P value cannot occur together; they need 12 to 19/,
    );
  });

  test.each([
    [
      madeUp.adjusted(),
      "published.outcomes.score.efect",
      {},
      /figures\.published\.outcomes\.score has no key "efect"; did you mean "effect"/,
    ],
    [
      madeUp.adjusted(),
      "published.outcomes.score.effect.value",
      -1.1,
      /figures\.published\.outcomes\.score\.effect\.value is -1\.1, but must be a number in quotes/,
    ],
    [madeUp.adjusted(), "assumed.outcomes", {}, /figures\.assumed\.outcomes\.score is missing/],
    [
      madeUp.adjusted(),
      "assumed.outcomes.score.because",
      undefined,
      /figures\.assumed\.outcomes\.score\.because is missing/,
    ],
    [
      madeUp.adjusted(),
      "published.outcomes.score.byArm.control.mean",
      undefined,
      /figures\.published\.outcomes\.score\.byArm\.control\.mean is missing; publish mean or events there, or assume them/,
    ],
    [
      madeUp.adjusted(),
      "published.design.byArm.control.clusters",
      undefined,
      /control\.clusters is missing; publish it there, or assume it/,
    ],
    [madeUp.robust(), "assumed.outcomes.points.analysis.method", "cluster-robus", /did you mean "cluster-robust"/],
    [
      madeUp.robust(),
      "published.outcomes.points.effect.measure",
      "odds-ratio",
      /measure is "odds-ratio", but must be "mean-difference"/,
    ],
    [madeUp.robust(), "rebuild", "My Trial", /figures\.rebuild is "My Trial", but must be a short name/],
  ] as const)("input: %#", (figures, path, value, message) => {
    const problem = refusalOf(altered(figures, path, value));
    expect(problem).toBeInstanceOf(InputProblem);
    expect(problem.message).toMatch(message);
  });
});
